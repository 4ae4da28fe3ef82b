//! What the three forms of OpenStreetMap's data have in common: an element with its tags.

use std::collections::BTreeMap;
use std::fmt;

use posto_market::Position;
use serde_json::{Map, Value};

use crate::report::{Reason, Refusal};

/// One node, way or relation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Element {
    /// The line it begins in, from 1.
    pub(crate) line: u32,
    pub(super) kind: Kind,
    pub(super) number: i64,
    pub(super) place: Place,
    tags: BTreeMap<String, String>,
}

/// What an element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Node,
    Way,
    Relation,
}

/// Where an element is, as far as it tells itself.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Place {
    /// Its own coordinates or its centre, in degrees: latitude, longitude.
    At(f64, f64),
    /// The points of a way, likewise.
    Around(Vec<(f64, f64)>),
    /// The nodes of a way, by their numbers.
    Nodes(Vec<i64>),
    /// It does not tell, or nothing readable.
    Nowhere,
}

impl Kind {
    pub(super) fn of(name: &str) -> Option<Self> {
        match name {
            "node" | "n" => Some(Self::Node),
            "way" | "w" => Some(Self::Way),
            "relation" | "r" => Some(Self::Relation),
            _ => None,
        }
    }

    const fn letter(self) -> char {
        match self {
            Self::Node => 'n',
            Self::Way => 'w',
            Self::Relation => 'r',
        }
    }
}

/// `w293072078`.
impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.kind.letter(), self.number)
    }
}

impl Element {
    pub(super) const fn new(line: u32, kind: Kind, number: i64) -> Self {
        Self { line, kind, number, place: Place::Nowhere, tags: BTreeMap::new() }
    }

