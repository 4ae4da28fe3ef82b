//! Requests already received in a session: a repeat is answered again, never executed again
//! (PROTOCOL §4).

use std::collections::VecDeque;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::limits::REMEMBERED_REQUESTS;

/// The SHA-256 of a request's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of a datagram.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

/// What is known of a request that arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Not seen before (or with other content): to be executed.
    New,
    /// Still being worked on: nothing to say yet.
    Running,
    /// Executed: this was the answer.
    Done(Arc<[u8]>),
    /// Older than what is remembered: executed, and its answer forgotten; or too late to be told
    /// from that. Nothing to say any more.
    Forgotten,
    /// Not seen before, but everything remembered is still running: dropped.
    Full,
}

/// The last requests of one session. A request is its sequence number and its bytes: the original
/// client uses a number again for its next command after one that failed.
#[derive(Debug, Default)]
pub(crate) struct Received {
    requests: VecDeque<Request>,
    /// The request with the highest number among those whose answers were forgotten. Whatever
    /// comes later with a lower number is a delayed or replayed copy: peers count upwards, and
    /// only the number of the last command is used again.
    forgotten: Option<(u64, Digest)>,
}

#[derive(Debug)]
struct Request {
    sequence: u64,
    digest: Digest,
    /// `None` while it runs.
    answer: Option<Arc<[u8]>>,
}

impl Received {
    /// Looks a request up, and remembers it as running where it is new.
    pub(crate) fn receive(&mut self, sequence: u64, digest: Digest) -> Verdict {
        if let Some(known) = self.find(sequence, digest) {
            return known.answer.as_ref().map_or(Verdict::Running, |answer| Verdict::Done(Arc::clone(answer)));
        }
        if self.forgotten.is_some_and(|last| sequence < last.0 || (sequence, digest) == last) {
            return Verdict::Forgotten;
        }
        if self.requests.len() >= REMEMBERED_REQUESTS {
            // A running one must stay, or its repeat would run beside it.
            let Some(oldest) = self.requests.iter().position(|request| request.answer.is_some()) else {
                return Verdict::Full;
            };
            if let Some(Request { sequence, digest, .. }) = self.requests.remove(oldest)
                && self.forgotten.is_none_or(|last| last.0 <= sequence)
            {
                self.forgotten = Some((sequence, digest));
            }
        }
        self.requests.push_back(Request { sequence, digest, answer: None });
        debug_assert!(self.requests.len() <= REMEMBERED_REQUESTS);
        Verdict::New
    }

    /// Remembers the answer of a request that ran; repeats get it from now on.
    pub(crate) fn answered(&mut self, sequence: u64, digest: Digest, answer: Arc<[u8]>) {
        if let Some(known) = self.find(sequence, digest) {
            known.answer = Some(answer);
        }
    }

    /// Forgets a request that was not executed after all: a repeat is new again.
    pub(crate) fn forget(&mut self, sequence: u64, digest: Digest) {
        self.requests.retain(|request| (request.sequence, request.digest) != (sequence, digest));
    }

    fn find(&mut self, sequence: u64, digest: Digest) -> Option<&mut Request> {
        self.requests.iter_mut().find(|request| (request.sequence, request.digest) == (sequence, digest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeat_is_answered_and_other_content_is_new() {
        let mut received = Received::default();
        let (first, other) = (Digest::of(b"first"), Digest::of(b"other"));
        assert_eq!(received.receive(1, first), Verdict::New);
        assert_eq!(received.receive(1, first), Verdict::Running);
        received.answered(1, first, Arc::from(&b"stored"[..]));
        assert_eq!(received.receive(1, first), Verdict::Done(Arc::from(&b"stored"[..])));
        assert_eq!(received.receive(1, other), Verdict::New);
        assert_eq!(received.receive(2, first), Verdict::New);
    }

    #[test]
    fn the_oldest_answered_request_goes_first_and_a_running_one_never() {
        let mut received = Received::default();
        let digest = Digest::of(b"");
        for sequence in 0..32 {
            assert_eq!(received.receive(sequence, digest), Verdict::New);
        }
        assert_eq!(received.receive(32, digest), Verdict::Full);
        received.answered(5, digest, Arc::from(&b"x"[..]));
        assert_eq!(received.receive(32, digest), Verdict::New);
        assert_eq!(received.receive(0, digest), Verdict::Running);
    }
}
