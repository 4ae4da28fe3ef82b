//! The book: every station and the latest price of each fuel there.
//!
//! It reads in this file; what changes it is in `book/writer.rs`, how its parts become one tree in
//! `book/merge.rs`. The searches are in `search.rs`.

mod ended;
mod hidden;
mod index;
mod load;
mod merge;
mod writer;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::thread::JoinHandle;

use arc_swap::ArcSwap;
use parking_lot::{Mutex, RwLock};

use crate::change::Change;
use crate::fuel::Fuel;
use crate::part::{Part, Recent};
use crate::position::Position;
use crate::search::{self, Found, Query};
use crate::shelf::Shelf;
use crate::station::{Quote, Station, StationId};
use crate::survey::{Cell, MapView, Statistics, Survey};
use crate::time::Timestamp;
use ended::Ended;
use hidden::Hidden;
pub use hidden::Standing;
use index::Index;
pub use load::BookLoader;
use writer::Writer;

/// The latest price of every fuel at every station. Shared freely: every method takes `&self`.
/// Searches run side by side and never wait for a change; changes wait for each other.
///
/// A search sees every change that was made before it began, and each price that it returns was
/// current at some moment during it; it is no snapshot across stations.
pub struct Book {
    inner: Arc<Inner>,
    /// The merge under way, if any.
    merging: Mutex<Option<JoinHandle<()>>>,
}

struct Inner {
    shelf: ArcSwap<Shelf>,
    index: RwLock<Index>,
    ended: Ended,
    hidden: Hidden,
    writer: Mutex<Writer>,
    prices: AtomicUsize,
    /// Milliseconds since the Unix epoch; the least there is: no time is known.
    newest: AtomicI64,
}

/// How much a book holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BookCounts {
    /// Stations in sight.
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

impl Default for Book {
    fn default() -> Self {
        let recent = Arc::new(Recent::new(0));
        let inner = Inner {
            shelf: ArcSwap::from_pointee(Shelf::new(Vec::new(), recent, Vec::new(), 0)),
            index: RwLock::default(),
            ended: Ended::default(),
            hidden: Hidden::default(),
            writer: Mutex::default(),
            prices: AtomicUsize::new(0),
            newest: AtomicI64::new(i64::MIN),
        };
        Self { inner: Arc::new(inner), merging: Mutex::new(None) }
    }
}

impl Book {
    /// An empty book.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes the change; the latest wins. A quote for a station that the book does not have, or
    /// the end of one, changes nothing and returns `false`. When it returns, every search that begins sees it.
    pub fn apply(&self, change: Change) -> bool {
        let (applied, merge) = self.inner.apply(change);
        if merge {
            self.merge_in_background();
        }
        applied
    }

    /// The matches of the query, best first, at most `query.limit`.
    #[must_use]
    pub fn search(&self, query: &Query) -> Vec<Found> {
        search::search(&self.inner.shelf.load(), query)
    }

    /// The statistics of an area's prices; `None` where there is none.
    #[must_use]
    pub fn statistics(&self, survey: &Survey) -> Option<Statistics> {
        search::statistics(&self.inner.shelf.load(), survey)
    }

    /// The cells of a map, at most [`crate::limits::MAX_CELLS`].
    #[must_use]
    pub fn cells(&self, view: &MapView) -> Vec<Cell> {
        search::cells(&self.inner.shelf.load(), view)
    }

    /// The station with this id and its quotes; `None` also where it is out of sight.
    #[must_use]
    pub fn station(&self, id: &StationId) -> Option<StationQuotes> {
        if self.inner.hidden.has(id) {
            return None;
        }
        let (part, at) = self.inner.find(id)?;
        let quotes = Fuel::ALL.into_iter().filter_map(|fuel| Some((fuel, quote(&part, at, fuel)?))).collect();
        Some(StationQuotes { station: part.station(at), quotes })
    }

