//! What a price must be to count in a search: its fuel, area, age, money, brand and credit.

use std::ops::RangeInclusive;

use super::region::Region;
use crate::fuel::Fuel;
use crate::money::Money;
use crate::part::Entry;
use crate::station::{Label, Station};
use crate::time::Timestamp;
use crate::tree::{Holding, Lane, Lowest, NO_PRICE, ROOT, Tree, brand_bit};
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
        let brands = if node == ROOT { u64::MAX } else { tree.brands((node - 1) / 4)[(node - 1) % 4] };
        let price = self.lowest_in(tree, lane.lowest(node));
        self.narrowed(price, lane.holding(node), brands)
    }

    /// The same for the four nodes under an inner one.
    #[inline]
    pub(crate) fn lowest_below(&self, tree: &Tree, lane: &Lane, inner: usize) -> [u32; 4] {
        let mut prices = [NO_PRICE; 4];
        for (price, lowest) in prices.iter_mut().zip(lane.lowest_below(inner)) {
            *price = self.lowest_in(tree, lowest);
        }
        let plain = !self.suspects && self.brand.is_none();
        if plain && (self.money == Money::ALL || self.money.contains(&lane.holding(ROOT).money())) {
            return prices;
        }
        let (holding, brands) = (lane.holding_below(inner), tree.brands(inner));
        for (price, (holding, brands)) in prices.iter_mut().zip(holding.into_iter().zip(brands)) {
            *price = self.narrowed(*price, holding, brands);
        }
        prices
    }

    fn lowest_in(&self, tree: &Tree, lowest: Lowest) -> u32 {
        let recent = self.since > 0 && self.since >= tree.recent_since;
        let price = if recent { lowest.recent() } else { lowest.price() };
        if lowest.reaches(self.since) { price } else { NO_PRICE }
    }

    /// The lowest price of a node, if any can be in the right money and of the right brand.
    fn narrowed(&self, price: u32, holding: Holding, brands: u64) -> u32 {
        let money = holding.money();
        let paid = self.money == Money::ALL || money == Money::MIXED || self.money.contains(&money);
        let sold = self.brand.as_ref().is_none_or(|(_, bit)| brands & bit != 0);
        if !paid || !sold {
            return NO_PRICE;
        }
        if self.suspects { price.min(holding.suspect()) } else { price }
    }

    /// Whether a price counts, as far as itself tells.
    #[inline]
    pub(crate) fn admit(&self, word: Word) -> bool {
        !word.is_none() & (word.moment() >= self.since) & (self.suspects | !word.is_suspect())
    }

    /// Whether a station in a tree counts, its price admitted and its place not yet looked at.
    pub(crate) fn admit_station(&self, tree: &Tree, lane: &Lane, at: usize) -> bool {
        self.money.contains(&lane.money(at))
            && tree.is_there(at, self.generation)
            && (self.brand.is_none() || self.is_brand(tree.brand(at)))
            && (self.open_at.is_none() || self.is_open(&tree.station(at)))
    }

    /// The price of a new station, where it counts.
    pub(crate) fn admit_entry(&self, entry: &Entry) -> Option<(Word, Money)> {
        let (word, money) = entry.price(self.fuel);
        let counts = self.admit(word)
            && self.money.contains(&money)
            && self.is_brand(entry.station.brand.as_ref())
            && self.is_open(&entry.station);
        counts.then_some((word, money))
    }

    fn is_open(&self, station: &Station) -> bool {
        self.open_at.is_none_or(|now| station.is_open(now) == Some(true))
    }

    fn is_brand(&self, brand: Option<&Label>) -> bool {
        let Some((wanted, _)) = &self.brand else { return true };
        brand.is_some_and(|brand| brand.as_str().to_lowercase() == *wanted)
    }
}
