//! One server of a pool: its sessions, opened when they are needed (`server/opening.rs`), and how it is
//! doing (`server/figures.rs`).

mod figures;
mod opening;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use posto_session::ServerKind;
use posto_wire::answer::Remarks;

use super::address::{Resolver, is_address};
use super::breaker::{Breaker, BreakerState, Gate};
use super::choice::Book;
use super::dice::Dice;
use super::latency::PeakLatency;
use super::lent::{Counted, Lent};
use super::rest::{Fitness, Rests};
use super::{Answered, Call, Errand, PoolOptions};
use crate::client::Client;
use crate::error::ClientError;
use crate::limits::{
    LEAST_LOOK, MAX_POOL_SESSIONS, POOL_CONNECT_TIMEOUT, PROBE_EVERY, PROBE_PATIENCE, RECONNECT_PAUSE,
};
pub use figures::ServerStatistics;

/// One server.
#[derive(Debug)]
pub(super) struct Server {
    /// `host:port`, looked up each time a session is opened; of a name with several addresses one of these.
    pub(super) name: String,
    /// Which of the names it was found by, and at which of several addresses.
    found: (usize, Option<SocketAddr>),
    options: Opening,
    sessions: RwLock<Vec<Arc<Lent>>>,
    /// Held by whoever opens a session.
    opening: tokio::sync::Mutex<()>,
    state: Mutex<State>,
    in_flight: AtomicUsize,
    /// Requests that its former sessions sent again.
    retransmitted: Arc<AtomicU64>,
    counts: Counts,
    dice: Dice,
}

/// What happened so far.
#[derive(Debug, Default)]
struct Counts {
    opened: AtomicU64,
    answers: AtomicU64,
    timeouts: AtomicU64,
    /// Most retransmissions that were ever told.
    told: AtomicU64,
}

/// What sessions are opened with.
#[derive(Debug, Clone)]
struct Opening {
    most: usize,
    protocol: posto_session::Protocol,
    psk: Option<posto_session::Psk>,
    /// Whether `T` is asked first, for the book.
    asks_book: bool,
    resolver: Resolver,
}

#[derive(Debug)]
struct State {
    breaker: Breaker,
    latency: PeakLatency,
    /// When and why no session could be opened.
    failed: Option<(Instant, ClientError)>,
    probed: Option<Instant>,
    book: Book,
    /// It belongs to a group: the others of its book store what it is told.
    is_member: bool,
    /// Until when it is better not asked.
    rests: Rests,
}

impl Server {
    /// The one of the name at this place of the options, at this address where it has several.
    pub(super) fn new(name: &str, found: (usize, Option<SocketAddr>), options: &PoolOptions) -> Self {
        let now = Instant::now();
        let state = State {
            breaker: Breaker::new(now),
            latency: PeakLatency::new(now),
            failed: None,
            probed: None,
            book: Book::Unasked,
            is_member: false,
            rests: Rests::default(),
        };
        Self {
            name: found.1.map_or_else(|| name.to_owned(), |address| address.to_string()),
            found,
            options: Opening {
                most: options.sessions.clamp(1, MAX_POOL_SESSIONS),
                protocol: options.protocol,
                psk: options.psk.clone(),
                asks_book: options.servers.len() > 1 || found.1.is_some(),
                resolver: options.resolver.clone(),
            },
            sessions: RwLock::default(),
            opening: tokio::sync::Mutex::default(),
            state: Mutex::new(state),
            in_flight: AtomicUsize::new(0),
            retransmitted: Arc::default(),
            counts: Counts::default(),
            dice: Dice::default(),
        }
    }

    /// Whether it is the one of this name and address.
    pub(super) fn is_at(&self, place: usize, address: Option<SocketAddr>) -> bool {
        self.found == (place, address)
    }

    /// Its address, if it is one of several of the name at this place.
    pub(super) fn address_of(&self, place: usize) -> Option<SocketAddr> {
        self.found.1.filter(|_| self.found.0 == place)
    }

    /// Whether its address may change.
    pub(super) fn has_a_name(&self) -> bool {
        self.found.1.is_some() || !is_address(&self.name)
    }

    /// What the next caller must fear, beside other servers.
    pub(super) fn cost(&self) -> f64 {
        self.state().latency.cost(Instant::now(), self.in_flight.load(Ordering::Relaxed))
    }

    /// The random id of its journal, once it was asked.
    pub(super) fn book(&self) -> Book {
        self.state().book.clone()
    }

    /// Whether it says that it belongs to a group.
    pub(super) fn is_member(&self) -> bool {
        self.state().is_member
    }

