//! Seeded random numbers: SplitMix64 (Steele, Lea, Flood, 2014), so that a run repeats. Nothing
//! here is a secret.

use std::time::Duration;

use crate::faults::Chance;

/// A generator; the same seed gives the same numbers everywhere.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// A generator with this seed; every seed is a good one.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; 0 where that is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.bits().checked_rem(bound).unwrap_or(0)
    }

    /// A place below `length`; 0 where that is 0.
    pub fn place(&mut self, length: usize) -> usize {
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        usize::try_from(self.below(length)).unwrap_or(0)
    }

    /// A number from `low` to `high`, both included; `low` where that is the higher one.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = high.saturating_sub(low).max(0).unsigned_abs().saturating_add(1);
        low.saturating_add_unsigned(self.below(span))
    }

    /// True this often. Never and always take no number.
    pub fn chance(&mut self, chance: Chance) -> bool {
        match chance {
            Chance::NEVER => false,
            Chance::ALWAYS => true,
            chance => self.below(u64::from(Chance::ALWAYS.per_million())) < u64::from(chance.per_million()),
        }
    }

    /// A time up to this one, to the microsecond.
    pub fn up_to(&mut self, longest: Duration) -> Duration {
        let micros = u64::try_from(longest.as_micros()).unwrap_or(u64::MAX);
        Duration::from_micros(self.below(micros.saturating_add(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_published_generator() {
        let mut random = Random::new(1_234_567);
        let published = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!(published.map(|_| random.bits()), published);
    }

    #[test]
    fn no_bound_is_a_panic() {
        let mut random = Random::new(1);
        assert_eq!((random.below(0), random.place(0), random.between(3, 2)), (0, 0, 3));
        assert_eq!(random.between(7, 7), 7);
        random.between(i64::MIN, i64::MAX);
        assert!(random.up_to(Duration::MAX) <= Duration::MAX);
        assert_eq!(random.up_to(Duration::ZERO), Duration::ZERO);
        for _ in 0..1000 {
            assert!((-3..=3).contains(&random.between(-3, 3)));
        }
    }
}
