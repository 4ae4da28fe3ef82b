//! Building a tree from parts of the book: smaller trees and the list of new stations.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::register::Entries;
use super::{Lane, ROOT, Register, Tree, border, brand_bit};
use crate::fuel::Fuel;
use crate::limits::FRESH_FOR;
use crate::money::Money;
use crate::number::{index, short};
use crate::part::Part;
use crate::sphere::{Boxes, Cuboid, Point, Points};
use crate::word::Word;

/// A leaf holds at most this many stations, and at least about a quarter of it where there are as
/// many. Twice as many cost a search more than they save in nodes.
const LEAF: usize = 32;

/// Of the times in a book, this share lies before the one that counts as "now" when the second
/// minimum is laid: a few reports dated in the future must not spoil it.
const NOW_SHARE: (usize, usize) = (19, 20);

/// The boundary moves when many prices are newer than this after it: thirty days and three.
const DUE_MS: u64 = 33 * 24 * 3_600_000;

/// At most about this many times are looked at for that.
const TIMES_SAMPLED: usize = 10_000;

/// A station on its way from a part into the tree.
#[derive(Clone, Copy)]
struct Source {
    point: Point,
    part: u32,
    at: u32,
}

impl Tree {
    /// A tree of every station of the parts that is still there.
    pub(crate) fn build(uid: u32, parts: &[Part]) -> Self {
        let mut sources = gather(parts);
        let levels = levels(sources.len());
        arrange(&mut sources, levels);
        let from = |source: &Source| (&parts[index(source.part)], index(source.at));
        let words = |fuel: Fuel| sources.iter().map(from).map(move |(part, at)| part.price(at, fuel));
        let sold: Vec<_> = Fuel::ALL.into_iter().filter(|fuel| parts.iter().any(|part| part.sells(*fuel))).collect();
        let recent_since = recent_since(sold.iter().copied().flat_map(words), sources.len() * sold.len());
        let inner = ((1 << (2 * levels)) - 1) / 3;
        let mut tree = Self {
            uid,
            inner,
            bounds: Cuboid::EMPTY,
            boxes: vec![Boxes::EMPTY; inner],
            brands: vec![[0; 4]; inner],
            points: points(&sources),
            register: register(parts, &sources),
            coordinates: HashMap::new(),
            lanes: Default::default(),
            gone: OnceLock::new(),
            recent_since,
            due: recent_since.saturating_add(DUE_MS),
        };
        tree.bound();
        if parts.iter().any(Part::has_coordinates) {
            for (at, (part, from)) in sources.iter().map(from).enumerate() {
                part.coordinates(from, |fuel, text| {
                    tree.coordinates.insert((at, fuel), text);
                });
            }
        }
        for fuel in sold {
            tree.fill(fuel, words(fuel));
        }
        tree
    }

    /// Puts all prices of a fuel in their places and sums them up, the leaves first.
    fn fill(&mut self, fuel: Fuel, prices: impl Iterator<Item = (Word, Money)>) {
        let lane = Lane::empty(self.len(), self.inner);
        for (at, (word, money)) in prices.enumerate() {
            if !word.is_none() {
                lane.put(at, word, money);
            }
        }
        for node in (ROOT..self.nodes()).rev() {
            if self.is_leaf(node) {
                lane.sum_leaf(node, self.range(node), self.recent_since);
            } else {
                lane.sum_node(node);
            }
        }
        if let Some(slot) = self.lanes.get_mut(fuel.index()) {
            *slot = OnceLock::from(lane);
        }
    }

