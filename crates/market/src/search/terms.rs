//! What a price must be to count in a search: its fuel, area, age, money, brand and credit.

use std::ops::RangeInclusive;

use super::region::Region;
use crate::fuel::Fuel;
use crate::money::Money;
use crate::part::Entry;
use crate::station::{Label, Station};
use crate::time::Timestamp;
use crate::tree::{Lane, NO_PRICE, Tree, brand_bit};
use crate::word::Word;

/// The filters of one search.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    pub(crate) fuel: Fuel,
    pub(crate) region: Region,
    /// The earliest time, as [`crate::word::moment`] counts; 0 for any, known or not.
    pub(crate) since: u64,
    pub(crate) money: RangeInclusive<Money>,
    pub(crate) suspects: bool,
    /// In lower case, with its bit in the tree's nodes.
    pub(crate) brand: Option<(String, u64)>,
    /// Only stations that are open then.
    pub(crate) open_at: Option<Timestamp>,
    /// What of the shelf the search sees.
    pub(crate) generation: u64,
}

impl Terms {
    pub(crate) fn brand(label: &Label) -> (String, u64) {
        let brand = label.as_str().to_lowercase();
        let bit = brand_bit(&brand);
        (brand, bit)
    }

    /// At most the lowest price below a node that can count, in thousandths; [`NO_PRICE`] where
    /// none can.
    pub(crate) fn lowest(&self, tree: &Tree, lane: &Lane, node: usize) -> u32 {
        let lowest = lane.lowest(node);
        if self.since > 0 && !lowest.reaches(self.since) {
            return NO_PRICE;
        }
        if self.brand.as_ref().is_some_and(|(_, bit)| tree.brands(node) & bit == 0) {
            return NO_PRICE;
        }
        let price = if self.since > 0 && self.since >= tree.recent_since { lowest.recent() } else { lowest.price() };
        if self.suspects { price.min(lane.holding(node).suspect()) } else { price }
    }

    /// Whether prices below a node may be in the right money.
    pub(crate) fn may_pay(&self, lane: &Lane, node: usize) -> bool {
        if self.money == Money::ALL {
            return true;
        }
        let money = lane.holding(node).money();
        money == Money::MIXED || self.money.contains(&money)
    }

    /// Whether a price counts, as far as itself tells.
    pub(crate) fn admit(&self, word: Word) -> bool {
        !word.is_none() && word.moment() >= self.since && (self.suspects || !word.is_suspect())
    }

    /// Whether a station in a tree counts, its price admitted and its place not yet looked at.
    pub(crate) fn admit_station(&self, tree: &Tree, lane: &Lane, at: usize) -> bool {
        self.money.contains(&lane.money(at))
            && tree.is_there(at, self.generation)
            && ((self.brand.is_none() && self.open_at.is_none()) || self.admit_facts(tree.station(at)))
    }

    /// The price of a new station, where it counts.
    pub(crate) fn admit_entry(&self, entry: &Entry) -> Option<(Word, Money)> {
        let (word, money) = entry.price(self.fuel);
        let counts = self.admit(word) && self.money.contains(&money) && self.admit_facts(&entry.station);
        counts.then_some((word, money))
    }

    fn admit_facts(&self, station: &Station) -> bool {
        self.is_brand(station.brand.as_ref()) && self.open_at.is_none_or(|now| station.is_open(now) == Some(true))
    }

    fn is_brand(&self, brand: Option<&Label>) -> bool {
        let Some((wanted, _)) = &self.brand else { return true };
        brand.is_some_and(|brand| brand.as_str().to_lowercase() == *wanted)
    }
}
