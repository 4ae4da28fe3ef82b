//! The bounded queue between those who submit and the writer.

use std::collections::VecDeque;
use std::fmt;

use parking_lot::{Condvar, Mutex};

use crate::entry::Entry;
use crate::error::{JournalError, SubmitError};
use crate::limits::MAX_QUEUED;
use crate::outcome::Outcome;

/// Whom to tell what came of an entry.
pub(crate) type Done = Box<dyn FnOnce(Result<Outcome, JournalError>) + Send>;

/// An entry waiting for the writer.
pub(crate) struct Job {
    pub(crate) entry: Entry,
    pub(crate) done: Done,
}

/// First in, first out.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    jobs: VecDeque<Job>,
    closed: bool,
    failure: Option<JournalError>,
}

impl Queue {
    pub(crate) fn put(&self, job: Job) -> Result<(), SubmitError> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(SubmitError::Stopped);
        }
        if state.jobs.len() >= MAX_QUEUED {
            return Err(SubmitError::Busy);
        }
        state.jobs.push_back(job);
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    /// The next jobs, at most `most`: waits for the first, never for more. `None` when the queue is
    /// closed and empty.
    pub(crate) fn take(&self, most: usize) -> Option<Vec<Job>> {
        let mut state = self.state.lock();
        self.changed.wait_while(&mut state, |state| state.jobs.is_empty() && !state.closed);
        let taken = state.jobs.len().min(most);
        (taken > 0).then(|| state.jobs.drain(..taken).collect())
    }

    /// Takes no more jobs.
    pub(crate) fn close(&self) {
        self.state.lock().closed = true;
        self.changed.notify_all();
    }

    /// Closes the queue because of a failure and hands out what was waiting in it.
    pub(crate) fn fail(&self, failure: JournalError) -> VecDeque<Job> {
        let mut state = self.state.lock();
        state.closed = true;
        state.failure = Some(failure);
        std::mem::take(&mut state.jobs)
    }

    pub(crate) fn failure(&self) -> Option<JournalError> {
        self.state.lock().failure.clone()
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("entry", &self.entry).finish_non_exhaustive()
    }
}
