//! An answer that comes in parts (PROTOCOL §8.6).

use posto_wire::limits::MAX_V2_DATA;
use posto_wire::v2::Fragment;

use crate::limits::MAX_MISSING;

/// The parts of one answer that have arrived.
#[derive(Debug)]
pub(super) struct Reassembly {
    parts: Vec<Option<String>>,
    bytes: usize,
}

impl Reassembly {
    /// Nothing has arrived of an answer of this many parts.
    pub(super) fn new(count: u16) -> Self {
        Self { parts: vec![None; usize::from(count)], bytes: 0 }
    }

    /// A part arrived; returns the whole text once there is no more missing. One that is there
    /// already, of another count, or that would make the answer too long is passed over.
    pub(super) fn add(&mut self, fragment: Fragment, slice: &str) -> Option<String> {
        let fits = usize::from(fragment.count) == self.parts.len() && self.bytes + slice.len() <= MAX_V2_DATA;
        let part = self.parts.get_mut(usize::from(fragment.index)).filter(|part| fits && part.is_none());
        if let Some(part) = part {
            *part = Some(slice.to_owned());
            self.bytes += slice.len();
        }
        let whole = self.parts.iter().all(Option::is_some);
        whole.then(|| self.parts.iter().flatten().map(String::as_str).collect())
    }

    /// The first parts that are missing, at most [`MAX_MISSING`].
    pub(super) fn missing(&self) -> Vec<u16> {
        let parts = (0..).zip(&self.parts).filter(|(_, part)| part.is_none());
        parts.map(|(index, _)| index).take(MAX_MISSING).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn part(index: u16, count: u16) -> Fragment {
        Fragment { index, count }
    }

    #[test]
    fn parts_in_any_order_make_the_text_and_repeats_change_nothing() {
        let mut parts = Reassembly::new(3);
        assert_eq!(parts.add(part(2, 3), "c"), None);
        assert_eq!(parts.add(part(2, 3), "x"), None);
        assert_eq!(parts.add(part(0, 2), "y"), None, "of another answer");
        assert_eq!(parts.missing(), [0, 1]);
        assert_eq!(parts.add(part(1, 3), "b"), None);
        assert_eq!(parts.add(part(0, 3), "a").as_deref(), Some("abc"));
    }

    #[test]
    fn no_more_is_kept_than_an_answer_may_be_long() {
        let mut parts = Reassembly::new(2);
        parts.add(part(0, 2), &"x".repeat(MAX_V2_DATA));
        assert_eq!(parts.add(part(1, 2), "y"), None);
        assert_eq!(parts.missing(), [1]);
    }
}
