//! `Horario`, opening hours as people wrote them: `L-V: 07:00-22:00; S: 08:00-14:00 y 17:00-21:30`.

use posto_market::OpeningHours;

use crate::week::{Week, minutes};

/// The days as Spain abbreviates them, Monday first.
const DAYS: [&str; 7] = ["L", "M", "X", "J", "V", "S", "D"];

/// The hours in OpenStreetMap's syntax; `None` where any part of them is not understood, since half
/// of them would say something else.
pub(super) fn read(text: &str) -> Option<OpeningHours> {
    let mut week = Week::default();
    for rule in text.split(';').map(str::trim).filter(|rule| !rule.is_empty()) {
        let (days, times) = rule.split_once(':')?;
        let days = days.split(',').map(range_of_days).collect::<Option<Vec<_>>>()?;
        for day in days.into_iter().flatten() {
            add(&mut week, day, times.trim())?;
        }
    }
    week.hours()
}

/// `L-V` or `S`.
fn range_of_days(text: &str) -> Option<std::ops::RangeInclusive<usize>> {
    let day = |text: &str| DAYS.iter().position(|known| *known == text.trim());
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (day(first)?, day(last)?);
    (first <= last).then_some(first..=last)
}

/// `24H` or ranges with ` y ` between them.
fn add(week: &mut Week, day: usize, times: &str) -> Option<()> {
    if times.eq_ignore_ascii_case("24H") {
        return week.add_whole(day);
    }
    for range in times.split(" y ") {
        let (from, to) = range.split_once('-')?;
        week.add(day, (minutes(from.trim(), ':')?, minutes(to.trim(), ':')?))?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_become_those_of_openstreetmap() {
        for (text, expected) in [
            ("L-D: 24H", "24/7"),
            ("L-D: 00:00-24:00", "24/7"),
            ("L-V: 07:00-22:00; S: 08:00-14:00 y 17:00-21:30", "Mo-Fr 07:00-22:00; Sa 08:00-14:00,17:00-21:30"),
            ("L-V: 07:00-22:00; S-D: 07:00-22:00", "Mo-Su 07:00-22:00"),
            ("L-J: 06:00-22:00; V-S: 24H; D: 7:00-00:00", "Mo-Th 06:00-22:00; Fr-Sa 00:00-24:00; Su 07:00-24:00"),
            ("L-D: 22:00-06:00", "Mo-Su 22:00-06:00"),
            ("M,X: 08:00-13:00;", "Tu-We 08:00-13:00"),
        ] {
            assert_eq!(read(text).as_ref().map(OpeningHours::as_str), Some(expected), "{text:?}");
        }
    }

    #[test]
    fn hours_that_are_not_understood_are_none() {
        for text in [
            "",
            "24H",
            "L-V",
            "L-V:",
            "Cerrado",
            "V-L: 24H",
            "L-V: 07:00",
            "L-V: 07:00-22:00; festivos: 24H",
            "L-V: 7-22",
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "([LMXJVSD,;: y-]|[0-9:]{1,5}|24H|.){0,20}") {
            let _ = read(&text);
        }
    }
}
