//! The tree: stations in a balanced kd-tree over the sphere whose shape never changes, under it
//! every fuel's prices, which change in place. Built in `tree/build.rs`, searched in `search/`.
//!
//! Four nodes hang under each (two cuts at once), side by side in memory: a search looks at all
//! four with the same few instructions.

mod build;
mod digest;
mod lane;
mod load;
mod register;
mod summary;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

pub(crate) use lane::Lane;
pub(crate) use load::Loaded;
pub(crate) use register::Register;
pub(crate) use summary::{Holding, Lowest, NO_PRICE};

use crate::fuel::Fuel;
use crate::money::Money;
use crate::number::{long, place};
use crate::position::Position;
use crate::sphere::{Boxes, Cuboid, Point, Points};
use crate::station::{Label, Station, StationId};
use crate::word::Word;

/// The root; the children of node `n` are `4n + 1` to `4n + 4`.
pub(crate) const ROOT: usize = 0;

/// Stations and their prices. Of a station that is replaced (it moved, got a name, its price
/// changed currency) the tree remembers when it went; the new one is elsewhere.
#[derive(Debug)]
pub(crate) struct Tree {
    /// No other part of the book has it.
    pub(crate) uid: u32,
    /// Nodes with others under them: so many that the number of the first leaf is the same.
    inner: usize,
    /// Around everything.
    bounds: Cuboid,
    /// The boxes of the nodes under each inner one.
    boxes: Vec<Boxes>,
    /// For those nodes, a bit for each brand below them: see [`brand_bit`].
    brands: Vec<[u64; 4]>,
    points: Vec<Points>,
    register: Register,
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
        self.register.len()
    }

    /// How many nodes there are, leaves included.
    fn nodes(&self) -> usize {
        4 * self.inner + 1
    }

    pub(crate) const fn is_leaf(&self, node: usize) -> bool {
        node >= self.inner
    }

    /// The nodes under an inner one.
    pub(crate) const fn below(node: usize) -> Range<usize> {
        4 * node + 1..4 * node + 5
    }

    /// The stations below a node. Every node but the last of a level ends after a whole four.
    pub(crate) fn range(&self, node: usize) -> Range<usize> {
        let twice_depth = (3 * node + 1).ilog2() & !1;
        let first = ((1_usize << twice_depth) - 1) / 3;
        border(node - first, twice_depth, self.len())..border(node - first + 1, twice_depth, self.len())
    }

    /// The leaf that holds the station at a place.
    fn leaf(&self, at: usize) -> usize {
        let leaves = long(self.nodes() - self.inner);
        let number = (long((at | 3) + 1) * leaves - 1) / long(self.len()).max(1);
        self.inner + place(number.min(leaves - 1))
    }

    pub(crate) fn boxes(&self, inner: usize) -> &Boxes {
        self.boxes.get(inner).unwrap_or(&Boxes::EMPTY)
    }

    pub(crate) fn bounds(&self, node: usize) -> Cuboid {
        if node == ROOT { self.bounds } else { self.boxes((node - 1) / 4).get((node - 1) % 4) }
    }

    /// The brands of the nodes under an inner one.
    pub(crate) fn brands(&self, inner: usize) -> [u64; 4] {
        self.brands.get(inner).copied().unwrap_or_default()
    }

    pub(crate) fn point(&self, at: usize) -> Point {
        self.points[at / 4].get(at % 4)
    }

    /// The points of the stations below a leaf, by fours.
    pub(crate) fn points(&self, range: &Range<usize>) -> &[Points] {
        self.points.get(range.start / 4..range.end.div_ceil(4)).unwrap_or_default()
    }

    pub(crate) fn position(&self, at: usize) -> Position {
        self.register.position(at)
    }

    pub(crate) fn id(&self, at: usize) -> &StationId {
        self.register.id(at)
    }

    pub(crate) fn brand(&self, at: usize) -> Option<&Label> {
        self.register.brand(at)
    }

    pub(crate) fn station(&self, at: usize) -> Station {
        self.register.station(at)
    }

    pub(crate) fn slot(&self, at: usize) -> u32 {
        self.register.slot(at)
    }

    pub(crate) fn coordinates(&self, at: usize, fuel: Fuel) -> Option<&Arc<str>> {
        if self.coordinates.is_empty() { None } else { self.coordinates.get(&(at, fuel)) }
    }

    pub(crate) fn has_coordinates(&self) -> bool {
        !self.coordinates.is_empty()
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
        self.up_from(self.leaf(at), |node| {
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
        let lane = slot.get_or_init(|| Lane::empty(self.len(), self.inner));
        lane.put(at, word, money);
        let leaf = self.leaf(at);
        if lane.sum_leaf(leaf, self.range(leaf), self.recent_since) && leaf != ROOT {
            self.up_from((leaf - 1) / 4, |node| lane.sum_node(node));
        }
        lane.note_change(digest::block(leaf));
    }

    /// Visits a node and those above it, until one is not changed.
    fn up_from(&self, mut node: usize, mut changes: impl FnMut(usize) -> bool) {
        while changes(node) && node != ROOT {
            node = (node - 1) / 4;
        }
    }
}

/// Where the stations of one of `2^bits` nodes begin, of so many in all.
fn border(number: usize, bits: u32, total: usize) -> usize {
    let exact = place((long(number) * long(total)) >> bits);
    if exact == total { exact } else { exact & !3 }
}

/// One of 64 bits for a brand in lower case: nodes without the bit have no station of the brand.
pub(crate) fn brand_bit(lower_case: &str) -> u64 {
    let hash = lower_case.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3) // FNV-1a
    });
    1 << (hash >> 58)
}

#[cfg(test)]
mod tests;
