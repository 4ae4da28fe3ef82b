//! The book: every station and the latest price of each fuel there. Searches are in `search.rs`.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use parking_lot::{RwLock, RwLockReadGuard};

use crate::change::Change;
use crate::fuel::Fuel;
use crate::position::{EARTH_RADIUS_KM, Position};
use crate::search::{self, Found, Query};
use crate::station::{Quote, Quotes, Station, StationId};
use crate::survey::{Cell, MapView, Statistics, Survey};

/// The latest price of every fuel at every station. Shared freely: every method takes `&self`,
/// searches run side by side, a change waits for the searches under way.
#[derive(Debug, Default)]
pub struct Book {
    shelf: RwLock<Shelf>,
}

/// How much a book holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BookCounts {
    /// Stations.
    pub stations: usize,
    /// Current prices, at most one per station and fuel.
    pub prices: usize,
}

/// A station with all its latest quotes, in the order of the fuels' codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StationQuotes {
    /// The station.
    pub station: Arc<Station>,
    /// The latest quote of each fuel it sells.
    pub quotes: Vec<(Fuel, Quote)>,
}

impl Book {
    /// An empty book.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes the change; the latest wins. A quote for a station that the book does not have
    /// changes nothing and returns `false`.
    pub fn apply(&self, change: Change) -> bool {
        let mut shelf = self.shelf.write();
        match change {
            Change::Station(station) => {
                shelf.put_station(station);
                true
            }
            Change::Quote { station, fuel, quote } => shelf.put_quote(&station, fuel, quote),
        }
    }

    /// The matches of the query, best first, at most `query.limit`.
    #[must_use]
    pub fn search(&self, query: &Query) -> Vec<Found> {
        search::search(&self.read(), query)
    }

    /// The statistics of an area's prices; `None` where there is none.
    #[must_use]
    pub fn statistics(&self, survey: &Survey) -> Option<Statistics> {
        search::statistics(&self.read(), survey)
    }

    /// The cells of a map, at most [`crate::limits::MAX_CELLS`].
    #[must_use]
    pub fn cells(&self, view: &MapView) -> Vec<Cell> {
        search::cells(&self.read(), view)
    }

    /// The station with this id and its quotes.
    #[must_use]
    pub fn station(&self, id: &StationId) -> Option<StationQuotes> {
        let shelf = self.read();
        let entry = shelf.get(id)?;
        let quotes = entry.quotes.iter().map(|(fuel, quote)| (fuel, quote.clone())).collect();
        Some(StationQuotes { station: Arc::clone(&entry.station), quotes })
    }

    /// The latest quote of one fuel at one station.
    #[must_use]
    pub fn quote(&self, id: &StationId, fuel: Fuel) -> Option<Quote> {
        self.read().get(id)?.quotes.get(fuel).cloned()
    }

    /// The stations within `radius_km` of a position (0: at that very position), with their
    /// distances in km, in no particular order.
    #[must_use]
    pub fn near(&self, position: Position, radius_km: f64) -> Vec<(Arc<Station>, f64)> {
        let shelf = self.read();
        let within = shelf.around(position, radius_km);
        within.map(|(entry, distance_km)| (Arc::clone(&entry.station), distance_km)).collect()
    }

    /// How much the book holds.
    #[must_use]
    pub fn counts(&self) -> BookCounts {
        let shelf = self.read();
        BookCounts { stations: shelf.entries.len(), prices: shelf.prices }
    }

    fn read(&self) -> RwLockReadGuard<'_, Shelf> {
        self.shelf.read()
    }
}

/// One station and its prices.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) station: Arc<Station>,
    pub(crate) quotes: Quotes,
}

/// The book's content: entries in order of arrival, found by id and by latitude.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    entries: Vec<Entry>,
    by_id: HashMap<StationId, usize>,
    by_latitude: BTreeSet<(i32, usize)>,
    prices: usize,
}

impl Shelf {
    fn get(&self, id: &StationId) -> Option<&Entry> {
        self.entries.get(*self.by_id.get(id)?)
    }

    /// Every entry between two latitudes in millionths of a degree, borders included.
    pub(crate) fn between(&self, south: i32, north: i32) -> impl Iterator<Item = &Entry> {
        let band = (south, 0)..=(north.max(south), usize::MAX);
        self.by_latitude.range(band).filter_map(|&(_, index)| self.entries.get(index))
    }

    /// Every entry within `radius_km` of a position, the rim included, with its distance in km.
    pub(crate) fn around(&self, centre: Position, radius_km: f64) -> impl Iterator<Item = (&Entry, f64)> {
        let (south, north) = latitude_band(centre, radius_km);
        self.between(south, north).filter_map(move |entry| {
            let distance_km = centre.distance_km(entry.station.position);
            (distance_km <= radius_km).then_some((entry, distance_km))
        })
    }

    fn put_station(&mut self, station: Station) {
        let latitude = station.position.latitude_microdegrees();
        let known = self.by_id.get(&station.id).and_then(|&index| Some((index, self.entries.get_mut(index)?)));
        if let Some((index, entry)) = known {
            self.by_latitude.remove(&(entry.station.position.latitude_microdegrees(), index));
            self.by_latitude.insert((latitude, index));
            entry.station = Arc::new(station);
        } else {
            let index = self.entries.len();
            self.by_id.insert(station.id.clone(), index);
            self.by_latitude.insert((latitude, index));
            self.entries.push(Entry { station: Arc::new(station), quotes: Quotes::default() });
        }
    }

    fn put_quote(&mut self, id: &StationId, fuel: Fuel, quote: Quote) -> bool {
        let known = self.by_id.get(id).copied();
        let Some(entry) = known.and_then(|index| self.entries.get_mut(index)) else { return false };
        if entry.quotes.replace(fuel, quote).is_none() {
            self.prices += 1;
        }
        true
    }
}

/// The latitudes, in millionths of a degree, beyond which nothing lies within the radius: a degree
/// of latitude is the shortest way to leave a circle. One millionth is added for rounding.
#[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "at most 90 degrees more than a latitude")]
fn latitude_band(centre: Position, radius_km: f64) -> (i32, i32) {
    let reach = (radius_km / EARTH_RADIUS_KM).to_degrees().min(180.0);
    let margin = (reach * 1e6).ceil() as i32 + 1;
    let latitude = centre.latitude_microdegrees();
    (latitude.saturating_sub(margin), latitude.saturating_add(margin))
}

#[cfg(test)]
mod tests;
