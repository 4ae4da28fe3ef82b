//! Our own file, `dados.json`: what the original server of 2019 keeps its prices in.
//!
//! **Where it comes from.** The original server writes it, `data/dados.json` holds its nine records
//! of Dourados, and anyone can write one by hand. It is the seed of a new data directory and the
//! input of `posto import dados`; no licence asks for a source to be named.
//!
//! **How it is read.** As a whole, since any two of its records may be of one station: at most
//! [`MAX_DADOS_BYTES`](crate::limits::MAX_DADOS_BYTES). It is a JSON array of
//! `{"tipoCombustivel": "0", "valor": 4000, "coordenadas": "(-22.217551;-54.765349)"}`; of a member
//! that is there twice the last counts, as in the original. `"nome"` and `"marca"` are ours and
//! optional; the original ignores them, as we ignore any other member. No record tells its time or
//! currency. The original appends every report, so of several records of one fuel and place the
//! later one counts ([`stations`]).
//!
//! **How its fuels map.** By the code of the wire: 0 diesel, 1 ethanol, 2 gasoline, and on to 8
//! (PROTOCOL §7), as text or as a number.
//!
//! **What it refuses.** A record with a bad member, told by its index, the member, what it was and
//! what is allowed ([`SkippedRecord`]); the others are still read. Only a file that is not a JSON
//! array, or longer than that, is refused as a whole.

mod records;

use std::collections::HashMap;
use std::sync::Arc;

use posto_market::{
    Currency, Fuel, ImportedPrice, ImportedStation, Label, Position, Price, Quote, Station, StationId, geohash,
};
use serde_json::value::RawValue;
use serde_json::{Map, Value, error::Category};

use crate::error::FeedError;
use crate::report::excerpt;

pub use records::{FEED, FILE};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dados {
    /// The good records, in the order of the file.
    pub records: Vec<Record>,
    /// The bad ones, likewise.
    pub skipped: Vec<SkippedRecord>,
}

/// One good record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// `tipoCombustivel`.
    pub fuel: Fuel,
    /// `valor`.
    pub price: Price,
    /// Where `coordenadas` says.
    pub position: Position,
    /// `coordenadas` as written: a v1 answer repeats it (PROTOCOL §4).
    pub coordinates: Arc<str>,
    /// `nome`, where given.
    pub name: Option<Label>,
    /// `marca`, where given.
    pub brand: Option<Label>,
}

/// One bad record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedRecord {
    /// Its place in the array, from 0.
    pub index: usize,
    /// The line it begins in, from 1.
    pub line: u32,
    /// The member at fault, or one of them; `None` where the record is not even an object.
    pub member: Option<&'static str>,
    /// What the member was, as JSON, cut to [`crate::limits::MAX_EXCERPT_CHARACTERS`];
    /// `None` where it is missing.
    pub found: Option<String>,
    /// What is allowed there.
    pub allowed: &'static str,
}

/// Reads a whole file.
///
/// # Errors
/// [`FeedError::NotJson`] and [`FeedError::NotAnArray`], with line and column.
pub fn read(bytes: &[u8]) -> Result<Dados, FeedError> {
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    let raw: Vec<&RawValue> = serde_json::from_slice(bytes).map_err(|error| refusal(&error))?;
    let mut dados = Dados::default();
    let (mut line, mut counted) = (1_u32, 0);
    for (index, raw) in raw.into_iter().enumerate() {
        // The record is a part of the bytes: where it begins tells its line.
        let begins = raw.get().as_ptr().addr().saturating_sub(bytes.as_ptr().addr());
        let passed = bytes.get(counted..begins).unwrap_or_default();
        line = line
            .saturating_add(u32::try_from(passed.iter().filter(|byte| **byte == b'\n').count()).unwrap_or(u32::MAX));
        counted = begins;
        match record(raw.get()) {
            Ok(record) => dados.records.push(record),
            Err(Fault { member, found, allowed }) => {
                dados.skipped.push(SkippedRecord { index, line, member, found, allowed });
            }
        }
    }
    Ok(dados)
}

