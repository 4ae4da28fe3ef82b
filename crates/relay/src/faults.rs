//! What a link does to datagrams: chances, delays, blackouts.

use std::num::NonZeroU64;
use std::time::Duration;

/// How often something happens, in millionths of all datagrams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Chance(u32);

impl Chance {
    /// Not once.
    pub const NEVER: Self = Self(0);
    /// Every time.
    pub const ALWAYS: Self = Self(1_000_000);

    /// This many times in a million; always where that is more.
    #[must_use]
    pub const fn of_million(times: u32) -> Self {
        if times > Self::ALWAYS.0 { Self::ALWAYS } else { Self(times) }
    }

    /// This many times in a thousand; always where that is more.
    #[must_use]
    pub const fn per_mille(times: u32) -> Self {
        Self::of_million(times.saturating_mul(1000))
    }

    /// How many times in a million.
    #[must_use]
    pub const fn per_million(self) -> u32 {
        self.0
    }
}

/// A time in which everything is lost, counted from the start of the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blackout {
    /// From the first time to the second, once.
    Once {
        /// The first dark moment.
        from: Duration,
        /// The first moment that is not dark any more.
        to: Duration,
    },
    /// The last `dark` of every `period`: a link begins with light, so that something can begin.
    Every {
        /// How long it is dark each time.
        dark: Duration,
        /// From one beginning of light to the next.
        period: Duration,
    },
}

impl Blackout {
    /// Whether it is dark so long after the start.
    #[must_use]
    pub fn is_dark(self, elapsed: Duration) -> bool {
        match self {
            Self::Once { from, to } => (from..to).contains(&elapsed),
            Self::Every { dark, period } => {
                let into = elapsed.as_nanos().checked_rem(period.as_nanos());
                into.is_some_and(|into| into >= period.saturating_sub(dark).as_nanos())
            }
        }
    }
}

/// What happens to datagrams of one direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults {
    /// Time on the way, at least.
    pub delay: Duration,
    /// Up to this much more, at random: enough of it reorders.
    pub jitter: Duration,
    /// Lost.
    pub loss: Chance,
    /// Arrives twice, each time with a delay of its own.
    pub repeat: Chance,
    /// Held back until a later one has overtaken it, [`crate::limits::HOLD_BACK`] at most.
    pub reorder: Chance,
    /// Arrives up to [`Faults::straggle_for`] later than the others.
    pub straggle: Chance,
    /// How late a straggler is at most.
    pub straggle_for: Duration,
    /// Arrives with bits flipped.
    pub corrupt: Chance,
    /// Bits flipped in such a datagram at most, at least one.
    pub flips: u64,
    /// Bytes per second, of what UDP carries; `None`: any number. Before a slower link at most
    /// [`crate::limits::QUEUE_BYTES`] wait.
    pub rate: Option<NonZeroU64>,
    /// When everything is lost.
    pub blackouts: Vec<Blackout>,
}

impl Faults {
    /// A path that only takes this time.
    #[must_use]
    pub const fn none(delay: Duration) -> Self {
        Self {
            delay,
            jitter: Duration::ZERO,
            loss: Chance::NEVER,
            repeat: Chance::NEVER,
            reorder: Chance::NEVER,
            straggle: Chance::NEVER,
            straggle_for: Duration::ZERO,
            corrupt: Chance::NEVER,
            flips: 1,
            rate: None,
            blackouts: Vec::new(),
        }
    }
}

/// Which way a datagram goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// From a client to the server.
    Up,
    /// From the server to a client.
    Down,
}

/// One of something for each direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Both<T> {
    /// That of [`Direction::Up`].
    pub up: T,
    /// That of [`Direction::Down`].
    pub down: T,
}

impl<T> Both<T> {
    /// The same for both.
    pub fn same(value: T) -> Self
    where
        T: Clone,
    {
        Self { up: value.clone(), down: value }
    }

    /// That of this direction.
    pub const fn of(&self, direction: Direction) -> &T {
        match direction {
            Direction::Up => &self.up,
            Direction::Down => &self.down,
        }
    }

    /// That of this direction, to be changed.
    pub const fn of_mut(&mut self, direction: Direction) -> &mut T {
        match direction {
            Direction::Up => &mut self.up,
            Direction::Down => &mut self.down,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_blackout_that_comes_again_begins_with_light() {
        let blackout = Blackout::Every { dark: s(2), period: s(5) };
        let dark: Vec<_> = (0..10).filter(|second| blackout.is_dark(s(*second))).collect();
        assert_eq!(dark, [3, 4, 8, 9]);
    }

    #[test]
    fn no_period_is_a_panic() {
        assert!(!Blackout::Every { dark: s(1), period: s(0) }.is_dark(s(7)));
        assert!(Blackout::Every { dark: s(9), period: s(5) }.is_dark(s(7)));
        assert!(!Blackout::Once { from: s(3), to: s(2) }.is_dark(s(2)));
    }

    #[test]
    fn a_chance_is_at_most_always() {
        assert_eq!(Chance::per_mille(u32::MAX), Chance::ALWAYS);
        assert_eq!(Chance::of_million(1_000_001), Chance::ALWAYS);
        assert_eq!(Chance::per_mille(300).per_million(), 300_000);
    }
}
