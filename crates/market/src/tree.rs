//! The tree: stations in a balanced kd-tree over the sphere whose shape never changes, under it
//! every fuel's prices, which change in place. Built in `tree/build.rs`, searched in `search/`.

mod build;
mod lane;
mod summary;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

pub(crate) use lane::Lane;
pub(crate) use summary::NO_PRICE;

use crate::fuel::Fuel;
use crate::money::Money;
use crate::number::{long, place};
use crate::position::Position;
use crate::sphere::{Cuboid, Point};
use crate::station::Station;
use crate::word::Word;

/// The root; the children of node `n` are `2n` and `2n + 1`.
pub(crate) const ROOT: usize = 1;

/// Stations and their prices. Of a station that is replaced (it moved, got a name, its price
/// changed currency) the tree remembers when it went; the new one is elsewhere.
#[derive(Debug)]
pub(crate) struct Tree {
    /// No other part of the book has it.
    pub(crate) uid: u32,
    /// There are `1 << height` leaves, all at the same depth.
    height: u32,
    boxes: Vec<Cuboid>,
    /// For every node, a bit for each brand below it: see [`brand_bit`].
    brands: Vec<u64>,
    points: Vec<Point>,
    positions: Vec<Position>,
    slots: Vec<u32>,
    stations: Vec<Arc<Station>>,
    coordinates: HashMap<(usize, Fuel), Arc<str>>,
    lanes: [OnceLock<Lane>; Fuel::COUNT],
    gone: OnceLock<Gone>,
    /// Where the second minimum of every node begins, as [`crate::word::moment`] counts.
    pub(crate) recent_since: u64,
    /// Prices newer than this say that the boundary should move.
    pub(crate) due: u64,
}

/// When stations went, and how many went below every node.
#[derive(Debug)]
struct Gone {
    since: Vec<AtomicU64>,
    below: Vec<AtomicU32>,
}

impl Tree {
    pub(crate) fn len(&self) -> usize {
        self.stations.len()
    }

    pub(crate) fn nodes(&self) -> usize {
        self.boxes.len()
    }

    pub(crate) fn is_leaf(&self, node: usize) -> bool {
        node >> self.height != 0
    }

    /// The nodes to look at after an inner one: its grandchildren, which lie side by side in memory;
    /// where the levels are odd in number, once its children.
    pub(crate) fn below(&self, node: usize) -> Range<usize> {
        if node == ROOT && self.height % 2 == 1 { 2..4 } else { 4 * node..4 * node + 4 }
    }

    /// The stations below a node.
    pub(crate) fn range(&self, node: usize) -> Range<usize> {
        let depth = node.checked_ilog2().unwrap_or(0);
        let first = long(node) - (1 << depth);
        let border = |number: u64| place((number * long(self.len())) >> depth);
        border(first)..border(first + 1)
    }

    /// The leaf that holds the station at a place.
    fn leaf(&self, at: usize) -> usize {
        let leaves = 1_u64 << self.height;
        let number = (long(at + 1) * leaves - 1) / long(self.len()).max(1);
        place(leaves + number)
    }

    pub(crate) fn bounds(&self, node: usize) -> &Cuboid {
        self.boxes.get(node).unwrap_or(&Cuboid::EMPTY)
    }

    pub(crate) fn brands(&self, node: usize) -> u64 {
        self.brands.get(node).copied().unwrap_or(0)
    }

    pub(crate) fn point(&self, at: usize) -> Point {
        self.points[at]
    }

    pub(crate) fn position(&self, at: usize) -> Position {
        self.positions[at]
    }

    pub(crate) fn station(&self, at: usize) -> &Arc<Station> {
        &self.stations[at]
    }

    pub(crate) fn slot(&self, at: usize) -> u32 {
        self.slots[at]
    }

    pub(crate) fn coordinates(&self, at: usize, fuel: Fuel) -> Option<&Arc<str>> {
        if self.coordinates.is_empty() { None } else { self.coordinates.get(&(at, fuel)) }
    }

    /// The prices of a fuel; `None` where no station sells it.
    pub(crate) fn lane(&self, fuel: Fuel) -> Option<&Lane> {
        self.lanes.get(fuel.index())?.get()
    }

    /// Whether a search that began at this generation sees the station.
    pub(crate) fn is_there(&self, at: usize, generation: u64) -> bool {
        let since = self.gone.get().and_then(|gone| gone.since.get(at));
        since.is_none_or(|since| since.load(Ordering::Acquire) > generation)
    }

    /// Whether every station below a node is still there.
    pub(crate) fn is_whole(&self, node: usize) -> bool {
        let below = self.gone.get().and_then(|gone| gone.below.get(node));
        below.is_none_or(|below| below.load(Ordering::Acquire) == 0)
    }

    /// How many stations have gone.
    pub(crate) fn gone(&self) -> usize {
        let below = self.gone.get().and_then(|gone| gone.below.get(ROOT));
        below.map_or(0, |below| crate::number::index(below.load(Ordering::Relaxed)))
    }

    /// Takes a station out for every search of `generation` and later. The one writer only.
    pub(crate) fn remove(&self, at: usize, generation: u64) {
        let gone = self.gone.get_or_init(|| Gone {
            since: (0..self.len()).map(|_| AtomicU64::new(u64::MAX)).collect(),
            below: (0..self.nodes()).map(|_| AtomicU32::new(0)).collect(),
        });
        self.up_from(at, |node| {
            if let Some(below) = gone.below.get(node) {
                below.fetch_add(1, Ordering::Release);
            }
            true
        });
        if let Some(since) = gone.since.get(at) {
            since.store(generation, Ordering::Release);
        }
    }

    /// Puts a price in its place and tells every node above. The one writer only.
    pub(crate) fn put(&self, at: usize, fuel: Fuel, word: Word, money: Money) {
        let Some(slot) = self.lanes.get(fuel.index()) else { return };
        let lane = slot.get_or_init(|| Lane::empty(self.len(), self.nodes()));
        lane.put(at, word, money);
        self.up_from(at, |node| {
            if self.is_leaf(node) {
                lane.sum_leaf(node, self.range(node), self.recent_since)
            } else {
                lane.sum_node(node)
            }
        });
    }

    /// Visits the nodes above a station, the leaf first, until one is not changed.
    fn up_from(&self, at: usize, mut changes: impl FnMut(usize) -> bool) {
        let mut node = self.leaf(at);
        while node >= ROOT && changes(node) {
            node /= 2;
        }
    }
}

/// One of 64 bits for a brand in lower case: nodes without the bit have no station of the brand.
pub(crate) fn brand_bit(lower_case: &str) -> u64 {
    let hash = lower_case.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3) // FNV-1a
    });
    1 << (hash >> 58)
}
