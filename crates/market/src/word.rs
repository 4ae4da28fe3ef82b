//! One price in one word: price, time and flag of a (station, fuel), read and written at once, so
//! that a search never sees half a change.

use crate::limits::MAX_PRICE_THOUSANDTHS;
use crate::number::bits;
use crate::price::Price;
use crate::time::Timestamp;

/// Where the price's 20 bits begin, above 43 bits of time and the suspect bit.
const PRICE_SHIFT: u32 = 44;
const TIME_MASK: u64 = (1 << 43) - 1;
const SUSPECT: u64 = 1;

/// The latest price of one fuel at one station, packed; zero where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word(u64);

impl Word {
    /// No price.
    pub(crate) const NONE: Self = Self(0);

    pub(crate) fn new(price: Price, reported_at: Option<Timestamp>) -> Self {
        Self(u64::from(price.thousandths()) << PRICE_SHIFT | reported_at.map_or(0, moment) << 1)
    }

    /// No price, but a time, as [`moment`] gives it.
    pub(crate) const fn at(moment: u64) -> Self {
        Self((moment & TIME_MASK) << 1)
    }

    pub(crate) const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    pub(crate) const fn bits(self) -> u64 {
        self.0
    }

    pub(crate) const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// In thousandths, 1..=999999; 0 where there is none.
    pub(crate) fn thousandths(self) -> u32 {
        bits(self.0 >> PRICE_SHIFT, 0xF_FFFF)
    }

    pub(crate) fn price(self) -> Price {
        Price::from_thousandths(self.thousandths().min(MAX_PRICE_THOUSANDTHS)).unwrap_or(Price::MIN)
    }

    /// The time as [`moment`] gives it; 0 where it is unknown.
    pub(crate) const fn moment(self) -> u64 {
        self.0 >> 1 & TIME_MASK
    }

    pub(crate) fn reported_at(self) -> Option<Timestamp> {
        let millis = self.moment().checked_sub(1)?;
        i64::try_from(millis).ok().map(Timestamp::from_millis)
    }

    pub(crate) const fn is_suspect(self) -> bool {
        self.0 & SUSPECT != 0
    }

    pub(crate) const fn with_suspicion(self, suspect: bool) -> Self {
        if suspect { Self(self.0 | SUSPECT) } else { Self(self.0 & !SUSPECT) }
    }
}

/// A time as the word keeps it: milliseconds since 1970 plus one, so that 0 is free for "unknown";
/// 43 bits reach to the year 2248. Times outside become the nearest inside: no report is made there.
pub(crate) fn moment(at: Timestamp) -> u64 {
    u64::try_from(at.millis()).unwrap_or(0).saturating_add(1).min(TIME_MASK)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_goes_in_comes_out(thousandths in 1_u32..=999_999, millis in proptest::option::of(0_i64..8_000_000_000_000), suspect: bool) {
            let (price, at) = (Price::from_thousandths(thousandths).unwrap(), millis.map(Timestamp::from_millis));
            let word = Word::new(price, at).with_suspicion(suspect);
            prop_assert_eq!((word.price(), word.reported_at(), word.is_suspect()), (price, at, suspect));
            prop_assert!(!word.is_none());
        }
    }
}
