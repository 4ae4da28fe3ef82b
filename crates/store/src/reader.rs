//! The one reader of what is past: a thread with a connection of its own. In SQLite's write-ahead
//! mode readers and the writer do not wait for each other.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use rusqlite::Connection;

use crate::error::HistoryError;
use crate::history::PastPrice;
use crate::queue::{Queue, Turn};
use crate::readonly;

/// What a question about past prices is answered with.
pub type Answer = Result<Vec<PastPrice>, HistoryError>;

/// Reads the answer and tells it; whether the file could be read.
type Ask = Box<dyn FnOnce(Result<&Connection, HistoryError>) -> bool + Send>;

/// A question waiting for the reader.
pub(crate) struct Question(Ask);

impl Question {
    /// The answer is what `read` finds; it is told to `done`.
    pub(crate) fn new<T>(
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
        done: impl FnOnce(Result<T, HistoryError>) + Send + 'static,
    ) -> Self {
        Self(Box::new(move |connection| {
            let answer = connection.and_then(|connection| Ok(read(connection)?));
            let readable = answer.is_ok();
            done(answer);
            readable
        }))
    }
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
            for Question(ask) in asked {
                // A defect of one asker is not to silence the others.
                let _ = catch_unwind(AssertUnwindSafe(|| self.answer(ask)));
            }
        }
    }

    fn answer(&mut self, ask: Ask) {
        let connection = match self.connection.take() {
            Some(connection) => Ok(connection),
            None => readonly::connect(&self.path, self.vfs.as_deref()),
        };
        match connection {
            Ok(connection) => {
                if ask(Ok(&connection)) {
                    self.connection = Some(connection);
                }
            }
            Err(cause) => drop(ask(Err(cause.into()))),
        }
    }
}

impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Question").finish_non_exhaustive()
    }
}
