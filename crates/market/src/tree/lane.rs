//! The prices of one fuel at the stations of a tree, and their summary in every node above.

use std::ops::Range;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};

use super::ROOT;
use super::digest::Digests;
use super::summary::{Holding, Lowest};
use crate::money::Money;
use crate::word::Word;

/// One fuel's prices in the order of the tree's stations. Read by anyone at any time; written by
/// the book's one writer.
#[derive(Debug)]
pub(crate) struct Lane {
    words: Vec<AtomicU64>,
    money: Vec<AtomicU16>,
    root: Sums,
    /// The nodes under each inner one.
    below: Vec<Four>,
    pub(super) digests: Digests,
}

#[derive(Debug)]
struct Sums {
    lowest: AtomicU64,
    holding: AtomicU64,
}

/// The summaries of four nodes that a search looks at together, in one line of the cache.
#[derive(Debug)]
#[repr(align(64))]
struct Four {
    lowest: [AtomicU64; 4],
    holding: [AtomicU64; 4],
}

impl Lane {
    /// No price at any of `stations` under `inner` nodes with others under them.
    pub(crate) fn empty(stations: usize, inner: usize) -> Self {
        let lowest = || AtomicU64::new(Lowest::NONE.bits());
        let holding = || AtomicU64::new(Holding::NONE.bits());
        let four = || Four { lowest: std::array::from_fn(|_| lowest()), holding: std::array::from_fn(|_| holding()) };
        Self {
            words: (0..stations).map(|_| AtomicU64::new(0)).collect(),
            money: (0..stations).map(|_| AtomicU16::new(0)).collect(),
            root: Sums { lowest: lowest(), holding: holding() },
            below: (0..inner).map(|_| four()).collect(),
            digests: Digests::new(inner),
        }
    }

    pub(crate) fn word(&self, at: usize) -> Word {
        self.words.get(at).map_or(Word::NONE, |word| Word::from_bits(word.load(Ordering::Acquire)))
    }

    /// Written once, before the station's first word, so it holds for every word.
    pub(crate) fn money(&self, at: usize) -> Money {
        self.money.get(at).map_or(Money::NONE, |money| Money::from_bits(money.load(Ordering::Relaxed)))
    }

    /// Where the words of some stations are.
    pub(crate) fn places(&self, range: Range<usize>) -> &[AtomicU64] {
        self.words.get(range).unwrap_or_default()
    }

    pub(crate) fn words(&self, range: Range<usize>) -> impl Iterator<Item = Word> {
        self.places(range).iter().map(|word| Word::from_bits(word.load(Ordering::Acquire)))
    }

    pub(crate) fn lowest(&self, node: usize) -> Lowest {
        self.sums(node).map_or(Lowest::NONE, |(lowest, _)| Lowest::from_bits(lowest.load(Ordering::Acquire)))
    }

    pub(crate) fn holding(&self, node: usize) -> Holding {
        self.sums(node).map_or(Holding::NONE, |(_, holding)| Holding::from_bits(holding.load(Ordering::Acquire)))
    }

    /// What [`Lane::lowest`] says of the nodes under an inner one.
    #[inline]
    pub(crate) fn lowest_below(&self, inner: usize) -> [Lowest; 4] {
        let mut sums = [Lowest::NONE; 4];
        if let Some(four) = self.below.get(inner) {
            for (sum, lowest) in sums.iter_mut().zip(&four.lowest) {
                *sum = Lowest::from_bits(lowest.load(Ordering::Acquire));
            }
        }
        sums
    }

    /// What [`Lane::holding`] says of the nodes under an inner one.
    #[inline]
    pub(crate) fn holding_below(&self, inner: usize) -> [Holding; 4] {
        let mut sums = [Holding::NONE; 4];
        if let Some(four) = self.below.get(inner) {
            for (sum, holding) in sums.iter_mut().zip(&four.holding) {
                *sum = Holding::from_bits(holding.load(Ordering::Acquire));
            }
        }
        sums
    }

    fn sums(&self, node: usize) -> Option<(&AtomicU64, &AtomicU64)> {
        if node == ROOT {
            return Some((&self.root.lowest, &self.root.holding));
        }
        let (four, number) = (self.below.get((node - 1) / 4)?, (node - 1) % 4);
        Some((&four.lowest[number], &four.holding[number]))
    }

    /// Makes room for so many stations: while a book is loaded the list of them grows.
    pub(super) fn grow(&mut self, stations: usize) {
        self.words.resize_with(stations, AtomicU64::default);
        self.money.resize_with(stations, AtomicU16::default);
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

    /// Says, after a price was put, that what was worked out about its block holds no more.
    pub(crate) fn note_change(&self, block: usize) {
        self.digests.note_change(block);
    }

    /// Sums up a leaf anew from its prices; whether that changed it.
    pub(crate) fn sum_leaf(&self, leaf: usize, range: Range<usize>, recent_since: u64) -> bool {
        let (words, money) = (self.words.get(range.clone()), self.money.get(range));
        let mut sums = (Lowest::NONE, Holding::NONE);
        for (word, money) in words.into_iter().flatten().zip(money.into_iter().flatten()) {
            let word = Word::from_bits(word.load(Ordering::Relaxed));
            let money = Money::from_bits(money.load(Ordering::Relaxed));
            sums = (sums.0.and(Lowest::of(word, recent_since)), sums.1.and(Holding::of(word, money)));
        }
        self.store(leaf, sums)
    }

    /// Sums up a node anew from those under it; whether that changed it.
    pub(crate) fn sum_node(&self, node: usize) -> bool {
        let lowest = self.lowest_below(node).into_iter().fold(Lowest::NONE, Lowest::and);
        self.store(node, (lowest, self.holding_below(node).into_iter().fold(Holding::NONE, Holding::and)))
    }

    fn store(&self, node: usize, (lowest, holding): (Lowest, Holding)) -> bool {
        let Some((lowest_at, holding_at)) = self.sums(node) else { return false };
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
