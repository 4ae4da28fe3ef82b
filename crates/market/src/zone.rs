//! The clocks of the countries whose feeds tell opening hours.
//!
//! The source of a station says its country, and the country its clock: no map of zones is needed,
//! and no database of them, since those that are here all follow one law of the European Union.
//! Where the source has several clocks (Brazil has four) or none is known (a report, OpenStreetMap),
//! only hours that are the same at every moment say whether a station is open.

use crate::station::Station;
use crate::time::Timestamp;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// South of this, in millionths of a degree, a Spanish station is on the Canary Islands.
const CANARY_ISLANDS_BELOW: i32 = 30_000_000;

/// South of this a French station is overseas, where there are eleven other clocks.
const FRANCE_ABOVE: i32 = 40_000_000;

/// A clock that goes forward by an hour in summer (Directive 2000/84/EC, articles 2 and 3: from
/// the last Sunday of March, 01:00 UTC, to that of October).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Zone {
    /// Minutes ahead of UTC in winter.
    winter: i64,
}

impl Zone {
    /// Central Europe.
    const CENTRAL: Self = Self { winter: 60 };
    /// Western Europe.
    const WESTERN: Self = Self { winter: 0 };

    /// The clock of a station, where its source tells.
    pub(crate) fn of(station: &Station) -> Option<Self> {
        let latitude = station.position.latitude_microdegrees();
        match station.source.as_ref()?.as_str() {
            "it" | "de" => Some(Self::CENTRAL),
            "es" if latitude < CANARY_ISLANDS_BELOW => Some(Self::WESTERN),
            "es" => Some(Self::CENTRAL),
            "fr" => (latitude > FRANCE_ABOVE).then_some(Self::CENTRAL),
            _ => None,
        }
    }

    /// The weekday (0: Monday) and minute of the day (0..1440) that the clock shows.
    pub(crate) fn clock(self, now: Timestamp) -> (usize, u16) {
        let summer = if is_summer(now.millis()) { 60 } else { 0 };
        let local = now.millis().saturating_add((self.winter + summer) * MINUTE_MS);
        // 1970-01-01 was a Thursday.
        let weekday = (local.div_euclid(DAY_MS) + 3).rem_euclid(7);
        let minute = local.rem_euclid(DAY_MS) / MINUTE_MS;
        (usize::try_from(weekday).unwrap_or(0), u16::try_from(minute).unwrap_or(0))
    }
}

fn is_summer(millis: i64) -> bool {
    let year = year_of(millis.div_euclid(DAY_MS));
    let change = |month| last_sunday(year, month) * DAY_MS + 60 * MINUTE_MS;
    (change(3)..change(10)).contains(&millis)
}

/// The last Sunday of a month of 31 days, in days since 1970-01-01.
fn last_sunday(year: i64, month: i64) -> i64 {
    let last = days_before_month(year, month) + 30;
    last - (last + 4).rem_euclid(7)
}

/// From 1970-01-01 to the first of a month of March to December (the year begun in March, after
/// H. Hinnant, "chrono-compatible low-level date algorithms", 2013).
fn days_before_month(year: i64, month: i64) -> i64 {
    const MARCH_1970: i64 = 59;
    let leaps = |year: i64| year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let march = (year - 1970) * 365 + leaps(year) - leaps(1970) + MARCH_1970;
    march + (153 * (month - 3) + 2) / 5
}

/// The year that a day since 1970-01-01 is in.
fn year_of(day: i64) -> i64 {
    // At most one off, since a year is 365.2425 days on average.
    let about = 1970 + (day * 10_000).div_euclid(3_652_425);
    let new_year = |year: i64| days_before_month(year - 1, 12) + 31;
    (about - 1..=about + 1).rev().find(|year| new_year(*year) <= day).unwrap_or(about)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::position::Position;
    use crate::station::{Label, StationId};

    fn station(source: &str, latitude: f64) -> Station {
        let position = Position::from_degrees(latitude, 2.0).unwrap();
        Station { source: Label::new(source), ..Station::at(StationId::parse("x").unwrap(), position) }
    }

    #[test]
    fn a_station_of_an_unknown_country_has_no_clock() {
        assert_eq!(Zone::of(&station("it", 45.0)), Some(Zone::CENTRAL));
        assert_eq!(Zone::of(&station("es", 41.4)), Some(Zone::CENTRAL));
        assert_eq!(Zone::of(&station("es", 28.1)), Some(Zone::WESTERN));
        assert_eq!(Zone::of(&station("fr", 14.6)), None);
        assert_eq!(Zone::of(&station("br", -22.2)), None);
        assert_eq!(Zone::of(&Station { source: None, ..station("it", 45.0) }), None);
    }

    proptest! {
        #[test]
        fn the_clocks_are_those_of_the_zone_database(millis in 852_076_800_000_i64..4_102_444_800_000) {
            for (zone, name) in [(Zone::CENTRAL, "Europe/Rome"), (Zone::WESTERN, "Atlantic/Canary")] {
                let zone_there = jiff::tz::TimeZoneDatabase::bundled().get(name).unwrap();
                let there = jiff::Timestamp::from_millisecond(millis).unwrap().to_zoned(zone_there);
                let weekday = usize::try_from(there.weekday().to_monday_zero_offset()).unwrap();
                let minute = u16::try_from(i32::from(there.hour()) * 60 + i32::from(there.minute())).unwrap();
                prop_assert_eq!(zone.clock(Timestamp::from_millis(millis)), (weekday, minute), "{}", there);
            }
        }

        #[test]
        fn every_moment_has_a_clock(millis: i64) {
            prop_assert!(Zone::CENTRAL.clock(Timestamp::from_millis(millis)).1 < 1440);
        }
    }
}
