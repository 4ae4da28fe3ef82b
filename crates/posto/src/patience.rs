//! How long to wait, as a person writes it: `10s`, `0.5s`, `500ms`.

use std::time::Duration;

const EXPECTED: &str = "expected a number with ms or s, from 10ms to 3600s, such as 10s or 500ms";

/// Reads a time from 10 ms to an hour.
///
/// # Errors
/// What was expected.
pub fn patience(text: &str) -> Result<Duration, &'static str> {
    let units = [("ms", 0.001), ("s", 1.0)];
    let seconds = units.iter().find_map(|(unit, seconds)| {
        let number = text.strip_suffix(unit)?;
        let plain = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        Some(number.parse::<f64>().ok().filter(|_| plain)? * seconds)
    });
    let seconds = seconds.filter(|seconds| (0.01..=3600.0).contains(seconds));
    seconds.map(Duration::from_secs_f64).ok_or(EXPECTED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        let millis = |text| patience(text).map(|time| time.as_millis());
        assert_eq!(["10s", "0.5s", "500ms", "10ms"].map(millis), [10_000, 500, 500, 10].map(Ok));
        for bad in ["", "10", "s", "-1s", "1e3s", "nans", "infs", "9ms", "3601s", "1m"] {
            assert!(patience(bad).is_err(), "{bad:?}");
        }
    }
}
