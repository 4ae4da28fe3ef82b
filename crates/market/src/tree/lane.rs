//! The prices of one fuel at the stations of a tree, and their summary in every node above.

use std::ops::Range;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};

use super::summary::{Holding, Lowest};
use crate::money::Money;
use crate::word::Word;

/// One fuel's prices in the order of the tree's stations. Read by anyone at any time; written by
/// the book's one writer.
#[derive(Debug)]
pub(crate) struct Lane {
    words: Vec<AtomicU64>,
    money: Vec<AtomicU16>,
    nodes: Vec<Four>,
}

/// The summaries of four nodes that a search looks at together, in one line of the cache.
#[derive(Debug)]
#[repr(align(64))]
struct Four([[AtomicU64; 2]; 4]);

impl Lane {
    /// No price at any of `stations` under `nodes` nodes.
    pub(crate) fn empty(stations: usize, nodes: usize) -> Self {
        let node = || [AtomicU64::new(Lowest::NONE.bits()), AtomicU64::new(Holding::NONE.bits())];
        Self {
            words: (0..stations).map(|_| AtomicU64::new(0)).collect(),
            money: (0..stations).map(|_| AtomicU16::new(0)).collect(),
            nodes: (0..nodes.div_ceil(4)).map(|_| Four([node(), node(), node(), node()])).collect(),
        }
    }

    pub(crate) fn word(&self, at: usize) -> Word {
        self.words.get(at).map_or(Word::NONE, |word| Word::from_bits(word.load(Ordering::Acquire)))
    }

    /// Written once, before the station's first word, so it holds for every word.
    pub(crate) fn money(&self, at: usize) -> Money {
        self.money.get(at).map_or(Money::NONE, |money| Money::from_bits(money.load(Ordering::Relaxed)))
    }

    pub(crate) fn words(&self, range: Range<usize>) -> impl Iterator<Item = Word> {
        let words = self.words.get(range).unwrap_or_default();
        words.iter().map(|word| Word::from_bits(word.load(Ordering::Acquire)))
    }

    pub(crate) fn lowest(&self, node: usize) -> Lowest {
        self.node(node).map_or(Lowest::NONE, |node| Lowest::from_bits(node[0].load(Ordering::Acquire)))
    }

    pub(crate) fn holding(&self, node: usize) -> Holding {
        self.node(node).map_or(Holding::NONE, |node| Holding::from_bits(node[1].load(Ordering::Acquire)))
    }

    fn node(&self, node: usize) -> Option<&[AtomicU64; 2]> {
        self.nodes.get(node / 4).map(|four| &four.0[node % 4])
    }

    /// Puts a price in its place; the nodes above must be told next.
    pub(crate) fn put(&self, at: usize, word: Word, money: Money) {
        if let (Some(word_at), Some(money_at)) = (self.words.get(at), self.money.get(at)) {
            if money_at.load(Ordering::Relaxed) != money.bits() {
                money_at.store(money.bits(), Ordering::Relaxed);
            }
            word_at.store(word.bits(), Ordering::Release);
        }
    }

    /// Sums up a leaf anew from its prices; whether that changed it.
    pub(crate) fn sum_leaf(&self, leaf: usize, range: Range<usize>, recent_since: u64) -> bool {
        let sums = range.map(|at| (self.word(at), at)).fold((Lowest::NONE, Holding::NONE), |sums, (word, at)| {
            (sums.0.and(Lowest::of(word, recent_since)), sums.1.and(Holding::of(word, self.money(at))))
        });
        self.store(leaf, sums)
    }

    /// Sums up a node anew from its two children; whether that changed it.
    pub(crate) fn sum_node(&self, node: usize) -> bool {
        let (left, right) = (2 * node, 2 * node + 1);
        let lowest = self.lowest(left).and(self.lowest(right));
        self.store(node, (lowest, self.holding(left).and(self.holding(right))))
    }

    fn store(&self, node: usize, (lowest, holding): (Lowest, Holding)) -> bool {
        let Some([lowest_at, holding_at]) = self.node(node) else { return false };
        let before = (lowest_at.load(Ordering::Relaxed), holding_at.load(Ordering::Relaxed));
        if before.0 != lowest.bits() {
            lowest_at.store(lowest.bits(), Ordering::Release);
        }
        if before.1 != holding.bits() {
            holding_at.store(holding.bits(), Ordering::Release);
        }
        before != (lowest.bits(), holding.bits())
    }
}