    /// The value of a tag, without blanks around it; `None` where it is blank.
    pub(crate) fn tag(&self, key: &str) -> Option<&str> {
        self.tags.get(key).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// Every tag whose value is one of these.
    pub(super) fn keys_with(&self, values: &'static [&str]) -> impl Iterator<Item = &str> {
        self.tags.iter().filter(|(_, value)| values.contains(&value.as_str())).map(|(key, _)| key.as_str())
    }

    pub(super) fn add_tag(&mut self, key: String, value: String) {
        self.tags.insert(key, value);
    }

    pub(super) fn is_station(&self) -> bool {
        self.tag("amenity") == Some("fuel")
    }

    /// An element of Overpass JSON.
    ///
    /// # Errors
    /// Why it is refused.
    pub(super) fn of_overpass(line: u32, members: &Map<String, Value>) -> Result<Self, Refusal> {
        let text = |name: &str| members.get(name).map(Value::to_string).unwrap_or_default();
        let kind = members.get("type").and_then(Value::as_str).and_then(Kind::of);
        let kind = kind.ok_or_else(|| Refusal::of(Reason::StationNumber, "type", &text("type")))?;
        let number = members.get("id").and_then(Value::as_i64);
        let number = number.ok_or_else(|| Refusal::of(Reason::StationNumber, "id", &text("id")))?;
        let mut element = Self { tags: tags(members.get("tags")), ..Self::new(line, kind, number) };
        let of_list = |name, read: fn(&Value) -> Option<_>| -> Option<Vec<_>> {
            members.get(name).and_then(Value::as_array).map(|list| list.iter().filter_map(read).collect())
        };
        let numbers = || members.get("nodes").and_then(Value::as_array);
        element.place = if let Some((latitude, longitude)) = degrees(members).or_else(|| object(members, "center")) {
            Place::At(latitude, longitude)
        } else if let Some(points) = of_list("geometry", |point| point.as_object().and_then(degrees)) {
            Place::Around(points)
        } else if let Some(numbers) = numbers() {
            Place::Nodes(numbers.iter().filter_map(Value::as_i64).collect())
        } else {
            Place::Nowhere
        };
        Ok(element)
    }

    /// A feature of GeoJSON, with the identifier that osmtogeojson, Overpass Turbo (`node/1`) or
    /// osmium (`n1`, or `@type` and `@id`) gives it.
    ///
    /// # Errors
    /// Why it is refused.
    pub(super) fn of_feature(line: u32, members: &Map<String, Value>) -> Result<Self, Refusal> {
        let none = Map::new();
        let properties = members.get("properties").and_then(Value::as_object).unwrap_or(&none);
        let identifiers = [members.get("id"), properties.get("@id"), properties.get("id")];
        let kind = ["@type", "type"].iter().find_map(|name| properties.get(*name)?.as_str().and_then(Kind::of));
        let identified = identifiers.iter().flatten().find_map(|value| identifier(value, kind));
        let (kind, number) = identified.ok_or_else(|| {
            let found = identifiers.iter().flatten().next().map(ToString::to_string).unwrap_or_default();
            Refusal::of(Reason::StationNumber, "id", &found)
        })?;
        let own = properties.get("tags").filter(|tags| tags.is_object());
        let mut element = Self { tags: tags(own), ..Self::new(line, kind, number) };
        if own.is_none() {
            element.tags = properties.iter().filter_map(tag).collect();
        }
        if let Some(coordinates) = members.get("geometry").and_then(|geometry| geometry.get("coordinates")) {
            element.place = place(coordinates);
        }
        Ok(element)
    }
}

/// The point in the middle of some, each counted once, though a way ends where it began.
pub(super) fn middle(points: &[(f64, f64)]) -> Option<Position> {
    let once = match points {
        [first, .., last] if first == last => points.get(1..)?,
        points => points,
    };
    let mean = |of: fn(&(f64, f64)) -> f64| {
        let count = u32::try_from(once.len()).ok().filter(|count| *count > 0)?;
        Some(once.iter().map(of).sum::<f64>() / f64::from(count))
    };
    Position::from_degrees(mean(|point| point.0)?, mean(|point| point.1)?)
}

fn object(members: &Map<String, Value>, name: &str) -> Option<(f64, f64)> {
    members.get(name).and_then(Value::as_object).and_then(degrees)
}

fn degrees(members: &Map<String, Value>) -> Option<(f64, f64)> {
    Some((members.get("lat")?.as_f64()?, members.get("lon")?.as_f64()?))
}

fn tags(value: Option<&Value>) -> BTreeMap<String, String> {
    value.and_then(Value::as_object).map(|tags| tags.iter().filter_map(tag).collect()).unwrap_or_default()
}

fn tag((key, value): (&String, &Value)) -> Option<(String, String)> {
    Some((key.clone(), value.as_str()?.to_owned()))
}

fn identifier(value: &Value, kind: Option<Kind>) -> Option<(Kind, i64)> {
    if let Some(number) = value.as_i64() {
        return Some((kind?, number));
    }
    let text = value.as_str()?;
    let start = text.find(|c: char| c.is_ascii_digit() || c == '-')?;
    let (name, number) = text.split_at_checked(start)?;
    let number = number.parse().ok()?;
    Some((Kind::of(name.trim_end_matches('/')).or(kind.filter(|_| name.is_empty()))?, number))
}

/// The coordinates of a point, a line or a polygon's outer ring; GeoJSON has longitude first.
fn place(coordinates: &Value) -> Place {
    let Some(list) = coordinates.as_array() else { return Place::Nowhere };
    match list.first() {
        Some(Value::Number(_)) => point(coordinates).map_or(Place::Nowhere, |(north, east)| Place::At(north, east)),
        Some(Value::Array(inner)) if inner.first().is_some_and(Value::is_array) => {
            list.first().map_or(Place::Nowhere, place)
        }
        Some(Value::Array(_)) => Place::Around(list.iter().filter_map(point).collect()),
        _ => Place::Nowhere,
    }
}

fn point(value: &Value) -> Option<(f64, f64)> {
    let list = value.as_array()?;
    Some((list.get(1)?.as_f64()?, list.first()?.as_f64()?))
}