    /// What is known of the station with this id, in sight or not.
    #[must_use]
    pub fn in_sight_or_not(&self, id: &StationId) -> Option<Arc<Station>> {
        self.inner.find(id).map(|(part, at)| part.station(at))
    }

    /// Where a station's id leads.
    #[must_use]
    pub fn standing(&self, id: &StationId) -> Standing {
        self.inner.hidden.standing(id)
    }

    /// The latest quote of one fuel at one station.
    #[must_use]
    pub fn quote(&self, id: &StationId, fuel: Fuel) -> Option<Quote> {
        let (part, at) = self.inner.find(id)?;
        quote(&part, at, fuel)
    }

    /// Since when the latest price of one fuel at one station holds no more; `None` where it
    /// holds, or where there never was one.
    #[must_use]
    pub fn ended(&self, id: &StationId, fuel: Fuel) -> Option<Timestamp> {
        self.inner.ended.at(id, fuel)
    }

    /// The stations in sight within `radius_km` of a position (0: at that very position), with
    /// their distances in km, in no particular order.
    #[must_use]
    pub fn near(&self, position: Position, radius_km: f64) -> Vec<(Arc<Station>, f64)> {
        let mut near = search::near(&self.inner.shelf.load(), position, radius_km);
        near.retain(|(station, _)| !self.inner.hidden.has(&station.id));
        near
    }

    /// How much the book holds.
    #[must_use]
    pub fn counts(&self) -> BookCounts {
        let stations = self.inner.index.read().len().saturating_sub(self.inner.hidden.len());
        BookCounts { stations, prices: self.inner.prices.load(Ordering::Relaxed) }
    }

    /// When the newest price that it ever held was reported; `None` where no time was ever known.
    #[must_use]
    pub fn newest(&self) -> Option<Timestamp> {
        let millis = self.inner.newest.load(Ordering::Relaxed);
        (millis > i64::MIN).then(|| Timestamp::from_millis(millis))
    }

    /// Makes one tree of all parts and judges anew which prices are suspect; returns when that is
    /// done. Worth it after loading a book: without it every search finds everything too, only a
    /// little later, and the first prices of each neighbourhood are not judged.
    pub fn settle(&self) {
        self.join_merge();
        self.inner.merge(true);
        self.inner.judge_all();
    }

    /// Whether the price of a fuel at a station is marked suspect.
    #[must_use]
    pub fn is_suspect(&self, id: &StationId, fuel: Fuel) -> bool {
        self.inner.find(id).is_some_and(|(part, at)| part.price(at, fuel).0.is_suspect())
    }

    fn merge_in_background(&self) {
        let mut merging = self.merging.lock();
        if let Some(earlier) = merging.take_if(|earlier| earlier.is_finished()) {
            drop(earlier.join());
        }
        if merging.is_none() {
            let inner = Arc::clone(&self.inner);
            let thread = std::thread::Builder::new().name("posto-merge".into());
            // Where no thread can be had the parts stay as they are; a later change asks again.
            *merging = thread.spawn(move || inner.merge(false)).ok();
        }
    }

    fn join_merge(&self) {
        let merging = self.merging.lock().take();
        if let Some(merging) = merging {
            drop(merging.join());
        }
    }
}

impl Drop for Book {
    fn drop(&mut self) {
        self.join_merge();
    }
}

impl fmt::Debug for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Book").field("counts", &self.counts()).finish_non_exhaustive()
    }
}

/// The quote that a part holds; its currency, unit and coordinates are the same for every price
/// that stands at that place (others make it a new place), so they go with the word that was read.
pub(crate) fn quote(part: &Part, at: usize, fuel: Fuel) -> Option<Quote> {
    let (word, money) = part.price(at, fuel);
    if word.is_none() {
        return None;
    }
    let (currency, unit) = money.parts();
    let coordinates = part.coordinates_of(at, fuel).cloned();
    Some(Quote { price: word.price(), currency, unit, reported_at: word.reported_at(), coordinates })
}

#[cfg(test)]
mod concurrency;
#[cfg(test)]
mod tests;
