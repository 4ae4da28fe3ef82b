//! The time of what is executed: by this server's clock, or as a replicated log tells it; never earlier
//! than what is written already.

use posto_market::Timestamp;

use crate::options::Clock;

/// The journal's time.
pub(crate) struct Times {
    source: Source,
    last: Option<Timestamp>,
}

enum Source {
    Clock(Clock),
    /// It is this time until another one is told.
    Told(Timestamp),
}

impl Times {
    /// By a clock; the last row was written then.
    pub(crate) fn new(clock: Clock, last: Option<Timestamp>) -> Self {
        Self { source: Source::Clock(clock), last }
    }

    /// As it is told, for now this one; the last row was written then.
    pub(crate) fn told(now: Timestamp, last: Option<Timestamp>) -> Self {
        Self { source: Source::Told(now), last }
    }

    /// From here on it is this time, which is not before what was told before.
    pub(crate) fn tell(&mut self, now: Timestamp) {
        self.source = Source::Told(now);
    }

    fn source(&self) -> Timestamp {
        match &self.source {
            Source::Clock(clock) => clock(),
            Source::Told(now) => *now,
        }
    }

    /// Now, not before the last row.
    pub(crate) fn now(&self) -> Timestamp {
        let now = self.source();
        self.last.map_or(now, |last| last.max(now))
    }

    /// Now, for a row that is written now.
    pub(crate) fn take_now(&mut self) -> Timestamp {
        *self.last.insert(self.now())
    }

    /// When the last row was written.
    pub(crate) const fn last(&self) -> Option<Timestamp> {
        self.last
    }

    /// The last row is this one again: what came after it was rolled back.
    pub(crate) const fn set_last(&mut self, last: Option<Timestamp>) {
        self.last = last;
    }

    /// The time of the next report: now, later than the last row's (PROTOCOL §4).
    pub(crate) fn take_next(&mut self) -> Timestamp {
        let next = self.last.map_or(i64::MIN, |last| last.millis().saturating_add(1));
        *self.last.insert(self.source().max(Timestamp::from_millis(next)))
    }
}
