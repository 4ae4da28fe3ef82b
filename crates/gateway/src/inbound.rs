//! Bodies on their way in: a request goes on once its body has arrived whole, so that who sends
//! slowly takes no place of those who wait for an answer.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;
use hyper::body::Body as _;
use tokio::time::Instant;

use crate::code::Code;
use crate::exchange::{Arrival, deadline_of};
use crate::limits::{MAX_BODIES, MAX_BODIES_PER_ADDRESS, MAX_BODY_BYTES};
use crate::problem::Problem;
use crate::source::Source;

/// The bodies that are arriving.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bodies(Arc<Mutex<Counted>>);

#[derive(Debug, Default)]
struct Counted {
    all: usize,
    per_source: HashMap<Option<Source>, usize>,
}

/// One of them.
struct Arriving {
    bodies: Bodies,
    source: Option<Source>,
}

/// Reads the whole body by the deadline.
///
/// # Errors
/// Too long (413), too slow (408), broken off (400).
pub(crate) async fn arrived(headers: &HeaderMap, body: Body, deadline: Instant) -> Result<Bytes, Problem> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > MAX_BODY_BYTES) {
        return Err(too_large());
    }
    match tokio::time::timeout_at(deadline, axum::body::to_bytes(body, MAX_BODY_BYTES)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if is_length_limit(&error) => Err(too_large()),
        Ok(Err(_)) => Err(Problem::new(Code::UnreadableRequest, "the body broke off")),
        Err(_) => Err(too_slow()),
    }
}

/// The body is longer than it may be.
pub(crate) fn too_large() -> Problem {
    Problem::new(Code::BodyTooLarge, &format!("a body has at most {MAX_BODY_BYTES} bytes"))
}

/// The body did not come in time.
pub(crate) fn too_slow() -> Problem {
    Problem::new(Code::SlowRequest, "the body did not arrive by the deadline")
}

fn is_length_limit(error: &axum::Error) -> bool {
    let source = std::error::Error::source(error);
    source.is_some_and(|source| source.to_string().contains("length limit"))
}

impl Bodies {
    /// Waits for the whole body; one that is too long, too slow or broken off goes no further.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) async fn whole(&self, request: Request) -> Result<Request, Problem> {
        if request.body().is_end_stream() { Ok(request) } else { self.read(request).await }
    }

    async fn read(&self, request: Request) -> Result<Request, Problem> {
        let source = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| Source::of(peer.0.ip()));
        let arrived_at = request.extensions().get::<Arrival>().map_or_else(Instant::now, |arrival| arrival.at);
        let (head, body) = request.into_parts();
        let deadline = arrived_at + deadline_of(&head.headers)?;
        let _arriving = self.begin(source)?;
        let body = arrived(&head.headers, body, deadline).await?;
        Ok(Request::from_parts(head, body.into()))
    }

    fn begin(&self, source: Option<Source>) -> Result<Arriving, Problem> {
        let mut counted = self.counted();
        let of_source = counted.per_source.get(&source).copied().unwrap_or(0);
        if counted.all >= MAX_BODIES || of_source >= MAX_BODIES_PER_ADDRESS {
            return Err(Problem::new(Code::Busy, "as many bodies are arriving as the gateway can keep"));
        }
        counted.all += 1;
        counted.per_source.insert(source, of_source + 1);
        Ok(Arriving { bodies: self.clone(), source })
    }

    fn counted(&self) -> MutexGuard<'_, Counted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        let mut counted = self.bodies.counted();
        counted.all -= 1;
        match counted.per_source.get_mut(&self.source) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(counted.per_source.remove(&self.source)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    #[test]
    fn one_address_cannot_take_every_body_and_what_ended_counts_no_more() {
        let bodies = Bodies::default();
        let source = |last: u8| Some(Source::of(IpAddr::from([192, 0, 2, last])));
        let arriving: Vec<_> = (0..MAX_BODIES_PER_ADDRESS).map(|_| bodies.begin(source(1)).ok().unwrap()).collect();
        assert!(bodies.begin(source(1)).is_err());
        assert!(bodies.begin(source(2)).is_ok());
        drop(arriving);
        assert!(bodies.begin(source(1)).is_ok());
        assert!(bodies.counted().per_source.is_empty());
        assert_eq!(bodies.counted().all, 0);
    }
}
