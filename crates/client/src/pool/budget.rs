//! How much may be asked again: a fifth of what is asked, and ten a second, so that retries do not
//! bury servers that are in trouble (after Finagle's retry budget).

use std::time::Instant;

use crate::limits::{RETRIES_AT_ONCE, RETRIES_PER_REQUEST, RETRIES_PER_SECOND};

/// Retries saved up.
#[derive(Debug)]
pub(crate) struct Budget {
    saved: f64,
    at: Instant,
}

impl Budget {
    pub(crate) const fn new(now: Instant) -> Self {
        Self { saved: RETRIES_AT_ONCE, at: now }
    }

    /// Something is asked for the first time.
    pub(crate) fn asked(&mut self, now: Instant) {
        self.pass(now);
        self.saved = (self.saved + RETRIES_PER_REQUEST).min(RETRIES_AT_ONCE);
    }

    /// Something is to be asked again; whether it may.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        self.pass(now);
        let may = self.saved >= 1.0;
        if may {
            self.saved -= 1.0;
        }
        may
    }

    fn pass(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.saved = (self.saved + passed * RETRIES_PER_SECOND).min(RETRIES_AT_ONCE);
        self.at = now;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_fifth_of_what_is_asked_may_be_asked_again_and_ten_a_second() {
        let start = Instant::now();
        let mut budget = Budget::new(start);
        let spent = std::iter::repeat_with(|| budget.take(start)).take_while(|may| *may).count();
        assert_eq!(spent, 100, "what is saved at first");
        (0..25).for_each(|_| budget.asked(start));
        let earned = std::iter::repeat_with(|| budget.take(start)).take_while(|may| *may).count();
        assert!((4..=5).contains(&earned), "{earned}");
        let later = start + Duration::from_millis(350);
        let waited = std::iter::repeat_with(|| budget.take(later)).take_while(|may| *may).count();
        assert!((3..=4).contains(&waited), "{waited}");
    }
}
