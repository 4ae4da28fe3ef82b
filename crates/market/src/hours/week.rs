//! Opening hours read into a week: the subset of OpenStreetMap's syntax that nearly all stations
//! use. What it does not hold (months, weeks of the year, sunrise, comments) makes the whole text
//! unreadable, since half of it would be a lie.

use std::ops::Range;

use super::reader::Reader;

/// Minutes of a day.
pub(super) const DAY: u16 = 24 * 60;

const DAYS: [&str; 7] = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];

/// Public and school holidays: no calendar is kept, so that on them the weekday counts.
const HOLIDAYS: [&str; 2] = ["PH", "SH"];

/// What a part of the text says of the time it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Closed,
    Unknown,
}

/// What is said of each weekday, Monday first. A range that begins on a day may end on the next,
/// beyond [`DAY`]. Of ranges that overlap the later one counts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Week([Vec<(Range<u16>, State)>; 7]);

/// One rule: on which weekdays, when, and what then.
struct Rule {
    days: [bool; 7],
    /// Empty: the whole day.
    times: Vec<Range<u16>>,
    state: State,
}

impl Week {
    /// Reads opening hours; `None` where they hold anything beyond the subset.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut reader = Reader(text);
        let mut week = Self::default();
        let mut says_anything = false;
        let mut adds = false;
        while !reader.is_at_end() {
            // An empty rule, as at the end of `Mo-Su 08:00-20:00;`, says nothing.
            if reader.eat(";") {
                adds = false;
                continue;
            }
            let rule = Rule::read(&mut reader)?;
            week.take(&rule, adds);
            // Of holidays alone nobody can tell when it is open.
            says_anything |= rule.days.contains(&true);
            adds = reader.eat(",");
            if !adds && !reader.is_at_end() && !reader.eat(";") {
                return None;
            }
        }
        (says_anything && !adds).then_some(week)
    }

    /// Whether it is open at a minute (0..1440) of a weekday (0: Monday); `None` where nobody knows.
    pub(super) fn is_open(&self, weekday: usize, minute: u16) -> Option<bool> {
        let (today, yesterday) = (self.0.get(weekday)?, self.0.get((weekday + 6) % 7)?);
        let of = |day: &[(Range<u16>, State)], minute: u16| {
            day.iter().rev().find(|(range, _)| range.contains(&minute)).map(|(_, state)| *state)
        };
        match of(today, minute).or_else(|| of(yesterday, minute + DAY)) {
            Some(State::Open) => Some(true),
            Some(State::Closed) | None => Some(false),
            Some(State::Unknown) => None,
        }
    }

    /// The same answer at every moment, where there is one: then no clock of the place is needed.
    pub(super) fn always(&self) -> Option<bool> {
        let whole = |state| vec![(0..DAY, state)];
        if self.0.iter().all(|day| *day == whole(State::Open)) {
            return Some(true);
        }
        self.0.iter().all(Vec::is_empty).then_some(false)
    }

    /// A rule replaces what was said of its days before it, unless it `adds` to it or closes only
    /// some hours.
    fn take(&mut self, rule: &Rule, adds: bool) {
        let only_some_hours = rule.state == State::Closed && !rule.times.is_empty();
        for day in self.0.iter_mut().zip(rule.days).filter_map(|(day, meant)| meant.then_some(day)) {
            if !adds && !only_some_hours {
                day.clear();
            }
            if !rule.times.is_empty() {
                day.extend(rule.times.iter().map(|range| (range.clone(), rule.state)));
            } else if rule.state != State::Closed || adds {
                day.push((0..DAY, rule.state));
            }
        }
    }
}

impl Rule {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        if reader.eat("24/7") {
            let state = state(reader).unwrap_or(State::Open);
            return Some(Self { days: [true; 7], times: Vec::new(), state });
        }
        let days = days(reader)?;
        let times = times(reader)?;
        let state = state(reader);
        if days.is_none() && times.is_empty() && state.is_none() {
            return None;
        }
        Some(Self { days: days.unwrap_or([true; 7]), times, state: state.unwrap_or(State::Open) })
    }
}

fn state(reader: &mut Reader<'_>) -> Option<State> {
    let words = [("open", State::Open), ("off", State::Closed), ("closed", State::Closed), ("unknown", State::Unknown)];
    words.into_iter().find_map(|(word, state)| reader.eat_word(word).then_some(state))
}

/// The days that a rule names, `None` inside where it names none; holidays alone are no day.
fn days(reader: &mut Reader<'_>) -> Option<Option<[bool; 7]>> {
    let mut days = [false; 7];
    let mut named = false;
    loop {
        if HOLIDAYS.into_iter().any(|holiday| reader.eat_word(holiday)) {
            named = true;
        } else if let Some(first) = reader.one_of(&DAYS) {
            named = true;
            let last = if reader.eat("-") { reader.one_of(&DAYS)? } else { first };
            let length = (last + 7 - first) % 7;
            for (number, day) in days.iter_mut().enumerate() {
                *day |= (number + 7 - first) % 7 <= length;
            }
        } else {
            // A comma must be followed by one more day, the first name by none.
            return if named { None } else { Some(None) };
        }
        if !reader.comes_before(",", |rest| HOLIDAYS.iter().chain(&DAYS).any(|name| rest.begins_with(name))) {
            reader.eat(":");
            return Some(Some(days));
        }
        reader.eat(",");
    }
}

/// The ranges of a rule, separated by commas; empty where it names none.
fn times(reader: &mut Reader<'_>) -> Option<Vec<Range<u16>>> {
    let mut times = Vec::new();
    if !reader.begins_with_digit() {
        return Some(times);
    }
    loop {
        let start = reader.clock()?;
        if !reader.eat("-") {
            return None;
        }
        let end = reader.clock()?;
        if start >= DAY || end > 2 * DAY {
            return None;
        }
        times.push(start..if end <= start { end + DAY } else { end });
        if !reader.comes_before(",", |rest| rest.begins_with_digit()) {
            return Some(times);
        }
        reader.eat(",");
    }
}
