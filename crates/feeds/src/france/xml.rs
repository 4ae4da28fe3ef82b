//! The XML, `<pdv_liste><pdv id="…" latitude="4870300" …>`: one point of sale at a time.

use std::collections::HashMap;
use std::io::BufRead;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Error, Reader, XmlVersion};

use super::XML_FILE;
use super::latin::Decoded;
use super::point::{Point, Told, add_hours};
use crate::error::FeedError;
use crate::limits::MAX_NESTING;
use crate::metered::{Metered, xml_error};
use crate::week::Week;

/// The points of one file.
pub(super) struct XmlPoints<R> {
    reader: Reader<Metered<Decoded<R>>>,
    buffer: Vec<u8>,
    begun: bool,
    depth: usize,
}

type Attributes = HashMap<String, String>;

/// One event, free of the buffer.
enum Piece {
    Begin { name: String, attributes: Attributes, empty: bool },
    Text(String),
    End,
    Other,
    EndOfFile,
}

impl<R: BufRead> XmlPoints<R> {
    /// Reads the declaration.
    ///
    /// # Errors
    /// Those of [`Decoded::open`].
    pub(super) fn open(input: R) -> Result<Self, FeedError> {
        let reader = Reader::from_reader(Metered::new(Decoded::open(input, XML_FILE)?));
        Ok(Self { reader, buffer: Vec::new(), begun: false, depth: 0 })
    }

    /// The next point; `None` at the end of the file.
    ///
    /// # Errors
    /// [`FeedError::Corrupt`] where the file is not such XML or ends early, and those of reading.
    pub(super) fn next_point(&mut self) -> Result<Option<Point>, FeedError> {
        loop {
            let line = self.reader.get_mut().mark();
            match self.piece()? {
                Piece::EndOfFile if !self.begun => return Err(self.corrupt("expected <pdv_liste>, found nothing")),
                Piece::EndOfFile if self.depth > 0 => return Err(self.corrupt("the file ends too early")),
                Piece::EndOfFile => return Ok(None),
                Piece::Begin { name, .. } if !self.begun && name != "pdv_liste" => {
                    return Err(self.corrupt(&format!("expected <pdv_liste>, found <{name}>")));
                }
                Piece::Begin { empty, .. } if !self.begun => {
                    self.begun = true;
                    self.deeper(empty)?;
                }
                Piece::Begin { name, attributes, empty } => {
                    let is_point = self.depth == 1 && name == "pdv";
                    self.deeper(empty)?;
                    if is_point {
                        return self.point(line, attributes, empty).map(Some);
                    }
                }
                Piece::End => self.depth = self.depth.saturating_sub(1),
                Piece::Text(_) | Piece::Other => {}
            }
        }
    }

    /// The rest of a point whose beginning was read.
    fn point(&mut self, line: u32, mut attributes: Attributes, empty: bool) -> Result<Point, FeedError> {
        let mut take = |name| attributes.remove(name).unwrap_or_default();
        let mut point = Point {
            line,
            id: take("id"),
            latitude: take("latitude"),
            longitude: take("longitude"),
            post_code: take("cp"),
            week: Some(Week::default()),
            ..Point::default()
        };
        let outside = self.depth.saturating_sub(1);
        let (mut inside, mut day) = (String::new(), Attributes::new());
        while !empty && self.depth > outside {
            match self.piece()? {
                Piece::EndOfFile => return Err(self.corrupt("the file ends too early")),
                Piece::End => {
                    self.depth = self.depth.saturating_sub(1);
                    inside.clear();
                }
                Piece::Text(text) if inside == "adresse" => point.street.push_str(&text),
                Piece::Text(text) if inside == "ville" => point.town.push_str(&text),
                Piece::Text(_) | Piece::Other => {}
                Piece::Begin { name, attributes, empty } => {
                    self.deeper(empty)?;
                    part(&mut point, &mut day, &name, attributes);
                    inside = if empty { String::new() } else { name };
                }
            }
        }
        Ok(point)
    }

    /// An element that is not empty holds what comes next.
    fn deeper(&mut self, empty: bool) -> Result<(), FeedError> {
        self.depth += usize::from(!empty);
        if self.depth > MAX_NESTING { Err(self.corrupt("nested too deeply")) } else { Ok(()) }
    }

    fn piece(&mut self) -> Result<Piece, FeedError> {
        self.buffer.clear();
        let begin = |start: &BytesStart<'_>, empty| {
            let attributes = start.attributes().map(|attribute| {
                let attribute = attribute?;
                let value = attribute.normalized_value(XmlVersion::Implicit1_0)?;
                Ok((attribute.key.as_ref().to_owned(), value.trim().to_owned()))
            });
            let attributes = attributes.collect::<Result<_, Error>>()?;
            Ok(Piece::Begin { name: start.name().as_ref().to_owned(), attributes, empty })
        };
        let piece = match self.reader.read_event_into(&mut self.buffer) {
            Ok(Event::Start(start)) => begin(&start, false),
            Ok(Event::Empty(start)) => begin(&start, true),
            Ok(Event::End(_)) => Ok(Piece::End),
            Ok(Event::Text(text)) => Ok(Piece::Text(text.xml10_content().into_owned())),
            Ok(Event::CData(text)) => Ok(Piece::Text(text.xml10_content().into_owned())),
            Ok(Event::GeneralRef(reference)) => Ok(Piece::Text(entity(&reference))),
            Ok(Event::Eof) => Ok(Piece::EndOfFile),
            Ok(_) => Ok(Piece::Other),
            Err(error) => Err(error),
        };
        piece.map_err(|error| xml_error(&error, XML_FILE, self.reader.get_mut().line))
    }

    fn corrupt(&mut self, problem: &str) -> FeedError {
        FeedError::Corrupt { file: XML_FILE, line: self.reader.get_mut().line, problem: problem.to_owned() }
    }
}

/// What a part of a point adds to it.
fn part(point: &mut Point, day: &mut Attributes, name: &str, mut attributes: Attributes) {
    let mut take = |name| attributes.remove(name).unwrap_or_default();
    match name {
        "horaires" => point.always = take("automate-24-24") == "1",
        "jour" => *day = attributes,
        "horaire" => {
            let is_closed = day.get("ferme").is_some_and(|closed| closed == "1");
            let number = day.get("id").map(String::as_str).unwrap_or_default();
            if !is_closed {
                add_hours(&mut point.week, number, &take("ouverture"), &take("fermeture"));
            }
        }
        "prix" => {
            let (fuel, time, price) = (fuel(&mut take), take("maj"), Some(take("valeur")));
            point.told.push(Told { fuel, time, price });
        }
        // A shortage that has an end is over.
        "rupture" if take("fin").is_empty() => {
            let (fuel, time) = (fuel(&mut take), take("debut"));
            point.told.push(Told { fuel, time, price: None });
        }
        _ => {}
    }
}

/// The fuel's name, else its number.
fn fuel(take: &mut impl FnMut(&'static str) -> String) -> String {
    let name = take("nom");
    if name.is_empty() { take("id") } else { name }
}

/// The text of `&apos;` and its like; nothing for one that XML does not define.
fn entity(reference: &quick_xml::events::BytesRef<'_>) -> String {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return character.to_string();
    }
    quick_xml::escape::resolve_predefined_entity(reference).unwrap_or_default().to_owned()
}
