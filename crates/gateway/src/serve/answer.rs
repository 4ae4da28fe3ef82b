//! An answer's body on its way out: handed over in pieces, and counted until the connection has it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes};
use hyper::body::{Body as HttpBody, Frame, SizeHint};

use super::guest::Guest;
use super::guests::{Guests, Place};
use crate::limits::{ANSWER_OVERHEAD_BYTES, ANSWER_PIECE_BYTES};

/// A request from its beginning until its answer is handed over.
#[derive(Debug)]
pub(super) struct Underway(Arc<Guest>);

impl Underway {
    pub(super) fn begin(place: &Place, is_http2: bool) -> Self {
        place.begin(is_http2);
        Self(Arc::clone(place.guest()))
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// The body of an answer.
#[derive(Debug)]
pub(super) struct Answer {
    body: Body,
    /// What a frame had more than is handed over at a time.
    rest: Bytes,
    /// The body has nothing to hand over now; else it waits for the connection.
    is_waiting: bool,
    bytes: usize,
    underway: Underway,
    guests: Arc<Guests>,
}

impl Answer {
    /// The body, and what making it takes in bytes beside what it says to have.
    pub(super) fn new(body: Body, making_bytes: usize, underway: Underway, guests: Arc<Guests>) -> Self {
        let length = HttpBody::size_hint(&body).exact().and_then(|length| usize::try_from(length).ok());
        let bytes = length.unwrap_or(0) + making_bytes + ANSWER_OVERHEAD_BYTES;
        guests.hold(&underway.0, bytes);
        Self { body, rest: Bytes::new(), is_waiting: false, bytes, underway, guests }
    }

    fn set_waiting(&mut self, is_waiting: bool) {
        if self.is_waiting != is_waiting {
            self.is_waiting = is_waiting;
            self.underway.0.set_held(!is_waiting);
        }
    }

    /// The first piece of what there is.
    fn piece(&mut self, mut data: Bytes) -> Frame<Bytes> {
        self.rest = data.split_off(data.len().min(ANSWER_PIECE_BYTES));
        self.underway.0.moved();
        Frame::data(data)
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if !self.rest.is_empty() {
            let rest = std::mem::take(&mut self.rest);
            return Poll::Ready(Some(Ok(self.piece(rest))));
        }
        let polled = Pin::new(&mut self.body).poll_frame(context);
        self.set_waiting(polled.is_pending());
        Poll::Ready(match ready!(polled) {
            Some(Ok(frame)) => match frame.into_data() {
                Ok(data) => Some(Ok(self.piece(data))),
                Err(trailers) => Some(Ok(trailers)),
            },
            ended => ended,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let mut hint = HttpBody::size_hint(&self.body);
        let rest = u64::try_from(self.rest.len()).unwrap_or(u64::MAX);
        if let Some(upper) = hint.upper() {
            hint.set_upper(upper.saturating_add(rest));
        }
        hint.set_lower(hint.lower().saturating_add(rest));
        hint
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.set_waiting(true);
        self.guests.release(&self.underway.0, self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;
    use std::net::Ipv4Addr;

    #[tokio::test]
    async fn a_long_answer_goes_in_pieces_and_is_counted_until_its_end() {
        let guests = Guests::new(1);
        let place = guests.enter(Source::of(Ipv4Addr::LOCALHOST.into())).unwrap();
        let text: Vec<u8> = (0_u8..=255).cycle().take(ANSWER_PIECE_BYTES * 2 + 5).collect();
        let answer = Answer::new(Body::from(text.clone()), 0, Underway::begin(&place, false), Arc::clone(&guests));
        assert_eq!(answer.size_hint().exact(), Some(u64::try_from(text.len()).unwrap()));
        assert_eq!(place.unsent(), text.len() + ANSWER_OVERHEAD_BYTES);
        assert!(place.waiting_since_ms().is_some(), "nobody has taken a byte");
        let mut answer = Body::new(answer);
        let mut pieces = Vec::new();
        while let Some(frame) = std::future::poll_fn(|context| Pin::new(&mut answer).poll_frame(context)).await {
            pieces.push(frame.unwrap().into_data().unwrap());
        }
        assert_eq!(pieces.iter().map(Bytes::len).collect::<Vec<_>>(), [ANSWER_PIECE_BYTES, ANSWER_PIECE_BYTES, 5]);
        assert_eq!(pieces.concat(), text);
        drop(answer);
        assert_eq!(place.unsent(), 0);
    }
}
