//! The one writer: group commit. What an entry means is decided in `batch.rs`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use posto_market::{Book, Currency, Pending, Timestamp};

use crate::batch::{Batch, Times};
use crate::database::Database;
use crate::directory::LockedDirectory;
use crate::error::JournalError;
use crate::limits::MAX_BATCH;
use crate::options::{OnFailure, Options};
use crate::outcome::Outcome;
use crate::queue::{Job, Queue, Turn};
use crate::retention::Retention;
use crate::seen;

/// Owns the file and the directory's lock; lives in a thread of its own.
pub(crate) struct Writer {
    database: Database,
    book: Arc<Book>,
    pending: Pending,
    times: Times,
    default_currency: Currency,
    on_failure: Option<OnFailure>,
    retention: Option<Retention>,
    #[cfg(test)]
    sabotage: crate::tests::Sabotage,
    /// Last, so that it is released after the database is closed.
    _directory: LockedDirectory,
}

impl Writer {
    /// A writer of the journal whose last entry was written at `last`.
    pub(crate) fn new(
        directory: LockedDirectory,
        database: Database,
        book: Arc<Book>,
        last: Option<Timestamp>,
        options: Options,
    ) -> Self {
        Self {
            database,
            book,
            pending: Pending::new(),
            times: Times::new(options.clock, last),
            default_currency: options.default_currency,
            on_failure: options.on_failure,
            retention: options.keep_history.map(Retention::new),
            #[cfg(test)]
            sabotage: options.sabotage,
            _directory: directory,
        }
    }

    /// Works until the queue is closed and empty, or until something fails: then everybody who
    /// waits is told, and nothing is ever acknowledged again.
    pub(crate) fn run(mut self, queue: &Queue<Job>) {
        let on_failure = self.on_failure.take();
        let ended = catch_unwind(AssertUnwindSafe(|| self.work(queue)));
        let Err(failure) = ended.unwrap_or(Err(JournalError::Panicked)) else { return };
        refuse(queue.fail(failure.clone()), &failure);
        if let Some(on_failure) = on_failure {
            on_failure(&failure);
        }
    }

    fn work(&mut self, queue: &Queue<Job>) -> Result<(), JournalError> {
        loop {
            let patience = self.retention.as_ref().map(Retention::patience);
            match queue.take(MAX_BATCH, patience) {
                Turn::Work(jobs) => self.commit(jobs, queue)?,
                Turn::Idle => self.prune()?,
                Turn::End => return self.database.tidy(),
            }
            self.database.checkpoint_if_due()?;
        }
    }

    /// Forgets a little of what is older than history is kept.
    fn prune(&mut self) -> Result<(), JournalError> {
        let Some(retention) = &mut self.retention else { return Ok(()) };
        let transaction = match self.database.begin() {
            Ok(transaction) => transaction,
            Err(error) if error.is_retryable() => return Ok(()),
            Err(error) => return Err(error),
        };
        let step = retention.step(&transaction, self.times.now());
        step.and_then(|()| transaction.commit()).map_err(JournalError::while_doing("forget old prices"))
    }

    /// The order that the promise rests on: synced to disk, in the book, acknowledged.
    fn commit(&mut self, mut jobs: Vec<Job>, queue: &Queue<Job>) -> Result<(), JournalError> {
        match self.write(&mut jobs) {
            Ok(outcomes) => {
                self.pending.apply_to(&self.book);
                for (job, outcome) in jobs.into_iter().zip(outcomes) {
                    (job.done)(Ok(outcome));
                }
                Ok(())
            }
            Err(error) => {
                self.pending.clear();
                if !error.is_retryable() {
                    queue.close();
                }
                refuse(jobs, &error);
                if error.is_retryable() { Ok(()) } else { Err(error) }
            }
        }
    }

    /// All jobs in one transaction, synced when this returns `Ok`; on an error rolled back.
    fn write(&mut self, jobs: &mut [Job]) -> Result<Vec<Outcome>, JournalError> {
        let transaction = self.database.begin()?;
        let mut batch = Batch {
            rows: &transaction,
            book: &self.book,
            pending: &mut self.pending,
            times: &mut self.times,
            default_currency: self.default_currency,
        };
        let outcomes: Result<Vec<_>, _> = jobs.iter().map(|job| batch.execute(&job.entry)).collect();
        let outcomes = outcomes.map_err(JournalError::while_doing("write a report"))?;
        seen::forget(&transaction, self.times.now()).map_err(JournalError::while_doing("forget old ids"))?;
        #[cfg(test)]
        self.sabotage.before_commit(jobs, &outcomes);
        transaction.commit().map_err(JournalError::while_doing("make a report durable"))?;
        Ok(outcomes)
    }
}

fn refuse(jobs: impl IntoIterator<Item = Job>, error: &JournalError) {
    for job in jobs {
        (job.done)(Err(error.clone()));
    }
}
