//! Changes of prices told to everybody who listens (`GET /events`): one watch on the fuel-price server
//! (command `W`), kept while somebody listens, fanned out to all.
//!
//! What it hears goes into a ring (`events/ring.rs`), from which each listener reads at its own pace
//! (`events/listener.rs`): a slow one falls out of the ring and is told so, and holds up nobody. Who
//! hears what is in `events/wish.rs`, how many may listen in `events/seats.rs`.

mod listener;
mod ring;
mod seats;
mod wish;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use posto_client::{ClientError, Pool};
use posto_wire::answer::Changes;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::limits::{EVENTS_KEPT, EVENTS_PATIENCE, WATCH_IDLE};
use crate::problem::Problem;
pub(crate) use listener::Listener;
pub(crate) use ring::Why;
use ring::{Next, Place, Ring};
pub(crate) use seats::Seat;
use seats::Seats;
pub(crate) use wish::Wish;

/// Where listeners hear of changes; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Hub(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    pool: Arc<Pool>,
    state: Mutex<State>,
    /// Told whenever `state` has changed.
    changed: watch::Sender<()>,
    stopped: watch::Sender<bool>,
    seats: Seats,
}

#[derive(Debug, Default)]
struct State {
    /// Somebody keeps the watch.
    is_watching: bool,
    /// What was heard; `None` until the watch has begun.
    ring: Option<Ring>,
    /// Why it could not begin.
    failure: Option<ClientError>,
}

impl Hub {
    pub(crate) fn new(pool: Arc<Pool>) -> Self {
        Self(Arc::new(Inner {
            pool,
            state: Mutex::default(),
            changed: watch::Sender::default(),
            stopped: watch::Sender::default(),
            seats: Seats::default(),
        }))
    }

    /// A seat for one more listener.
    ///
    /// # Errors
    /// All are taken, or all that one address may have.
    pub(crate) fn seat(&self, peer: Option<std::net::IpAddr>) -> Result<Seat, Problem> {
        self.0.seats.take(peer)
    }

    /// Begins the watch, if nobody has, and waits until it has begun.
    ///
    /// # Errors
    /// Why it cannot.
    pub(crate) async fn begun(&self) -> Result<(), ClientError> {
        let mut changed = self.0.changed.subscribe();
        {
            let mut state = self.state();
            if !state.is_watching {
                *state = State { is_watching: true, ..State::default() };
                tokio::spawn(self.clone().keep_watch());
            }
        }
        let begun = async {
            loop {
                if let Some(outcome) = self.outcome() {
                    return outcome;
                }
                // The sender lives as long as the hub.
                let _ = changed.changed().await;
            }
        };
        timeout(EVENTS_PATIENCE, begun)
            .await
            .unwrap_or_else(|_| Err(ClientError::Silent { server: String::new(), with_key: false }))
    }

    /// Every stream of events ends now, and none begins any more.
    pub(crate) fn stop(&self) {
        self.0.stopped.send_replace(true);
    }

    /// Where the journal is now; `None` where nobody watches.
    fn newest(&self) -> Option<Place> {
        self.state().ring.as_ref().map(Ring::newest)
    }

    /// What comes after a place, at most `most` changes.
    fn after(&self, place: &Place, most: usize) -> Next {
        self.state().ring.as_ref().map_or(Next::Nothing, |ring| ring.after(place, most))
    }

    fn outcome(&self) -> Option<Result<(), ClientError>> {
        let state = self.state();
        match (&state.ring, &state.failure) {
            (Some(_), _) => Some(Ok(())),
            (None, Some(failure)) => Some(Err(failure.clone())),
            (None, None) => None,
        }
    }

    /// Keeps the watch until nobody has listened for a while, or the gateway stops.
    async fn keep_watch(self) {
        let mut watch = self.0.pool.watch().going_back(EVENTS_KEPT);
        let mut stopped = self.0.stopped.subscribe();
        let mut stopped = std::pin::pin!(async move { drop(stopped.wait_for(|stopped| *stopped).await) });
        loop {
            let mut deserted = std::pin::pin!(self.0.seats.empty_for(WATCH_IDLE));
            loop {
                tokio::select! {
                    heard = watch.next() => self.take(heard),
                    () = &mut deserted => break,
                    () = &mut stopped => return,
                }
            }
            let mut state = self.state();
            // Whoever has sat down since then relies on this watch.
            if self.0.seats.is_empty() {
                *state = State::default();
                return;
            }
        }
    }

    fn take(&self, heard: Result<Changes, ClientError>) {
        let mut state = self.state();
        match (heard, &mut state.ring) {
            (Ok(changes), Some(ring)) => ring.take(changes),
            (Ok(changes), ring) => *ring = Some(Ring::new(&changes)),
            (Err(error), Some(_)) => tracing::info!(%error, "the changes of prices cannot be watched now"),
            (Err(error), None) => state.failure = Some(error),
        }
        drop(state);
        self.0.changed.send_replace(());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
