//! One request's way to the fuel-price server: its id, its deadline, and the pool.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use posto_client::{Call, ClientError, Pool};
use tokio::time::Instant;

use crate::fault::Refusal;
use crate::limits::{ANSWER_MARGIN, REQUEST_DEADLINE};
use crate::problem::Problem;
use crate::state::State;

const DEADLINE_HEADER: &str = "x-deadline-ms";

/// When a request came and what it is called; `envelope.rs` puts it into the request.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    pub(crate) at: Instant,
    pub(crate) request_id: Arc<str>,
    /// Set where a server answered that is none of the gateway's own.
    pub(crate) fell_back: Arc<AtomicBool>,
}

/// A request that may ask the server.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) state: State,
    arrival: Arrival,
    /// When the client wants its answer at the latest.
    pub(crate) deadline: Instant,
}

/// What goes with a command to the pool.
#[derive(Debug)]
pub(crate) struct Errand {
    patience: Duration,
    request_id: Arc<str>,
    /// Set where a fallback server answered.
    fell_back: Arc<AtomicBool>,
}

impl Errand {
    pub(crate) fn call(&self) -> Call<'_> {
        Call { fell_back: Some(&self.fell_back), ..Call::within(self.patience).named(&self.request_id) }
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
        let end = self.arrival.at + REQUEST_DEADLINE.saturating_sub(ANSWER_MARGIN);
        let patience = end.saturating_duration_since(Instant::now());
        Ok(self.ask_for(patience, ask).await??)
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
        let errand = Errand {
            patience,
            request_id: Arc::clone(&self.arrival.request_id),
            fell_back: Arc::clone(&self.arrival.fell_back),
        };
        let asked = ask(Arc::clone(&self.state.pool), errand);
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
        let deadline = arrival.at + deadline_of(&parts.headers)?;
        Ok(Self { state: state.clone(), deadline, arrival })
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
