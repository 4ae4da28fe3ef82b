//! How long answers took, and how many came.

use std::time::Duration;

/// What came of it.
#[derive(Debug, Default)]
pub struct Measured {
    /// How long each answer took, in order of length once asked for.
    pub(super) times: Vec<Duration>,
    pub(super) took: Duration,
    pub repeats: u64,
    pub failed: u64,
}

impl Measured {
    pub fn new(mut times: Vec<Duration>, took: Duration) -> Self {
        times.sort_unstable();
        Self { times, took, repeats: 0, failed: 0 }
    }

    pub fn answered(&self) -> usize {
        self.times.len()
    }

    pub fn rate(&self) -> f64 {
        self.per_second_of(self.took)
    }

    /// Answers per second of this time.
    pub fn per_second_of(&self, time: Duration) -> f64 {
        u32::try_from(self.times.len()).map_or(f64::INFINITY, f64::from) / time.as_secs_f64()
    }

    /// The times that 50, 99 and 99.9 % were answered in.
    pub fn percentiles(&self) -> [Duration; 3] {
        [500, 990, 999].map(|share| self.times.get(self.times.len() * share / 1000).copied().unwrap_or_default())
    }
}
