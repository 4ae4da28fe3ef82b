//! OpenStreetMap: where stations are and what they offer, without prices.
//!
//! **Where it comes from.** Anyone may ask a server of Overpass for `amenity=fuel` in an area, with
//! `out center`, or export the same from Overpass Turbo or osmium. The data is under the Open
//! Database License: free use, the source named ([`ATTRIBUTION`]), and a database made from it is
//! shared alike.
//!
//! **How it is read.** The file's beginning tells its form: OpenStreetMap's XML, Overpass JSON
//! (`elements`) or GeoJSON (`features`), in UTF-8. One element at a time (`xml.rs`, `json_array.rs`):
//! memory grows only with the nodes that are no stations, since a way may consist of them, up to
//! [`MAX_HELD_NODES`](crate::limits::MAX_HELD_NODES), and with the stations given to [`enrich`]. A
//! way or relation is at its `center`, else in the middle of its own points, else of its nodes,
//! wherever in the file they are. A station that has no name has its operator's.
//!
//! [`Stations`] hands out stations of their own, `osm-n<id>` for a node, `w` for a way, `r` for a
//! relation. [`enrich`] instead fills the blanks of stations that are known already, found by the
//! number that their own feed gave them, else by where they are.
//!
//! **How its fuels map.** `fuel:diesel` and its like with `yes` are told with a station
//! ([`Found::fuels`]); nothing says what they cost, so no price is made of them.
//!
//! **What it refuses.** An element that is no object, one without a type and a number, a station
//! without coordinates or at (0,0): skipped and counted. A file that is none of the three forms,
//! ends early or is not UTF-8 is refused as a whole; stations handed out before stay good.

mod element;
mod enrich;
mod places;
mod tags;
mod xml;

use std::io::BufRead;

use posto_market::{Fuel, ImportedStation, Label, Station, StationId};

use crate::error::FeedError;
use crate::feed::{Feed, FeedFile, FeedRecord, Inputs, Records, Terms};
use crate::summary::Summary;

pub(crate) use element::Element;
pub use enrich::{EnrichSummary, enrich};
pub(crate) use places::Places;
pub(crate) use tags::cnpj;

/// The source label of every station of this feed; its ids are `osm-n5230336323`.
pub const SOURCE: &str = "osm";

/// The line that the licence (ODbL 1.0) asks for.
pub const ATTRIBUTION: &str = "© OpenStreetMap contributors, ODbL 1.0";

/// What places and errors call the file, whatever its path.
pub const FILE: &str = "amenity_fuel.osm";

/// The feed.
pub static FEED: Feed = Feed {
    slug: "osm",
    name_pt: "OpenStreetMap: postos sem preços",
    name_en: "OpenStreetMap: stations without prices",
    source: Some(SOURCE),
    attribution: Some(ATTRIBUTION),
    files: &[FeedFile {
        name: FILE,
        about_pt: "os postos, em XML ou JSON do Overpass ou em GeoJSON",
        about_en: "the stations, in the XML or JSON of Overpass or in GeoJSON",
        address: None,
        recognise,
    }],
    country: None,
    open,
};

fn open(mut inputs: Inputs, _: &Terms) -> Result<Box<dyn Records>, FeedError> {
    let stations = Stations::open(inputs.need(FILE)?)?;
    inputs.finish()?;
    Ok(Box::new(Plain(stations)))
}

/// Whether a file that begins like this is OpenStreetMap's.
pub(crate) fn recognise(beginning: &str) -> bool {
    let ours = beginning.contains("\"amenity\"") || beginning.contains("\"@id\"");
    let features = beginning.contains("\"FeatureCollection\"") && ours && !beginning.contains("\"prices\"");
    let overpass = beginning.contains("\"elements\"") && (ours || beginning.contains("Overpass"));
    beginning.contains("<osm ") || beginning.contains("<osm>") || features || overpass
}

/// The stations as records.
struct Plain<R>(Stations<R>);

impl<R: BufRead> Iterator for Plain<R> {
    type Item = Result<FeedRecord, FeedError>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.0.next()?.map(|found| ImportedStation::new(found.station)))
    }
}

impl<R: BufRead + Send> Records for Plain<R> {
    fn summary(&self) -> Summary {
        self.0.summary()
    }
}

/// A station as OpenStreetMap knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The station, without prices.
    pub station: Station,
    /// Who runs it, where known.
    pub operator: Option<Label>,
    /// What it says it sells, in the order of the codes; empty where it does not say.
    pub fuels: Vec<Fuel>,
    /// The ids under which other feeds know it.
    pub references: Vec<StationId>,
}

/// The stations of a file, one at a time; after the last one, or the first error, `None`.
pub struct Stations<R> {
    places: Places<R>,
    summary: Summary,
    ended: bool,
}

impl<R: BufRead> Stations<R> {
    /// Reads as much as tells the form of the file.
    ///
    /// # Errors
    /// [`FeedError`] where it cannot be read or is none of the three.
    pub fn open(input: R) -> Result<Self, FeedError> {
        Ok(Self { places: Places::open(input, FILE)?, summary: Summary::default(), ended: false })
    }

    /// What was read so far; complete once the last station has been taken.
    #[must_use]
    pub fn summary(&self) -> Summary {
        Summary { not_stations: self.places.others(), ..self.summary.clone() }
    }

    fn next_station(&mut self) -> Result<Option<Found>, FeedError> {
        loop {
            let refused = self.summary.skipped.total();
            let next = self.places.next_station(&mut self.summary.skipped)?;
            self.summary.station_rows += self.summary.skipped.total() - refused;
            let Some((element, position)) = next else { return Ok(None) };
            self.summary.count_row(FILE);
            self.summary.station_rows += 1;
            match tags::station(&element, position) {
                Ok(station) => {
                    self.summary.stations += 1;
                    let operator = element.tag("operator").and_then(Label::new);
                    let (fuels, references) = (tags::fuels(&element), tags::references(&element));
                    return Ok(Some(Found { station, operator, fuels, references }));
                }
                Err(refusal) => self.summary.skipped.add(&refusal, FILE, element.line),
            }
        }
    }
}

impl<R: BufRead> Iterator for Stations<R> {
    type Item = Result<Found, FeedError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.next_station().transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}

#[cfg(test)]
mod tests;