/// The stations of these records, one for each position, in the order they first appear in; their
/// ids are the geohashes, their prices are in `currency` and in each fuel's own unit. Of several
/// records of one station and fuel the later one counts; so does the later name and brand.
#[must_use]
pub fn stations(records: &[Record], currency: Currency) -> Vec<ImportedStation> {
    let mut stations: Vec<ImportedStation> = Vec::new();
    let mut indices = HashMap::new();
    for record in records {
        let index = *indices.entry(record.position).or_insert(stations.len());
        if index == stations.len() {
            let Some(id) = StationId::parse(&geohash(record.position)) else { continue };
            stations.push(ImportedStation::new(Station::at(id, record.position)));
        }
        if let Some(station) = stations.get_mut(index) {
            update(station, record, currency);
        }
    }
    stations
}

fn update(imported: &mut ImportedStation, record: &Record, currency: Currency) {
    let station = &mut imported.station;
    station.name = record.name.clone().or(station.name.take());
    station.brand = record.brand.clone().or(station.brand.take());
    let as_written = *record.coordinates != *record.position.to_string();
    let quote = Quote {
        price: record.price,
        currency,
        unit: record.fuel.default_unit(),
        reported_at: None,
        coordinates: as_written.then(|| Arc::clone(&record.coordinates)),
    };
    match imported.prices.iter_mut().find(|price| price.fuel == record.fuel) {
        Some(price) => price.quote = quote,
        None => imported.prices.push(ImportedPrice { fuel: record.fuel, quote }),
    }
}

fn refusal(error: &serde_json::Error) -> FeedError {
    let (line, column) = (error.line(), error.column());
    let told = error.to_string();
    let problem = told.rsplit_once(" at line ").map_or(told.as_str(), |(problem, _)| problem).to_owned();
    match error.classify() {
        Category::Data => FeedError::NotAnArray { line, column, problem },
        Category::Io | Category::Syntax | Category::Eof => FeedError::NotJson { line, column, problem },
    }
}

/// What is wrong with a record.
struct Fault {
    member: Option<&'static str>,
    found: Option<String>,
    allowed: &'static str,
}

fn record(json: &str) -> Result<Record, Fault> {
    let members: Map<String, Value> = serde_json::from_str(json).map_err(|_| Fault {
        member: None,
        found: Some(excerpt(json)),
        allowed: "an object that JSON can hold",
    })?;
    let (position, coordinates) = member(
        &members,
        "coordenadas",
        "a text \"(lat;lon)\" of at most 64 bytes, -90 to 90 and -180 to 180 degrees",
        |value| value.as_str().and_then(|text| Some((Position::from_coordinates(text).ok()?, Arc::from(text)))),
    )?;
    Ok(Record {
        fuel: member(&members, "tipoCombustivel", "\"0\" to \"8\"", fuel)?,
        price: member(&members, "valor", "an integer, 1 to 999999 (thousandths)", price)?,
        position,
        coordinates,
        name: label(&members, "nome")?,
        brand: label(&members, "marca")?,
    })
}

fn member<T>(
    members: &Map<String, Value>,
    name: &'static str,
    allowed: &'static str,
    read: impl Fn(&Value) -> Option<T>,
) -> Result<T, Fault> {
    let value = members.get(name);
    let found = || value.map(|value| excerpt(&value.to_string()));
    value.and_then(read).ok_or_else(|| Fault { member: Some(name), found: found(), allowed })
}

fn fuel(value: &Value) -> Option<Fuel> {
    let code = match value {
        Value::String(text) if text.len() == 1 => text.parse().ok(),
        number => number.as_u64().and_then(|number| u8::try_from(number).ok()),
    };
    code.and_then(Fuel::from_code)
}

fn price(value: &Value) -> Option<Price> {
    Price::from_thousandths(u32::try_from(value.as_u64()?).ok()?)
}

/// An optional text for people; absent, null and blank are the same.
fn label(members: &Map<String, Value>, name: &'static str) -> Result<Option<Label>, Fault> {
    if members.get(name).is_none_or(Value::is_null) {
        return Ok(None);
    }
    member(members, name, "a text", |value| value.as_str().map(Label::new))
}

#[cfg(test)]
mod tests;
