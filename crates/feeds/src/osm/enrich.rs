//! The blanks of known stations filled from OpenStreetMap.

use std::collections::HashMap;
use std::io::BufRead;

use posto_market::{Position, Station};

use super::{Found, Stations};
use crate::error::FeedError;
use crate::limits::MAX_ENRICH_METRES;
use crate::summary::Summary;

/// A degree of latitude is never shorter, in metres.
const METRES_A_DEGREE: f64 = 110_000.0;

/// What was found for the known stations.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EnrichSummary {
    /// What was read.
    pub read: Summary,
    /// Known stations that an element names by their number.
    pub by_reference: usize,
    /// Known stations that are alone with one element near them.
    pub by_distance: usize,
    /// Elements near several known stations, and those beside another element that is, or may as
    /// well be, the same station.
    pub ambiguous: usize,
    /// Elements that are no known station.
    pub unknown: usize,
}

/// Finds each known station in the file and gives what the file adds to it: a record with the
/// station's own id and position and nothing else but what was blank. Importing it changes only
/// blanks. Stations of which nothing new is known are not among the records, whose order is that of
/// the known ones.
///
/// An element belongs to the station whose number it tells (`ref:mise`, `ref:CNPJ`, …), else to the
/// only known one within [`MAX_ENRICH_METRES`], if it is the only such element there and the station
/// was not found by its number.
///
/// # Errors
/// [`FeedError`] where the file cannot be read to its end; nothing was filled then.
pub fn enrich(known: &[Station], input: impl BufRead) -> Result<(Vec<Station>, EnrichSummary), FeedError> {
    let index = Index::new(known);
    let mut summary = EnrichSummary::default();
    let mut matches: Vec<Match> = std::iter::repeat_with(Match::default).take(known.len()).collect();
    let mut stations = Stations::open(input)?;
    for found in &mut stations {
        let found = found?;
        let named = found.references.iter().find_map(|id| index.by_id.get(id.as_str()).copied());
        let near = if named.is_some() { Near::Nobody } else { index.near(found.station.position) };
        match (named, near) {
            (Some(station), _) => {
                if let Some(known) = matches.get_mut(station) {
                    known.named.push(found);
                }
            }
            (None, Near::One(station)) => {
                if let Some(known) = matches.get_mut(station) {
                    known.near.push(found);
                }
            }
            (None, Near::Several) => summary.ambiguous += 1,
            (None, Near::Nobody) => summary.unknown += 1,
        }
    }
    summary.read = stations.summary();
    let mut filled = Vec::new();
    for (station, found) in known.iter().zip(matches) {
        if let Some(found) = found.chosen(&mut summary) {
            filled.extend(blanks(station, found));
        }
    }
    Ok((filled, summary))
}

/// What the file has for one known station.
#[derive(Default)]
struct Match {
    named: Few,
    near: Few,
}

/// One element near a station, and how many more there were.
#[derive(Default)]
struct Few {
    first: Option<Found>,
    more: usize,
}

impl Few {
    fn push(&mut self, found: Found) {
        if self.first.is_some() {
            self.more += 1;
        } else {
            self.first = Some(found);
        }
    }
}

impl Match {
    fn chosen(self, summary: &mut EnrichSummary) -> Option<Station> {
        let near = usize::from(self.near.first.is_some()) + self.near.more;
        if let Some(named) = self.named.first {
            summary.by_reference += 1;
            summary.ambiguous += near + self.named.more;
            return Some(named.station);
        }
        if near > 1 {
            summary.ambiguous += near;
            return None;
        }
        let alone = self.near.first?;
        summary.by_distance += 1;
        Some(alone.station)
    }
}

/// What is blank in the first and not in the second, as a record of the first.
fn blanks(known: &Station, found: Station) -> Option<Station> {
    let blank = Station::at(known.id.clone(), known.position);
    let filled = Station {
        name: found.name.filter(|_| known.name.is_none()),
        brand: found.brand.filter(|_| known.brand.is_none()),
        address: found.address.filter(|_| known.address.is_none()),
        hours: found.hours.filter(|_| known.hours.is_none()),
        service: found.service.filter(|_| known.service.is_none()),
        members_only: found.members_only.filter(|_| known.members_only.is_none()),
        ..blank.clone()
    };
    (filled != blank).then_some(filled)
}

/// Whom a place belongs to.
enum Near {
    Nobody,
    One(usize),
    Several,
}

/// The known stations by id and from south to north.
struct Index<'a> {
    by_id: HashMap<&'a str, usize>,
    northward: Vec<(Position, usize)>,
}

impl<'a> Index<'a> {
    fn new(known: &'a [Station]) -> Self {
        let by_id = known.iter().enumerate().map(|(index, station)| (station.id.as_str(), index)).collect();
        let mut northward: Vec<_> = known.iter().enumerate().map(|(index, at)| (at.position, index)).collect();
        northward.sort_unstable_by_key(|(position, _)| position.latitude_microdegrees());
        Self { by_id, northward }
    }

    fn near(&self, position: Position) -> Near {
        let band = MAX_ENRICH_METRES / METRES_A_DEGREE;
        let south = self.northward.partition_point(|(at, _)| at.latitude() < position.latitude() - band);
        let within =
            self.northward.iter().skip(south).take_while(|(at, _)| at.latitude() <= position.latitude() + band);
        let mut near = within.filter(|(at, _)| at.distance_km(position) * 1000.0 <= MAX_ENRICH_METRES);
        match (near.next(), near.next()) {
            (None, _) => Near::Nobody,
            (Some((_, station)), None) => Near::One(*station),
            (Some(_), Some(_)) => Near::Several,
        }
    }
}
