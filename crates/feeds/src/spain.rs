//! Spain: the ministry's list of stations with their prices.
//!
//! **Where it comes from.** The Ministerio para la Transición Ecológica publishes the stations on
//! land with the prices in force, renewed every half hour, as the answer `EstacionesTerrestres`, of
//! the whole country or one province, as open data (CC BY 4.0, [`ATTRIBUTION`]).
//!
//! **How it is read.** One JSON object; `Fecha`, the time of the answer in Madrid, must come before
//! the list `ListaEESSPrecio`, of which one station at a time is in memory. Every value is a text,
//! numbers with a decimal comma; an empty one is not known, or not sold. A price has the time of the
//! answer. `Rótulo`, the sign, is the brand; `Horario` becomes OpenStreetMap's syntax where it can
//! (`hours.rs`), else nothing; `Tipo Venta` R is for members only.
//!
//! **How its fuels map.** Gasoleo A (diesel) and Premium, Gasolina 95 E5 (gasoline), 95 E10 and
//! 95 E85, all in euro the litre; gases licuados del petróleo (LPG) by the litre, gas natural
//! comprimido by the kilogram. For premium gasoline 98 E5 goes before 95 E5 Premium and 98 E10.
//! Every other name is counted and left out.
//!
//! **What it refuses.** A station that is no object, whose `IDEESS` is no number, without
//! coordinates, with (0,0) or exchanged ones, outside 27.5..=43.9 N and 18.3 W..=4.5 E, one listed
//! before; a price that is unreadable or outside 0.300..=4.999. An answer without `Fecha`, or with
//! one that is unreadable or in the future, is refused as a whole.

mod hours;

use std::collections::HashSet;
use std::io::BufRead;

use posto_market::{Currency, Fuel, ImportedPrice, Label, Quote, Station, StationId, Timestamp, Unit};
use serde_json::{Map, Value};

use crate::address::{address, joined};
use crate::error::FeedError;
use crate::feed::{Address, Feed, FeedFile, FeedRecord, Inputs, Records, Terms};
use crate::json_array::JsonArray;
use crate::report::{Reason, Refusal};
use crate::sanity::{Checks, Country};
use crate::summary::Summary;

/// The source label of every station of this feed; its ids are `es-<IDEESS>`.
pub const SOURCE: &str = "es";

/// The line that the licence (CC BY 4.0) asks for.
pub const ATTRIBUTION: &str = "Datos: MITECO, Geoportal de Gasolineras, CC BY 4.0";

/// What places and errors call the answer, whatever its path.
pub const FILE: &str = "EstacionesTerrestres.json";

/// The feed.
pub static FEED: Feed = Feed {
    slug: "spain",
    name_pt: "Espanha: postos e preços do ministério (MITECO)",
    name_en: "Spain: the ministry's stations and prices (MITECO)",
    source: Some(SOURCE),
    attribution: Some(ATTRIBUTION),
    files: &[FeedFile {
        name: FILE,
        about_pt: "os postos com os preços",
        about_en: "the stations with their prices",
        address: Some(Address::Whole(
            "https://sedeaplicaciones.minetur.gob.es/ServiciosRESTCarburantes/PreciosCarburantes/EstacionesTerrestres/",
        )),
        recognise: |beginning| beginning.contains("\"ListaEESSPrecio\""),
    }],
    country: Some(&COUNTRY),
    open,
};

/// With the Canary Islands; their clock differs, but an answer tells Madrid's time.
static COUNTRY: Country =
    Country { latitudes: 27.5..=43.9, longitudes: -18.3..=4.5, thousandths: 300..=4999, zone: "Europe/Madrid" };

/// How the name of every price begins.
const PRICE: &str = "Precio ";

fn open(mut inputs: Inputs, terms: &Terms) -> Result<Box<dyn Records>, FeedError> {
    let list = inputs.need(FILE)?;
    inputs.finish()?;
    Ok(Box::new(Stations::open(list, terms.now)?))
}

/// The stations of an answer, one at a time; after the last one, or the first error, `None`.
pub struct Stations<R> {
    stations: JsonArray<R>,
    /// The time of the answer.
    at: Timestamp,
    known: HashSet<u32>,
    summary: Summary,
    ended: bool,
}

impl<R: BufRead> Stations<R> {
    /// Reads up to the list, with the time of the answer.
    ///
    /// # Errors
    /// [`FeedError::Corrupt`] where the list or its time is missing or in the future, and those of
    /// reading.
    pub fn open(input: R, now: Timestamp) -> Result<Self, FeedError> {
        let stations = JsonArray::open(input, FILE, &["ListaEESSPrecio"])?;
        let checks = Checks::new(&COUNTRY, now);
        let told = stations.header("Fecha").unwrap_or_default();
        let time = checks.clock.southern(told).map(|time| time.utc);
        let at = checks.past(time, "Fecha", told).map_err(|refusal| FeedError::Corrupt {
            file: FILE,
            line: 1,
            problem: format!("{}: {}", refusal.reason.text_en(), refusal.found),
        })?;
        Ok(Self { stations, at, known: HashSet::new(), summary: Summary::default(), ended: false })
    }

    /// What was read so far; complete once the last station has been taken.
    #[must_use]
    pub fn into_summary(self) -> Summary {
        self.summary
    }

