//! The last changes that were heard, in the order of the journal: as many as there is room for.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use posto_wire::answer::{Changes, PriceChange};

use crate::limits::EVENTS_KEPT;

/// A place in a journal. As text, the id of an event: the journal's name, a point, the position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) book: Arc<str>,
    pub(crate) position: u64,
}

impl Place {
    /// The place that an event's id names; `None` where it is none.
    pub(crate) fn parse(id: &str) -> Option<Self> {
        let (book, position) = id.rsplit_once('.')?;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        let is_book = (1..=64).contains(&book.len()) && book.bytes().all(is_plain);
        let is_number = !position.is_empty() && position.bytes().all(|byte| byte.is_ascii_digit());
        let position = position.parse().ok().filter(|_| is_book && is_number)?;
        Some(Self { book: book.into(), position })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.book, self.position)
    }
}

/// What comes after a place.
#[derive(Debug, PartialEq)]
pub(crate) enum Next {
    /// Nothing yet.
    Nothing,
    /// These, oldest first.
    Changes(Vec<Arc<PriceChange>>),
    /// What came after it is not to be had: it goes on from this place.
    Missed(Why, Place),
}

/// Why changes are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// The place is one of another journal.
    OtherBook,
    /// It is no longer remembered what came after it, or never was.
    TooOld,
}

/// The ring.
#[derive(Debug)]
pub(crate) struct Ring {
    book: Arc<str>,
    /// Everything that was told after this position is in `changes`.
    from: u64,
    newest: u64,
    /// How far the journal was when the watch began: what comes up to there happened before.
    begun: u64,
    changes: VecDeque<Arc<PriceChange>>,
}

impl Ring {
    /// The ring of a watch that begins there.
    pub(crate) fn new(beginning: &Changes) -> Self {
        Self::between(beginning, beginning.from.unwrap_or(beginning.position))
    }

    fn between(heard: &Changes, from: u64) -> Self {
        let (book, begun) = (heard.book.as_str().into(), heard.position);
        Self { book, from, newest: from, begun, changes: VecDeque::new() }
    }

    /// Where the journal is: the end of what was heard, or where it was when the watch began.
    pub(crate) fn newest(&self) -> Place {
        Place { book: Arc::clone(&self.book), position: self.newest.max(self.begun) }
    }

    /// Adds what was heard next.
    pub(crate) fn take(&mut self, heard: Changes) {
        if heard.resync || *heard.book != *self.book {
            *self = Self::between(&heard, heard.position);
            return;
        }
        self.newest = heard.position;
        self.changes.extend(heard.changes.into_iter().map(Arc::new));
        while u64::try_from(self.changes.len()).is_ok_and(|length| length > EVENTS_KEPT) {
            if let Some(oldest) = self.changes.pop_front() {
                self.from = oldest.position;
            }
        }
    }

