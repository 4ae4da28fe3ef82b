//! How a server of a pool is doing, for those who watch.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::{BreakerState, Server};

/// How a server of a pool is doing.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerStatistics {
    /// Its name, as it was given.
    pub server: String,
    /// Sessions open.
    pub sessions: usize,
    /// Requests under way.
    pub in_flight: usize,
    /// The shortest smoothed round trip of its sessions.
    pub round_trip: Option<Duration>,
    /// Requests sent again so far.
    pub retransmissions: u64,
    /// Sessions opened so far.
    pub opened: u64,
    /// Answers so far, errors among them.
    pub answers: u64,
    /// Requests so far that it did not answer in time.
    pub timeouts: u64,
    /// Whether it is being left alone.
    pub breaker: BreakerState,
    /// Whether it owes answers and says nothing.
    pub silent: bool,
}

impl Server {
    pub(in crate::pool) fn statistics(&self) -> ServerStatistics {
        let now = Instant::now();
        let silent = self.is_silent(now);
        let sessions = self.sessions.read().unwrap_or_else(PoisonError::into_inner);
        let retransmissions = self.retransmitted.load(Ordering::Relaxed)
            + sessions.iter().map(|lent| lent.client.health().retransmissions()).sum::<u64>();
        // Those of a session that is no more in the list and still lent are missing for a moment.
        let told = self.counts.told.fetch_max(retransmissions, Ordering::Relaxed);
        ServerStatistics {
            server: self.name.clone(),
            sessions: sessions.len(),
            in_flight: self.in_flight.load(Ordering::Relaxed),
            round_trip: sessions.iter().filter_map(|lent| lent.client.health().round_trip()).min(),
            retransmissions: retransmissions.max(told),
            opened: self.counts.opened.load(Ordering::Relaxed),
            answers: self.counts.answers.load(Ordering::Relaxed),
            timeouts: self.counts.timeouts.load(Ordering::Relaxed),
            breaker: self.state().breaker.state(),
            silent,
        }
    }
}
