//! What a node of the tree knows of the prices of one fuel below it, in two words.

use crate::money::Money;
use crate::number::bits;
use crate::word::Word;

/// Above every price: there is none.
pub(crate) const NO_PRICE: u32 = 0xF_FFFF;
const NO_PRICE_LONG: u64 = 0xF_FFFF;

/// A time is rounded to 2^18 ms (4.4 minutes) here; 24 bits of that reach to the year 2109, and a
/// later time counts as that one. It serves only to pass nodes over.
const MOMENT_SHIFT: u32 = 18;
const LATEST: u64 = 0xFF_FFFF;

/// The lowest prices and the newest time: what a search asks of every node it passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lowest(u64);

/// The rest: how many prices, in which money, and the lowest of the suspect ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Holding(u64);

/// A moment as [`Lowest`] keeps it, 0 where it is unknown.
const fn newest(moment: u64) -> u64 {
    if moment == 0 {
        return 0;
    }
    let rounded = (moment >> MOMENT_SHIFT) + 1;
    if rounded < LATEST { rounded } else { LATEST }
}

impl Lowest {
    /// Of no price.
    pub(crate) const NONE: Self = Self(NO_PRICE_LONG << 44 | NO_PRICE_LONG << 24);

    /// Of one price; `recent_since` is where the tree's second minimum begins.
    pub(crate) fn of(word: Word, recent_since: u64) -> Self {
        if word.is_none() {
            return Self::NONE;
        }
        let price = if word.is_suspect() { NO_PRICE_LONG } else { u64::from(word.thousandths()) };
        let recent = if word.moment() >= recent_since { price } else { NO_PRICE_LONG };
        Self(price << 44 | recent << 24 | newest(word.moment()))
    }

    pub(crate) const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    pub(crate) const fn bits(self) -> u64 {
        self.0
    }

    pub(crate) fn and(self, other: Self) -> Self {
        let price = (self.0 >> 44).min(other.0 >> 44);
        let recent = (self.0 >> 24 & NO_PRICE_LONG).min(other.0 >> 24 & NO_PRICE_LONG);
        Self(price << 44 | recent << 24 | (self.0 & LATEST).max(other.0 & LATEST))
    }

    /// The lowest price that is not suspect, in thousandths.
    pub(crate) fn price(self) -> u32 {
        bits(self.0 >> 44, NO_PRICE_LONG)
    }

    /// The lowest of those since the tree's boundary.
    pub(crate) fn recent(self) -> u32 {
        bits(self.0 >> 24, NO_PRICE_LONG)
    }

    /// Whether any price could be of this moment or later; for moment 0, any at all.
    pub(crate) const fn reaches(self, moment: u64) -> bool {
        self.0 & LATEST >= newest(moment)
    }
}

impl Holding {
    /// Of no price.
    pub(crate) const NONE: Self = Self(NO_PRICE_LONG);

    pub(crate) fn of(word: Word, money: Money) -> Self {
        if word.is_none() {
            return Self::NONE;
        }
        let suspect = if word.is_suspect() { u64::from(word.thousandths()) } else { NO_PRICE_LONG };
        Self(1 << 36 | u64::from(money.bits()) << 20 | suspect)
    }

    pub(crate) const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    pub(crate) const fn bits(self) -> u64 {
        self.0
    }

    pub(crate) fn and(self, other: Self) -> Self {
        let suspect = (self.0 & NO_PRICE_LONG).min(other.0 & NO_PRICE_LONG);
        let money = self.money().or(other.money());
        Self(((self.0 >> 36) + (other.0 >> 36)) << 36 | u64::from(money.bits()) << 20 | suspect)
    }

    /// How many prices, suspect ones included.
    pub(crate) fn count(self) -> u32 {
        bits(self.0 >> 36, 0xFFF_FFFF)
    }

    /// What they are in.
    pub(crate) fn money(self) -> Money {
        Money::from_bits(u16::try_from(self.0 >> 20 & 0xFFFF).unwrap_or(0))
    }

    /// The lowest suspect price, in thousandths.
    pub(crate) fn suspect(self) -> u32 {
        bits(self.0, NO_PRICE_LONG)
    }
}