    /// It refused something like this, and is better not asked it again for so long.
    pub(super) fn refuses(&self, now: Instant, errand: Errand, pause: Duration) {
        self.state().rests.refuses(now, errand, pause);
    }

    /// It lacks what others may have, and will for so long.
    pub(super) fn is_old(&self, now: Instant, pause: Duration) {
        self.state().rests.is_old(now, pause);
    }

    /// How good it is to ask it this now.
    pub(super) fn fitness(&self, now: Instant, errand: Errand) -> Fitness {
        self.state().rests.fitness(now, errand)
    }

    #[cfg(test)]
    pub(super) fn told(&self, book: Book, is_member: bool) {
        let mut state = self.state();
        (state.book, state.is_member) = (book, is_member);
    }

    #[cfg(test)]
    pub(super) fn timed_out(&self, now: Instant) {
        self.state().breaker.timed_out(now);
    }

    /// Whether it is left alone now, and for how long; a probe that is due is the caller's to make.
    pub(super) fn gate(self: &Arc<Self>, now: Instant) -> Gate {
        if self.is_silent(now) {
            self.probe(now);
            return Gate::Shut(PROBE_EVERY);
        }
        let refused = self.refusal(now).map(|(failed, _)| failed + RECONNECT_PAUSE);
        match refused.filter(|_| self.has_none()) {
            Some(until) => Gate::Shut(until.saturating_duration_since(now)),
            None => self.state().breaker.gate(now),
        }
    }

    /// Whether nothing speaks against it, as far as is known.
    pub(super) fn seems_well(&self, now: Instant) -> bool {
        !self.is_silent(now) && self.refusal(now).is_none() && self.state().breaker.state() == BreakerState::Closed
    }

    /// Asks in one of its sessions.
    ///
    /// # Errors
    /// What `ask` fails with; at once where the server is silent, or no session can be opened.
    pub(super) async fn ask<T>(
        self: &Arc<Self>,
        call: Call<'_>,
        deadline: Instant,
        ask: &(impl for<'a> Fn(&'a Client) -> Answered<'a, T> + Sync),
    ) -> (Result<T, ClientError>, Option<(ServerKind, Remarks)>) {
        let asked = Instant::now();
        if self.is_silent(asked) {
            self.probe(asked);
            return (Err(self.silent()), None);
        }
        let lent = match self.session(deadline).await {
            Ok(lent) => lent,
            Err(error) => {
                self.note(asked, &Err::<(), _>(error.clone()));
                return (Err(error), None);
            }
        };
        let _counted = (Counted::in_flight(&self.in_flight), Counted::in_flight(&lent.in_flight));
        let left = deadline.saturating_duration_since(Instant::now());
        let client = lent.client.lent(left, call.request_id, call.seen);
        // A handshake says nothing of how long the next answer takes.
        let asked = Instant::now();
        let outcome = self.unless_silent(&lent, ask(&client)).await;
        self.note(asked, &outcome);
        let dead = matches!(outcome, Err(ClientError::Silent { .. })) && self.has_others();
        if dead || lent.is_spent_by(&outcome) {
            self.forget(&lent);
        }
        (outcome, Some((client.kind(), client.remarks())))
    }

    /// Waits for an answer as long as the server says anything at all.
    async fn unless_silent<T>(&self, lent: &Lent, mut answer: Answered<'_, T>) -> Result<T, ClientError> {
        loop {
            let silence = lent.client.health().silence(Instant::now());
            let left = lent.patience().saturating_sub(silence).max(LEAST_LOOK);
            match tokio::time::timeout(left, &mut answer).await {
                Ok(outcome) => return outcome,
                Err(_) if lent.is_silent(Instant::now()) => return Err(self.silent()),
                Err(_) => {}
            }
        }
    }

    fn note<T>(&self, asked: Instant, outcome: &Result<T, ClientError>) {
        let now = Instant::now();
        let mut state = self.state();
        match outcome {
            Err(ClientError::Silent { .. } | ClientError::WrongKey { .. } | ClientError::NoSession(_)) => {
                // How slow it is when it speaks is another matter: once it does it is used again.
                state.breaker.timed_out(now);
                self.counts.timeouts.fetch_add(1, Ordering::Relaxed);
                return;
            }
            Err(ClientError::Deadline) => {
                state.breaker.timed_out(now);
                self.counts.timeouts.fetch_add(1, Ordering::Relaxed);
            }
            Err(
                ClientError::Local(_) | ClientError::TooLarge { .. } | ClientError::NotSupported | ClientError::Busy,
            ) => {
                return; // says nothing of the server
            }
            _ => {
                state.breaker.answered(now);
                self.counts.answers.fetch_add(1, Ordering::Relaxed);
            }
        }
        state.latency.sample(now, now.saturating_duration_since(asked));
    }

