//! The tables of the survey, and what they have for each station.

use std::collections::HashMap;
use std::io::BufRead;

use posto_market::{
    Currency, Fuel, ImportedPrice, ImportedStation, Label, Position, Price, Quote, Station, StationId, Timestamp, Unit,
};

use super::{SOURCE, SURVEY_FILE, Unplaced, fuel_of};
use crate::address::address;
use crate::clock::Clock;
use crate::csv::{Csv, Record};
use crate::error::FeedError;
use crate::report::{Reason, Refusal};
use crate::sanity::Checks;
use crate::summary::Summary;

const COLUMNS: [&str; 16] = [
    "Regiao - Sigla",
    "Estado - Sigla",
    "Municipio",
    "Revenda",
    "CNPJ da Revenda",
    "Nome da Rua",
    "Numero Rua",
    "Complemento",
    "Bairro",
    "Cep",
    "Produto",
    "Data da Coleta",
    "Valor de Venda",
    "Valor de Compra",
    "Unidade de Medida",
    "Bandeira",
];

/// The states whose clocks are not those of Brasília today, and their zones.
const ZONES: [(&str, &str); 6] = [
    ("AC", "America/Rio_Branco"),
    ("AM", "America/Manaus"),
    ("MS", "America/Campo_Grande"),
    ("MT", "America/Cuiaba"),
    ("RO", "America/Porto_Velho"),
    ("RR", "America/Boa_Vista"),
];

/// A business by its number at the treasury: fourteen digits, of which the first twelve may be
/// letters since 2026.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Cnpj([u8; 14]);

impl Cnpj {
    /// The number, however it is punctuated; `None` where it is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let bytes: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b' ' | b'.' | b'/' | b'-')).collect();
        let bytes: [u8; 14] = bytes.to_ascii_uppercase().try_into().ok()?;
        let good = bytes.iter().all(u8::is_ascii_alphanumeric) && bytes.iter().skip(12).all(u8::is_ascii_digit);
        good.then_some(Self(bytes))
    }

    pub(super) fn text(self) -> String {
        self.0.iter().copied().map(char::from).collect()
    }
}

/// What the survey has for one station.
pub(super) struct Surveyed {
    pub(super) cnpj: Cnpj,
    pub(super) name: String,
    pub(super) town: String,
    /// Where a register says it is.
    pub(super) place: Option<Position>,
    brand: Option<Label>,
    address: Option<Label>,
    /// The newest day of its rows, which tells name, brand and address.
    newest: Timestamp,
    offers: Vec<Offer>,
    superseded: usize,
}

/// One good row.
struct Offer {
    fuel: Fuel,
    price: Price,
    at: Timestamp,
    line: u32,
}

impl Surveyed {
    /// The record and how many of its rows do not count.
    ///
    /// # Errors
    /// The rows, where no file told a place.
    pub(super) fn record(mut self) -> Result<(ImportedStation, usize), Unplaced> {
        let cnpj = self.cnpj.text();
        self.offers.sort_unstable_by_key(|offer| offer.fuel);
        let at = self.place.zip(StationId::parse(&format!("{SOURCE}-{cnpj}")));
        let Some((position, id)) = at else {
            let lines = self.offers.iter().map(|offer| offer.line).collect();
            return Err(Unplaced { cnpj, lines, unseen: self.superseded });
        };
        let station = Station {
            name: Label::new(&self.name),
            brand: self.brand,
            address: self.address,
            source: Label::new(SOURCE),
            ..Station::at(id, position)
        };
        let prices = self.offers.iter().map(Offer::imported).collect();
        Ok((ImportedStation { prices, ..ImportedStation::new(station) }, self.superseded))
    }

    fn add(&mut self, offer: Offer) {
        let Some(known) = self.offers.iter_mut().find(|known| known.fuel == offer.fuel) else {
            return self.offers.push(offer);
        };
        self.superseded += 1;
        if offer.at >= known.at {
            *known = offer;
        }
    }
}

impl Offer {
    fn imported(&self) -> ImportedPrice {
        let quote = Quote {
            price: self.price,
            currency: Currency::BRL,
            unit: self.fuel.default_unit(),
            reported_at: Some(self.at),
            coordinates: None,
        };
        ImportedPrice { fuel: self.fuel, quote }
    }
}