    /// What comes after a place, at most `most` changes.
    pub(crate) fn after(&self, place: &Place, most: usize) -> Next {
        if place.book != self.book {
            return Next::Missed(Why::OtherBook, self.newest());
        }
        if !(self.from..=self.newest.max(self.begun)).contains(&place.position) {
            return Next::Missed(Why::TooOld, self.newest());
        }
        let start = self.changes.partition_point(|change| change.position <= place.position);
        let next: Vec<_> = self.changes.range(start..).take(most).cloned().collect();
        if next.is_empty() { Next::Nothing } else { Next::Changes(next) }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use posto_wire::answer::{OpeningFacts, StationFacts};
    use proptest::prelude::*;

    use super::*;

    pub(in crate::events) fn change(position: u64) -> PriceChange {
        let station =
            StationFacts { id: "it-1".to_owned(), lat: 45.0, lon: 9.0, name: None, brand: None, source: None };
        PriceChange {
            position,
            station,
            fuel: 2,
            price: Some(1799),
            currency: "EUR".to_owned(),
            unit: "l".to_owned(),
            at: None,
            stale: true,
            suspect: false,
            opening: OpeningFacts::default(),
        }
    }

    fn heard(book: &str, positions: std::ops::RangeInclusive<u64>, resync: bool) -> Changes {
        let position = *positions.end();
        let changes = if resync { Vec::new() } else { positions.map(change).collect() };
        Changes { book: book.to_owned(), position, changes, from: None, resync }
    }

    #[test]
    fn an_id_is_read_as_it_was_written_and_nothing_else_is_one() {
        for id in ["5d41402abc4b2a76.48471", "b.0", "a.b.7", "x.9007199254740992"] {
            assert_eq!(Place::parse(id).unwrap().to_string(), id);
        }
        for bad in ["", "7", ".7", "b.", "b.-1", "b.+1", "b.7 ", "a b.7", "b.99999999999999999999999", "é.1"] {
            assert_eq!(Place::parse(bad), None, "{bad:?}");
        }
        assert_eq!(Place::parse(&format!("{}.1", "x".repeat(65))), None);
    }

    proptest! {
        /// Whoever reads often enough reads everything once and in order, whatever comes between; who
        /// does not is told where it goes on.
        #[test]
        fn a_reader_hears_all_after_its_place_or_that_it_missed_some(
            start in 0_u64..100,
            acts in prop::collection::vec((1_u64..4000, 0_usize..3000, 0_u8..40), 1..40),
        ) {
            let mut ring = Ring::new(&heard("b", start..=start, true));
            let (mut place, mut newest, mut lost) = (ring.newest(), start, false);
            for (more, most, dice) in acts {
                lost |= dice == 0;
                ring.take(heard("b", newest + 1..=newest + more, dice == 0));
                newest += more;
                lost |= newest - place.position > EVENTS_KEPT;
                match ring.after(&place, most) {
                    Next::Missed(why, next) => {
                        prop_assert!(lost && why == Why::TooOld);
                        prop_assert_eq!(next.position, newest);
                        (place, lost) = (next, false);
                    }
                    Next::Changes(changes) => {
                        let positions: Vec<_> = changes.iter().map(|change| change.position).collect();
                        let end = newest.min(place.position + u64::try_from(most).unwrap());
                        prop_assert_eq!(positions, (place.position + 1..=end).collect::<Vec<_>>());
                        prop_assert!(!lost);
                        place.position = end;
                    }
                    Next::Nothing => prop_assert!(most == 0 || place.position == newest),
                }
                let other = Place { book: "c".into(), ..place.clone() };
                prop_assert_eq!(ring.after(&other, 1), Next::Missed(Why::OtherBook, ring.newest()));
            }
        }
    }

    #[test]
    fn who_comes_while_the_past_is_still_being_heard_hears_nothing_of_it_but_who_asks_for_it_does() {
        let mut ring = Ring::new(&Changes { from: Some(5), ..heard("b", 9..=9, true) });
        let (past, now) = (Place { book: "b".into(), position: 6 }, ring.newest());
        assert_eq!((now.position, ring.after(&now, 9), ring.after(&past, 9)), (9, Next::Nothing, Next::Nothing));
        ring.take(heard("b", 6..=7, false));
        assert_eq!((ring.newest(), ring.after(&now, 9)), (now.clone(), Next::Nothing));
        assert_eq!(ring.after(&past, 9), Next::Changes(vec![Arc::new(change(7))]));
        ring.take(heard("b", 8..=10, false));
        assert_eq!(ring.after(&now, 9), Next::Changes(vec![Arc::new(change(10))]));
    }

    #[test]
    fn another_book_begins_anew() {
        let mut ring = Ring::new(&heard("b", 5..=5, true));
        ring.take(heard("c", 2..=2, true));
        assert_eq!(ring.newest(), Place { book: "c".into(), position: 2 });
        assert_eq!(
            ring.after(&Place { book: "b".into(), position: 5 }, 9),
            Next::Missed(Why::OtherBook, ring.newest())
        );
    }
}
