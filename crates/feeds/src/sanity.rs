//! What a country's stations and prices can be: places, prices and times that are not are refused,
//! each for a reason of its own.

use std::ops::RangeInclusive;

use posto_market::{Position, Price, Timestamp};

use crate::clock::Clock;
use crate::limits::MAX_AHEAD;
use crate::report::{Reason, Refusal};

/// What is possible in the country of a feed.
#[derive(Debug, Clone, PartialEq)]
pub struct Country {
    /// How far it reaches, in degrees north.
    pub latitudes: RangeInclusive<f64>,
    /// How far it reaches, in degrees east.
    pub longitudes: RangeInclusive<f64>,
    /// The prices that its fuels may have, in thousandths of its currency.
    pub thousandths: RangeInclusive<u32>,
    /// The zone of the times that its feed tells, as the IANA database names it.
    pub zone: &'static str,
}

impl Country {
    /// The place of these degrees, north and east; `None` stands for unreadable ones.
    ///
    /// # Errors
    /// Why it cannot be a station's: [`Reason::Coordinates`], [`Reason::ZeroCoordinates`],
    /// [`Reason::SwappedCoordinates`] (inside the country only the other way round) or
    /// [`Reason::OutsideCountry`].
    pub(crate) fn position(&self, degrees: Option<(f64, f64)>) -> Result<Position, Reason> {
        let (north, east) = degrees.ok_or(Reason::Coordinates)?;
        if !north.is_finite() || !east.is_finite() {
            return Err(Reason::Coordinates);
        }
        if north.abs() + east.abs() <= 0.0 {
            return Err(Reason::ZeroCoordinates);
        }
        let inside = |north, east| self.latitudes.contains(&north) && self.longitudes.contains(&east);
        let outside = if inside(east, north) { Reason::SwappedCoordinates } else { Reason::OutsideCountry };
        let position = inside(north, east).then(|| Position::from_degrees(north, east)).flatten();
        position.ok_or(outside)
    }

    /// The price of a decimal number with a point (`1.979`).
    ///
    /// # Errors
    /// Why it cannot be one: [`Reason::Price`] (unreadable, or more than three decimals),
    /// [`Reason::ZeroPrice`], [`Reason::NegativePrice`], [`Reason::TenfoldPrice`] and its like where
    /// only the wrong unit makes it too high, or [`Reason::PriceOutOfRange`].
    pub(crate) fn price(&self, text: &str) -> Result<Price, Reason> {
        let exact = Price::from_decimal(text).filter(|price| self.thousandths.contains(&price.thousandths()));
        exact.ok_or_else(|| {
            let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
            number.map_or(Reason::Price, |number| self.fault(number))
        })
    }

    /// The reason against a price that is a number and yet no good.
    fn fault(&self, number: f64) -> Reason {
        let plausible = f64::from(*self.thousandths.start()) / 1000.0..=f64::from(*self.thousandths.end()) / 1000.0;
        let folds =
            [(10.0, Reason::TenfoldPrice), (100.0, Reason::HundredfoldPrice), (1000.0, Reason::ThousandfoldPrice)];
        match number {
            0.0 => Reason::ZeroPrice,
            _ if number < 0.0 => Reason::NegativePrice,
            _ if plausible.contains(&number) => Reason::Price,
            _ => {
                let fold = folds.iter().find(|(fold, _)| plausible.contains(&(number / fold)));
                fold.map_or(Reason::PriceOutOfRange, |(_, reason)| *reason)
            }
        }
    }
}

/// What the records of one reading are measured against.
pub(crate) struct Checks {
    pub(crate) country: &'static Country,
    pub(crate) clock: Clock,
    now: Timestamp,
}

impl Checks {
    /// The country's rules at this moment.
    pub(crate) fn new(country: &'static Country, now: Timestamp) -> Self {
        Self { country, clock: Clock::of(country.zone), now }
    }

