//! Italy: the ministry's register of stations and its prices of 8 o'clock.
//!
//! **Where it comes from.** The Osservatorio prezzi carburanti of the Ministero delle Imprese e del
//! Made in Italy publishes two files every morning, `anagrafica_impianti_attivi.csv` (the register)
//! and `prezzo_alle_8.csv`, under the Italian Open Data Licence 2.0: free use, the source named
//! ([`ATTRIBUTION`]).
//!
//! **How it is read.** Line 1 tells the day, line 2 the columns; the delimiter (`|` today, `;` in
//! older files) is taken from line 2, quotation marks mean nothing, bytes that are not UTF-8 become
//! U+FFFD. The prices come first, into a compact table by station number (`prices.rs`); then the
//! register is streamed (`register.rs`), and each station that has a price is handed out. Of several
//! rows of one station and fuel, self-service goes before served, then the newest time as written
//! counts, then the later line.
//!
//! **How its fuels map.** Benzina, Gasolio and GPL by the litre, Metano by the kilogram, all in
//! euro; every other name is counted and left out, since the brands' own names say nothing
//! comparable.
//!
//! **What it refuses.** Each of these rows is skipped and counted ([`Summary::skipped`]): a wrong
//! number of fields, no number, no coordinates, (0,0), exchanged ones, a place outside
//! 35.0..=47.5 N and 6.0..=19.0 E, a station listed before; `isSelf` other than 0 and 1, a price that
//! is unreadable or outside 0.100..=9.999, an unreadable or a future time, a price of a station that
//! was not taken.

mod prices;
mod register;

use std::io::BufRead;

use posto_market::{Fuel, ImportedStation, Timestamp, Unit};

use self::prices::{PriceTable, Taken};
use crate::error::FeedError;
use crate::feed::{Address, Feed, FeedFile, Inputs, Records, Terms};
use crate::report::{Reason, Refusal};
use crate::sanity::{Checks, Country};
use crate::summary::Summary;
use crate::table::{Headings, Table};

/// The source label of every station of this feed; its ids are `it-<idImpianto>`.
pub const SOURCE: &str = "it";

/// The line that the licence (IODL 2.0) asks for.
pub const ATTRIBUTION: &str = "Dati: MIMIT, Osservatorio prezzi carburanti, IODL 2.0";

/// The published name of the register: what places and errors call it, whatever its path.
pub const REGISTER_FILE: &str = "anagrafica_impianti_attivi.csv";

/// The published name of the prices: what places and errors call them, whatever their path.
pub const PRICES_FILE: &str = "prezzo_alle_8.csv";

/// The feed.
pub static FEED: Feed = Feed {
    slug: "italy",
    name_pt: "Itália: cadastro e preços do ministério (MIMIT)",
    name_en: "Italy: the ministry's register and prices (MIMIT)",
    source: Some(SOURCE),
    attribution: Some(ATTRIBUTION),
    files: &[
        FeedFile {
            name: REGISTER_FILE,
            about_pt: "os postos",
            about_en: "the stations",
            address: Some(Address::Whole("https://www.mimit.gov.it/images/exportCSV/anagrafica_impianti_attivi.csv")),
            recognise: |beginning| is_table(beginning, &register::HEADINGS),
        },
        FeedFile {
            name: PRICES_FILE,
            about_pt: "os preços das 8 horas",
            about_en: "the prices of 8 o'clock",
            address: Some(Address::Whole("https://www.mimit.gov.it/images/exportCSV/prezzo_alle_8.csv")),
            recognise: |beginning| is_table(beginning, &prices::HEADINGS),
        },
    ],
    country: Some(&COUNTRY),
    open,
};

/// A station beyond these has another's coordinates; a price beyond them is a typing error.
static COUNTRY: Country =
    Country { latitudes: 35.0..=47.5, longitudes: 6.0..=19.0, thousandths: 100..=9999, zone: "Europe/Rome" };

/// How line 1 of both files begins; a day follows.
const TITLE: &str = "Estrazione del ";

fn open(mut inputs: Inputs, terms: &Terms) -> Result<Box<dyn Records>, FeedError> {
    let (register, prices) = (inputs.need(REGISTER_FILE)?, inputs.need(PRICES_FILE)?);
    inputs.finish()?;
    Ok(Box::new(Stations::open(register, prices, terms.now)?))
}

