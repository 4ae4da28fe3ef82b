//! One call through a pool: what goes with it, and what is found out beside its answer.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use posto_wire::answer::Remarks;
use posto_wire::command::Seen;

/// One call through a pool.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// How long it may take in all.
    pub patience: Duration,
    /// The request id that goes with it into the server's log.
    pub request_id: Option<&'a str>,
    /// What its asker has seen: whoever answers a read has it, too, and tells its own position.
    pub seen: Option<&'a Seen>,
    /// Where it is noted what is found out beside the answer.
    pub told: Option<&'a Told>,
}

impl<'a> Call<'a> {
    /// A call without a name.
    #[must_use]
    pub const fn within(patience: Duration) -> Self {
        Self { patience, request_id: None, seen: None, told: None }
    }

    /// The same call under this name.
    #[must_use]
    pub const fn named(self, request_id: &'a str) -> Self {
        Self { request_id: Some(request_id), ..self }
    }
}

/// What is found out beside an answer.
#[derive(Debug, Default)]
pub struct Told {
    fell_back: AtomicBool,
    /// Seconds of silence; 0: none was told.
    silent_s: AtomicU64,
    place: Mutex<Option<(String, u64)>>,
}

impl Told {
    /// Whether a server answered that is none of the pool's own book: it may know other prices.
    #[must_use]
    pub fn fell_back(&self) -> bool {
        self.fell_back.load(Ordering::Relaxed)
    }

    /// For how many seconds the server that answered had heard nothing of the log that it follows, where
    /// it said so: its answer may be as much out of date.
    #[must_use]
    pub fn silent_s(&self) -> Option<u64> {
        Some(self.silent_s.load(Ordering::Relaxed)).filter(|seconds| *seconds > 0)
    }

    /// Everything that the answer is made of was recorded up to this position of this book; where the
    /// server told it.
    #[must_use]
    pub fn seen(&self) -> Option<Seen> {
        let place = self.place.lock().unwrap_or_else(PoisonError::into_inner).clone();
        place.map(|(book, position)| Seen { position, book: Some(book) })
    }

    pub(super) fn note(&self, remarks: Remarks, fell_back: bool) {
        self.fell_back.fetch_or(fell_back, Ordering::Relaxed);
        self.silent_s.store(remarks.silent_s.unwrap_or(0), Ordering::Relaxed);
        if let Some(place) = remarks.book.zip(remarks.position) {
            *self.place.lock().unwrap_or_else(PoisonError::into_inner) = Some(place);
        }
    }
}
