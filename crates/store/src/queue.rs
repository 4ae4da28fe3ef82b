//! The bounded queue between those who submit or ask and the thread that works for them.

use std::collections::VecDeque;
use std::fmt;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::entry::Entry;
use crate::error::{JournalError, SubmitError};
use crate::outcome::Outcome;

/// Whom to tell what came of an entry.
pub(crate) type Done = Box<dyn FnOnce(Result<Outcome, JournalError>) + Send>;

/// An entry waiting for the writer.
pub(crate) struct Job {
    pub(crate) entry: Entry,
    /// After this nobody waits for it any more: it is not executed.
    pub(crate) deadline: Option<Instant>,
    pub(crate) done: Done,
}

impl Job {
    /// Whether its deadline has passed.
    pub(crate) fn is_late(&self) -> bool {
        self.deadline.is_some_and(|deadline| deadline <= Instant::now())
    }
}

/// First in, first out.
#[derive(Debug)]
pub(crate) struct Queue<J> {
    state: Mutex<State<J>>,
    changed: Condvar,
    capacity: usize,
}

#[derive(Debug)]
struct State<J> {
    jobs: VecDeque<J>,
    closed: bool,
    failure: Option<JournalError>,
}

/// What a worker is to do next.
#[derive(Debug)]
pub(crate) enum Turn<J> {
    /// These jobs, at least one.
    Work(Vec<J>),
    /// Nothing came within the time it was ready to wait.
    Idle,
    /// Nothing will come any more.
    End,
}

impl<J> Queue<J> {
    pub(crate) fn new(capacity: usize) -> Self {
        let state = State { jobs: VecDeque::new(), closed: false, failure: None };
        Self { state: Mutex::new(state), changed: Condvar::new(), capacity }
    }

    pub(crate) fn put(&self, job: J) -> Result<(), SubmitError> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(SubmitError::Stopped);
        }
        if state.jobs.len() >= self.capacity {
            return Err(SubmitError::Busy);
        }
        state.jobs.push_back(job);
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    /// The next jobs, at most `most`: waits for the first, never for more, and no longer than
    /// `patience` (`None`: for ever). The end comes when the queue is closed and empty.
    pub(crate) fn take(&self, most: usize, patience: Option<Duration>) -> Turn<J> {
        let mut state = self.state.lock();
        let nothing = |state: &mut State<J>| state.jobs.is_empty() && !state.closed;
        match patience {
            None => self.changed.wait_while(&mut state, nothing),
            Some(patience) => drop(self.changed.wait_while_for(&mut state, nothing, patience)),
        }
        let taken = state.jobs.len().min(most);
        match (taken, state.closed) {
            (0, true) => Turn::End,
            (0, false) => Turn::Idle,
            _ => Turn::Work(state.jobs.drain(..taken).collect()),
        }
    }

    /// Adds to jobs already taken what is waiting now, up to `most` in all.
    pub(crate) fn take_more(&self, jobs: &mut Vec<J>, most: usize) {
        let mut state = self.state.lock();
        let taken = state.jobs.len().min(most.saturating_sub(jobs.len()));
        jobs.extend(state.jobs.drain(..taken));
    }

    /// How many jobs are waiting.
    pub(crate) fn len(&self) -> usize {
        self.state.lock().jobs.len()
    }

    /// Takes no more jobs.
    pub(crate) fn close(&self) {
        self.state.lock().closed = true;
        self.changed.notify_all();
    }

    /// Closes the queue because of a failure and hands out what was waiting in it.
    pub(crate) fn fail(&self, failure: JournalError) -> VecDeque<J> {
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