    /// Whether it is asked with a pre-shared key.
    pub(super) const fn has_key(&self) -> bool {
        self.options.psk.is_some()
    }

    fn silent(&self) -> ClientError {
        ClientError::Silent { server: self.name.clone(), with_key: self.has_key() }
    }

    /// Whether it owes answers in its sessions and says nothing in any of them.
    pub(super) fn is_silent(&self, now: Instant) -> bool {
        let sessions = self.sessions.read().unwrap_or_else(PoisonError::into_inner);
        let mut owing = sessions.iter().filter(|lent| !lent.client.health().silence(now).is_zero()).peekable();
        owing.peek().is_some() && owing.all(|lent| lent.is_silent(now))
    }

    /// Asks a silent server whether it is back, now and then.
    fn probe(self: &Arc<Self>, now: Instant) {
        {
            let mut state = self.state();
            if state.probed.is_some_and(|probed| now < probed + PROBE_EVERY) {
                return;
            }
            state.probed = Some(now);
        }
        let lent = self.sessions.read().unwrap_or_else(PoisonError::into_inner).first().cloned();
        if let Some(lent) = lent {
            let server = Arc::clone(self);
            tokio::spawn(async move {
                // Its answer is seen by the session's own health.
                let probed = lent.client.lent(PROBE_PATIENCE, None, None).time().await;
                if matches!(probed, Err(ClientError::Deadline | ClientError::SessionLost)) {
                    server.replace(&lent).await;
                }
            });
        }
    }

    /// Takes a new session for one whose path is dead, if the server answers on another one.
    async fn replace(&self, lent: &Arc<Lent>) {
        let Ok(_opening) = self.opening.try_lock() else { return };
        if self.open(Instant::now() + POOL_CONNECT_TIMEOUT).await.is_ok() {
            self.forget(lent);
        }
    }

    /// A session: the less busy one of two, or a new one where all are busy.
    async fn session(&self, deadline: Instant) -> Result<Arc<Lent>, ClientError> {
        if let Some(lent) = self.pick() {
            if !lent.is_busy() || !self.has_room() {
                return if lent.is_full() { Err(ClientError::Busy) } else { Ok(lent) };
            }
            // All are busy. One caller opens another; the rest need not wait for it.
            let Ok(_opening) = self.opening.try_lock() else { return Ok(lent) };
            return Ok(self.open(deadline).await.unwrap_or(lent));
        }
        let waited = tokio::time::timeout(deadline.saturating_duration_since(Instant::now()), self.opening.lock());
        let Ok(_opening) = waited.await else { return Err(self.silent()) };
        match self.pick() {
            Some(lent) => Ok(lent),
            None => self.open(deadline).await,
        }
    }

    /// The less busy of two sessions taken at random (`dice.rs`).
    fn pick(&self) -> Option<Arc<Lent>> {
        let sessions = self.sessions.read().unwrap_or_else(PoisonError::into_inner);
        let usable: &[Arc<Lent>] = &sessions;
        if usable.iter().any(|lent| lent.is_spent()) {
            drop(sessions);
            self.sessions.write().unwrap_or_else(PoisonError::into_inner).retain(|lent| !lent.is_spent());
            return self.pick();
        }
        match usable {
            [] => None,
            [only] => Some(Arc::clone(only)),
            many => {
                let (first, second) = self.dice.two_of(many)?;
                let less = if second.in_flight() < first.in_flight() { second } else { first };
                Some(Arc::clone(less))
            }
        }
    }

    fn has_none(&self) -> bool {
        self.sessions.read().unwrap_or_else(PoisonError::into_inner).iter().all(|lent| lent.is_spent())
    }

    fn has_others(&self) -> bool {
        self.sessions.read().unwrap_or_else(PoisonError::into_inner).len() > 1
    }

    /// When and why no session could be opened a moment ago.
    fn refusal(&self, now: Instant) -> Option<(Instant, ClientError)> {
        self.state().failed.clone().filter(|(failed, _)| now < *failed + RECONNECT_PAUSE)
    }

    fn has_room(&self) -> bool {
        self.sessions.read().unwrap_or_else(PoisonError::into_inner).len() < self.options.most
    }

    fn forget(&self, lent: &Arc<Lent>) {
        self.sessions.write().unwrap_or_else(PoisonError::into_inner).retain(|known| !Arc::ptr_eq(known, lent));
    }

    /// Ends every session with FIN.
    pub(super) async fn close(&self) {
        let sessions = std::mem::take(&mut *self.sessions.write().unwrap_or_else(PoisonError::into_inner));
        for lent in sessions {
            if let Ok(lent) = Arc::try_unwrap(lent) {
                lent.client.close().await;
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
