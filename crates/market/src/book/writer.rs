//! What changes the book: one change at a time, under the eyes of searches that do not wait.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Inner;
use super::index::{Index, Place};
use super::merge::Merging;
use crate::change::Change;
use crate::fuel::Fuel;
use crate::money::Money;
use crate::part::{Entry, Part, RECENT};
use crate::station::{Quote, Station, StationId};
use crate::suspect::Suspicion;
use crate::word::Word;

/// What only the one who changes the book needs.
#[derive(Debug, Default)]
pub(super) struct Writer {
    /// The number that the latest part got.
    pub(super) last_uid: u32,
    /// A merge under way.
    pub(super) merging: Option<Merging>,
    /// Prices since the last merge that are newer than their tree expects.
    pub(super) too_new: usize,
    /// Changes since it was last asked whether a merge is due.
    pub(super) since_look: u32,
    suspicion: Suspicion,
}

/// All that a place holds of a station, on its way to a new place.
struct Moving {
    station: Arc<Station>,
    coordinates: Vec<(Fuel, Arc<str>)>,
    prices: Vec<(Fuel, Word, Money)>,
}

impl Inner {
    /// Makes the change. The answers: whether there was anything to change, and whether it is time
    /// for a merge.
    pub(super) fn apply(&self, change: Change) -> (bool, bool) {
        let mut writer = self.writer.lock();
        let applied = match change {
            Change::Station(station) => {
                self.put_station(&mut writer, station);
                true
            }
            Change::Quote { station, fuel, quote } => self.put_quote(&mut writer, &station, fuel, &quote),
            Change::End { station, fuel, at } => self.end_quote(&mut writer, &station, fuel, at),
            Change::Hide { station, into } => self.hide(station, into),
            Change::Show { station } => self.show(&station),
        };
        (applied, self.wants_merge(&mut writer))
    }

    /// The part that has a station now, and where.
    pub(super) fn find(&self, id: &StationId) -> Option<(Part, usize)> {
        let index = self.index.read();
        self.at(&index, index.slot(id)?)
    }

    fn at(&self, index: &Index, slot: u32) -> Option<(Part, usize)> {
        loop {
            // A merge may swap the shelf between the two; then the place has changed too.
            let place = index.place(slot)?;
            if let Some(part) = self.shelf.load().part(place.uid) {
                return Some((part, place.at));
            }
            std::hint::spin_loop();
        }
    }

    fn put_station(&self, writer: &mut Writer, station: Station) {
        let known = self.index.read().slot(&station.id);
        let Some(slot) = known else {
            let slot = self.index.read().next();
            let moving = Moving { station: Arc::new(station), coordinates: Vec::new(), prices: Vec::new() };
            let id = moving.station.id.clone();
            let place = self.settle_in(writer, slot, moving, None);
            self.index.write().push(id, place);
            return;
        };
        let Some((part, at)) = self.find(&station.id) else { return };
        if *part.station(at) != station {
            let moving = Moving { station: Arc::new(station), ..Moving::from(&part, at) };
            self.replace(writer, slot, moving);
        }
    }

    fn put_quote(&self, writer: &mut Writer, id: &StationId, fuel: Fuel, quote: &Quote) -> bool {
        let index = self.index.read();
        let Some(slot) = index.slot(id) else { return false };
        let Some((part, at)) = self.at(&index, slot) else { return false };
        drop(index);
        let (before, former) = part.price(at, fuel);
        let money = Money::new(quote.currency, quote.unit);
        let word = Word::new(quote.price, quote.reported_at);
        let shelf = self.shelf.load();
        let word = word.with_suspicion(writer.suspicion.judges(&shelf, part.position(at), fuel, (word, money)));
        // Of an ended price the money stays: a search may still read it beside a price it read before.
        let fits = (former == Money::NONE || former == money)
            && part.coordinates_of(at, fuel).map(AsRef::as_ref) == quote.coordinates.as_deref();
        if fits {
            if let Part::Tree(tree) = &part {
                writer.too_new += usize::from(word.moment() > tree.due);
            }
            part.put(at, fuel, word, money);
            writer.note_changed(slot);
        } else {
            let mut moving = Moving::from(&part, at);
            moving.prices.retain(|price| price.0 != fuel);
            moving.prices.push((fuel, word, money));
            moving.coordinates.retain(|(of, _)| *of != fuel);
            moving.coordinates.extend(quote.coordinates.clone().map(|text| (fuel, text)));
            self.replace(writer, slot, moving);
        }
        if let Some(reported_at) = quote.reported_at {
            self.newest.fetch_max(reported_at.millis(), Ordering::Relaxed);
        }
        if before.is_none() {
            self.prices.fetch_add(1, Ordering::Relaxed);
            self.ended.forget(id, fuel);
        }
        true
    }

    /// Judges every price anew by what is usual around it now: while a book is loaded the first
    /// prices of a neighbourhood have none to be held beside.
    pub(super) fn judge_all(&self) {
        let mut writer = self.writer.lock();
        writer.suspicion.forget();
        let shelf = self.shelf.load();
        for tree in &shelf.trees {
            for (fuel, lane) in Fuel::ALL.into_iter().filter_map(|fuel| Some((fuel, tree.lane(fuel)?))) {
                for at in (0..tree.len()).filter(|at| !lane.word(*at).is_none()) {
                    let (word, money) = (lane.word(at), lane.money(at));
                    let suspect = writer.suspicion.judges(&shelf, tree.position(at), fuel, (word, money));
                    if suspect != word.is_suspect() {
                        tree.put(at, fuel, word.with_suspicion(suspect), money);
                        writer.note_changed(tree.slot(at));
                    }
                }
            }
        }
    }

    /// Puts what has changed about a station in a new place and takes it from its old one, for
    /// every search at the same moment.
    fn replace(&self, writer: &mut Writer, slot: u32, moving: Moving) {
        self.settle_in(writer, slot, moving, Some(slot));
    }

    /// Puts a station in the list of new ones; `old` is the slot whose former place it leaves.
    fn settle_in(&self, writer: &mut Writer, slot: u32, moving: Moving, old: Option<u32>) -> Place {
        if self.shelf.load().recent.len() == RECENT {
            self.build_recent(writer);
        }
        let shelf = self.shelf.load();
        let generation = shelf.generation() + 1;
        let entry = Entry::new(slot, moving.station, moving.coordinates, generation);
        for (fuel, word, money) in moving.prices {
            entry.put(fuel, word, money);
        }
        let place = Place { uid: shelf.recent.uid, at: shelf.recent.push(entry) };
        if let Some(slot) = old {
            let index = self.index.read();
            if let Some(before) = index.place(slot)
                && let Some(part) = shelf.part(before.uid)
            {
                part.remove(before.at, generation);
            }
            index.set(slot, place);
        }
        shelf.advance_to(generation);
        place
    }
}

impl Writer {
    pub(super) fn note_changed(&mut self, slot: u32) {
        if let Some(merging) = &mut self.merging {
            merging.changed.push(slot);
        }
    }
}

impl Moving {
    fn from(part: &Part, at: usize) -> Self {
        let mut coordinates = Vec::new();
        part.coordinates(at, |fuel, text| coordinates.push((fuel, text)));
        let price = |fuel| {
            let (word, money) = part.price(at, fuel);
            (!word.is_none()).then_some((fuel, word, money))
        };
        let prices = Fuel::ALL.into_iter().filter_map(price).collect();
        Self { station: part.station(at), coordinates, prices }
    }
}
