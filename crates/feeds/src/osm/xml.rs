//! OpenStreetMap's XML, as Overpass and the editing API write it: one element at a time.

use std::collections::HashMap;
use std::io::{self, BufRead, Read};

use posto_market::Position;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Error, Reader, XmlVersion};

use super::element::{Element, Kind, Place};
use crate::error::FeedError;
use crate::limits::{MAX_ELEMENT_BYTES, MAX_NESTING};

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
        let reader = Reader::from_reader(Metered { input, line: 1, taken: 0 });
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
        let (file, line) = (self.file, self.reader.get_mut().line);
        match error {
            Error::Io(source) if source.kind() == io::ErrorKind::FileTooLarge => {
                FeedError::LineTooLong { file, line, limit: MAX_ELEMENT_BYTES }
            }
            Error::Io(source) => {
                FeedError::Read { file, line, source: io::Error::new(source.kind(), source.to_string()) }
            }
            Error::Encoding(_) => FeedError::NotUtf8 { file, line },
            other => FeedError::Corrupt { file, line, problem: format!("not XML: {other}") },
        }
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

/// Counts the lines of what is read, and stops an element that never ends before it fills the memory.
struct Metered<R> {
    input: R,
    line: u32,
    /// Bytes since the last mark.
    taken: usize,
}

impl<R> Metered<R> {
    /// An element begins; its line.
    fn mark(&mut self) -> u32 {
        self.taken = 0;
        self.line
    }
}

impl<R: BufRead> BufRead for Metered<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.taken > MAX_ELEMENT_BYTES {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        self.input.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        let lines =
            self.input.fill_buf().map_or(0, |bytes| bytes.iter().take(amount).filter(|byte| **byte == b'\n').count());
        self.line = self.line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
        self.taken = self.taken.saturating_add(amount);
        self.input.consume(amount);
    }
}

impl<R: BufRead> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}