    fn next_record(&mut self) -> Result<Option<FeedRecord>, FeedError> {
        while let Some(element) = self.stations.next_element()? {
            self.summary.count_row(FILE);
            self.summary.station_rows += 1;
            let none = Map::new();
            let members = element.members.as_ref().unwrap_or(&none);
            let station = match station(members, &mut self.known) {
                Ok(station) => station,
                Err(refusal) => {
                    self.summary.skipped.add(&refusal, FILE, element.line);
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

    /// The prices of a station, at most one a fuel, in the order of the fuels' codes.
    fn prices(&mut self, members: &Map<String, Value>, line: u32) -> Vec<ImportedPrice> {
        // The rank of the name that each price came from: the lowest counts.
        let mut prices: Vec<(u8, ImportedPrice)> = Vec::new();
        for (name, value) in members.iter().filter_map(|(name, value)| Some((name.strip_prefix(PRICE)?, value))) {
            let text = value.as_str().unwrap_or_default().trim();
            if text.is_empty() {
                continue;
            }
            self.summary.price_rows += 1;
            let Some((fuel, unit, rank)) = fuel_of(name) else {
                self.summary.count_other_fuel(name);
                continue;
            };
            let price = match COUNTRY.price(&text.replace(',', ".")) {
                Ok(price) => price,
                Err(reason) => {
                    let member = format!("IDEESS {}, {name}", member(members, "IDEESS"));
                    self.summary.skipped.add(&Refusal::of(reason, &member, text), FILE, line);
                    continue;
                }
            };
            let (currency, reported_at) = (Currency::EUR, Some(self.at));
            let offer = ImportedPrice { fuel, quote: Quote { price, currency, unit, reported_at, coordinates: None } };
            match prices.iter_mut().find(|(_, known)| known.fuel == fuel) {
                None => prices.push((rank, offer)),
                Some(known) => {
                    self.summary.superseded += 1;
                    if rank < known.0 {
                        *known = (rank, offer);
                    }
                }
            }
        }
        prices.sort_unstable_by_key(|(_, price)| price.fuel);
        prices.into_iter().map(|(_, price)| price).collect()
    }
}

impl<R: BufRead> Iterator for Stations<R> {
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

impl<R: BufRead + Send> Records for Stations<R> {
    fn summary(&self) -> Summary {
        self.summary.clone()
    }
}

fn station(members: &Map<String, Value>, known: &mut HashSet<u32>) -> Result<Station, Refusal> {
    let text = member(members, "IDEESS");
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.then(|| text.parse::<u32>().ok()).flatten();
    let named = number.and_then(|number| Some((number, StationId::parse(&format!("{SOURCE}-{number}"))?)));
    let (number, id) = named.ok_or_else(|| Refusal::of(Reason::StationNumber, "IDEESS", text))?;
    let (latitude, longitude) = (member(members, "Latitud"), member(members, "Longitud (WGS84)"));
    let degrees = |text: &str| text.replace(',', ".").parse().ok();
    let position = COUNTRY.position(degrees(latitude).zip(degrees(longitude))).map_err(|reason| Refusal {
        reason,
        found: format!("IDEESS {text}, Latitud {latitude:?}, Longitud {longitude:?}"),
    })?;
    if !known.insert(number) {
        return Err(Refusal::of(Reason::RepeatedStation, "IDEESS", text));
    }
    let town = joined([member(members, "C.P."), member(members, "Municipio")]);
    Ok(Station {
        brand: Label::new(member(members, "Rótulo")),
        address: Label::new(&address(member(members, "Dirección"), &town)),
        source: Label::new(SOURCE),
        hours: hours::read(member(members, "Horario")),
        members_only: match member(members, "Tipo Venta") {
            "P" => Some(false),
            "R" => Some(true),
            _ => None,
        },
        ..Station::at(id, position)
    })
}

/// A text of a station; empty where it is missing.
fn member<'a>(members: &'a Map<String, Value>, name: &str) -> &'a str {
    members.get(name).and_then(Value::as_str).unwrap_or_default().trim()
}

/// The fuel that a name means, the unit it is sold by and its rank among the names of that fuel.
fn fuel_of(name: &str) -> Option<(Fuel, Unit, u8)> {
    match name {
        "Gasoleo A" => Some((Fuel::Diesel, Unit::Litre, 0)),
        "Gasoleo Premium" => Some((Fuel::DieselPremium, Unit::Litre, 0)),
        "Gasolina 95 E5" => Some((Fuel::Gasoline, Unit::Litre, 0)),
        "Gasolina 95 E10" => Some((Fuel::GasolineE10, Unit::Litre, 0)),
        "Gasolina 95 E85" => Some((Fuel::E85, Unit::Litre, 0)),
        "Gasolina 98 E5" => Some((Fuel::GasolinePremium, Unit::Litre, 0)),
        "Gasolina 95 E5 Premium" => Some((Fuel::GasolinePremium, Unit::Litre, 1)),
        "Gasolina 98 E10" => Some((Fuel::GasolinePremium, Unit::Litre, 2)),
        "Gases licuados del petróleo" => Some((Fuel::Lpg, Unit::Litre, 0)),
        "Gas Natural Comprimido" => Some((Fuel::Cng, Unit::Kilogram, 0)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