    /// A time that is not ahead of now by more than [`MAX_AHEAD`]; `None` stands for an unreadable
    /// one.
    ///
    /// # Errors
    /// [`Reason::Time`] and [`Reason::FutureTime`], with the member and its text.
    pub(crate) fn past(&self, time: Option<Timestamp>, member: &str, text: &str) -> Result<Timestamp, Refusal> {
        let time = time.ok_or(Reason::Time);
        let past =
            time.and_then(|time| if time.since(self.now) > MAX_AHEAD { Err(Reason::FutureTime) } else { Ok(time) });
        past.map_err(|reason| Refusal::of(reason, member, text))
    }

    /// A price as [`Country::price`] reads it.
    ///
    /// # Errors
    /// Its reason, with the member and its text.
    pub(crate) fn price(&self, member: &str, text: &str) -> Result<Price, Refusal> {
        self.country.price(text).map_err(|reason| Refusal::of(reason, member, text))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ITALY: Country =
        Country { latitudes: 35.0..=47.5, longitudes: 6.0..=19.0, thousandths: 100..=9999, zone: "Europe/Rome" };

    #[test]
    fn a_place_is_refused_for_a_reason_of_its_own() {
        for (degrees, reason) in [
            (None, Reason::Coordinates),
            (Some((f64::NAN, 9.0)), Reason::Coordinates),
            (Some((0.0, -0.0)), Reason::ZeroCoordinates),
            (Some((9.19, 45.46)), Reason::SwappedCoordinates),
            (Some((48.85, 2.35)), Reason::OutsideCountry),
            (Some((45.46, -9.19)), Reason::OutsideCountry),
            (Some((1e300, 1e300)), Reason::OutsideCountry),
        ] {
            assert_eq!(ITALY.position(degrees), Err(reason), "{degrees:?}");
        }
        assert_eq!(ITALY.position(Some((45.46, 9.19))).ok(), Position::from_degrees(45.46, 9.19));
    }

    #[test]
    fn a_price_is_refused_for_a_reason_of_its_own() {
        for (text, reason) in [
            ("", Reason::Price),
            ("1,979", Reason::Price),
            ("1.9799", Reason::Price),
            ("0.000", Reason::ZeroPrice),
            ("-0", Reason::ZeroPrice),
            ("-0.001", Reason::NegativePrice),
            ("17.99", Reason::TenfoldPrice),
            ("179.9", Reason::HundredfoldPrice),
            ("1799", Reason::ThousandfoldPrice),
            ("17990", Reason::PriceOutOfRange),
            ("0.099", Reason::PriceOutOfRange),
            ("inf", Reason::Price),
        ] {
            assert_eq!(ITALY.price(text), Err(reason), "{text:?}");
        }
        assert_eq!(ITALY.price("1.979").map(Price::thousandths), Ok(1979));
    }

    #[test]
    fn a_time_ahead_of_now_is_refused_unless_a_clock_may_be_wrong_by_it() {
        static COUNTRY: Country = ITALY;
        let checks = Checks::new(&COUNTRY, Timestamp::from_millis(1_000_000_000));
        let reason = |millis| checks.past(Some(Timestamp::from_millis(millis)), "t", "").err().map(|why| why.reason);
        assert_eq!(reason(1_000_300_000), None);
        assert_eq!(reason(1_000_300_001), Some(Reason::FutureTime));
        assert_eq!(checks.past(None, "t", "x").unwrap_err().found, "t \"x\"");
    }

    proptest! {
        #[test]
        fn no_number_passes_that_is_outside(text in "-?[0-9]{0,6}[.]?[0-9]{0,5}", north: f64, east: f64) {
            if let Ok(price) = ITALY.price(&text) {
                prop_assert!(ITALY.thousandths.contains(&price.thousandths()));
            }
            if let Ok(position) = ITALY.position(Some((north, east))) {
                prop_assert!(ITALY.latitudes.contains(&position.latitude()));
            }
        }
    }
}
