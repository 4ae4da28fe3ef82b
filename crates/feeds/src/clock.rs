//! The local times of the feeds, by the rules of their country's zone.

use jiff::civil::DateTime;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use posto_market::Timestamp;

/// A country's clock, from the time zone database that the program carries, so that a file reads
/// the same on every machine. A time that occurs twice in a night of autumn is the first one, one
/// that is left out in spring is as much later as the clock jumps (RFC 5545, 3.3.5: what calendars
/// do).
pub(crate) struct Clock(TimeZone);

/// When a price was reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReportTime {
    /// As the file has it: two reports of a station are put in order by this.
    pub(crate) local: DateTime,
    /// As everything else here has it.
    pub(crate) utc: Timestamp,
}

impl Clock {
    /// The clock of a zone of the IANA database (`Europe/Rome`); UTC for a name that is not in it.
    pub(crate) fn of(zone: &str) -> Self {
        Self(TimeZoneDatabase::bundled().get(zone).unwrap_or(TimeZone::UTC))
    }

    /// The moment of `dd/mm/yyyy hh:mm:ss`; `None` where the text is no such time.
    pub(crate) fn southern(&self, text: &str) -> Option<ReportTime> {
        let local = local_time(text)?;
        Some(ReportTime { local, utc: self.moment(local)? })
    }

    /// The moment of an ISO 8601 time, `2026-04-01T06:01:00`, whose zone is this clock's unless it
    /// tells an offset itself (`2014-06-08 09:50:01+02`); `None` where the text is no such time.
    pub(crate) fn iso(&self, text: &str) -> Option<Timestamp> {
        if let Ok(instant) = text.parse::<jiff::Timestamp>() {
            return Some(Timestamp::from_millis(instant.as_millisecond()));
        }
        // A date alone is no time, and an offset that was unreadable above is not left out here.
        let is_local = text.len() >= "2026-04-01T06:01".len() && !text.contains(['+', 'Z', 'z', '[']);
        self.moment(is_local.then(|| text.parse().ok()).flatten()?)
    }

    /// The moment of an ISO 8601 time whose offset is a lie: what it shows at UTC is this clock's
    /// own time.
    pub(crate) fn iso_shown_at_utc(&self, text: &str) -> Option<Timestamp> {
        match text.parse::<jiff::Timestamp>() {
            Ok(instant) => self.moment(TimeZone::UTC.to_datetime(instant)),
            Err(_) => self.iso(text),
        }
    }

    fn moment(&self, local: DateTime) -> Option<Timestamp> {
        let instant = self.0.to_ambiguous_timestamp(local).compatible().ok()?;
        Some(Timestamp::from_millis(instant.as_millisecond()))
    }
}

fn local_time(text: &str) -> Option<DateTime> {
    let (date, time) = text.split_once(' ')?;
    let [day, month, year] = three_numbers(date, '/')?;
    let [hour, minute, second] = three_numbers(time, ':')?;
    let small = |number: i16| i8::try_from(number).ok();
    DateTime::new(year, small(month)?, small(day)?, small(hour)?, small(minute)?, small(second)?, 0).ok()
}

/// Exactly three numbers of one to four digits.
fn three_numbers(text: &str, delimiter: char) -> Option<[i16; 3]> {
    let mut parts = text.split(delimiter).map(|part| {
        let digits = (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse().ok()).flatten()
    });
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> Option<String> {
        let time = Clock::of("Europe/Rome").southern(text)?;
        Some(jiff::Timestamp::from_millisecond(time.utc.millis()).unwrap().to_string())
    }

    #[test]
    fn winter_is_one_hour_and_summer_two_ahead_of_utc() {
        assert_eq!(utc("20/08/2026 20:30:14").as_deref(), Some("2026-08-20T18:30:14Z"));
        assert_eq!(utc("01/01/2026 00:30:00").as_deref(), Some("2025-12-31T23:30:00Z"));
    }

    #[test]
    fn a_time_that_occurs_twice_is_the_first() {
        assert_eq!(utc("25/10/2026 01:59:59").as_deref(), Some("2026-10-24T23:59:59Z"));
        assert_eq!(utc("25/10/2026 02:30:00").as_deref(), Some("2026-10-25T00:30:00Z"));
        assert_eq!(utc("25/10/2026 03:00:00").as_deref(), Some("2026-10-25T02:00:00Z"));
    }

    #[test]
    fn a_time_that_the_clock_leaves_out_is_an_hour_later() {
        assert_eq!(utc("29/03/2026 01:59:59").as_deref(), Some("2026-03-29T00:59:59Z"));
        assert_eq!(utc("29/03/2026 02:30:00").as_deref(), Some("2026-03-29T01:30:00Z"));
        assert_eq!(utc("29/03/2026 03:00:00").as_deref(), Some("2026-03-29T01:00:00Z"));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        let bad = [
            "",
            "20/08/2026",
            "20/08/2026 20:30",
            "20/08/2026 24:00:00",
            "20/08/2026 20:30:60",
            "31/02/2026 20:30:14",
            "2026/08/20 20:30:14",
            "20/08/2026 20:30:14 x",
            "20/08/2026 20:30:14:00",
            "+1/08/2026 20:30:14",
            "20/08/20260 20:30:14",
            "31/12/9999 23:59:59",
        ];
        for text in bad {
            assert_eq!(utc(text), None, "{text:?}");
        }
    }

    #[test]
    fn an_iso_time_is_local_unless_it_tells_its_offset() {
        let utc = |text| {
            let time = Clock::of("Europe/Paris").iso(text)?;
            Some(jiff::Timestamp::from_millisecond(time.millis()).unwrap().to_string())
        };
        assert_eq!(utc("2026-04-01T06:01:00").as_deref(), Some("2026-04-01T04:01:00Z"));
        assert_eq!(utc("2026-01-01 06:01:00").as_deref(), Some("2026-01-01T05:01:00Z"));
        assert_eq!(utc("2014-06-08 09:50:01+02").as_deref(), Some("2014-06-08T07:50:01Z"));
        assert_eq!(utc("2026-04-01T06:01:00+00:00").as_deref(), Some("2026-04-01T06:01:00Z"));
        assert_eq!(utc("2026-04-01T06:01:00.5Z").as_deref(), Some("2026-04-01T06:01:00.5Z"));
        for bad in ["", "2026-04-01", "2026-04-31T06:01:00", "2026-04-01T06:01:00+99", "01/04/2026 06:01:00", "é"] {
            assert_eq!(utc(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn an_offset_that_lies_is_passed_over() {
        let paris = Clock::of("Europe/Paris");
        let told = |text| paris.iso_shown_at_utc(text);
        assert_eq!(told("2026-04-01T06:01:00+00:00"), paris.iso("2026-04-01T06:01:00"));
        assert_eq!(told("2026-04-01T08:01:00+02:00"), paris.iso("2026-04-01T06:01:00"));
        assert_eq!(told("2026-04-01T06:01:00"), paris.iso("2026-04-01T06:01:00"));
        assert_eq!(told("x"), None);
    }

    #[test]
    fn every_zone_of_a_feed_is_in_the_database() {
        for country in crate::all().iter().filter_map(|feed| feed.country) {
            assert!(TimeZoneDatabase::bundled().get(country.zone).is_ok(), "{}", country.zone);
        }
    }
}
