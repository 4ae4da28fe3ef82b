//! The one writer: group commit. What an entry means is decided in `batch.rs`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use posto_market::{Book, Currency, Pending, Timestamp};

use crate::batch::Batch;
use crate::database::Database;
use crate::directory::LockedDirectory;
use crate::error::JournalError;
use crate::following::Following;
use crate::indexing::Indexing;
use crate::limits::{ACTS_REACH, FORGET_IDS_EVERY, INDEX_WHEN_IDLE, MAX_BATCH, MAX_BATCH_FOLLOWED, PRUNE_PAUSE};
use crate::meters::Meters;
use crate::options::{OnFailure, Options};
use crate::outcome::Outcome;
use crate::queue::{Job, Queue, Turn};
use crate::retention::Retention;
use crate::tail::{PriceChange, Tail};
use crate::times::Times;

/// Owns the file and the directory's lock; lives in a thread of its own.
pub(crate) struct Writer {
    database: Database,
    book: Arc<Book>,
    pending: Pending,
    /// The prices in `pending`.
    changes: Vec<PriceChange>,
    tail: Arc<Tail>,
    /// How far anybody may see in the file or in the book.
    visible: Arc<AtomicU64>,
    times: Times,
    /// The replicated log whose entries these are; `None`: nobody else orders them.
    following: Option<Following>,
    indexing: Indexing,
    max_unindexed: i64,
    default_currency: Currency,
    on_failure: Option<OnFailure>,
    retention: Option<Retention>,
    meters: Meters,
    #[cfg(test)]
    sabotage: crate::tests::Sabotage,
    /// Last, so that it is released after the database is closed.
    _directory: LockedDirectory,
}

impl Writer {
    /// A writer of the journal whose last entry was written at `last`.
    pub(crate) fn new(
        (directory, database): (LockedDirectory, Database),
        (book, tail, visible): (Arc<Book>, Arc<Tail>, Arc<AtomicU64>),
        (last, indexing, following): (Option<Timestamp>, Indexing, Option<Following>),
        (options, meters): (Options, Meters),
    ) -> Self {
        let (times, least_kept) = match &following {
            Some(following) => (Times::told(following.told(), last), ACTS_REACH),
            None => (Times::new(options.clock, last), Duration::ZERO),
        };
        Self {
            database,
            book,
            pending: Pending::new(),
            changes: Vec::new(),
            tail,
            visible,
            times,
            following,
            indexing,
            max_unindexed: options.max_unindexed,
            default_currency: options.default_currency,
            on_failure: options.on_failure,
            retention: options.keep_history.map(|keep| Retention::new(keep.max(least_kept))),
            meters,
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
            match queue.take(self.most(), self.patience()) {
                Turn::Work(mut jobs) => {
                    while !jobs.is_empty() {
                        jobs = self.commit(jobs, queue)?;
                    }
                }
                Turn::Idle => self.tidy_up(true)?,
                Turn::End => {
                    self.tidy_up(false)?;
                    return self.database.tidy();
                }
            }
            if self.indexing.behind() >= self.max_unindexed {
                self.tidy_up(false)?;
            }
            self.database.checkpoint_if_due()?;
        }
    }

    /// How many entries may be in one transaction.
    const fn most(&self) -> usize {
        if self.following.is_some() { MAX_BATCH_FOLLOWED } else { MAX_BATCH }
    }

    /// How long to wait for work before tidying up; `None`: there is nothing to tidy.
    fn patience(&self) -> Option<Duration> {
        if self.indexing.behind() >= INDEX_WHEN_IDLE {
            return Some(PRUNE_PAUSE);
        }
        self.retention.as_ref().map(Retention::patience)
    }

    /// Indexes what is not indexed yet and, where asked to `prune`, forgets a little of what is older
    /// than history is kept.
    fn tidy_up(&mut self, prune: bool) -> Result<(), JournalError> {
        let transaction = match self.database.begin() {
            Ok(transaction) => transaction,
            // There will be another time.
            Err(error) if error.is_retryable() => return Ok(()),
            Err(error) => return Err(error),
        };
        self.indexing.catch_up(&transaction).map_err(JournalError::while_doing("index its reports"))?;
        if let Some(retention) = self.retention.as_mut().filter(|_| prune) {
            let step = retention.step(&transaction, self.times.now());
            step.map_err(JournalError::while_doing("forget old prices"))?;
        }
        transaction.commit().map_err(JournalError::while_doing("make its tidying durable"))
    }

