//! The JSON v2: flat records, one at a time, in a list or in the `results` of an object.

use std::io::BufRead;

use serde_json::{Map, Value};

use super::point::{Point, Told, add_hours};
use super::{FUELS, JSON_FILE};
use crate::error::FeedError;
use crate::json_array::{JsonArray, WHOLE_FILE};
use crate::week::Week;

/// The points of one file.
pub(super) struct JsonPoints<R>(JsonArray<R>);

impl<R: BufRead> JsonPoints<R> {
    /// Reads up to the beginning of the list.
    ///
    /// # Errors
    /// [`FeedError::Corrupt`] where there is none, and those of reading.
    pub(super) fn open(input: R) -> Result<Self, FeedError> {
        Ok(Self(JsonArray::open(input, JSON_FILE, &["results", WHOLE_FILE])?))
    }

    /// The next point; one that is no object has no number.
    ///
    /// # Errors
    /// [`FeedError::Corrupt`] where the file is not JSON or ends early, and those of reading.
    pub(super) fn next_point(&mut self) -> Result<Option<Point>, FeedError> {
        let element = self.0.next_element()?;
        Ok(element.map(|element| point(element.line, &element.members.unwrap_or_default())))
    }
}

fn point(line: u32, members: &Map<String, Value>) -> Point {
    let text = |name: &str| text(members, name);
    let mut point = Point {
        line,
        id: text("id"),
        latitude: text("latitude"),
        longitude: text("longitude"),
        post_code: text("cp"),
        street: text("adresse"),
        town: text("ville"),
        always: text("horaires_automate_24_24").eq_ignore_ascii_case("oui"),
        week: week(members.get("horaires")),
        ..Point::default()
    };
    if let Some(Value::Object(place)) = members.get("geom") {
        let (latitude, longitude) = (self::text(place, "lat"), self::text(place, "lon"));
        if !latitude.is_empty() && !longitude.is_empty() {
            point = Point { latitude, longitude, in_degrees: true, ..point };
        }
    }
    for (name, prefix, ..) in FUELS {
        let (price, since) = (text(&format!("{prefix}_prix")), text(&format!("{prefix}_rupture_debut")));
        if !price.is_empty() {
            let time = text(&format!("{prefix}_maj"));
            point.told.push(Told { fuel: name.to_owned(), time, price: Some(price) });
        }
        if !since.is_empty() {
            point.told.push(Told { fuel: name.to_owned(), time: since, price: None });
        }
    }
    point
}

/// The hours: the XML's element as JSON, mostly within a text.
fn week(value: Option<&Value>) -> Option<Week> {
    let parsed: Value;
    let hours = match value? {
        Value::String(text) => {
            parsed = serde_json::from_str(text).ok()?;
            &parsed
        }
        other => other,
    };
    let mut week = Some(Week::default());
    for day in each(hours.get("jour")) {
        let of = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        if of(day, "@ferme") == "1" {
            continue;
        }
        for range in each(day.get("horaire")) {
            add_hours(&mut week, &of(day, "@id"), &of(range, "@ouverture"), &of(range, "@fermeture"));
        }
    }
    week
}

/// The elements of a list; anything else is a list of itself.
fn each(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    let (list, one) = match value {
        Some(Value::Array(list)) => (list.as_slice(), None),
        other => (&[][..], other),
    };
    list.iter().chain(one)
}

/// A member as text, whether it is a text or a number; empty where it is missing or `null`.
fn text(members: &Map<String, Value>, name: &str) -> String {
    match members.get(name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(other) => other.to_string(),
    }
}
