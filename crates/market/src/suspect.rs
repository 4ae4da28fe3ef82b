//! Suspect prices (PROTOCOL §7): more than three interquartile ranges outside what the fresh
//! prices of the same fuel and money around them are.
//!
//! A neighbourhood is a square of the map; what is usual in it is worked out now and then, not for
//! every price, so that a change stays cheap.

use std::collections::HashMap;

use crate::area::{Area, Circle};
use crate::fuel::Fuel;
use crate::limits::FRESH_FOR;
use crate::money::Money;
use crate::position::Position;
use crate::search::prices;
use crate::search::terms::Terms;
use crate::shelf::Shelf;
use crate::word::Word;

/// Sides of a square, in millionths of a degree: 28 km from south to north.
const SQUARE: i32 = 250_000;

/// What lies this far from the middle of its square is the neighbourhood of a price.
const AROUND_KM: f64 = 25.0;

/// Fewer prices say nothing of what is usual (PROTOCOL §7).
const ENOUGH: usize = 8;

/// So many interquartile ranges beyond the quartiles a price is suspect (PROTOCOL §7, after
/// J. Tukey, "far out", 1977).
const RANGES: u32 = 3;

/// The interquartile range counts as at least this share of the median, so that only what is three
/// tenths outside the quartiles can be suspect: where all ask nearly the same, a real bargain (the
/// Italian register has some a fifth below their neighbours) must still be found.
const LEAST_SHARE: u32 = 10;

/// What is usual in a neighbourhood is worked out anew after as many changes as this share of it.
const RENEWED_SHARE: usize = 4;

/// What is usual in which neighbourhood.
#[derive(Debug, Default)]
pub(crate) struct Suspicion {
    usual: HashMap<Neighbourhood, Usual>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Neighbourhood {
    square: (i32, i32),
    fuel: Fuel,
    money: Money,
}

/// The prices, in thousandths, between which nothing is suspect.
#[derive(Debug, Clone, Copy)]
struct Usual {
    low: u32,
    high: u32,
    /// How many more prices to judge by it.
    left: usize,
}

impl Suspicion {
    /// Whether a price is suspect among those that the shelf holds.
    pub(crate) fn judges(
        &mut self,
        shelf: &Shelf,
        position: Position,
        fuel: Fuel,
        (word, money): (Word, Money),
    ) -> bool {
        let square = |coordinate: i32| coordinate.div_euclid(SQUARE);
        let square = (square(position.latitude_microdegrees()), square(position.longitude_microdegrees()));
        let neighbourhood = Neighbourhood { square, fuel, money };
        let known = self.usual.get_mut(&neighbourhood).filter(|usual| usual.left > 0);
        let usual = if let Some(usual) = known {
            usual.left -= 1;
            *usual
        } else {
            let usual = neighbourhood.usual(shelf, word);
            self.usual.insert(neighbourhood, usual);
            usual
        };
        word.thousandths() < usual.low || word.thousandths() > usual.high
    }

    /// Forgets what was usual, before all prices are judged anew.
    pub(crate) fn forget(&mut self) {
        self.usual.clear();
    }
}

impl Neighbourhood {
    /// What is usual for prices as old as `word` or up to thirty days older.
    fn usual(&self, shelf: &Shelf, word: Word) -> Usual {
        let everything = Usual { low: 0, high: u32::MAX, left: 0 };
        let Some(circle) = self.middle().and_then(|middle| Circle::new(middle, AROUND_KM)) else { return everything };
        let fresh_for = u64::try_from(FRESH_FOR.as_millis()).unwrap_or(u64::MAX);
        let terms = Terms {
            fuel: self.fuel,
            region: (&Area::Circle(circle)).into(),
            since: word.moment().saturating_sub(fresh_for),
            money: self.money..=self.money,
            suspects: true,
            brand: None,
            open_at: None,
            generation: shelf.generation(),
        };
        let mut found = Vec::new();
        prices(shelf, &terms, &mut |word: Word| found.push(word.thousandths()));
        let count = found.len();
        if count < ENOUGH {
            return everything;
        }
        let mut quartile = |share: usize| *found.select_nth_unstable((count * share).div_ceil(4) - 1).1;
        let (first, median, third) = (quartile(1), quartile(2), quartile(3));
        let reach = RANGES * (third - first).max(median / LEAST_SHARE);
        Usual { low: first.saturating_sub(reach), high: third + reach, left: count / RENEWED_SHARE }
    }

    fn middle(&self) -> Option<Position> {
        let middle = |square: i32, most: i32| (square * SQUARE + SQUARE / 2).min(most);
        Position::from_microdegrees(middle(self.square.0, 90_000_000), middle(self.square.1, 180_000_000))
    }
}

#[cfg(test)]
mod tests;