/// The stations of all tables read so far.
pub(super) struct Survey {
    checks: Checks,
    clocks: HashMap<&'static str, Clock>,
    stations: Vec<Surveyed>,
    indices: HashMap<Cnpj, usize>,
}

impl Survey {
    pub(super) fn new(checks: Checks) -> Self {
        let clocks = ZONES.iter().map(|(state, zone)| (*state, Clock::of(zone))).collect();
        Self { checks, clocks, stations: Vec::new(), indices: HashMap::new() }
    }

    /// Adds one table.
    ///
    /// # Errors
    /// Those of reading it.
    pub(super) fn read(&mut self, input: impl BufRead, summary: &mut Summary) -> Result<(), FeedError> {
        let mut rows = Csv::open(input, SURVEY_FILE, b';', (&COLUMNS, COLUMNS.len()))?;
        while let Some(row) = rows.next_record()? {
            summary.count_row(SURVEY_FILE);
            summary.price_rows += 1;
            match self.row(&row) {
                Ok(None) => {}
                Ok(Some(product)) => summary.count_other_fuel(product),
                Err(refusal) => summary.skipped.add(&refusal, SURVEY_FILE, row.line),
            }
        }
        Ok(())
    }

    /// The stations, in the order in which they first appeared.
    pub(super) fn into_stations(self) -> Vec<Surveyed> {
        self.stations
    }

    /// Takes one row; the product, where it is not one that is compared.
    fn row<'a>(&mut self, row: &Record<'a>) -> Result<Option<&'a str>, Refusal> {
        if row.len() != COLUMNS.len() {
            return Err(Refusal::of(Reason::Fields, "row", &row.told(';')));
        }
        let [_, state, town, name, cnpj, street, number, _, _, _, product, day, price, _, unit, brand] =
            row.first::<{ COLUMNS.len() }>();
        let Some(fuel) = fuel_of(product) else { return Ok(Some(product)) };
        let cnpj = Cnpj::parse(cnpj).ok_or_else(|| Refusal::of(Reason::StationNumber, "CNPJ da Revenda", cnpj))?;
        if unit_of(unit) != Some(fuel.default_unit()) {
            return Err(Refusal::of(Reason::Unit, "Unidade de Medida", unit));
        }
        let amount = self.checks.country.price(&price.replace(',', "."));
        let amount = amount.map_err(|reason| Refusal::of(reason, "Valor de Venda", price))?;
        let clock = self.clocks.get(state).unwrap_or(&self.checks.clock);
        let midnight = clock.southern(&format!("{day} 00:00:00")).map(|time| time.utc);
        let at = self.checks.past(midnight, "Data da Coleta", day)?;
        let index = *self.indices.entry(cnpj).or_insert(self.stations.len());
        if index == self.stations.len() {
            self.stations.push(Surveyed {
                cnpj,
                name: String::new(),
                town: String::new(),
                place: None,
                brand: None,
                address: None,
                newest: Timestamp::from_millis(i64::MIN),
                offers: Vec::new(),
                superseded: 0,
            });
        }
        if let Some(station) = self.stations.get_mut(index) {
            if at > station.newest {
                station.newest = at;
                station.name = Label::new(name).map(|name| name.to_string()).unwrap_or_default();
                station.town = Label::new(town).map(|town| town.to_string()).unwrap_or_default();
                station.brand = Label::new(brand);
                let street = [street, number].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
                station.address = Label::new(&address(&street.join(", "), &format!("{town} - {state}")));
            }
            station.add(Offer { fuel, price: amount, at, line: row.line });
        }
        Ok(None)
    }
}

/// `R$ / litro`, `R$ / m³`; also where somebody encoded the latter twice, as in a real sample.
fn unit_of(text: &str) -> Option<Unit> {
    match text.rsplit('/').next()?.trim() {
        "litro" | "l" => Some(Unit::Litre),
        "m³" | "mÂ³" | "m3" => Some(Unit::CubicMetre),
        _ => None,
    }
}
