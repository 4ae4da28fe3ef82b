//! What a server's workers have counted, for those who watch: read at any moment, without waiting for
//! a worker.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use posto_session::{Counters, Server};

/// What the workers of a server have counted; from [`crate::Sockets::meters`].
#[derive(Debug)]
pub struct Meters {
    workers: Vec<Mutex<Load>>,
    kernel_dropped: AtomicU64,
}

/// How a server is doing, all its workers together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Load {
    /// Counts since it started.
    pub counters: Counters,
    /// Sessions open now.
    pub sessions: usize,
    /// Requests being executed now.
    pub requests_in_flight: usize,
    /// Datagrams that the kernel dropped since it started, for want of room in the receive buffer.
    /// Looked up every few seconds.
    pub kernel_dropped: u64,
}

impl Meters {
    pub(crate) fn new(workers: usize) -> Self {
        Self { workers: (0..workers).map(|_| Mutex::default()).collect(), kernel_dropped: AtomicU64::new(0) }
    }

    /// How the server is doing now.
    #[must_use]
    pub fn load(&self) -> Load {
        let kernel_dropped = self.kernel_dropped.load(Ordering::Relaxed);
        self.workers.iter().fold(Load { kernel_dropped, ..Load::default() }, |mut all, worker| {
            let worker = worker.lock().unwrap_or_else(PoisonError::into_inner);
            all.counters.add(&worker.counters);
            all.sessions += worker.sessions;
            all.requests_in_flight += worker.requests_in_flight;
            all
        })
    }

    /// A worker's turn is over. Some 300 bytes copied, once for all datagrams of the turn.
    pub(crate) fn publish(&self, worker: usize, server: &Server) {
        let Some(load) = self.workers.get(worker) else { return };
        let mut load = load.lock().unwrap_or_else(PoisonError::into_inner);
        load.counters.clone_from(server.counters());
        (load.sessions, load.requests_in_flight) = (server.sessions(), server.requests_in_flight());
    }

    pub(crate) fn kernel_dropped(&self, datagrams: u64) {
        self.kernel_dropped.fetch_add(datagrams, Ordering::Relaxed);
    }
}
