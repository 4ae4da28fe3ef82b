//! A list of stations as comma-separated values (RFC 4180): a header, then one line a station, best
//! first. Where the list goes on stands in the header Link.

use std::borrow::Cow;

use csv::{Terminator, WriterBuilder};

use super::{StationList, StationPrice};

/// The columns, named as the members of the JSON answer.
const COLUMNS: [&str; 21] = [
    "id",
    "name",
    "brand",
    "lat",
    "lon",
    "fuel",
    "price",
    "currency",
    "unit",
    "reported_at",
    "age_s",
    "stale",
    "suspect",
    "opening_hours",
    "open",
    "service",
    "members_only",
    "distance_km",
    "source",
    "attribution",
    "trip_cost",
];

/// The list as CSV; `None` where it cannot be written, which memory never refuses.
pub(crate) fn stations(list: &StationList) -> Option<Vec<u8>> {
    let mut table = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    table.write_record(COLUMNS).ok()?;
    for station in &list.stations {
        table.write_record(line(station).iter().map(|cell| cell.as_bytes())).ok()?;
    }
    table.into_inner().ok()
}

/// What is not known is an empty cell.
fn line(station: &StationPrice) -> [Cow<'_, str>; COLUMNS.len()] {
    let (price, opening) = (&station.price, &station.opening);
    [
        harmless(&station.id),
        harmless(station.name.as_deref().unwrap_or_default()),
        harmless(station.brand.as_deref().unwrap_or_default()),
        number(station.lat),
        number(station.lon),
        price.fuel.into(),
        price.price.text().into(),
        harmless(&price.currency),
        harmless(&price.unit),
        harmless(price.reported_at.as_deref().unwrap_or_default()),
        price.age_s.map(|age_s| age_s.to_string()).unwrap_or_default().into(),
        flag(Some(price.stale)),
        flag(Some(price.suspect)),
        harmless(opening.opening_hours.as_deref().unwrap_or_default()),
        flag(opening.open),
        opening.service.unwrap_or_default().into(),
        flag(opening.members_only),
        station.distance_km.map(number).unwrap_or_default(),
        harmless(&station.source),
        harmless(station.attribution.as_deref().unwrap_or_default()),
        station.trip_cost.map(number).unwrap_or_default(),
    ]
}

/// A text that somebody else wrote. Spreadsheets execute what begins like a formula
/// (<https://owasp.org/www-community/attacks/CSV_Injection>), so that gets an apostrophe in front.
/// Numbers are no texts: a latitude stays a latitude.
fn harmless(text: &str) -> Cow<'_, str> {
    let formula = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    if text.starts_with(formula) { format!("'{text}").into() } else { text.into() }
}

fn number(number: f64) -> Cow<'static, str> {
    number.to_string().into()
}

fn flag(flag: Option<bool>) -> Cow<'static, str> {
    match flag {
        Some(true) => "true".into(),
        Some(false) => "false".into(),
        None => "".into(),
    }
}
