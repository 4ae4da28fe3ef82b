//! Currency and unit as one small number, since one search compares only prices of one such pair.

use std::ops::RangeInclusive;

use crate::price::{Currency, Unit};

/// A currency and unit: 1..=52,728, one number for each of 26³ codes and three units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Money(u16);

impl Money {
    /// Of no price at all.
    pub(crate) const NONE: Self = Self(0);
    /// Of prices that do not share one.
    pub(crate) const MIXED: Self = Self(u16::MAX);
    /// Every currency and unit.
    pub(crate) const ALL: RangeInclusive<Self> = Self(1)..=Self(u16::MAX - 1);

    pub(crate) fn new(currency: Currency, unit: Unit) -> Self {
        let letters = currency.code().bytes().map(|letter| u16::from(letter.saturating_sub(b'A').min(25)));
        let currency = letters.fold(0, |number, letter| number * 26 + letter);
        let unit = match unit {
            Unit::Litre => 0,
            Unit::Kilogram => 1,
            Unit::CubicMetre => 2,
        };
        Self(1 + currency * 3 + unit)
    }

    /// Every unit of one currency.
    pub(crate) fn of(currency: Currency) -> RangeInclusive<Self> {
        Self::new(currency, Unit::Litre)..=Self::new(currency, Unit::CubicMetre)
    }

    pub(crate) const fn from_bits(bits: u16) -> Self {
        Self(bits)
    }

    pub(crate) const fn bits(self) -> u16 {
        self.0
    }

    /// What prices of either share.
    pub(crate) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::NONE, money) | (money, Self::NONE) => money,
            (one, two) if one == two => one,
            _ => Self::MIXED,
        }
    }

    pub(crate) fn parts(self) -> (Currency, Unit) {
        let number = self.0.saturating_sub(1);
        let letter = |power: u16| b'A' + u8::try_from(number / 3 / power % 26).unwrap_or(0);
        let unit = match number % 3 {
            0 => Unit::Litre,
            1 => Unit::Kilogram,
            _ => Unit::CubicMetre,
        };
        (Currency::from_letters([letter(676), letter(26), letter(1)]), unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_currency_and_unit_comes_back() {
        for code in ["AAA", "BRL", "EUR", "ZZZ"] {
            let currency = Currency::from_code(code).unwrap();
            for unit in Unit::ALL {
                let money = Money::new(currency, unit);
                assert_eq!(money.parts(), (currency, unit));
                assert!(Money::of(currency).contains(&money) && Money::ALL.contains(&money));
            }
        }
    }
}
