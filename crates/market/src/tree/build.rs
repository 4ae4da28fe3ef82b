//! Building a tree from parts of the book: smaller trees and the list of new stations.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::{Lane, ROOT, Tree, brand_bit};
use crate::fuel::Fuel;
use crate::limits::FRESH_FOR;
use crate::money::Money;
use crate::number::{long, place, short};
use crate::part::Part;
use crate::sphere::{Cuboid, Point};
use crate::word::Word;

/// A leaf holds at most this many stations (and more than half of it, where there are as many):
/// a word of price each fills two cache lines.
const LEAF: usize = 16;

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
        let height = short(sources.len().div_ceil(LEAF).max(1).next_power_of_two()).trailing_zeros();
        let nodes = 2 << height;
        arrange(&mut sources, ROOT, height);
        let from = |source: &Source| (&parts[crate::number::index(source.part)], crate::number::index(source.at));
        let stations: Vec<_> = sources.iter().map(from).map(|(part, at)| part.station(at).clone()).collect();
        let mut tree = Self {
            uid,
            height,
            boxes: vec![Cuboid::EMPTY; nodes],
            brands: vec![0; nodes],
            points: sources.iter().map(|source| source.point).collect(),
            positions: stations.iter().map(|station| station.position).collect(),
            slots: sources.iter().map(from).map(|(part, at)| part.slot(at)).collect(),
            stations,
            coordinates: HashMap::new(),
            lanes: Default::default(),
            gone: OnceLock::new(),
            recent_since: 0,
            due: u64::MAX,
        };
        tree.bound();
        for (at, source) in sources.iter().enumerate() {
            let (part, from) = from(source);
            part.coordinates(from, |fuel, text| {
                tree.coordinates.insert((at, fuel), text);
            });
        }
        let words = |fuel: Fuel| sources.iter().map(from).map(move |(part, at)| part.price(at, fuel));
        tree.recent_since = recent_since(Fuel::ALL.into_iter().filter(|fuel| sold(parts, *fuel)).flat_map(words));
        tree.due = tree.recent_since.saturating_add(DUE_MS);
        for fuel in Fuel::ALL.into_iter().filter(|fuel| sold(parts, *fuel)) {
            tree.fill(fuel, words(fuel));
        }
        tree
    }

    /// Puts all prices of a fuel in their places and sums them up, the leaves first.
    fn fill(&mut self, fuel: Fuel, prices: impl Iterator<Item = (Word, Money)>) {
        let lane = Lane::empty(self.len(), self.nodes());
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
        for node in (ROOT..self.nodes()).rev() {
            if self.is_leaf(node) {
                let range = self.range(node);
                let brand = |at: usize| {
                    let brand = self.stations[at].brand.as_ref();
                    brand.map_or(0, |brand| brand_bit(&brand.as_str().to_lowercase()))
                };
                self.brands[node] = range.clone().map(brand).fold(0, |bits, bit| bits | bit);
                self.boxes[node] = self.points[range].iter().fold(Cuboid::EMPTY, |bounds, point| bounds.with(*point));
            } else {
                self.brands[node] = self.brands[2 * node] | self.brands[2 * node + 1];
                self.boxes[node] = self.boxes[2 * node].union(&self.boxes[2 * node + 1]);
            }
        }
    }
}

fn sold(parts: &[Part], fuel: Fuel) -> bool {
    parts.iter().any(|part| part.sells(fuel))
}

fn gather(parts: &[Part]) -> Vec<Source> {
    let mut sources = Vec::with_capacity(parts.iter().map(Part::len).sum());
    for (number, part) in parts.iter().enumerate() {
        let there = (0..part.len()).filter(|at| part.is_there(*at));
        sources.extend(there.map(|at| Source { point: part.point(at), part: short(number), at: short(at) }));
    }
    sources
}

/// Orders the stations below a node so that each child's are together: halves by number, cut
/// across the longest side. Children get what [`Tree::range`] says.
fn arrange(sources: &mut [Source], root: usize, height: u32) {
    let total = long(sources.len());
    let border = |node: usize| {
        let depth = node.checked_ilog2().unwrap_or(0);
        place(((long(node) - (1 << depth)) * total) >> depth)
    };
    let mut open = vec![(root, 0, sources.len())];
    while let Some((node, start, end)) = open.pop() {
        if node >> height != 0 {
            continue;
        }
        let middle = border(2 * node + 1);
        let slice = &mut sources[start..end];
        let bounds = slice.iter().fold(Cuboid::EMPTY, |bounds, source| bounds.with(source.point));
        let axis = bounds.longest().0;
        if middle > start && middle < end {
            slice.select_nth_unstable_by(middle - start, |a, b| a.point.0[axis].total_cmp(&b.point.0[axis]));
        }
        open.push((2 * node, start, middle));
        open.push((2 * node + 1, middle, end));
    }
}

/// Thirty days before the newest times, so that the minimum since then answers most searches.
fn recent_since(prices: impl Iterator<Item = (Word, Money)>) -> u64 {
    let mut moments: Vec<_> = prices.map(|(word, _)| word.moment()).filter(|moment| *moment > 0).collect();
    let step = moments.len() / TIMES_SAMPLED + 1;
    let mut sample: Vec<_> = moments.drain(..).step_by(step).collect();
    let nth = sample.len().saturating_sub(1) * NOW_SHARE.0 / NOW_SHARE.1;
    if sample.is_empty() {
        return 0;
    }
    let (_, now, _) = sample.select_nth_unstable(nth);
    now.saturating_sub(u64::try_from(FRESH_FOR.as_millis()).unwrap_or(u64::MAX))
}
