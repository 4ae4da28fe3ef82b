//! How long a server takes, as its next caller should fear it: peak-sensitive, so that one slow
//! answer counts at once and is forgotten slowly (peak EWMA, after Finagle's load balancer).

use std::time::{Duration, Instant};

use crate::limits::LATENCY_DECAY;

/// The peak-sensitive average of answer times.
#[derive(Debug)]
pub(crate) struct PeakLatency {
    seconds: f64,
    at: Instant,
}

impl PeakLatency {
    pub(crate) const fn new(now: Instant) -> Self {
        Self { seconds: 0.0, at: now }
    }

    /// An answer took so long, or was given up after so long.
    pub(crate) fn sample(&mut self, now: Instant, took: Duration) {
        let took = took.as_secs_f64();
        let kept = self.kept(now);
        self.seconds = if took > self.seconds { took } else { self.seconds * kept + took * (1.0 - kept) };
        self.at = now;
    }

    /// What it costs to wait behind this many: never 0, so that of two idle servers nobody is the
    /// cheaper by never having been asked. It sinks with time, or who was slow once and is not asked
    /// since would be so for ever.
    pub(crate) fn cost(&self, now: Instant, in_flight: usize) -> f64 {
        let waiting = u32::try_from(in_flight).map_or(f64::INFINITY, f64::from);
        (self.seconds * self.kept(now) + 1e-6) * (waiting + 1.0)
    }

    /// What is left of the last sample.
    fn kept(&self, now: Instant) -> f64 {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        (-passed / LATENCY_DECAY.as_secs_f64()).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn a_slow_answer_counts_at_once_and_is_forgotten_slowly() {
        let start = Instant::now();
        let mut latency = PeakLatency::new(start);
        latency.sample(start, MS(1));
        latency.sample(start, MS(500));
        assert!(latency.cost(start, 0) > 0.49);
        latency.sample(start + MS(1000), MS(1));
        assert!(latency.cost(start + MS(1000), 0) > 0.4, "a second later it still counts");
        latency.sample(start + MS(61_000), MS(1));
        assert!(latency.cost(start + MS(61_000), 0) < 0.01, "a minute later no more");
        assert!(latency.cost(start, 3) > latency.cost(start, 2));
    }

    #[test]
    fn who_was_slow_and_is_not_asked_since_is_forgiven_too() {
        let start = Instant::now();
        let mut latency = PeakLatency::new(start);
        latency.sample(start, MS(500));
        let costs: Vec<_> = (0..60).map(|second| latency.cost(start + MS(second * 1000), 0)).collect();
        assert!(costs.is_sorted_by(|before, after| before > after), "{costs:?}");
        assert!(latency.cost(start + MS(60_000), 0) < 0.002);
    }
}
