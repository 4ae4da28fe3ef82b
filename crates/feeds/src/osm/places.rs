//! The stations among the elements of a file, each with its position.

use std::collections::{HashMap, VecDeque};
use std::io::{BufRead, ErrorKind};

use posto_market::Position;

use super::element::{Element, Kind, Place, middle};
use super::xml::XmlElements;
use crate::error::FeedError;
use crate::json_array::JsonArray;
use crate::limits::{MAX_HELD_NODES, MAX_WAITING_WAYS};
use crate::report::{Reason, Refusal, Skipped};

/// A file in any of the three forms, told by its first byte and its members.
enum Form<R> {
    Xml(XmlElements<R>),
    Overpass(JsonArray<R>),
    Features(JsonArray<R>),
}

/// The stations of one file, one at a time.
pub(crate) struct Places<R> {
    form: Form<R>,
    file: &'static str,
    /// Where the nodes are that ways may consist of.
    nodes: HashMap<i64, Position>,
    /// Ways whose nodes may still come.
    waiting: VecDeque<Element>,
    /// Elements that are no stations.
    others: usize,
}

impl<R: BufRead> Places<R> {
    /// Reads as much as tells the form.
    ///
    /// # Errors
    /// [`FeedError::Corrupt`] where it is none of the three, and those of reading.
    pub(crate) fn open(mut input: R, file: &'static str) -> Result<Self, FeedError> {
        let form = if is_xml(&mut input, file)? {
            Form::Xml(XmlElements::new(input, file))
        } else {
            let array = JsonArray::open(input, file, &["elements", "features"])?;
            if array.member() == "elements" { Form::Overpass(array) } else { Form::Features(array) }
        };
        Ok(Self { form, file, nodes: HashMap::new(), waiting: VecDeque::new(), others: 0 })
    }

    /// How many elements were no stations.
    pub(crate) const fn others(&self) -> usize {
        self.others
    }

    /// The next station and its position; those without one are counted.
    ///
    /// # Errors
    /// As [`Self::open`], and where the file ends early.
    pub(crate) fn next_station(&mut self, skipped: &mut Skipped) -> Result<Option<(Element, Position)>, FeedError> {
        while let Some(element) = self.next_element(skipped)? {
            match self.taken(element) {
                Ok(Some(found)) => return Ok(Some(found)),
                Ok(None) => {}
                Err((line, refusal)) => skipped.add(&refusal, self.file, line),
            }
        }
        while let Some(way) = self.waiting.pop_front() {
            let Place::Nodes(numbers) = &way.place else { continue };
            let known = numbers.iter().filter_map(|number| self.nodes.get(number));
            let points: Vec<_> = known.map(|node| (node.latitude(), node.longitude())).collect();
            match good(middle(&points)) {
                Some(position) => return Ok(Some((way, position))),
                None => skipped.add(&without_place(&way), self.file, way.line),
            }
        }
        Ok(None)
    }

    /// A station whose position is known now; others are kept or counted.
    fn taken(&mut self, element: Element) -> Result<Option<(Element, Position)>, (u32, Refusal)> {
        let position = match &element.place {
            Place::At(north, east) => Position::from_degrees(*north, *east),
            Place::Around(points) => middle(points),
            Place::Nodes(_) | Place::Nowhere => None,
        };
        if !element.is_station() {
            self.others += 1;
            if let (Kind::Node, Some(position)) = (element.kind, position)
                && self.nodes.len() < MAX_HELD_NODES
            {
                self.nodes.insert(element.number, position);
            }
            return Ok(None);
        }
        if let Some(position) = good(position) {
            return Ok(Some((element, position)));
        }
        if matches!(element.place, Place::Nodes(_)) && self.waiting.len() < MAX_WAITING_WAYS {
            self.waiting.push_back(element);
            return Ok(None);
        }
        Err((element.line, without_place(&element)))
    }

    /// The next element that tells what it is.
    fn next_element(&mut self, skipped: &mut Skipped) -> Result<Option<Element>, FeedError> {
        let (array, read): (_, fn(_, &_) -> _) = match &mut self.form {
            Form::Xml(elements) => return elements.next_element(),
            Form::Overpass(array) => (array, Element::of_overpass),
            Form::Features(array) => (array, Element::of_feature),
        };
        while let Some(element) = array.next_element()? {
            let read = element.members.map_or_else(
                || Err(Refusal { reason: Reason::Fields, found: "an element that is no object".to_owned() }),
                |members| read(element.line, &members),
            );
            match read {
                Ok(element) => return Ok(Some(element)),
                Err(refusal) => skipped.add(&refusal, self.file, element.line),
            }
        }
        Ok(None)
    }
}

/// No station is in the Gulf of Guinea, where coordinates that are missing lead.
fn good(position: Option<Position>) -> Option<Position> {
    position.filter(|at| at.latitude_microdegrees() != 0 || at.longitude_microdegrees() != 0)
}

fn without_place(element: &Element) -> Refusal {
    let (reason, found) = match &element.place {
        Place::Nodes(nodes) => {
            (Reason::Coordinates, format!("{element}: no center, and none of its {} nodes is in the file", nodes.len()))
        }
        Place::At(north, east) if north.abs() + east.abs() <= 0.0 => (Reason::ZeroCoordinates, format!("{element}")),
        _ => (Reason::Coordinates, format!("{element}: no coordinates")),
    };
    Refusal { reason, found }
}

/// Whether the file begins as XML does, after a byte order mark and white space.
fn is_xml(input: &mut impl BufRead, file: &'static str) -> Result<bool, FeedError> {
    loop {
        match input.fill_buf() {
            Ok(bytes) => {
                let mut solid = bytes.iter().filter(|byte| !b"\xef\xbb\xbf \t\r\n".contains(byte));
                return Ok(solid.next() == Some(&b'<'));
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(source) => return Err(FeedError::Read { file, line: 1, source }),
        }
    }
}
