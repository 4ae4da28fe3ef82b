//! The answer of `list.php`: the stations around a place with the prices in force.

use std::collections::HashSet;
use std::io::BufRead;

use posto_market::{Currency, ImportedPrice, Label, Quote, Station, Timestamp, Unit};
use serde_json::{Map, Value};

use super::log::is_not_sold;
use super::{COUNTRY, FUELS, LIVE_FILE, SOURCE, station_id, station_number};
use crate::address::{address, joined};
use crate::error::FeedError;
use crate::feed::{FeedRecord, Records};
use crate::json_array::JsonArray;
use crate::report::{Reason, Refusal};
use crate::summary::Summary;

/// The stations of an answer, one at a time; after the last one, or the first error, `None`.
pub(super) struct Live<R> {
    stations: JsonArray<R>,
    /// What time its prices have: the answer tells none.
    at: Timestamp,
    known: HashSet<u128>,
    summary: Summary,
    ended: bool,
}

impl<R: BufRead> Live<R> {
    /// Reads up to the list of stations.
    ///
    /// # Errors
    /// [`FeedError::Corrupt`] where there is none, and those of reading.
    pub(super) fn open(input: R, written: Option<Timestamp>, now: Timestamp) -> Result<Self, FeedError> {
        let stations = JsonArray::open(input, LIVE_FILE, &["stations"])?;
        let at = written.map_or(now, |written| written.min(now));
        Ok(Self { stations, at, known: HashSet::new(), summary: Summary::default(), ended: false })
    }

    fn next_record(&mut self) -> Result<Option<FeedRecord>, FeedError> {
        while let Some(element) = self.stations.next_element()? {
            self.summary.count_row(LIVE_FILE);
            self.summary.station_rows += 1;
            let none = Map::new();
            let members = element.members.as_ref().unwrap_or(&none);
            let station = station(members).and_then(|(number, station)| {
                let new = self.known.insert(number);
                let repeated = || Refusal::of(Reason::RepeatedStation, "id", station.id.as_str());
                if new { Ok(station) } else { Err(repeated()) }
            });
            let station = match station {
                Ok(station) => station,
                Err(refusal) => {
                    self.summary.skipped.add(&refusal, LIVE_FILE, element.line);
                    continue;
                }
            };
            let record = FeedRecord { prices: self.prices(members, element.line), ..FeedRecord::new(station) };
            if record.prices.is_empty() {
                self.summary.without_prices += 1;
                continue;
            }
            self.summary.count_record(&record);
            return Ok(Some(record));
        }
        Ok(None)
    }

    /// The prices of a station; a fuel that it does not sell is `null` or `false`.
    fn prices(&mut self, members: &Map<String, Value>, line: u32) -> Vec<ImportedPrice> {
        let mut prices = Vec::new();
        for (name, fuel) in FUELS {
            let text = text(members, name);
            if matches!(text.as_str(), "" | "false") || is_not_sold(&text) {
                continue;
            }
            self.summary.price_rows += 1;
            match COUNTRY.price(&text) {
                Ok(price) => {
                    let (currency, unit, reported_at) = (Currency::EUR, Unit::Litre, Some(self.at));
                    prices.push(ImportedPrice {
                        fuel,
                        quote: Quote { price, currency, unit, reported_at, coordinates: None },
                    });
                }
                Err(reason) => self.summary.skipped.add(&Refusal::of(reason, name, &text), LIVE_FILE, line),
            }
        }
        prices
    }
}

impl<R: BufRead> Iterator for Live<R> {
    type Item = Result<FeedRecord, FeedError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.next_record().transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}

impl<R: BufRead + Send> Records for Live<R> {
    fn summary(&self) -> Summary {
        self.summary.clone()
    }
}

fn station(members: &Map<String, Value>) -> Result<(u128, Station), Refusal> {
    let text = |name| text(members, name);
    let uuid = text("id");
    let number = station_number("id", &uuid)?;
    let id = station_id(number).ok_or_else(|| Refusal::of(Reason::StationNumber, "id", &uuid))?;
    let (latitude, longitude) = (text("lat"), text("lng"));
    let degrees = latitude.parse().ok().zip(longitude.parse().ok());
    let position = COUNTRY
        .position(degrees)
        .map_err(|reason| Refusal { reason, found: format!("id {uuid:?}, lat {latitude:?}, lng {longitude:?}") })?;
    let (street, town) = (joined([&text("street"), &text("houseNumber")]), joined([&text("postCode"), &text("place")]));
    let station = Station {
        name: Label::new(&text("name")),
        brand: Label::new(&text("brand")),
        address: Label::new(&address(&street, &town)),
        source: Label::new(SOURCE),
        ..Station::at(id, position)
    };
    Ok((number, station))
}

/// A member as text, whether it is a text or a number; empty where it is missing or `null`.
fn text(members: &Map<String, Value>, name: &str) -> String {
    match members.get(name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(other) => other.to_string(),
    }
}
