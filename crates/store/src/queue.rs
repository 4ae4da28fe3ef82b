//! The bounded queue between those who submit or ask and the thread that works for them.

use std::collections::VecDeque;
use std::fmt;
use std::pin::pin;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use posto_market::{Currency, Timestamp};
use tokio::sync::Notify;

use crate::entry::Entry;
use crate::error::{JournalError, SubmitError};
use crate::ordered::Done;

/// An entry waiting for the writer.
pub(crate) struct Job {
    pub(crate) entry: Entry,
    /// After this nobody waits for it any more: it is not executed.
    pub(crate) deadline: Option<Instant>,
    /// Where a replicated log has it; `None`: the journal follows none.
    pub(crate) slot: Option<Slot>,
    /// `None`: nobody waits for it.
    pub(crate) done: Option<Done>,
}

/// The place of an entry in a replicated log, and what the log says of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slot {
    pub(crate) position: u64,
    pub(crate) at: Timestamp,
    pub(crate) default_currency: Currency,
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
    /// Told each time jobs are taken.
    room: Notify,
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
        Self { state: Mutex::new(state), changed: Condvar::new(), room: Notify::new(), capacity }
    }

    pub(crate) fn put(&self, job: J) -> Result<(), SubmitError> {
        self.try_put(job).map_err(|(error, _)| error)
    }

    /// Waits while the queue is full. The job back: it was closed.
    pub(crate) async fn put_when_there_is_room(&self, mut job: J) -> Result<(), J> {
        loop {
            let mut room = pin!(self.room.notified());
            // From here on no telling is missed.
            room.as_mut().enable();
            job = match self.try_put(job) {
                Ok(()) => return Ok(()),
                Err((SubmitError::Stopped, job)) => return Err(job),
                Err((_, job)) => job,
            };
            room.await;
        }
    }

    fn try_put(&self, job: J) -> Result<(), (SubmitError, J)> {
        let mut state = self.state.lock();
        if state.closed {
            return Err((SubmitError::Stopped, job));
        }
        if state.jobs.len() >= self.capacity {
            return Err((SubmitError::Busy, job));
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
            _ => {
                let jobs = state.jobs.drain(..taken).collect();
                drop(state);
                self.room.notify_one();
                Turn::Work(jobs)
            }
        }
    }

    /// Adds to jobs already taken what is waiting now, up to `most` in all.
    pub(crate) fn take_more(&self, jobs: &mut Vec<J>, most: usize) {
        let mut state = self.state.lock();
        let taken = state.jobs.len().min(most.saturating_sub(jobs.len()));
        jobs.extend(state.jobs.drain(..taken));
        drop(state);
        self.room.notify_one();
    }

    /// How many jobs are waiting.
    pub(crate) fn len(&self) -> usize {
        self.state.lock().jobs.len()
    }

    /// Takes no more jobs.
    pub(crate) fn close(&self) {
        self.state.lock().closed = true;
        self.changed.notify_all();
        self.room.notify_waiters();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.state.lock().closed
    }

    /// Closes the queue because of a failure and hands out what was waiting in it.
    pub(crate) fn fail(&self, failure: JournalError) -> VecDeque<J> {
        let mut state = self.state.lock();
        state.closed = true;
        state.failure = Some(failure);
        self.room.notify_waiters();
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
