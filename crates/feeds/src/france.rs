//! France: the points of sale that must tell the ministry their prices.
//!
//! **Where it comes from.** The Ministère de l'Économie publishes `prix-carburants`, renewed every
//! ten minutes, under the Licence Ouverte 2.0 (Etalab: free use, the source named, [`ATTRIBUTION`]):
//! as XML in a zip file, and as JSON ("flux instantané v2") from its portal.
//!
//! **How it is read.** The XML (`xml.rs`) tells its encoding, ISO-8859-1, itself (`latin.rs`); one
//! `<pdv>` at a time is in memory. The JSON (`json.rs`) is a list of flat records or an object with
//! `results`. Both become the same (`point.rs`). Coordinates are degrees times 100,000, with or
//! without decimals; the JSON's `geom` in degrees goes before them. Older prices are thousandths
//! (`1959`). Times are those of Paris: the JSON writes the same clock with an offset of UTC that is
//! not true. Of several prices of one fuel the newest counts; a shortage (`<rupture>`,
//! `*_rupture_debut`) without an end ends the price if it began later. There is no name and no
//! brand. Where pumps take cards around the clock (`automate-24-24`) it is always open, else when
//! the hours say so.
//!
//! **How its fuels map.** Gazole (diesel), SP95 (gasoline), E10, SP98 (premium gasoline), E85 and
//! GPLc, in euro the litre. Any other is counted and left out.
//!
//! **What it refuses.** A point without a number, without coordinates, with (0,0) or exchanged ones,
//! outside 41.3..=51.2 N and 5.3 W..=9.7 E (mainland and Corsica), one listed before; a price that
//! is unreadable or outside 0.300..=4.999, an unreadable or a future time of a price or shortage.

mod json;
mod latin;
mod point;
mod xml;

use std::collections::HashSet;
use std::io::BufRead;

use posto_market::{Fuel, Timestamp};

use self::json::JsonPoints;
use self::point::{Point, Times};
use self::xml::XmlPoints;
use crate::error::FeedError;
use crate::feed::{Address, Feed, FeedFile, FeedRecord, Inputs, Reader, Records, Terms};
use crate::sanity::{Checks, Country};
use crate::summary::Summary;

/// The source label of every station of this feed; its ids are `fr-<id>`.
pub const SOURCE: &str = "fr";

/// The line that the licence (Licence Ouverte 2.0) asks for.
pub const ATTRIBUTION: &str = "Données : Ministère de l'Économie, prix-carburants.gouv.fr, Licence Ouverte 2.0";

/// What places and errors call the XML, whatever its path.
pub const XML_FILE: &str = "PrixCarburants_instantane.xml";

/// What places and errors call the JSON, whatever its path.
pub const JSON_FILE: &str = "prix-des-carburants-en-france-flux-instantane-v2.json";

/// The feed.
pub static FEED: Feed = Feed {
    slug: "france",
    name_pt: "França: postos e preços do ministério (prix-carburants)",
    name_en: "France: the ministry's stations and prices (prix-carburants)",
    source: Some(SOURCE),
    attribution: Some(ATTRIBUTION),
    files: &[
        FeedFile {
            name: XML_FILE,
            about_pt: "os postos com os preços, em XML",
            about_en: "the stations with their prices, as XML",
            address: Some(Address::Whole("https://donnees.roulez-eco.fr/opendata/instantane")),
            recognise: |beginning| beginning.contains("<pdv_liste") || beginning.contains("<pdv "),
        },
        FeedFile {
            name: JSON_FILE,
            about_pt: "os mesmos em JSON, em lugar do XML",
            about_en: "the same as JSON, instead of the XML",
            address: None,
            recognise: |beginning| {
                beginning.trim_start().starts_with(['[', '{'])
                    && ["\"gazole_prix\"", "\"gazole_maj\"", "\"horaires_automate_24_24\"", "\"automate-24-24\""]
                        .iter()
                        .any(|member| beginning.contains(member))
            },
        },
    ],
    country: Some(&COUNTRY),
    open,
};

