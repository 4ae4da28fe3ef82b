//! One request's way to the fuel-price server: its id, its deadline, and the pool.

use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use posto_client::{Call, ClientError, Pool, Seen};
use tokio::time::Instant;

use crate::fault::Refusal;
use crate::limits::{ANSWER_MARGIN, REQUEST_DEADLINE};
use crate::place;
use crate::problem::Problem;
use crate::rates::{Counted, Standing};
use crate::state::State;
use crate::visitor::Visitor;

const DEADLINE_HEADER: &str = "x-deadline-ms";

/// When a request came and what it is called; `envelope.rs` puts it into the request.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    pub(crate) at: Instant,
    pub(crate) request_id: Arc<str>,
    /// Who asks.
    pub(crate) visitor: Visitor,
    /// What the answer's headers will tell.
    pub(crate) told: Arc<Told>,
}

/// What is found out on the way and told in the answer's headers.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// What the servers said beside their answer.
    pub(crate) beside: posto_client::Told,
    /// Where the client stands with its limit.
    pub(crate) standing: OnceLock<Standing>,
}

impl Arrival {
    /// Notes where the client stands, and refuses what was too much.
    pub(crate) fn count(&self, (standing, outcome): Counted) -> Result<(), Problem> {
        if let Some(standing) = standing {
            // A request counts once.
            let _ = self.told.standing.set(standing);
        }
        outcome
    }
}

/// A request that may ask the server.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    pub(crate) state: State,
    arrival: Arrival,
    /// When the client wants its answer at the latest.
    pub(crate) deadline: Instant,
    /// What it has seen.
    seen: Seen,
}

/// What goes with a command to the pool.
#[derive(Debug)]
pub(crate) struct Errand {
    patience: Duration,
    request_id: Arc<str>,
    seen: Seen,
    told: Arc<Told>,
}

impl Errand {
    pub(crate) fn call(&self) -> Call<'_> {
        let call = Call::within(self.patience).named(&self.request_id);
        Call { seen: Some(&self.seen), told: Some(&self.told.beside), ..call }
    }
}

impl Exchange {
    /// Asks the server through the pool.
    ///
    /// # Errors
    /// What [`ClientError`] becomes, or 504 at the client's own deadline.
    pub(crate) async fn ask<T, A>(&self, ask: impl FnOnce(Arc<Pool>, Errand) -> A) -> Result<T, Problem>
    where
        A: Future<Output = Result<T, ClientError>> + Send,
    {
        Ok(self.ask_for(self.patience(), ask).await??)
    }

    /// Who asks.
    pub(crate) const fn visitor(&self) -> Visitor {
        self.arrival.visitor
    }

    /// What is left of the time that the gateway gives a request.
    fn patience(&self) -> Duration {
        let end = self.arrival.at + REQUEST_DEADLINE.saturating_sub(ANSWER_MARGIN);
        end.saturating_duration_since(Instant::now())
    }

    fn errand(&self, patience: Duration) -> Errand {
        let (request_id, told) = (Arc::clone(&self.arrival.request_id), Arc::clone(&self.arrival.told));
        Errand { patience, request_id, seen: self.seen.clone(), told }
    }

    /// Asks the server through the pool, whatever the client's own deadline: for work that goes on
    /// where its client has left.
    ///
    /// # Errors
    /// Why there is no answer.
    pub(crate) async fn ask_to_the_end<T, A>(&self, ask: impl FnOnce(Arc<Pool>, Errand) -> A) -> Result<T, ClientError>
    where
        A: Future<Output = Result<T, ClientError>> + Send,
    {
        ask(Arc::clone(&self.state.pool), self.errand(self.patience())).await
    }

    /// Asks the server for so long at most.
    ///
    /// A client's own deadline may be shorter. What is on its way then is answered all the same, and
    /// nobody waits for it: a session is shared by many, and loses nothing by it.
    ///
    /// # Errors
    /// 504 at the client's own deadline; the server's answer or its absence is the inner result.
    pub(crate) async fn ask_for<T, A>(
        &self,
        patience: Duration,
        ask: impl FnOnce(Arc<Pool>, Errand) -> A,
    ) -> Result<Result<T, ClientError>, Problem>
    where
        A: Future<Output = Result<T, ClientError>> + Send,
    {
        let asked = ask(Arc::clone(&self.state.pool), self.errand(patience));
        if Instant::now() + patience <= self.deadline {
            return Ok(asked.await); // the pool itself ends by then
        }
        match tokio::time::timeout_at(self.deadline, asked).await {
            Ok(outcome) => Ok(outcome),
            Err(_) => Err(Problem::from(ClientError::Deadline)),
        }
    }
}

impl FromRequestParts<State> for Exchange {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let arrival = parts.extensions.get::<Arrival>().cloned();
        let arrival = arrival.ok_or_else(|| Problem::internal("a request without its envelope"))?;
        // Those that write are counted by whose they are (`writer.rs`); probes are not.
        let is_probe = parts.uri.path() == "/readyz";
        let is_read = matches!(parts.method, Method::GET | Method::HEAD);
        if is_read && !is_probe {
            arrival.count(state.rates.read(arrival.visitor))?;
        }
        let deadline = arrival.at + deadline_of(&parts.headers)?;
        let seen = if is_read { place::seen(&parts.headers)? } else { Seen::default() };
        Ok(Self { state: state.clone(), deadline, arrival, seen })
    }
}

/// How long the client wants to wait for its answer.
///
/// # Errors
/// `X-Deadline-Ms` is none, or longer than [`REQUEST_DEADLINE`].
pub(crate) fn deadline_of(headers: &HeaderMap) -> Result<Duration, Problem> {
    let mut wanted = headers.get_all(DEADLINE_HEADER).iter().map(|value| value.to_str().unwrap_or("?"));
    match (wanted.next(), wanted.next()) {
        (None, _) => Ok(REQUEST_DEADLINE),
        (Some(wanted), None) => shortened(wanted),
        (Some(first), Some(_)) => Err(refused(first)),
    }
}

fn shortened(wanted: &str) -> Result<Duration, Problem> {
    let digits = wanted.bytes().all(|byte| byte.is_ascii_digit());
    let wanted_ms = wanted.parse::<u64>().ok().filter(|ms| digits && *ms > 0);
    let deadline = wanted_ms.map(Duration::from_millis).filter(|deadline| *deadline <= REQUEST_DEADLINE);
    deadline.ok_or_else(|| refused(wanted))
}

fn refused(wanted: &str) -> Problem {
    let allowed = format!("a whole number from 1 to {}, once", REQUEST_DEADLINE.as_millis());
    Problem::from(("X-Deadline-Ms", Some(wanted), Refusal::unreadable("not a deadline", allowed)))
}
