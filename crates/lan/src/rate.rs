//! So many a second, of each sender.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

use crate::limits::MAX_SENDERS;

/// A bucket for each sender: it holds one second's worth.
#[derive(Debug)]
pub struct Rate<K> {
    per_second: u32,
    /// When the bucket of a sender will be full again.
    full_at: HashMap<K, Instant>,
}

impl<K: Eq + Hash> Rate<K> {
    /// So many a second, and as many at once after a pause.
    #[must_use]
    pub fn of(per_second: u32) -> Self {
        Self { per_second: per_second.max(1), full_at: HashMap::new() }
    }

    /// Whether one more of this sender is within the rate; then it is counted.
    pub fn allows(&mut self, now: Instant, sender: K) -> bool {
        self.wait(now, sender).is_zero()
    }

    /// How long this sender has to wait for its next; where that is not at all, it is counted.
    pub fn wait(&mut self, now: Instant, sender: K) -> Duration {
        if self.full_at.len() >= MAX_SENDERS && !self.full_at.contains_key(&sender) {
            self.full_at.clear();
        }
        let each = Duration::from_secs(1) / self.per_second;
        let full_at = self.full_at.entry(sender).or_insert(now);
        let after = (*full_at).max(now) + each;
        let too_soon = after.saturating_duration_since(now + Duration::from_secs(1));
        if too_soon.is_zero() {
            *full_at = after;
        }
        too_soon
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_has_its_rate_whatever_others_do() {
        let (mut rate, start) = (Rate::of(5), Instant::now());
        let at = |millis| start + Duration::from_millis(millis);
        assert_eq!((0..20).filter(|_| rate.allows(at(0), "a")).count(), 5);
        assert!(rate.allows(at(0), "b"));
        assert_eq!(rate.wait(at(50), "a"), Duration::from_millis(150));
        assert_eq!((0..20).filter(|_| rate.allows(at(400), "a")).count(), 2);
        assert_eq!((0..20).filter(|_| rate.allows(at(9_000), "a")).count(), 5);
    }

    #[test]
    fn forged_senders_take_no_memory() {
        let (mut rate, now) = (Rate::of(5), Instant::now());
        for sender in 0..10 * MAX_SENDERS {
            rate.allows(now, sender);
        }
        assert!(rate.full_at.len() <= MAX_SENDERS);
    }
}
