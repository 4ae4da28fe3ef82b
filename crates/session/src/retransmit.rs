//! When a datagram is sent again (PROTOCOL §6): time-outs that double, with jitter.

use std::time::{Duration, Instant};

use crate::rtt::Rtt;

/// The repetitions of one datagram.
#[derive(Debug)]
pub(crate) struct Repeat {
    first_sent: Instant,
    due: Instant,
    repeats: u32,
}

impl Repeat {
    /// The datagram has just been sent for the first time.
    pub(crate) fn start(now: Instant, rtt: &Rtt, jitter: &mut Jitter) -> Self {
        Self { first_sent: now, due: now + jitter.add(rtt.timeout()), repeats: 0 }
    }

    /// The datagram has not been sent yet: it is due after this pause.
    pub(crate) fn after(now: Instant, pause: Duration) -> Self {
        Self { first_sent: now, due: now + pause, repeats: 0 }
    }

    /// When it is due again, if nothing is heard.
    pub(crate) const fn due(&self) -> Instant {
        self.due
    }

    /// It has just been sent again, for whatever reason; returns how many times by now.
    pub(crate) fn again(&mut self, now: Instant, rtt: &Rtt, jitter: &mut Jitter) -> u32 {
        self.repeats = self.repeats.saturating_add(1);
        self.due = now + jitter.add(rtt.backed_off(self.repeats));
        self.repeats
    }

    /// The round trip, if the datagram was sent only once (Karn's rule).
    pub(crate) fn round_trip(&self, now: Instant) -> Option<Duration> {
        (self.repeats == 0).then(|| now.saturating_duration_since(self.first_sent))
    }
}

/// Up to a quarter more, so that clients cut off together do not come back together.
/// The generator is SplitMix64 (Steele et al., 2014): seeded, hence repeatable.
#[derive(Debug)]
pub(crate) struct Jitter(Option<u64>);

impl Jitter {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(Some(seed))
    }

    /// Time-outs as they are.
    pub(crate) const fn none() -> Self {
        Self(None)
    }

    fn add(&mut self, timeout: Duration) -> Duration {
        let Some(state) = &mut self.0 else { return timeout };
        *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = *state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let thousandth = u32::try_from((mixed >> 32) % 250).unwrap_or(0);
        timeout + timeout * thousandth / 1000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_adds_at_most_a_quarter() {
        let mut jitter = Jitter::new(7);
        let timeouts: Vec<_> = (0..1000).map(|_| jitter.add(Duration::from_millis(1000))).collect();
        assert!(timeouts.iter().all(|timeout| (1000..1250).contains(&timeout.as_millis())));
        assert!(timeouts.iter().max() > timeouts.iter().min());
    }
}
