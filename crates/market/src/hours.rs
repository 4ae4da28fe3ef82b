//! When a station is open, in the syntax of OpenStreetMap's `opening_hours`
//! (<https://wiki.openstreetmap.org/wiki/Key:opening_hours/specification>).

mod reader;
mod week;

use std::fmt;
use std::sync::Arc;

use crate::limits::MAX_HOURS_BYTES;
use week::Week;

/// Opening hours as a feed gives them, brought into OpenStreetMap's syntax by its reader. Any
/// text that fits is kept, for people to read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OpeningHours(Arc<str>);

impl OpeningHours {
    /// The text with runs of white space made one blank; `None` where nothing is left, where it
    /// holds anything but printable ASCII, or where it is longer than [`MAX_HOURS_BYTES`]
    /// (`"` and `\` count twice, as JSON writes them): half of such a text would say something else.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let printable = words.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        let length = words.len() + words.bytes().filter(|byte| matches!(byte, b'"' | b'\\')).count();
        (printable && (1..=MAX_HOURS_BYTES).contains(&length)).then(|| Self(words.into()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is open then, by a clock that shows this weekday (0: Monday) and minute of the
    /// day; `None` where the text does not say or is beyond the subset that `hours/week.rs` reads,
    /// and where there is no clock, unless it is the same at every moment.
    pub(crate) fn is_open(&self, clock: Option<(usize, u16)>) -> Option<bool> {
        let week = Week::read(&self.0)?;
        match clock {
            Some((weekday, minute)) => week.is_open(weekday, minute),
            None => week.always(),
        }
    }
}

impl fmt::Display for OpeningHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests;
