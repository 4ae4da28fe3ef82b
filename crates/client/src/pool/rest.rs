//! Whether a server is better not asked for a moment: because it refused, or because others may know more.

use std::time::{Duration, Instant};

use super::Errand;

/// How good it is to ask a server now; the least is the best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fitness {
    /// Nothing is known against it.
    Fit,
    /// It answers, but does not know all that others may.
    Old,
    /// It refused the like a moment ago.
    Refusing,
}

/// Until when a server is what.
#[derive(Debug, Default)]
pub(super) struct Rests {
    /// Refusing what changes nothing, and what stores something.
    refusing: [Option<Instant>; 2],
    old: Option<Instant>,
}

impl Rests {
    /// It refused something like this, and will for so long.
    pub(super) fn refuses(&mut self, now: Instant, errand: Errand, pause: Duration) {
        if let Some(until) = self.refusing.get_mut(errand.kind()) {
            later(until, now + pause);
        }
    }

    /// It lacks what others may have, and will for so long.
    pub(super) fn is_old(&mut self, now: Instant, pause: Duration) {
        later(&mut self.old, now + pause);
    }

    /// How good it is to ask it this.
    pub(super) fn fitness(&self, now: Instant, errand: Errand) -> Fitness {
        let is_still = |until: Option<Instant>| until.is_some_and(|until| now < until);
        if is_still(self.refusing.get(errand.kind()).copied().flatten()) {
            Fitness::Refusing
        } else if matches!(errand, Errand::Read) && is_still(self.old) {
            Fitness::Old
        } else {
            Fitness::Fit
        }
    }
}

fn later(until: &mut Option<Instant>, then: Instant) {
    *until = Some(until.map_or(then, |until| until.max(then)));
}
