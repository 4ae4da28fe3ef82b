//! One session of a pool, as several callers use it at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use posto_session::Spoken;
use posto_udp::Health;

use crate::client::Client;
use crate::error::ClientError;
use crate::limits::{LEAST_SILENCE, V1_FULL, V2_BUSY, V2_FULL};

/// A session that several callers may use at once.
#[derive(Debug)]
pub(super) struct Lent {
    pub(super) client: Client,
    pub(super) in_flight: AtomicUsize,
    /// Adds up what it sent again, once it is gone.
    _retired: Retired,
}

#[derive(Debug)]
struct Retired {
    health: Arc<Health>,
    into: Arc<AtomicU64>,
}

impl Drop for Retired {
    fn drop(&mut self) {
        self.into.fetch_add(self.health.retransmissions(), Ordering::Relaxed);
    }
}

impl Lent {
    /// A new session; what it sent again is added to `retransmitted` in the end.
    pub(super) fn new(client: Client, retransmitted: &Arc<AtomicU64>) -> Self {
        let retired = Retired { health: Arc::clone(client.health()), into: Arc::clone(retransmitted) };
        Self { client, in_flight: AtomicUsize::new(0), _retired: retired }
    }

    pub(super) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    pub(super) fn is_v2(&self) -> bool {
        self.client.spoken() != Spoken::V1
    }

    pub(super) fn is_busy(&self) -> bool {
        self.in_flight() >= if self.is_v2() { V2_BUSY } else { 1 }
    }

    pub(super) fn is_full(&self) -> bool {
        self.in_flight() >= if self.is_v2() { V2_FULL } else { V1_FULL }
    }

    /// Whether nothing more should be asked in it.
    pub(super) fn is_spent(&self) -> bool {
        self.client.is_closed() || self.client.health().is_going_away()
    }

    /// The same after this outcome. In v1 a silence is the end of it, too: the next request would wait
    /// behind one that may never end, and an original server frees its thread only at FIN.
    pub(super) fn is_spent_by<T>(&self, outcome: &Result<T, ClientError>) -> bool {
        let lost = matches!(outcome, Err(ClientError::SessionLost | ClientError::Unreadable(_)));
        let stuck = matches!(outcome, Err(ClientError::Deadline | ClientError::Silent { .. })) && !self.is_v2();
        self.is_spent() || lost || stuck
    }

    /// How long it may say nothing while it owes a word.
    pub(super) fn patience(&self) -> Duration {
        (self.client.health().retransmission_timeout() * 3).max(LEAST_SILENCE)
    }

    pub(super) fn is_silent(&self, now: Instant) -> bool {
        self.client.health().silence(now) >= self.patience()
    }
}

/// One of those counted, while it lives.
pub(super) struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    pub(super) fn in_flight(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
