//! Our own table: what `posto export csv` writes, one line a price.
//!
//! **Where it comes from.** `posto export csv` writes it from a data directory, and anyone can write
//! one by hand or with a spreadsheet that keeps commas and decimal points. The prices keep the
//! source, and so the licence, that they had.
//!
//! **How it is read.** RFC 4180 in UTF-8, the columns in the order of [`COLUMNS`]; the last three may
//! be missing, as in older exports. One station at a time: lines of one station that follow each
//! other are one record, whose station is as the first of them tells; a station that comes back later
//! is handed out again, which changes nothing that is newer. Of several prices of one fuel in a record
//! the newest counts, of equal times the later line. An apostrophe that the export put before what
//! spreadsheets would execute is taken away ([`cell`]).
//!
//! **How its fuels map.** By their slugs (`diesel`, `gasoline_premium`, …); price, currency and unit
//! are as written.
//!
//! **What it refuses.** A line with a wrong number of fields, an unreadable id, position, fuel, price,
//! currency, unit, time, coordinates, hours, service or membership, or a time that has not come: skipped and counted. A file with
//! other columns, one that is not UTF-8 or has a line of more than
//! [`MAX_LINE_BYTES`](crate::limits::MAX_LINE_BYTES) is refused as a whole; stations handed out before
//! stay good.

use std::borrow::Cow;
use std::io::BufRead;
use std::sync::Arc;

use posto_market::{
    Currency, Fuel, ImportedPrice, ImportedStation, Label, OpeningHours, Position, Price, Quote, Service, Station,
    StationId, Timestamp, Unit,
};

use crate::csv::{Csv, Record};
use crate::error::FeedError;
use crate::feed::{Feed, FeedFile, Inputs, Records, Terms};
use crate::limits::MAX_AHEAD;
use crate::report::{Reason, Refusal};
use crate::summary::Summary;

/// What places and errors call the file, whatever its path.
pub const FILE: &str = "posto.csv";

/// The columns, in order.
pub const COLUMNS: [&str; 16] = [
    "station",
    "name",
    "brand",
    "address",
    "source",
    "latitude",
    "longitude",
    "fuel",
    "price",
    "currency",
    "unit",
    "reported_at",
    "coordinates",
    "hours",
    "service",
    "members_only",
];

/// How many of the columns every file has.
const REQUIRED: usize = 13;

/// The feed.
pub static FEED: Feed = Feed {
    slug: "csv",
    name_pt: "a tabela do próprio Posto (posto export csv)",
    name_en: "Posto's own table (posto export csv)",
    source: None,
    attribution: None,
    files: &[FeedFile {
        name: FILE,
        about_pt: "os postos e seus preços",
        about_en: "the stations and their prices",
        address: None,
        recognise: |beginning| beginning.starts_with("station,name,brand,"),
    }],
    country: None,
    open,
};

fn open(mut inputs: Inputs, terms: &Terms) -> Result<Box<dyn Records>, FeedError> {
    let stations = Stations::open(inputs.need(FILE)?, terms.now)?;
    inputs.finish()?;
    Ok(Box::new(stations))
}

/// The records of a file, one at a time; after the last one, or the first error, `None`.
pub struct Stations<R> {
    rows: Csv<R>,
    /// The record that the next line may belong to.
    begun: Option<ImportedStation>,
    now: Timestamp,
    summary: Summary,
    ended: bool,
}

impl<R: BufRead> Stations<R> {
    /// Reads the column names; prices later than `now` will be refused.
    ///
    /// # Errors
    /// [`FeedError`] where the file cannot be read or has other columns.
    pub fn open(input: R, now: Timestamp) -> Result<Self, FeedError> {
        let rows = Csv::open(input, FILE, b',', (&COLUMNS, REQUIRED))?;
        Ok(Self { rows, begun: None, now, summary: Summary::default(), ended: false })
    }

    fn next_station(&mut self) -> Result<Option<ImportedStation>, FeedError> {
        let columns = self.rows.columns();
        while let Some(row) = self.rows.next_record()? {
            self.summary.count_row(FILE);
            self.summary.price_rows += 1;
            let (station, price) = match read_row(&row, columns, self.now) {
                Ok(read) => read,
                Err(refusal) => {
                    self.summary.skipped.add(&refusal, FILE, row.line);
                    continue;
                }
            };
            match &mut self.begun {
                Some(begun) if begun.station.id == station.id => {
                    self.summary.superseded += usize::from(!add(&mut begun.prices, price));
                }
                begun => {
                    let new = ImportedStation { prices: vec![price], ..ImportedStation::new(station) };
                    if let Some(whole) = begun.replace(new) {
                        return Ok(Some(self.count(whole)));
                    }
                }
            }
        }
        let last = self.begun.take();
        Ok(last.map(|whole| self.count(whole)))
    }

    fn count(&mut self, whole: ImportedStation) -> ImportedStation {
        self.summary.station_rows += 1;
        self.summary.count_record(&whole);
        whole
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

/// What a cell of text says: the export puts an apostrophe before what begins like a formula, or
/// like an apostrophe before one, so exactly one is taken away.
#[must_use]
pub fn cell(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(text)
}

/// A cell of text as the export writes it, before quotation marks ([`cell`] is the way back).
/// Spreadsheets execute what begins like a formula
/// (<https://owasp.org/www-community/attacks/CSV_Injection>).
#[must_use]
pub fn harmless_cell(text: &str) -> Cow<'_, str> {
    if is_formula(text) { format!("'{text}").into() } else { text.into() }
}

/// Whether a text begins like a formula, or is one made harmless.
fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

/// The word for who fills the tank, in our own files: `self`, `served`, `both`.
#[must_use]
pub const fn service_word(service: Service) -> &'static str {
    match service {
        Service::SelfService => "self",
        Service::Served => "served",
        Service::Both => "both",
    }
}

