//! Money in JSON: exact decimal text on both ways, never a binary floating-point number.

use posto_market::Price;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};

use crate::fault::Refusal;

/// What a price may be.
pub(crate) const PRICE_ALLOWED: &str = "a number from 0.001 to 999.999 with at most three decimals";

/// An amount in integer thousandths of a currency, written as a JSON number: `4.999`, `5.5`, `6`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Money(pub(crate) u32);

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.text()).map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

impl Money {
    /// Shortest, with a point: `4.999`, `5.5`, `6`.
    pub(crate) fn text(self) -> String {
        let text = format!("{}.{:03}", self.0 / 1000, self.0 % 1000);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

/// Reads a JSON number as a price, exactly; `5e0` and `49.99E-1` are numbers as well.
pub(crate) fn price(number: &str) -> Result<Price, Refusal> {
    let thousandths = thousandths(number)?;
    Price::from_thousandths(thousandths).ok_or_else(|| Refusal::not_allowed("out of range", PRICE_ALLOWED))
}

/// The schema of a price.
pub(crate) fn schema() -> Schema {
    object(Type::Number.into(), "The price of one unit: exact, at most three decimals.")
}

/// The schema of a replaced price.
pub(crate) fn nullable_schema() -> Schema {
    object(SchemaType::from_iter([Type::Number, Type::Null]), "The price that it replaced; null where it is the first.")
}

/// The schema of a past price.
pub(crate) fn past_schema() -> Schema {
    object(SchemaType::from_iter([Type::Number, Type::Null]), "The price; null where the one before it ended.")
}

/// The schema of the lowest of some prices.
pub(crate) fn lowest_schema() -> Schema {
    object(SchemaType::from_iter([Type::Number, Type::Null]), "The lowest price; null where there is none.")
}

/// The schema of the highest of some prices.
pub(crate) fn highest_schema() -> Schema {
    object(SchemaType::from_iter([Type::Number, Type::Null]), "The highest price; null where there is none.")
}

/// The schema of a quartile of some prices.
pub(crate) fn quartile_schema() -> Schema {
    let description = "The price at place ceil(share x count) of the sorted prices; null where there is none.";
    object(SchemaType::from_iter([Type::Number, Type::Null]), description)
}

fn object(schema_type: SchemaType, description: &str) -> Schema {
    ObjectBuilder::new()
        .description(Some(description))
        .schema_type(schema_type)
        .minimum(Some(0.001))
        .maximum(Some(999.999))
        .multiple_of(Some(0.001))
        .examples([serde_json::json!(4.999)])
        .into()
}

/// `number` is a number of the JSON grammar: `-?digits(.digits)?([eE][+-]?digits)?`.
fn thousandths(number: &str) -> Result<u32, Refusal> {
    let out_of_range = || Refusal::not_allowed("out of range", PRICE_ALLOWED);
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, decimals) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{decimals}");
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() || digits.starts_with('-') {
        return Err(out_of_range());
    }
    let significant = digits.trim_end_matches('0');
    // The number is `significant` × 10^shift thousandths. No body is so long that these overflow,
    // save by its exponent.
    let length = |text: &str| i64::try_from(text.len()).map_err(|_| out_of_range());
    let exponent: i64 = exponent.parse().map_err(|_| out_of_range())?;
    let zeros = length(digits)? - length(significant)?;
    let shift = exponent.saturating_add(3 - length(decimals)? + zeros);
    if shift < 0 {
        return Err(Refusal::not_allowed("more than three decimals", PRICE_ALLOWED));
    }
    let factor = u32::try_from(shift).ok().and_then(|shift| 10_u32.checked_pow(shift)).ok_or_else(out_of_range)?;
    let significant: u32 = significant.parse().map_err(|_| out_of_range())?;
    significant.checked_mul(factor).ok_or_else(out_of_range)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_are_written_shortest() {
        let written = |thousandths| serde_json::to_string(&Money(thousandths)).unwrap();
        assert_eq!(written(4999), "4.999");
        assert_eq!(written(5343), "5.343");
        assert_eq!(written(5500), "5.5");
        assert_eq!(written(6000), "6");
        assert_eq!(written(10_000), "10");
        assert_eq!(written(0), "0");
        assert_eq!(written(1), "0.001");
    }

    #[test]
    fn numbers_are_read_exactly_or_refused() {
        let read = |number| price(number).map(Price::thousandths);
        for (number, thousandths) in
            [("4.999", 4999), ("5", 5000), ("4.9990", 4999), ("5e0", 5000), ("49.99E-1", 4999), ("0.05e+2", 5000)]
        {
            assert_eq!(read(number), Ok(thousandths), "{number}");
        }
        let decimals = Err(Refusal::not_allowed("more than three decimals", PRICE_ALLOWED));
        for number in ["4.9999", "0.30000000000000004", "1e-4", "1e-999999999999"] {
            assert_eq!(read(number), decimals, "{number}");
        }
        let range = Err(Refusal::not_allowed("out of range", PRICE_ALLOWED));
        for number in
            ["0", "-0", "0.000", "0e9", "-1", "1000", "1e3", "1e999999", "99999999999", "1e99999999999999999999"]
        {
            assert_eq!(read(number), range, "{number}");
        }
    }

    proptest! {
        #[test]
        fn a_written_price_reads_back(thousandths in 1_u32..=999_999) {
            let written = serde_json::to_string(&Money(thousandths)).unwrap();
            prop_assert_eq!(price(&written).map(Price::thousandths), Ok(thousandths));
        }
    }
}
