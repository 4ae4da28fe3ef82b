//! Two of many, taken at random: the better one of them is nearly as good as the best of all, and costs
//! nothing to find (Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001).

use std::sync::atomic::{AtomicU64, Ordering};

/// The golden ratio of 2^64: multiples of it spread evenly (Knuth, TAOCP 3, 6.4).
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// What takes them; shared by any number of callers.
#[derive(Debug, Default)]
pub(super) struct Dice(AtomicU64);

impl Dice {
    /// Two different ones of at least two; of fewer none.
    pub(super) fn two_of<'a, T>(&self, many: &'a [T]) -> Option<(&'a T, &'a T)> {
        let others = many.len().checked_sub(1).filter(|others| *others > 0)?;
        let thrown = usize::try_from(self.0.fetch_add(STEP, Ordering::Relaxed) >> 33).unwrap_or_default();
        let first = thrown % many.len();
        let second = (first + 1 + thrown / many.len() % others) % many.len();
        many.get(first).zip(many.get(second))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_different_ones_are_taken_each_about_as_often() {
        for count in 2_usize..8 {
            let (dice, many): (_, Vec<_>) = (Dice::default(), (0..count).collect());
            let mut taken = vec![0; count];
            for _ in 0..count * 1_000 {
                let (first, second) = dice.two_of(&many).unwrap();
                assert_ne!(first, second);
                taken[*first] += 1;
                taken[*second] += 1;
            }
            assert!(taken.iter().all(|times| (1_500..2_500).contains(times)), "{count}: {taken:?}");
        }
        assert_eq!([&[][..], &[7]].map(|few| Dice::default().two_of(few)), [None, None]);
    }
}
