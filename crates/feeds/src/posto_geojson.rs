//! Our own map: what `posto export geojson` writes, one point a station.
//!
//! **Where it comes from.** `posto export geojson` writes it from a data directory (RFC 7946). The
//! prices keep the source, and so the licence, that they had.
//!
//! **How it is read.** One feature at a time (`json_array.rs`), in UTF-8: the feature's `id` is the
//! station's, its point the position, longitude first; `name`, `brand`, `address`, `source`, `hours`,
//! `service`, `members_only` and the list `prices` are properties, of which any may be missing or
//! null, and others mean nothing. What the form cannot tell are the coordinates as a reporter wrote
//! them. Of several prices of one fuel the newest counts, of equal times the later one.
//!
//! **How its fuels map.** By their slugs, as in `posto_csv.rs`.
//!
//! **What it refuses.** A feature that is no point with an id is skipped and counted, as is one whose
//! properties are unreadable, and each price that is; the feature's other prices are kept. A file
//! that is no such collection, ends early or is not UTF-8 is refused as a whole; stations handed out
//! before stay good.

use std::io::BufRead;

use posto_market::{ImportedPrice, ImportedStation, Label, Station, Timestamp};
use serde_json::{Map, Value};

use crate::error::FeedError;
use crate::feed::{Feed, FeedFile, Inputs, Records, Terms};
use crate::json_array::JsonArray;
use crate::posto_csv::{Told, add, opening, station_at};
use crate::report::{Reason, Refusal};
use crate::summary::Summary;

/// What places and errors call the file, whatever its path.
pub const FILE: &str = "posto.geojson";

/// The feed.
pub static FEED: Feed = Feed {
    slug: "geojson",
    name_pt: "o mapa do próprio Posto (posto export geojson)",
    name_en: "Posto's own map (posto export geojson)",
    source: None,
    attribution: None,
    files: &[FeedFile {
        name: FILE,
        about_pt: "os postos e seus preços",
        about_en: "the stations and their prices",
        address: None,
        recognise: |beginning| beginning.contains("\"FeatureCollection\"") && beginning.contains("\"prices\""),
    }],
    country: None,
    open,
};

fn open(mut inputs: Inputs, terms: &Terms) -> Result<Box<dyn Records>, FeedError> {
    let stations = Stations::open(inputs.need(FILE)?, terms.now)?;
    inputs.finish()?;
    Ok(Box::new(stations))
}

/// The stations of a file, one at a time; after the last one, or the first error, `None`.
pub struct Stations<R> {
    features: JsonArray<R>,
    now: Timestamp,
    summary: Summary,
    ended: bool,
}

impl<R: BufRead> Stations<R> {
    /// Reads up to the features; prices later than `now` will be refused.
    ///
    /// # Errors
    /// [`FeedError`] where the file cannot be read or has none.
    pub fn open(input: R, now: Timestamp) -> Result<Self, FeedError> {
        let features = JsonArray::open(input, FILE, &["features"])?;
        Ok(Self { features, now, summary: Summary::default(), ended: false })
    }

    fn next_station(&mut self) -> Result<Option<ImportedStation>, FeedError> {
        while let Some(feature) = self.features.next_element()? {
            self.summary.count_row(FILE);
            self.summary.station_rows += 1;
            let members = feature.members.unwrap_or_default();
            let nothing = Map::new();
            let properties = members.get("properties").and_then(Value::as_object).unwrap_or(&nothing);
            match station(&members, properties) {
                Ok(station) => {
                    let prices = self.prices(properties, feature.line);
                    let record = ImportedStation { prices, ..ImportedStation::new(station) };
                    self.summary.count_record(&record);
                    return Ok(Some(record));
                }
                Err(refusal) => self.summary.skipped.add(&refusal, FILE, feature.line),
            }
        }
        Ok(None)
    }

    fn prices(&mut self, properties: &Map<String, Value>, line: u32) -> Vec<ImportedPrice> {
        let mut prices = Vec::new();
        for told in properties.get("prices").and_then(Value::as_array).into_iter().flatten() {
            self.summary.price_rows += 1;
            match price(told, self.now) {
                Ok(price) => self.summary.superseded += usize::from(!add(&mut prices, price)),
                Err(refusal) => self.summary.skipped.add(&refusal, FILE, line),
            }
        }
        prices
    }
}

impl<R: BufRead> Iterator for Stations<R> {
    type Item = Result<ImportedStation, FeedError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.next_station().transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}

impl<R: BufRead + Send> Records for Stations<R> {
    fn summary(&self) -> Summary {
        self.summary.clone()
    }
}

fn station(members: &Map<String, Value>, properties: &Map<String, Value>) -> Result<Station, Refusal> {
    let coordinates = members.get("geometry").and_then(|geometry| geometry.get("coordinates"));
    let degree = |index: usize| coordinates.and_then(|list| list.get(index)).map(Value::to_string).unwrap_or_default();
    let at = station_at(&text(members.get("id")), &degree(1), &degree(0))?;
    let label = |name: &str| Label::new(&text(properties.get(name)));
    let mut station = Station {
        name: label("name"),
        brand: label("brand"),
        address: label("address"),
        source: label("source"),
        ..at
    };
    let told = ["hours", "service", "members_only"].map(|name| text(properties.get(name)));
    let [hours, service, members_only] = &told;
    opening(hours, service, members_only, &mut station)?;
    Ok(station)
}

fn price(told: &Value, now: Timestamp) -> Result<ImportedPrice, Refusal> {
    if !told.is_object() {
        return Err(Refusal::of(Reason::Fields, "prices", &told.to_string()));
    }
    let [fuel, price, currency, unit, reported_at] =
        &["fuel", "price", "currency", "unit", "reported_at"].map(|name| text(told.get(name)));
    Told { fuel, price, currency, unit, reported_at, coordinates: "" }.price(now)
}

/// A text as it is, null and what is missing as nothing, anything else as JSON.
fn text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
