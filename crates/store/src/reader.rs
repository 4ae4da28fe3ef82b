//! The one reader of past prices: a thread with a connection of its own. In SQLite's write-ahead
//! mode readers and the writer do not wait for each other.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use rusqlite::Connection;

use crate::error::HistoryError;
use crate::history::{self, HistoryQuery, PastPrice};
use crate::queue::{Queue, Turn};
use crate::readonly;

/// What a question about past prices is answered with.
pub type Answer = Result<Vec<PastPrice>, HistoryError>;

/// A question waiting for the reader, and whom to tell.
pub(crate) struct Question {
    pub(crate) query: HistoryQuery,
    pub(crate) done: Box<dyn FnOnce(Answer) + Send>,
}

/// Opens the file at the first question, and again after a failure.
#[derive(Debug)]
pub(crate) struct Reader {
    path: PathBuf,
    vfs: Option<String>,
    connection: Option<Connection>,
}

impl Reader {
    pub(crate) fn new(path: PathBuf, vfs: Option<String>) -> Self {
        Self { path, vfs, connection: None }
    }

    /// Answers until the queue is closed and empty.
    pub(crate) fn run(mut self, questions: &Queue<Question>) {
        // One at a time: the last answer's callback may be what closes the queue.
        while let Turn::Work(asked) = questions.take(1, None) {
            for Question { query, done } in asked {
                let answer = self.answer(&query);
                // A defect of one asker is not to silence the others.
                let _ = catch_unwind(AssertUnwindSafe(|| done(answer)));
            }
        }
    }

    fn answer(&mut self, query: &HistoryQuery) -> Answer {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => readonly::connect(&self.path, self.vfs.as_deref())?,
        };
        let found = history::query(&connection, query)?;
        self.connection = Some(connection);
        Ok(found)
    }
}

impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Question").field("query", &self.query).finish_non_exhaustive()
    }
}