    /// The boxes and brands of every node, the leaves first.
    fn bound(&mut self) {
        let mut bits = HashMap::new();
        for node in (ROOT..self.nodes()).rev() {
            let (bounds, brands) = if self.is_leaf(node) {
                let range = self.range(node);
                let brand = |brand: &crate::station::Label| {
                    *bits.entry(brand.clone()).or_insert_with(|| brand_bit(&brand.as_str().to_lowercase()))
                };
                let brands = range.clone().filter_map(|at| self.register.brand(at)).map(brand);
                let brands = brands.fold(0, |bits, bit| bits | bit);
                (range.fold(Cuboid::EMPTY, |bounds, at| bounds.with(self.point(at))), brands)
            } else {
                let below = (0..4).map(|number| self.boxes[node].get(number));
                let bounds = below.fold(Cuboid::EMPTY, |bounds, below| bounds.union(&below));
                (bounds, self.brands[node].iter().fold(0, |bits, bit| bits | bit))
            };
            if node == ROOT {
                self.bounds = bounds;
            } else {
                self.boxes[(node - 1) / 4].set((node - 1) % 4, &bounds);
                self.brands[(node - 1) / 4][(node - 1) % 4] = brands;
            }
        }
    }
}

/// How many levels of nodes lie under the root.
fn levels(stations: usize) -> u32 {
    (0..15).find(|levels| stations <= LEAF << (2 * levels)).unwrap_or(15)
}

fn points(sources: &[Source]) -> Vec<Points> {
    let mut points = vec![Points::NONE; sources.len().div_ceil(4)];
    for (at, source) in sources.iter().enumerate() {
        points[at / 4].set(at % 4, source.point);
    }
    points
}

fn register(parts: &[Part], sources: &[Source]) -> Register {
    let mut entries = Entries::with_capacity(sources.len());
    let mut kinds = vec![HashMap::new(); parts.len()];
    for source in sources {
        let (part, at) = (index(source.part), index(source.at));
        match &parts[part] {
            Part::Tree(tree) => entries.push_from(&tree.register, at, &mut kinds[part]),
            Part::Recent(recent) => {
                if let Some(entry) = recent.get(at) {
                    entries.push(&entry.station, entry.slot);
                }
            }
        }
    }
    entries.finish()
}

fn gather(parts: &[Part]) -> Vec<Source> {
    let mut sources = Vec::with_capacity(parts.iter().map(Part::len).sum());
    for (number, part) in parts.iter().enumerate() {
        let there = (0..part.len()).filter(|at| part.is_there(*at));
        sources.extend(there.map(|at| Source { point: part.point(at), part: short(number), at: short(at) }));
    }
    sources
}

/// Orders the stations so that those below each node are together: halves by number, cut across
/// the longest side, twice a level. Nodes get what [`Tree::range`] says.
fn arrange(sources: &mut [Source], levels: u32) {
    let total = sources.len();
    let mut open = vec![(0, 0)];
    while let Some((number, bits)) = open.pop() {
        if bits == 2 * levels {
            continue;
        }
        // Between two levels the border is that of the next one.
        let next = bits + 2 - bits % 2;
        let at = |number: usize, bits: u32| border(number << (next - bits), next, total);
        let (start, middle, end) = (at(number, bits), at(2 * number + 1, bits + 1), at(number + 1, bits));
        let slice = &mut sources[start..end];
        let bounds = slice.iter().fold(Cuboid::EMPTY, |bounds, source| bounds.with(source.point));
        let axis = bounds.longest().0;
        if middle > start && middle < end {
            slice.select_nth_unstable_by(middle - start, |a, b| a.point.0[axis].total_cmp(&b.point.0[axis]));
        }
        open.push((2 * number, bits + 1));
        open.push((2 * number + 1, bits + 1));
    }
}

/// Thirty days before the newest times, so that the minimum since then answers most searches.
fn recent_since(prices: impl Iterator<Item = (Word, Money)>, count: usize) -> u64 {
    let moments = prices.step_by(count / TIMES_SAMPLED + 1).map(|(word, _)| word.moment());
    let mut sample: Vec<_> = moments.filter(|moment| *moment > 0).collect();
    let nth = sample.len().saturating_sub(1) * NOW_SHARE.0 / NOW_SHARE.1;
    if sample.is_empty() {
        return 0;
    }
    let (_, now, _) = sample.select_nth_unstable(nth);
    now.saturating_sub(u64::try_from(FRESH_FOR.as_millis()).unwrap_or(u64::MAX))
}
