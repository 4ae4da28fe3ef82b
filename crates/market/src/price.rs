//! Money: a [`Price`] in integer thousandths, its [`Currency`] and the [`Unit`] it buys.

use std::fmt;

use crate::limits::MAX_PRICE_THOUSANDTHS;

/// A price of one unit of fuel in integer thousandths of a currency, 1..=999999
/// (0.001 to 999.999). Never floating point: PROTOCOL §4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Price(u32);

impl Price {
    /// The lowest price, 0.001.
    pub const MIN: Self = Self(1);
    /// The highest price, 999.999.
    pub const MAX: Self = Self(MAX_PRICE_THOUSANDTHS);

    /// The price of this many thousandths; `None` outside 1..=999999.
    #[must_use]
    pub const fn from_thousandths(thousandths: u32) -> Option<Self> {
        if thousandths >= 1 && thousandths <= MAX_PRICE_THOUSANDTHS { Some(Self(thousandths)) } else { None }
    }

    /// A decimal number with at most three decimals, as people and JSON write it (`4.999`, `5`,
    /// `1.5e0` is not taken). Exact: the digits never pass through binary floating point.
    ///
    /// `None` where the text is not such a number or is outside 0.001..=999.999.
    #[must_use]
    pub fn from_decimal(text: &str) -> Option<Self> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(decimals) || whole.len() > 9 {
            return None;
        }
        let (kept, rest) = decimals.split_at(decimals.len().min(3));
        if rest.bytes().any(|byte| byte != b'0') {
            return None;
        }
        let whole: u32 = whole.parse().ok()?;
        let decimals: u32 = format!("{kept:0<3}").parse().ok()?;
        Self::from_thousandths(whole.checked_mul(1000)?.checked_add(decimals)?)
    }

    /// Thousandths of the currency.
    #[must_use]
    pub const fn thousandths(self) -> u32 {
        self.0
    }
}

/// Always three decimals with a point, as v1 answers print it: `4.999`, `6.000`.
impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}", self.0 / 1000, self.0 % 1000)
    }
}

/// A currency by its ISO 4217 letters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency([u8; 3]);

impl Currency {
    /// Brazilian real: what a report means when nothing else is configured.
    pub const BRL: Self = Self(*b"BRL");
    /// Euro.
    pub const EUR: Self = Self(*b"EUR");

    /// Three upper-case ASCII letters; anything else is `None`.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        let bytes: [u8; 3] = code.as_bytes().try_into().ok()?;
        bytes.iter().all(u8::is_ascii_uppercase).then_some(Self(bytes))
    }

    /// The currency of three letters that came from [`Currency::code`].
    pub(crate) const fn from_letters(letters: [u8; 3]) -> Self {
        Self(letters)
    }

    /// The three letters.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// What is written before an amount: `R$`, `€`, else the letters.
    #[must_use]
    pub fn symbol(&self) -> &str {
        match &self.0 {
            b"BRL" => "R$",
            b"EUR" => "€",
            _ => self.code(),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// What a price buys one of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unit {
    /// One litre, `l`.
    Litre,
    /// One kilogram, `kg`.
    Kilogram,
    /// One cubic metre, `m3`.
    CubicMetre,
}

impl Unit {
    /// Every unit.
    pub const ALL: [Self; 3] = [Self::Litre, Self::Kilogram, Self::CubicMetre];

    /// The unit's sign on the wire and in HTTP: `l`, `kg`, `m3`.
    #[must_use]
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Litre => "l",
            Self::Kilogram => "kg",
            Self::CubicMetre => "m3",
        }
    }

    /// The unit with this sign.
    #[must_use]
    pub fn from_sign(sign: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.sign() == sign)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn prices_outside_the_range_cannot_be_made() {
        assert_eq!(Price::from_thousandths(0), None);
        assert_eq!(Price::from_thousandths(1_000_000), None);
        assert_eq!(Price::from_thousandths(999_999), Some(Price::MAX));
    }

    #[test]
    fn decimals_are_read_exactly_or_not_at_all() {
        let read = |text| Price::from_decimal(text).map(Price::thousandths);
        assert_eq!(read("4.999"), Some(4999));
        assert_eq!(read("5"), Some(5000));
        assert_eq!(read("4.9990"), Some(4999));
        assert_eq!(read("0.001"), Some(1));
        for bad in ["", ".", "4.", ".5", "-1", "+1", "4,99", "1e3", "4.9999", "0", "0.000", "1000", "99999999999"] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn currencies_are_three_capital_letters() {
        assert_eq!(Currency::from_code("BRL"), Some(Currency::BRL));
        for bad in ["brl", "BR", "BRLL", "B1L", "ÉUR"] {
            assert_eq!(Currency::from_code(bad), None, "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn a_printed_price_reads_back(thousandths in 1_u32..=999_999) {
            let price = Price::from_thousandths(thousandths).unwrap();
            prop_assert_eq!(Price::from_decimal(&price.to_string()), Some(price));
        }
    }
}
