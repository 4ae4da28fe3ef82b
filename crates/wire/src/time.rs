//! Moments as RFC 3339 text in UTC, as JSON commands and answers carry them (PROTOCOL §7).

use posto_market::Timestamp;

/// `2026-08-21T06:00:00.123Z`; milliseconds only where there are any.
#[must_use]
pub fn format(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.millis()).map_or_else(|_| String::new(), |at| at.to_string())
}

/// Reads an RFC 3339 moment with any offset; finer than milliseconds is cut.
#[must_use]
pub fn parse(text: &str) -> Option<Timestamp> {
    text.parse::<jiff::Timestamp>().ok().map(|at| Timestamp::from_millis(at.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_round_trip_through_their_text() {
        for (millis, text) in [(0, "1970-01-01T00:00:00Z"), (1_787_292_000_123, "2026-08-21T06:00:00.123Z")] {
            assert_eq!(format(Timestamp::from_millis(millis)), text);
            assert_eq!(parse(text), Some(Timestamp::from_millis(millis)));
        }
        assert_eq!(parse("2026-08-21T08:00:00+02:00"), parse("2026-08-21T06:00:00Z"));
        assert_eq!(parse("yesterday"), None);
    }
}
