//! Stations and prices as they are read from the disk, before the first tree is made of them.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use super::register::Entries;
use super::{Lane, Tree};
use crate::fuel::Fuel;
use crate::money::Money;
use crate::sphere::{Cuboid, Point, Points};
use crate::station::Station;
use crate::word::Word;

/// A tree that is one heap yet, in the order in which the stations came: cheap to add to, of no
/// use to a search.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    entries: Entries,
    points: Vec<Points>,
    coordinates: HashMap<(usize, Fuel), Arc<str>>,
    lanes: [Option<Lane>; Fuel::COUNT],
}

impl Loaded {
    pub(crate) fn push(&mut self, station: &Station, slot: u32) {
        let at = self.entries.register().len();
        if at.is_multiple_of(4) {
            self.points.push(Points::NONE);
        }
        self.entries.push(station, slot);
        self.set_point(at, station);
    }

    pub(crate) fn replace(&mut self, at: usize, station: &Station) {
        self.entries.replace(at, station);
        self.set_point(at, station);
    }

    /// Puts a price, and says whether there was one.
    pub(crate) fn put(&mut self, at: usize, fuel: Fuel, (word, money): (Word, Money)) -> bool {
        let stations = self.entries.register().len();
        let Some(slot) = self.lanes.get_mut(fuel.index()) else { return false };
        let lane = slot.get_or_insert_with(|| Lane::empty(stations, 0));
        lane.grow(stations);
        let before = lane.word(at);
        lane.put(at, word, money);
        !before.is_none()
    }

    pub(crate) fn set_coordinates(&mut self, at: usize, fuel: Fuel, coordinates: Option<Arc<str>>) {
        match coordinates {
            Some(text) => drop(self.coordinates.insert((at, fuel), text)),
            None if self.coordinates.is_empty() => {}
            None => drop(self.coordinates.remove(&(at, fuel))),
        }
    }

    /// All of it as one part, to build a tree of.
    pub(crate) fn into_tree(self) -> Tree {
        Tree {
            uid: 0,
            inner: 0,
            bounds: Cuboid::EMPTY,
            boxes: Vec::new(),
            brands: Vec::new(),
            points: self.points,
            register: self.entries.finish(),
            coordinates: self.coordinates,
            lanes: self.lanes.map(|lane| lane.map_or_else(OnceLock::new, OnceLock::from)),
            gone: OnceLock::new(),
            recent_since: 0,
            due: u64::MAX,
        }
    }

    fn set_point(&mut self, at: usize, station: &Station) {
        if let Some(points) = self.points.get_mut(at / 4) {
            points.set(at % 4, Point::from(station.position));
        }
    }
}
