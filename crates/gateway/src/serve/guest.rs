//! One connection as the limits see it: what it does, since when, and how it is told to go.
//!
//! The counters are written on the way of every request, so they are plain atomics; `guests.rs` looks
//! at them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed};

use tokio::sync::Notify;

use crate::limits::{FIRST_REQUEST_TIMEOUT, IDLE_TIMEOUT, WRITE_TIMEOUT};
use crate::source::Source;

/// Milliseconds since the gateway started, as of the last sweep: exact enough for time-outs of
/// seconds, and free to read.
#[derive(Debug, Default)]
pub(super) struct Clock(AtomicU64);

impl Clock {
    pub(super) fn now_ms(&self) -> u64 {
        self.0.load(Relaxed)
    }

    pub(super) fn set(&self, now_ms: u64) {
        self.0.store(now_ms, Relaxed);
    }
}

/// What a connection is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// Serve.
    Serving,
    /// Serve, and tell the peer to come no more.
    Leaving,
    /// Finish the requests under way, take no other.
    Closing,
    /// End at once.
    Cut,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Guest {
    pub(super) source: Source,
    clock: Arc<Clock>,
    /// A [`Stage`].
    stage: AtomicU8,
    told: Notify,
    has_asked: AtomicBool,
    speaks_http2: AtomicBool,
    /// Requests whose answer is not handed to the connection whole.
    underway: AtomicU32,
    /// Answers that are there and wait for the peer to take the bytes before them.
    held: AtomicU32,
    /// The socket takes no more bytes.
    blocked: AtomicBool,
    /// Bytes of answers not handed to the connection.
    unsent: AtomicUsize,
    /// When a request last began or ended, or bytes went out.
    moved_ms: AtomicU64,
}

impl Guest {
    pub(super) fn new(source: Source, clock: Arc<Clock>) -> Self {
        let moved_ms = AtomicU64::new(clock.now_ms());
        Self {
            source,
            clock,
            stage: AtomicU8::new(0),
            told: Notify::new(),
            has_asked: AtomicBool::new(false),
            speaks_http2: AtomicBool::new(false),
            underway: AtomicU32::new(0),
            held: AtomicU32::new(0),
            blocked: AtomicBool::new(false),
            unsent: AtomicUsize::new(0),
            moved_ms,
        }
    }

    /// Ready when the stage has changed.
    pub(super) async fn told(&self) -> Stage {
        self.told.notified().await;
        self.stage()
    }

    pub(super) fn stage(&self) -> Stage {
        match self.stage.load(Relaxed) {
            0 => Stage::Serving,
            1 => Stage::Leaving,
            2 => Stage::Closing,
            _ => Stage::Cut,
        }
    }

    /// Tells the connection; a stage is never left for an earlier one.
    pub(super) fn tell(&self, stage: Stage) {
        let number = match stage {
            Stage::Serving => 0,
            Stage::Leaving => 1,
            Stage::Closing => 2,
            Stage::Cut => 3,
        };
        self.stage.fetch_max(number, Relaxed);
        self.told.notify_one();
    }

    /// Since when the connection waits for its peer, in ms of the clock: idle, or with bytes that the
    /// peer does not take. `None`: it works.
    pub(super) fn waiting_since_ms(&self) -> Option<u64> {
        let waits = self.is_stalled() || self.underway.load(Relaxed) == 0;
        waits.then(|| self.moved_ms.load(Relaxed))
    }

    /// Whether it has waited for longer than it may.
    pub(super) fn is_overdue(&self) -> bool {
        let allowed = match (self.is_stalled(), self.has_asked.load(Relaxed)) {
            (true, _) => WRITE_TIMEOUT,
            (false, true) => IDLE_TIMEOUT,
            (false, false) => FIRST_REQUEST_TIMEOUT,
        };
        let waited_ms = self.waiting_since_ms().map(|since| self.clock.now_ms().saturating_sub(since));
        waited_ms.is_some_and(|waited| u128::from(waited) > allowed.as_millis())
    }

    pub(super) fn is_blocked(&self) -> bool {
        self.blocked.load(Relaxed)
    }

    pub(super) fn unsent(&self) -> usize {
        self.unsent.load(Relaxed)
    }

    pub(super) fn speaks_http2(&self) -> bool {
        self.speaks_http2.load(Relaxed)
    }

    pub(super) fn begin(&self, is_http2: bool) {
        self.underway.fetch_add(1, Relaxed);
        self.has_asked.store(true, Relaxed);
        self.speaks_http2.store(is_http2, Relaxed);
        self.moved();
    }

    pub(super) fn end(&self) {
        self.underway.fetch_sub(1, Relaxed);
        self.moved();
    }

    pub(super) fn hold(&self, bytes: usize) {
        self.unsent.fetch_add(bytes, Relaxed);
        self.held.fetch_add(1, Relaxed);
    }

    pub(super) fn release(&self, bytes: usize) {
        self.unsent.fetch_sub(bytes, Relaxed);
    }

    /// Whether an answer waits for the peer, or for more of itself.
    pub(super) fn set_held(&self, is_held: bool) {
        if is_held {
            self.held.fetch_add(1, Relaxed)
        } else {
            self.held.fetch_sub(1, Relaxed)
        };
    }

    pub(super) fn set_blocked(&self, is_blocked: bool) {
        self.blocked.store(is_blocked, Relaxed);
    }

    /// Something happened.
    pub(super) fn moved(&self) {
        self.moved_ms.store(self.clock.now_ms(), Relaxed);
    }

    fn is_stalled(&self) -> bool {
        self.is_blocked() || self.held.load(Relaxed) > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    fn guest() -> (Guest, Arc<Clock>) {
        let clock = Arc::new(Clock::default());
        (Guest::new(Source::of(Ipv4Addr::LOCALHOST.into()), Arc::clone(&clock)), clock)
    }

    #[test]
    fn a_silent_connection_has_5_s_a_used_one_60_s_and_a_working_one_all_the_time() {
        let (guest, clock) = guest();
        clock.set(5_000);
        assert!(!guest.is_overdue());
        clock.set(5_001);
        assert!(guest.is_overdue());
        guest.begin(false);
        clock.set(1_000_000);
        assert!(!guest.is_overdue() && guest.waiting_since_ms().is_none());
        guest.end();
        clock.set(1_060_000);
        assert!(!guest.is_overdue());
        clock.set(1_060_001);
        assert!(guest.is_overdue());
    }

    #[test]
    fn an_answer_that_nobody_takes_is_overdue_and_one_that_waits_for_its_own_is_not() {
        let (guest, clock) = guest();
        guest.begin(true);
        guest.hold(100);
        clock.set(10_001);
        assert!(guest.is_overdue());
        guest.set_held(false);
        assert!(!guest.is_overdue(), "an event stream without events");
        guest.set_blocked(true);
        assert!(guest.is_overdue());
        guest.moved();
        assert!(!guest.is_overdue());
    }

    #[test]
    fn a_stage_is_never_left_for_an_earlier_one() {
        let (guest, _) = guest();
        guest.tell(Stage::Closing);
        guest.tell(Stage::Leaving);
        assert_eq!(guest.stage(), Stage::Closing);
    }
}
