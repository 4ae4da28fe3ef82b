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
//! number of fields, no number, no coordinates or (0,0), a place outside 35.0..=47.5 N and
//! 6.0..=19.0 E, a station listed before; `isSelf` other than 0 and 1, a price that is unreadable or
//! outside 0.100..=9.999, an unreadable time, a price of a station that was not taken.

mod prices;
mod register;
mod time;

use std::collections::BTreeMap;
use std::io::BufRead;

use posto_market::{Fuel, ImportedStation, Unit};

use self::prices::{PriceTable, Taken};
use crate::error::FeedError;
use crate::limits::{MAX_FUEL_NAMES, OTHER_NAMES};
use crate::report::{Reason, Refusal, Skipped, excerpt};
use crate::table::Table;

/// The source label of every station of this feed; its ids are `it-<idImpianto>`.
pub const SOURCE: &str = "it";

/// The line that the licence (IODL 2.0) asks for.
pub const ATTRIBUTION: &str = "Dati: MIMIT, Osservatorio prezzi carburanti, IODL 2.0";

/// The published name of the register: what places and errors call it, whatever its path.
pub const REGISTER_FILE: &str = "anagrafica_impianti_attivi.csv";

/// The published name of the prices: what places and errors call them, whatever their path.
pub const PRICES_FILE: &str = "prezzo_alle_8.csv";

/// How line 1 of both files begins; a day follows.
const TITLE: &str = "Estrazione del ";

/// Reads both files and hands each station with at least one price to `each`, in the order of the
/// register. To pull them one by one instead, see [`Stations`].
///
/// # Errors
/// [`FeedError`] where a file cannot be read or is not what it should be. Stations handed out
/// before stay good.
pub fn read(
    register: impl BufRead,
    prices: impl BufRead,
    mut each: impl FnMut(ImportedStation),
) -> Result<Summary, FeedError> {
    let mut stations = Stations::open(register, prices)?;
    for station in &mut stations {
        each(station?);
    }
    Ok(stations.into_summary())
}

/// What was read and what was left out. Every row is in exactly one of the counts:
/// `price_rows` = `prices` + `served_beside_self` + `superseded` + those of `other_fuels` + those
/// skipped, `station_rows` = `stations` + `without_prices` + those skipped.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// Rows of the register.
    pub station_rows: usize,
    /// Rows of the price file.
    pub price_rows: usize,
    /// Stations handed out: those with at least one price.
    pub stations: usize,
    /// Prices handed out, at most one a station and fuel.
    pub prices: usize,
    /// Good stations that have no price of a fuel known here.
    pub without_prices: usize,
    /// Served prices left out because the station sells the same fuel at self-service.
    pub served_beside_self: usize,
    /// Prices left out for a newer one of the same station, fuel and kind.
    pub superseded: usize,
    /// Rows of fuels not known here, by their name.
    pub other_fuels: BTreeMap<String, usize>,
    /// Rows refused, by reason.
    pub skipped: Skipped,
}

impl Summary {
    fn count_other_fuel(&mut self, name: &str) {
        let name = excerpt(name);
        let full = self.other_fuels.len() >= MAX_FUEL_NAMES && !self.other_fuels.contains_key(&name);
        *self.other_fuels.entry(if full { OTHER_NAMES.to_owned() } else { name }).or_default() += 1;
    }
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
    pub fn open(register: R, prices: impl BufRead) -> Result<Self, FeedError> {
        let register = Table::open(register, &register::HEADINGS)?;
        let mut summary = Summary::default();
        let prices = PriceTable::read(Table::open(prices, &prices::HEADINGS)?, &mut summary)?;
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
            self.summary.station_rows += 1;
            match station_of(&row.text, delimiter, &mut self.prices) {
                Ok(Joined::WithPrices(station, left_out)) => {
                    self.summary.stations += 1;
                    self.summary.prices += station.prices.len();
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

/// A good row of the register, with what the price file has for it.
enum Joined {
    WithPrices(ImportedStation, prices::LeftOut),
    WithoutPrices,
}

fn station_of(row: &str, delimiter: char, prices: &mut PriceTable) -> Result<Joined, Refusal> {
    let (number, station) = register::station(row, delimiter)?;
    match prices.take(number) {
        Taken::Prices(prices, left_out) => {
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
