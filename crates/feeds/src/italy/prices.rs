//! The price file: its rows, and the table of the one price that counts for each station and fuel.

use std::collections::HashMap;
use std::io::BufRead;

use posto_market::{Currency, Fuel, ImportedPrice, Price, Quote, Service, Unit};

use super::{PRICES_FILE, Summary, TITLE, fuel_of, station_number};
use crate::clock::ReportTime;
use crate::error::FeedError;
use crate::report::{Reason, Refusal, Skipped};
use crate::sanity::Checks;
use crate::table::{Headings, Table};

/// What the price file begins with.
pub(super) const HEADINGS: Headings = Headings {
    file: PRICES_FILE,
    title: TITLE,
    columns: &["idImpianto", "descCarburante", "prezzo", "isSelf", "dtComu"],
};

/// The prices of all stations, by station number.
#[derive(Debug, Default)]
pub(super) struct PriceTable(HashMap<u32, StationPrices>);

/// The prices of one station.
#[derive(Debug, Default)]
struct StationPrices {
    /// One a fuel.
    offers: Vec<Offer>,
    left_out: LeftOut,
    /// Who fills the tank, as its rows of all known fuels say.
    service: Option<Service>,
    taken: bool,
}

/// How many good rows of a station do not count, because another one does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct LeftOut {
    pub(super) served_beside_self: usize,
    pub(super) superseded: usize,
}

/// What the table has for a station of the register.
pub(super) enum Taken {
    /// Its prices, in the order of the fuels' codes, and who fills the tank there.
    Prices(Vec<ImportedPrice>, LeftOut, Option<Service>),
    /// It has none.
    Nothing,
    /// They were taken before.
    Before,
}

/// One good row.
#[derive(Debug, Clone, Copy)]
struct Offer {
    fuel: Fuel,
    unit: Unit,
    price: Price,
    self_service: bool,
    time: ReportTime,
    line: u32,
}

impl PriceTable {
    /// Reads every row; what is left out is counted in the summary, except what can be told only
    /// when the register is known.
    ///
    /// # Errors
    /// Those of reading a row.
    pub(super) fn read(
        mut rows: Table<impl BufRead>,
        checks: &Checks,
        summary: &mut Summary,
    ) -> Result<Self, FeedError> {
        let delimiter = rows.delimiter();
        let mut table = Self::default();
        while let Some(row) = rows.next_row()? {
            summary.count_row(PRICES_FILE);
            summary.price_rows += 1;
            match parse(&row.text, delimiter, row.line, checks) {
                Ok(Parsed::Offer(station, offer)) => table.0.entry(station).or_default().add(offer),
                Ok(Parsed::OtherFuel(name)) => summary.count_other_fuel(name),
                Err(refusal) => summary.skipped.add(&refusal, PRICES_FILE, row.line),
            }
        }
        Ok(table)
    }

    /// The prices of a station, once.
    pub(super) fn take(&mut self, station: u32) -> Taken {
        let Some(prices) = self.0.get_mut(&station) else { return Taken::Nothing };
        if std::mem::replace(&mut prices.taken, true) {
            return Taken::Before;
        }
        let mut offers = std::mem::take(&mut prices.offers);
        offers.sort_unstable_by_key(|offer| offer.fuel);
        Taken::Prices(offers.iter().map(Offer::imported).collect(), prices.left_out, prices.service)
    }

    /// Counts every row of the stations that were not taken: the register lacks them.
    pub(super) fn count_unknown(&self, skipped: &mut Skipped) {
        let unknown = || self.0.iter().filter(|(_, prices)| !prices.taken);
        let lines =
            unknown().flat_map(|(station, prices)| prices.offers.iter().map(move |offer| (offer.line, station)));
        let mut lines: Vec<_> = lines.collect();
        lines.sort_unstable();
        for (line, station) in lines {
            let refusal = Refusal::of(Reason::UnknownStation, "idImpianto", &station.to_string());
            skipped.add(&refusal, PRICES_FILE, line);
        }
        let left_out = unknown().map(|(_, prices)| prices.left_out.served_beside_self + prices.left_out.superseded);
        skipped.add_unseen(Reason::UnknownStation, left_out.sum());
    }
}

impl StationPrices {
    /// Self-service goes before served, then the newest report, then the later line.
    fn add(&mut self, offer: Offer) {
        let kind = if offer.self_service { Service::SelfService } else { Service::Served };
        self.service = Some(self.service.filter(|known| *known != kind).map_or(kind, |_| Service::Both));
        let Some(known) = self.offers.iter_mut().find(|known| known.fuel == offer.fuel) else {
            return self.offers.push(offer);
        };
        if known.self_service == offer.self_service {
            self.left_out.superseded += 1;
        } else {
            self.left_out.served_beside_self += 1;
        }
        if offer.rank() >= known.rank() {
            *known = offer;
        }
    }
}

impl Offer {
    /// Greatest for the offer that counts.
    fn rank(&self) -> impl Ord + use<> {
        (self.self_service, self.time.local)
    }

    fn imported(&self) -> ImportedPrice {
        let quote = Quote {
            price: self.price,
            currency: Currency::EUR,
            unit: self.unit,
            reported_at: Some(self.time.utc),
            coordinates: None,
        };
        ImportedPrice { fuel: self.fuel, quote }
    }
}

/// A row without a fault.
enum Parsed<'a> {
    Offer(u32, Offer),
    OtherFuel(&'a str),
}

fn parse<'a>(row: &'a str, delimiter: char, line: u32, checks: &Checks) -> Result<Parsed<'a>, Refusal> {
    let [station, name, price, self_service, time] =
        five_fields(row, delimiter).ok_or_else(|| Refusal::of(Reason::Fields, "row", row))?;
    let Some((fuel, unit)) = fuel_of(name) else { return Ok(Parsed::OtherFuel(name)) };
    let station = station_number(station)?;
    let self_service = match self_service {
        "1" => true,
        "0" => false,
        other => return Err(Refusal::of(Reason::SelfService, "isSelf", other)),
    };
    let price = checks.price("prezzo", price)?;
    let reported = checks.clock.southern(time);
    checks.past(reported.map(|reported| reported.utc), "dtComu", time)?;
    let time = reported.ok_or_else(|| Refusal::of(Reason::Time, "dtComu", time))?;
    Ok(Parsed::Offer(station, Offer { fuel, unit, price, self_service, time, line }))
}

fn five_fields(row: &str, delimiter: char) -> Option<[&str; 5]> {
    let mut fields = row.split(delimiter).map(str::trim);
    let five = [fields.next()?, fields.next()?, fields.next()?, fields.next()?, fields.next()?];
    fields.next().is_none().then_some(five)
}