/// Keeps one price a fuel, the newest; `false` where that leaves one out.
pub(crate) fn add(prices: &mut Vec<ImportedPrice>, price: ImportedPrice) -> bool {
    let Some(known) = prices.iter_mut().find(|known| known.fuel == price.fuel) else {
        prices.push(price);
        return true;
    };
    if price.quote.reported_at >= known.quote.reported_at {
        *known = price;
    }
    false
}

/// A price as one of our files has it.
pub(crate) struct Told<'a> {
    pub(crate) fuel: &'a str,
    pub(crate) price: &'a str,
    pub(crate) currency: &'a str,
    pub(crate) unit: &'a str,
    pub(crate) reported_at: &'a str,
    pub(crate) coordinates: &'a str,
}

impl Told<'_> {
    /// The price it means.
    ///
    /// # Errors
    /// Why it is refused.
    pub(crate) fn price(&self, now: Timestamp) -> Result<ImportedPrice, Refusal> {
        let fuel = Fuel::ALL.into_iter().find(|fuel| fuel.slug() == self.fuel);
        let time = || self.reported_at.parse::<jiff::Timestamp>().ok();
        let reported_at = if self.reported_at.is_empty() {
            None
        } else {
            let time = time().ok_or_else(|| Refusal::of(Reason::Time, "reported_at", self.reported_at))?;
            let time = Timestamp::from_millis(time.as_millisecond());
            if time.since(now) > MAX_AHEAD {
                return Err(Refusal::of(Reason::FutureTime, "reported_at", self.reported_at));
            }
            Some(time)
        };
        let good = self.coordinates.is_empty() || Position::from_coordinates(self.coordinates).is_ok();
        if !good {
            return Err(Refusal::of(Reason::Coordinates, "coordinates", self.coordinates));
        }
        let quote = Quote {
            price: Price::from_decimal(self.price).ok_or_else(|| Refusal::of(Reason::Price, "price", self.price))?,
            currency: Currency::from_code(self.currency)
                .ok_or_else(|| Refusal::of(Reason::Currency, "currency", self.currency))?,
            unit: Unit::from_sign(self.unit).ok_or_else(|| Refusal::of(Reason::Unit, "unit", self.unit))?,
            reported_at,
            coordinates: (!self.coordinates.is_empty()).then(|| Arc::from(self.coordinates)),
        };
        Ok(ImportedPrice { fuel: fuel.ok_or_else(|| Refusal::of(Reason::Fuel, "fuel", self.fuel))?, quote })
    }
}

/// What our files tell about opening, as text; empty where unknown.
pub(crate) fn opening(hours: &str, service: &str, members_only: &str, station: &mut Station) -> Result<(), Refusal> {
    if !hours.is_empty() {
        let known = OpeningHours::new(hours);
        station.hours = Some(known.ok_or_else(|| Refusal::of(Reason::Facts, "hours", hours))?);
    }
    if !service.is_empty() {
        let known = Service::ALL.into_iter().find(|known| service_word(*known) == service);
        station.service = Some(known.ok_or_else(|| Refusal::of(Reason::Facts, "service", service))?);
    }
    station.members_only = match members_only {
        "" => None,
        "true" => Some(true),
        "false" => Some(false),
        other => return Err(Refusal::of(Reason::Facts, "members_only", other)),
    };
    Ok(())
}

/// A station's id and position, as text.
pub(crate) fn station_at(id: &str, latitude: &str, longitude: &str) -> Result<Station, Refusal> {
    let id = StationId::parse(id).ok_or_else(|| Refusal::of(Reason::StationNumber, "station", id))?;
    let degrees = |text: &str| text.parse::<f64>().ok();
    let position = degrees(latitude).zip(degrees(longitude));
    let position = position.and_then(|(latitude, longitude)| Position::from_degrees(latitude, longitude));
    let position = position.ok_or_else(|| Refusal {
        reason: Reason::Coordinates,
        found: format!("latitude {latitude:?}, longitude {longitude:?}"),
    })?;
    Ok(Station::at(id, position))
}

fn read_row(row: &Record<'_>, columns: usize, now: Timestamp) -> Result<(Station, ImportedPrice), Refusal> {
    if row.len() != columns {
        return Err(Refusal::of(Reason::Fields, "row", &row.told(',')));
    }
    let [id, name, brand, address, source, latitude, longitude, told @ ..]: [&str; COLUMNS.len()] = row.first();
    let [fuel, price, currency, unit, reported_at, coordinates, hours, service, members_only] = told;
    let label = |text: &str| Label::new(cell(text));
    let mut station = Station {
        name: label(name),
        brand: label(brand),
        address: label(address),
        source: label(source),
        ..station_at(cell(id), latitude, longitude)?
    };
    opening(cell(hours), service, members_only, &mut station)?;
    let coordinates = cell(coordinates);
    let told = Told { fuel, price, currency, unit, reported_at, coordinates };
    Ok((station, told.price(now)?))
}

#[cfg(test)]
mod tests;