fn is_table(beginning: &str, headings: &Headings) -> bool {
    let first_columns = headings.columns.iter().take(2).copied();
    beginning.lines().nth(1).is_some_and(|names| names.split(['|', ';']).take(2).map(str::trim).eq(first_columns))
}

/// Reads both files and hands each station with at least one price to `each`, in the order of the
/// register; prices later than `now` are refused. To pull them one by one instead, see [`Stations`].
///
/// # Errors
/// [`FeedError`] where a file cannot be read or is not what it should be. Stations handed out
/// before stay good.
pub fn read(
    register: impl BufRead,
    prices: impl BufRead,
    now: Timestamp,
    mut each: impl FnMut(ImportedStation),
) -> Result<Summary, FeedError> {
    let mut stations = Stations::open(register, prices, now)?;
    for station in &mut stations {
        each(station?);
    }
    Ok(stations.into_summary())
}

/// The stations of the feed, one at a time; after the last one, or the first error, `None`.
pub struct Stations<R> {
    register: Table<R>,
    prices: PriceTable,
    summary: Summary,
    ended: bool,
}

impl<R: BufRead> Stations<R> {
    /// Reads all prices and the headings of the register; the latter's rows are read as the
    /// stations are taken.
    ///
    /// # Errors
    /// [`FeedError`] where a file cannot be read or is not what it should be.
    pub fn open(register: R, prices: impl BufRead, now: Timestamp) -> Result<Self, FeedError> {
        let register = Table::open(register, &register::HEADINGS)?;
        let mut summary = Summary::default();
        let checks = Checks::new(&COUNTRY, now);
        let prices = PriceTable::read(Table::open(prices, &prices::HEADINGS)?, &checks, &mut summary)?;
        Ok(Self { register, prices, summary, ended: false })
    }

    /// What was read so far; complete once the last station has been taken.
    #[must_use]
    pub fn into_summary(self) -> Summary {
        self.summary
    }

    fn next_station(&mut self) -> Result<Option<ImportedStation>, FeedError> {
        let delimiter = self.register.delimiter();
        while let Some(row) = self.register.next_row()? {
            self.summary.count_row(REGISTER_FILE);
            self.summary.station_rows += 1;
            match station_of(&row.text, delimiter, &mut self.prices) {
                Ok(Joined::WithPrices(station, left_out)) => {
                    self.summary.count_record(&station);
                    self.summary.served_beside_self += left_out.served_beside_self;
                    self.summary.superseded += left_out.superseded;
                    return Ok(Some(station));
                }
                Ok(Joined::WithoutPrices) => self.summary.without_prices += 1,
                Err(refusal) => self.summary.skipped.add(&refusal, REGISTER_FILE, row.line),
            }
        }
        self.prices.count_unknown(&mut self.summary.skipped);
        Ok(None)
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

/// A good row of the register, with what the price file has for it.
enum Joined {
    WithPrices(ImportedStation, prices::LeftOut),
    WithoutPrices,
}

fn station_of(row: &str, delimiter: char, prices: &mut PriceTable) -> Result<Joined, Refusal> {
    let (number, mut station) = register::station(row, delimiter)?;
    match prices.take(number) {
        Taken::Prices(prices, left_out, service) => {
            station.service = service;
            Ok(Joined::WithPrices(ImportedStation { prices, ..ImportedStation::new(station) }, left_out))
        }
        Taken::Nothing => Ok(Joined::WithoutPrices),
        Taken::Before => Err(Refusal::of(Reason::RepeatedStation, "idImpianto", &number.to_string())),
    }
}

/// The fuel that a name of the price file means and the unit it is sold by.
fn fuel_of(name: &str) -> Option<(Fuel, Unit)> {
    match name {
        "Benzina" => Some((Fuel::Gasoline, Unit::Litre)),
        "Gasolio" => Some((Fuel::Diesel, Unit::Litre)),
        "GPL" => Some((Fuel::Lpg, Unit::Litre)),
        "Metano" => Some((Fuel::Cng, Unit::Kilogram)),
        _ => None,
    }
}

/// The number that both files know a station by (`idImpianto`).
fn station_number(text: &str) -> Result<u32, Refusal> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.then(|| text.parse().ok()).flatten();
    number.ok_or_else(|| Refusal::of(Reason::StationNumber, "idImpianto", text))
}

#[cfg(test)]
mod tests;