/// The mainland with Corsica: overseas prices are fixed by the state and not in the feed.
static COUNTRY: Country =
    Country { latitudes: 41.3..=51.2, longitudes: -5.3..=9.7, thousandths: 300..=4999, zone: "Europe/Paris" };

/// The fuels: their name in the XML, the beginning of their members in the JSON, their number.
const FUELS: [(&str, &str, &str, Fuel); 6] = [
    ("Gazole", "gazole", "1", Fuel::Diesel),
    ("SP95", "sp95", "2", Fuel::Gasoline),
    ("E85", "e85", "3", Fuel::E85),
    ("GPLc", "gplc", "4", Fuel::Lpg),
    ("E10", "e10", "5", Fuel::GasolineE10),
    ("SP98", "sp98", "6", Fuel::GasolinePremium),
];

fn open(mut inputs: Inputs, terms: &Terms) -> Result<Box<dyn Records>, FeedError> {
    let stations: Stations<Reader> = match inputs.take(JSON_FILE) {
        Some(json) => Stations::json(json, terms.now)?,
        None => Stations::xml(inputs.need(XML_FILE)?, terms.now)?,
    };
    inputs.finish()?;
    Ok(Box::new(stations))
}

/// Either form of the file.
enum Form<R> {
    Xml(Box<XmlPoints<R>>),
    Json(JsonPoints<R>),
}

/// The stations of a file, one at a time; after the last one, or the first error, `None`.
pub struct Stations<R> {
    points: Form<R>,
    checks: Checks,
    known: HashSet<u32>,
    summary: Summary,
    ended: bool,
}

impl<R: BufRead> Stations<R> {
    /// Reads the XML's declaration.
    ///
    /// # Errors
    /// [`FeedError::Corrupt`] for an encoding that is not known here, and those of reading.
    pub fn xml(input: R, now: Timestamp) -> Result<Self, FeedError> {
        Ok(Self::of(Form::Xml(Box::new(XmlPoints::open(input)?)), now))
    }

    /// Reads up to the beginning of the JSON's list.
    ///
    /// # Errors
    /// [`FeedError::Corrupt`] where there is no list, and those of reading.
    pub fn json(input: R, now: Timestamp) -> Result<Self, FeedError> {
        Ok(Self::of(Form::Json(JsonPoints::open(input)?), now))
    }

    fn of(points: Form<R>, now: Timestamp) -> Self {
        let (known, summary) = (HashSet::new(), Summary::default());
        Self { points, checks: Checks::new(&COUNTRY, now), known, summary, ended: false }
    }

    /// What was read so far; complete once the last station has been taken.
    #[must_use]
    pub fn into_summary(self) -> Summary {
        self.summary
    }

    fn next_point(&mut self) -> Result<Option<(Point, &'static str, Times)>, FeedError> {
        Ok(match &mut self.points {
            Form::Xml(points) => points.next_point()?.map(|point| (point, XML_FILE, Times::Local)),
            Form::Json(points) => points.next_point()?.map(|point| (point, JSON_FILE, Times::ShownAtUtc)),
        })
    }

    fn next_record(&mut self) -> Result<Option<FeedRecord>, FeedError> {
        while let Some((point, file, times)) = self.next_point()? {
            self.summary.count_row(file);
            self.summary.station_rows += 1;
            let station = match point.station(&mut self.known) {
                Ok(station) => station,
                Err(refusal) => {
                    self.summary.skipped.add(&refusal, file, point.line);
                    continue;
                }
            };
            let (prices, ended) = point.fuels(&self.checks, times, file, &mut self.summary);
            if prices.is_empty() && ended.is_empty() {
                self.summary.without_prices += 1;
                continue;
            }
            let record = FeedRecord { prices, ended, ..FeedRecord::new(station) };
            self.summary.count_record(&record);
            return Ok(Some(record));
        }
        Ok(None)
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

#[cfg(test)]
mod tests;
