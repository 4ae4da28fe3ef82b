//! The end of the journal into which a replicated log puts its entries, in their order.

use std::sync::Arc;

use posto_market::{Book, Timestamp};
use tokio::sync::watch;

use crate::error::{JournalError, SubmitError};
use crate::ordered::Ordered;
use crate::queue::{Job, Queue, Slot};

/// Has entries of the log executed. It does not keep the journal open.
#[derive(Debug)]
pub struct Follower {
    queue: Arc<Queue<Job>>,
    applied: watch::Receiver<u64>,
    book: Arc<Book>,
    told: Timestamp,
}

impl Follower {
    pub(crate) fn new(
        queue: Arc<Queue<Job>>,
        (applied, told): (watch::Receiver<u64>, Timestamp),
        book: Arc<Book>,
    ) -> Self {
        Self { queue, applied, book, told }
    }

    /// The latest time that the log had told when the journal was opened: nothing executed by then has a
    /// later one.
    #[must_use]
    pub const fn told(&self) -> Timestamp {
        self.told
    }

    /// The last entry that is durable and in the book; 0: none. Just after opening: the next one to
    /// apply is the one after it.
    #[must_use]
    pub fn position(&self) -> u64 {
        *self.applied.borrow()
    }

    /// The book that the entries change.
    #[must_use]
    pub fn book(&self) -> &Arc<Book> {
        &self.book
    }

    /// Word of each entry that is durable and in the book. It ends when the journal does.
    #[must_use]
    pub fn applied(&self) -> watch::Receiver<u64> {
        self.applied.clone()
    }

    /// Queues the next entry; waits while the queue is full. Its `done` is told what came of it once it
    /// is durable and in the book. One that is not the next one stops the journal
    /// ([`JournalError::Gap`]): nothing may be skipped, and nothing executed twice.
    ///
    /// # Errors
    /// [`SubmitError::Stopped`]: the journal was closed, or has stopped ([`crate::Journal::failure`]).
    /// The entry is not executed here; `done` is told [`JournalError::Unsure`], or why the journal
    /// stopped.
    pub async fn apply(&self, ordered: Ordered) -> Result<(), SubmitError> {
        let Ordered { position, at, default_currency, entry, done } = ordered;
        let slot = Some(Slot { position, at, default_currency });
        let Err(job) = self.queue.put_when_there_is_room(Job { entry, deadline: None, slot, done }).await else {
            return Ok(());
        };
        if let Some(done) = job.done {
            done(Err(self.queue.failure().unwrap_or(JournalError::Unsure)));
        }
        Err(SubmitError::Stopped)
    }
}
