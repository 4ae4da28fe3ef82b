//! OpenStreetMap's XML, as Overpass and the editing API write it: one element at a time.

use std::collections::HashMap;
use std::io::BufRead;

use posto_market::Position;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Error, Reader, XmlVersion};

use super::element::{Element, Kind, Place};
use crate::error::FeedError;
use crate::limits::MAX_NESTING;
use crate::metered::{Metered, xml_error};

/// The elements of one file.
pub(super) struct XmlElements<R> {
    reader: Reader<Metered<R>>,
    file: &'static str,
    buffer: Vec<u8>,
    begun: bool,
    ended: bool,
    depth: usize,
}

/// One event, free of the buffer.
enum Piece {
    Begin { name: String, attributes: HashMap<String, String>, empty: bool },
    End,
    Other,
    EndOfFile,
}

impl<R: BufRead> XmlElements<R> {
    pub(super) fn new(input: R, file: &'static str) -> Self {
        let reader = Reader::from_reader(Metered::new(input));
        Self { reader, file, buffer: Vec::new(), begun: false, ended: false, depth: 0 }
    }

    /// The next element; `None` at the end of the file.
    ///
    /// # Errors
    /// [`FeedError::Corrupt`] where the file is not OpenStreetMap's XML or ends early, and those of
    /// reading.
    pub(super) fn next_element(&mut self) -> Result<Option<Element>, FeedError> {
        while !self.ended {
            let line = self.reader.get_mut().mark();
            match self.piece()? {
                Piece::EndOfFile if self.begun && self.depth == 0 => self.ended = true,
                Piece::EndOfFile if self.begun => return Err(self.corrupt("the file ends too early")),
                Piece::EndOfFile => return Err(self.corrupt("expected <osm>, found nothing")),
                Piece::Begin { name, .. } if !self.begun && name != "osm" => {
                    return Err(self.corrupt(&format!("expected <osm>, found <{name}>")));
                }
                Piece::Begin { empty, .. } if !self.begun => {
                    self.begun = true;
                    self.depth = usize::from(!empty);
                }
                Piece::Begin { name, attributes, empty } => {
                    let depth = self.depth;
                    self.deeper(empty)?;
                    let Some(kind) = Kind::of(&name).filter(|_| depth == 1) else { continue };
                    return self.element(line, kind, &attributes, empty).map(Some);
                }
                Piece::End => self.depth = self.depth.saturating_sub(1),
                Piece::Other => {}
            }
        }
        Ok(None)
    }

    /// The rest of an element whose beginning was read.
    fn element(
        &mut self,
        line: u32,
        kind: Kind,
        attributes: &HashMap<String, String>,
        empty: bool,
    ) -> Result<Element, FeedError> {
        let number = attributes.get("id").and_then(|id| id.parse().ok());
        let Some(number) = number else { return Err(self.corrupt("an element without a number as its id")) };
        let mut element = Element::new(line, kind, number);
        let (mut nodes, mut points) = (Vec::new(), Vec::new());
        element.place = degrees(attributes).map_or(Place::Nowhere, |(north, east)| Place::At(north, east));
        let outside = self.depth.saturating_sub(1);
        while !empty && self.depth > outside {
            match self.piece()? {
                Piece::EndOfFile => return Err(self.corrupt("the file ends too early")),
                Piece::End => self.depth = self.depth.saturating_sub(1),
                Piece::Other => {}
                Piece::Begin { name, mut attributes, empty } => {
                    self.deeper(empty)?;
                    match name.as_str() {
                        "tag" => {
                            let key = attributes.remove("k").unwrap_or_default();
                            element.add_tag(key, attributes.remove("v").unwrap_or_default());
                        }
                        "center" => {
                            if let Some((north, east)) = degrees(&attributes) {
                                element.place = Place::At(north, east);
                            }
                        }
                        "nd" => {
                            nodes.extend(attributes.get("ref").and_then(|node| node.parse::<i64>().ok()));
                            points.extend(degrees(&attributes));
                        }
                        _ => {}
                    }
                }
            }
        }
        if element.place == Place::Nowhere && !points.is_empty() {
            element.place = Place::Around(points);
        } else if element.place == Place::Nowhere && !nodes.is_empty() {
            element.place = Place::Nodes(nodes);
        }
        Ok(element)
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
                Ok((attribute.key.as_ref().to_owned(), value.into_owned()))
            });
            let attributes = attributes.collect::<Result<_, Error>>()?;
            Ok(Piece::Begin { name: start.name().as_ref().to_owned(), attributes, empty })
        };
        let piece = match self.reader.read_event_into(&mut self.buffer) {
            Ok(Event::Start(start)) => begin(&start, false),
            Ok(Event::Empty(start)) => begin(&start, true),
            Ok(Event::End(_)) => Ok(Piece::End),
            Ok(Event::Eof) => Ok(Piece::EndOfFile),
            Ok(_) => Ok(Piece::Other),
            Err(error) => Err(error),
        };
        piece.map_err(|error| self.refusal(&error))
    }

    fn refusal(&mut self, error: &Error) -> FeedError {
        xml_error(error, self.file, self.reader.get_mut().line)
    }

    fn corrupt(&mut self, problem: &str) -> FeedError {
        FeedError::Corrupt { file: self.file, line: self.reader.get_mut().line, problem: problem.to_owned() }
    }
}

fn degrees(attributes: &HashMap<String, String>) -> Option<(f64, f64)> {
    let degrees = |name| attributes.get(name).and_then(|text| text.trim().parse().ok());
    let (north, east) = (degrees("lat")?, degrees("lon")?);
    Position::from_degrees(north, east).map(|_| (north, east))
}
