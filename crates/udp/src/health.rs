//! How a client session is doing, for those who choose between several.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What a session's driver knows of its path; read from anywhere, without waiting.
#[derive(Debug)]
pub struct Health {
    since: Instant,
    /// Microseconds from `since` to when the server was last heard.
    heard_us: AtomicU64,
    /// The smoothed round trip in microseconds; 0: not measured yet.
    round_trip_us: AtomicU64,
    timeout_us: AtomicU64,
    retransmissions: AtomicU64,
    /// Microseconds from `since` to when the server began to owe us a word; 0: it owes none.
    owing_us: AtomicU64,
    going_away: AtomicBool,
}

impl Health {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            since: now,
            heard_us: AtomicU64::new(0),
            round_trip_us: AtomicU64::new(0),
            timeout_us: AtomicU64::new(0),
            retransmissions: AtomicU64::new(0),
            owing_us: AtomicU64::new(0),
            going_away: AtomicBool::new(false),
        }
    }

    /// When something was last heard from the server's host; at first, when the session was made.
    #[must_use]
    pub fn last_heard(&self) -> Instant {
        self.since + Duration::from_micros(self.heard_us.load(Ordering::Relaxed))
    }

    /// The smoothed round trip, once it has been measured.
    #[must_use]
    pub fn round_trip(&self) -> Option<Duration> {
        let micros = self.round_trip_us.load(Ordering::Relaxed);
        (micros > 0).then(|| Duration::from_micros(micros))
    }

    /// The retransmission time-out that the round trips make, whatever was lost since.
    #[must_use]
    pub fn retransmission_timeout(&self) -> Duration {
        Duration::from_micros(self.timeout_us.load(Ordering::Relaxed))
    }

    /// Requests sent again so far.
    #[must_use]
    pub fn retransmissions(&self) -> u64 {
        self.retransmissions.load(Ordering::Relaxed)
    }

    /// How long the server has owed us a word and said none; zero where it owes none.
    #[must_use]
    pub fn silence(&self, now: Instant) -> Duration {
        match self.owing_us.load(Ordering::Relaxed) {
            0 => Duration::ZERO,
            owing => {
                let since = self.since + Duration::from_micros(owing);
                now.saturating_duration_since(since.max(self.last_heard()))
            }
        }
    }

    /// Whether the server has said that it is about to stop.
    #[must_use]
    pub fn is_going_away(&self) -> bool {
        self.going_away.load(Ordering::Relaxed)
    }

    pub(crate) fn heard(&self, now: Instant) {
        self.heard_us.store(micros(now.saturating_duration_since(self.since)), Ordering::Relaxed);
    }

    pub(crate) fn measured(&self, round_trip: Option<Duration>, timeout: Duration) {
        self.round_trip_us.store(round_trip.map_or(0, |it| micros(it).max(1)), Ordering::Relaxed);
        self.timeout_us.store(micros(timeout), Ordering::Relaxed);
    }

    /// Whether the server owes us a word now.
    pub(crate) fn owes(&self, now: impl FnOnce() -> Instant, owes: bool) {
        let owed = self.owing_us.load(Ordering::Relaxed) != 0;
        if owes != owed {
            let since = if owes { micros(now().saturating_duration_since(self.since)).max(1) } else { 0 };
            self.owing_us.store(since, Ordering::Relaxed);
        }
    }

    pub(crate) fn retransmitted(&self) {
        self.retransmissions.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn going_away(&self) {
        self.going_away.store(true, Ordering::Relaxed);
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
