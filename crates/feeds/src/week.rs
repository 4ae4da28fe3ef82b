//! The opening hours of a week, written in OpenStreetMap's syntax.

use posto_market::OpeningHours;

/// Minutes of a day.
const DAY: u16 = 24 * 60;

const DAYS: [&str; 7] = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];

/// When it is open on each day, Monday first, in minutes from midnight. A range whose end is not
/// after its beginning ends on the next day; a day without ranges is closed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Week([Vec<(u16, u16)>; 7]);

impl Week {
    /// Adds a range to a day, 0 to 6. `00:00` as an end is the day's end, and from midnight to
    /// midnight, or one minute before, is the whole day.
    #[must_use]
    pub(crate) fn add(&mut self, day: usize, (from, to): (u16, u16)) -> Option<()> {
        let whole = from == 0 && (to == 0 || to >= DAY - 1);
        let to = if whole || to == 0 { DAY } else { to };
        let good = from < DAY && to <= DAY && from != to;
        self.0.get_mut(day).filter(|_| good)?.push((from, to));
        Some(())
    }

    /// Adds the whole day.
    #[must_use]
    pub(crate) fn add_whole(&mut self, day: usize) -> Option<()> {
        self.add(day, (0, DAY))
    }

    /// As `Mo-Fr 07:00-22:00; Sa 08:00-14:00,17:00-21:30`; `None` where it is never open.
    pub(crate) fn hours(&self) -> Option<OpeningHours> {
        if self.0.iter().all(|day| *day == [(0, DAY)]) {
            return OpeningHours::new("24/7");
        }
        let mut rules = Vec::new();
        let mut days = DAYS.iter().zip(&self.0).peekable();
        while let Some((first, ranges)) = days.next() {
            let mut last = first;
            while let Some((day, _)) = days.next_if(|(_, next)| *next == ranges) {
                last = day;
            }
            let told: Vec<_> = ranges.iter().map(|(from, to)| format!("{}-{}", time(*from), time(*to))).collect();
            let days = if first == last { (*first).to_owned() } else { format!("{first}-{last}") };
            if !told.is_empty() {
                rules.push(format!("{days} {}", told.join(",")));
            }
        }
        OpeningHours::new(&rules.join("; "))
    }
}

fn time(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// The minutes of `7:00`, `07.00` or `24:00`; `None` where the text is no time of day.
pub(crate) fn minutes(text: &str, separator: char) -> Option<u16> {
    let (hours, minutes) = text.split_once(separator)?;
    let number = |text: &str| {
        let digits = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse::<u16>().ok()).flatten()
    };
    let (hours, minutes) = (number(hours)?, number(minutes).filter(|_| minutes.len() == 2)?);
    let total = hours * 60 + minutes;
    (minutes < 60 && total <= DAY).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_alike_are_told_together() {
        let mut week = Week::default();
        for day in 0..5 {
            week.add(day, (7 * 60, 22 * 60)).unwrap();
        }
        week.add(5, (8 * 60, 14 * 60)).unwrap();
        week.add(5, (17 * 60, 21 * 60 + 30)).unwrap();
        assert_eq!(week.hours().unwrap().as_str(), "Mo-Fr 07:00-22:00; Sa 08:00-14:00,17:00-21:30");
        week.add(6, (6 * 60, 0)).unwrap();
        assert!(week.hours().unwrap().as_str().ends_with("; Su 06:00-24:00"));
        assert_eq!(Week::default().hours(), None);
    }

    #[test]
    fn always_is_twenty_four_seven() {
        for range in [(0, DAY), (0, 0), (0, DAY - 1)] {
            let mut week = Week::default();
            (0..7).for_each(|day| week.add(day, range).unwrap());
            assert_eq!(week.hours().unwrap().as_str(), "24/7");
        }
    }

    #[test]
    fn what_is_no_range_is_refused() {
        let mut week = Week::default();
        assert_eq!(week.add(0, (60, 60)), None);
        assert_eq!(week.add(0, (60, DAY + 1)), None);
        assert_eq!(week.add(7, (0, 60)), None);
        assert_eq!(minutes("24:00", ':'), Some(DAY));
        assert_eq!(minutes("7.05", '.'), Some(425));
        for bad in ["", "7", "7:5", "24:01", "25:00", "07:60", "+7:00", "007:00", "é:00"] {
            assert_eq!(minutes(bad, ':'), None, "{bad:?}");
        }
    }
}
