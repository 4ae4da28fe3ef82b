//! A fuel station and the latest [`Quote`] of each fuel it sells.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use crate::hours::OpeningHours;
use crate::limits::{MAX_LABEL_CHARACTERS, MAX_STATION_ID_BYTES};
use crate::position::Position;
use crate::price::{Currency, Price, Unit};
use crate::time::Timestamp;
use crate::zone::Zone;

/// A station's stable identifier: `<source>-<id>` for imported ones (`it-61154`), the 12-character
/// geohash of its position for those known only from reports (PROTOCOL §7).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct StationId(Characters);

/// An id of at most [`SHORT`] bytes, which nearly all are, needs no memory of its own.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Characters {
    /// Zeroes follow the last one.
    Short([u8; SHORT]),
    Long(Arc<Box<str>>),
}

/// With the mark of which form it is, an id takes 16 bytes.
const SHORT: usize = 15;

impl StationId {
    /// 1..=64 bytes of `[A-Za-z0-9._-]`; anything else is `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        let fits = (1..=MAX_STATION_ID_BYTES).contains(&text.len());
        if !fits || !text.bytes().all(allowed) {
            return None;
        }
        let mut short = [0; SHORT];
        if let Some(room) = short.get_mut(..text.len()) {
            room.copy_from_slice(text.as_bytes());
            return Some(Self(Characters::Short(short)));
        }
        Some(Self(Characters::Long(Arc::new(text.into()))))
    }

    /// The identifier's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Characters::Short(bytes) => {
                let length = bytes.iter().position(|byte| *byte == 0).unwrap_or(SHORT);
                bytes.get(..length).and_then(|text| std::str::from_utf8(text).ok()).unwrap_or_default()
            }
            Characters::Long(text) => text,
        }
    }
}

/// The order of the texts.
impl Ord for StationId {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Characters::Short(one), Characters::Short(two)) => one.cmp(two),
            _ => self.as_str().cmp(other.as_str()),
        }
    }
}

impl PartialOrd for StationId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for StationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StationId").field(&self.as_str()).finish()
    }
}

impl fmt::Display for StationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A short line of text for people (a name, a brand, an address): trimmed, without control
/// characters, at most [`MAX_LABEL_CHARACTERS`] characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Label(Arc<str>);

impl Label {
    /// The text made fit: control characters and runs of white space become one blank, the rest
    /// beyond the limit is cut. `None` where nothing is left.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        if is_fit(text) {
            return Some(Self(text.into()));
        }
        let spaced: String = text.chars().map(|c| if c.is_control() || is_direction(c) { ' ' } else { c }).collect();
        let words = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
        let cut: String = words.chars().take(MAX_LABEL_CHARACTERS).collect();
        let cut = cut.trim_end();
        (!cut.is_empty()).then(|| Self(cut.into()))
    }

    /// A text that was a label before.
    pub(crate) fn again(text: &str) -> Self {
        Self(text.into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a label is the text as it is: most are, and a million of them are read at start-up. Only
/// of ASCII it says so, the rest is gone through character by character.
fn is_fit(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_plain = bytes.iter().all(|byte| matches!(byte, b' '..=b'~'));
    let is_trimmed = bytes.first().is_some_and(|byte| *byte != b' ') && bytes.last() != Some(&b' ');
    is_plain && is_trimmed && bytes.len() <= MAX_LABEL_CHARACTERS && !bytes.windows(2).any(|two| two == b"  ")
}

/// Characters that turn the direction of what follows (Unicode Standard Annex 9): a name must not
/// rearrange the text around it.
fn is_direction(character: char) -> bool {
    matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The latest price of one fuel at one station.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// The price of one `unit`.
    pub price: Price,
    /// The currency of the price.
    pub currency: Currency,
    /// What the price buys one of.
    pub unit: Unit,
    /// When it was reported; `None` where nobody knows (the nine original records).
    pub reported_at: Option<Timestamp>,
    /// The coordinates as the reporter wrote them, where they differ from the station's own
    /// six-decimal form: a v1 answer repeats them (PROTOCOL §4).
    pub coordinates: Option<Arc<str>>,
}

/// Who fills the tank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Service {
    /// The customer.
    SelfService,
    /// Somebody of the station.
    Served,
    /// Either, as one likes.
    Both,
}

impl Service {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::SelfService, Self::Served, Self::Both];
}

/// A place that sells fuel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Station {
    /// Its identifier.
    pub id: StationId,
    /// Where it is.
    pub position: Position,
    /// Its name, where known.
    pub name: Option<Label>,
    /// The brand it sells under, where known.
    pub brand: Option<Label>,
    /// Its street address, where known.
    pub address: Option<Label>,
    /// The feed that made it known (`it`, …); `None` for one known from reports alone.
    pub source: Option<Label>,
    /// When it is open, where known.
    pub hours: Option<OpeningHours>,
    /// Who fills the tank, where known.
    pub service: Option<Service>,
    /// Whether it sells to members only, where known.
    pub members_only: Option<bool>,
}

impl Station {
    /// A station of which only the position is known; its id is the geohash.
    #[must_use]
    pub fn at(id: StationId, position: Position) -> Self {
        Self {
            id,
            position,
            name: None,
            brand: None,
            address: None,
            source: None,
            hours: None,
            service: None,
            members_only: None,
        }
    }

    /// Whether it is open at a moment, by its own clock; `None` where its hours or its clock are not
    /// known (PROTOCOL §7.17).
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> Option<bool> {
        self.hours.as_ref()?.is_open(Zone::of(self).map(|zone| zone.clock(now)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ids_of_every_length_keep_their_text_and_its_order(one in "[A-Za-z0-9._-]{1,64}", two in "[A-Za-z0-9._-]{1,20}") {
            let (a, b) = (StationId::parse(&one).unwrap(), StationId::parse(&two).unwrap());
            prop_assert_eq!((a.as_str(), b.as_str()), (&*one, &*two));
            prop_assert_eq!(a.cmp(&b), one.cmp(&two));
            prop_assert_eq!(a == b, one == two);
        }
    }

    #[test]
    fn a_label_is_one_trimmed_line_of_bounded_length() {
        assert_eq!(Label::new("  Auto\tPosto\n Mitai ").unwrap().as_str(), "Auto Posto Mitai");
        assert_eq!(Label::new("Posto\u{202e} A").unwrap().as_str(), "Posto A");
        assert_eq!(Label::new(" \u{7} \n"), None);
        for fit in ["Shell", "Via Roma 1, 00100 Roma", "~!", &"x".repeat(MAX_LABEL_CHARACTERS)] {
            assert_eq!(Label::new(fit).unwrap().as_str(), fit);
        }
        let long = "x".repeat(MAX_LABEL_CHARACTERS + 1);
        for (unfit, made) in [("a  b", "a b"), (" a", "a"), ("a ", "a"), ("a\u{7f}", "a"), (&long, &long[1..])] {
            assert_eq!(Label::new(unfit).unwrap().as_str(), made);
        }
        assert_eq!(Label::new(&"é".repeat(200)).unwrap().as_str().chars().count(), MAX_LABEL_CHARACTERS);
    }

    #[test]
    fn a_station_id_has_only_harmless_characters() {
        assert!(StationId::parse("it-61154").is_some());
        for bad in ["", "a b", "a/b", "é", &"x".repeat(65)] {
            assert_eq!(StationId::parse(bad), None, "{bad:?}");
        }
    }
}
