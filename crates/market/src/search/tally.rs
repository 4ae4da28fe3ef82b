//! The prices of an area counted by price: the quartiles of a million of them without a list of a
//! million.

use std::cmp::Ordering;

use super::gather::Taker;
use super::terms::Terms;
use crate::limits::MAX_PRICE_THOUSANDTHS;
use crate::number::index;
use crate::price::Price;
use crate::tree::{Lane, Tree};
use crate::word::Word;

/// Prices whose counts lie on one page: the prices of an area fill a few.
const PAGE: usize = 1_024;

/// How many stations ask each price.
pub(super) struct Tally {
    /// The prices, by thousandths.
    pages: Vec<Option<Box<[u32; PAGE]>>>,
    pub(super) count: u32,
    /// The latest time, as [`crate::word::moment`] counts; 0 where none is known.
    pub(super) newest: u64,
}

impl Default for Tally {
    fn default() -> Self {
        Self { pages: vec![None; index(MAX_PRICE_THOUSANDTHS) / PAGE + 1], count: 0, newest: 0 }
    }
}

impl Tally {
    fn add(&mut self, thousandths: u32, stations: u32) {
        let (page, line) = (index(thousandths) / PAGE, index(thousandths) % PAGE);
        if let Some(page) = self.pages.get_mut(page) {
            page.get_or_insert_with(|| Box::new([0; PAGE]))[line] += stations;
            self.count += stations;
        }
    }

    /// The price at a place, from 1, among all of them sorted.
    pub(super) fn place(&self, mut place: usize) -> Option<Price> {
        for (number, page) in self.pages.iter().enumerate() {
            for (line, stations) in page.iter().flat_map(|page| page.iter().enumerate()) {
                let stations = index(*stations);
                if place <= stations {
                    return Price::from_thousandths(crate::number::short(number * PAGE + line));
                }
                place -= stations;
            }
        }
        None
    }
}

impl Taker for Tally {
    fn take(&mut self, word: Word) {
        self.add(word.thousandths(), 1);
        self.newest = self.newest.max(word.moment());
    }

    fn take_node(&mut self, tree: &Tree, lane: &Lane, terms: &Terms, node: usize) -> bool {
        match tree.to_blocks(node) {
            Ordering::Less => return false,
            Ordering::Equal => {
                let digest = tree.digest(lane, node, terms.since);
                digest.prices.iter().for_each(|(thousandths, stations)| self.add(*thousandths, *stations));
                self.newest = self.newest.max(digest.newest);
            }
            Ordering::Greater => {
                lane.words(tree.range(node)).filter(|word| terms.admit(*word)).for_each(|word| self.take(word));
            }
        }
        true
    }
}