    /// The order that the promise rests on: synced to disk, in the book, told, acknowledged. What does
    /// not belong into the same batch is given back.
    fn commit(&mut self, mut jobs: Vec<Job>, queue: &Queue<Job>) -> Result<Vec<Job>, JournalError> {
        match self.write(&mut jobs, queue) {
            Ok(outcomes) => {
                let rest = jobs.split_off(outcomes.len());
                self.pending.apply_to(&self.book);
                self.tail.publish(&mut self.changes, &self.book);
                if let Some(following) = &self.following {
                    following.publish();
                }
                for (job, outcome) in jobs.into_iter().zip(outcomes) {
                    if let Some(done) = job.done {
                        done(Ok(outcome));
                    }
                }
                Ok(rest)
            }
            // Nothing of a replicated log may be skipped: the same again, until whoever has the file
            // lets go of it.
            Err(JournalError::Locked) if self.following.is_some() && !queue.is_closed() => Ok(jobs),
            Err(error) => {
                let error = match error {
                    // The log has it, and this journal will execute it when it is opened again.
                    JournalError::Locked if self.following.is_some() => JournalError::Unsure,
                    error => error,
                };
                self.pending.clear();
                self.changes.clear();
                if error.is_retryable() && self.following.is_none() {
                    refuse(jobs, &error);
                    return Ok(Vec::new());
                }
                let waiting = queue.fail(error.clone());
                refuse(jobs.into_iter().chain(waiting), &error);
                Err(error)
            }
        }
    }

    /// All jobs, and those that come while they are executed, in one transaction, synced when this
    /// returns `Ok`; on an error rolled back. Nobody is waited for. An operator's order is a batch of
    /// its own: the jobs behind the last outcome wait for the next.
    fn write(&mut self, jobs: &mut Vec<Job>, queue: &Queue<Job>) -> Result<Vec<Outcome>, JournalError> {
        let most = self.most();
        let transaction = self.database.begin()?;
        let forgetting = JournalError::while_doing("forget old ids");
        let mut batch = Batch {
            rows: &transaction,
            book: &self.book,
            pending: &mut self.pending,
            changes: &mut self.changes,
            times: &mut self.times,
            indexing: &mut self.indexing,
            default_currency: self.default_currency,
            position: None,
        };
        let mut outcomes = Vec::with_capacity(jobs.len());
        while let Some(job) = jobs.get(outcomes.len()) {
            let alone = job.entry.is_alone();
            if alone && !outcomes.is_empty() {
                break;
            }
            if let Some((following, slot)) = self.following.as_mut().zip(job.slot) {
                batch.take(&slot, following.take(&slot)?);
                if slot.position.is_multiple_of(FORGET_IDS_EVERY) {
                    batch.forget_ids().map_err(&forgetting)?;
                }
            }
            outcomes.push(if job.is_late() {
                Outcome::Expired
            } else {
                batch.execute(&job.entry).map_err(JournalError::while_doing("write a report"))?
            });
            if alone {
                break;
            }
            if outcomes.len() == jobs.len() {
                queue.take_more(jobs, most);
            }
        }
        match &self.following {
            // Where in the log ids are forgotten must not depend on what became a batch.
            Some(following) => following.write(&transaction).map_err(JournalError::while_doing("write its place"))?,
            None => batch.forget_ids().map_err(&forgetting)?,
        }
        #[cfg(test)]
        self.sabotage.before_commit(jobs, &outcomes);
        let newest = match &self.following {
            Some(following) => Some(following.executed()),
            None => self.changes.last().map(|last| last.position),
        };
        if let Some(newest) = newest {
            // Before anybody can see it.
            self.visible.fetch_max(newest, Ordering::SeqCst);
        }
        let began = Instant::now();
        transaction.commit().map_err(JournalError::while_doing("make a report durable"))?;
        self.meters.commit.observe(began.elapsed().as_secs_f64());
        self.meters.batch.observe(u32::try_from(outcomes.len()).map_or(f64::INFINITY, f64::from));
        self.meters.durable(self.indexing.newest());
        Ok(outcomes)
    }
}

fn refuse(jobs: impl IntoIterator<Item = Job>, error: &JournalError) {
    for done in jobs.into_iter().filter_map(|job| job.done) {
        done(Err(error.clone()));
    }
}
