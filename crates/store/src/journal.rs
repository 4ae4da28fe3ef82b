//! The journal's handle: opening, submitting, closing. The work is done in `writer.rs`.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle, ThreadId};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use posto_market::Book;

use crate::database::Database;
use crate::directory::LockedDirectory;
use crate::entry::Entry;
use crate::error::{JournalError, OpenError, SubmitError};
use crate::load;
use crate::options::Options;
use crate::outcome::Outcome;
use crate::queue::{Job, Queue};
use crate::writer::Writer;

/// An open journal; clones are handles of the same one. It is closed when [`Journal::close`] is
/// called or the last handle is dropped, which waits for what is queued.
#[derive(Debug, Clone)]
pub struct Journal {
    inner: Arc<Inner>,
}

/// A journal just opened, and what opening it found.
#[derive(Debug)]
pub struct Opened {
    /// The journal.
    pub journal: Journal,
    /// What was found.
    pub opening: Opening,
}

/// What opening a journal found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The database file.
    pub path: PathBuf,
    /// It was made just now, and holds the seed.
    pub created: bool,
    /// Stations in the book.
    pub stations: usize,
    /// Current prices in the book.
    pub prices: usize,
    /// Reports in the history.
    pub reports: u64,
    /// How long it took until the book was loaded.
    pub took: Duration,
}

impl Journal {
    /// Opens the journal of a directory, made where it does not exist, and loads the book.
    ///
    /// # Errors
    /// [`OpenError`]: the directory or the file cannot be used, or another server uses them.
    pub fn open(options: Options) -> Result<Opened, OpenError> {
        let started = Instant::now();
        let directory = LockedDirectory::open(&options.directory)?;
        let path = directory.database();
        let (database, created) = Database::open(&path, &options)?;
        let loaded = load::load(database.connection()).map_err(|cause| OpenError::of(&path, cause))?;
        let counts = loaded.book.counts();
        let opening = Opening {
            path,
            created,
            stations: counts.stations,
            prices: counts.prices,
            reports: loaded.reports,
            took: started.elapsed(),
        };
        let (book, queue) = (Arc::new(loaded.book), Arc::new(Queue::default()));
        let writer = Writer::new(directory, database, Arc::clone(&book), loaded.last, options);
        let thread = spawn(writer, Arc::clone(&queue)).map_err(OpenError::Thread)?;
        let (writer, thread) = (thread.thread().id(), Mutex::new(Some(thread)));
        let inner = Arc::new(Inner { queue, book, book_id: loaded.book_id, writer, thread });
        Ok(Opened { journal: Self { inner }, opening })
    }

    /// Queues an entry and returns at once. `done` is called exactly once, from the writer's
    /// thread, in the order of submission: with the outcome once the entry is synced to disk and in
    /// the book, or with the error that kept it from being so. It must be quick and not panic.
    ///
    /// # Errors
    /// [`SubmitError`]: the entry was not queued; `done` is not called.
    pub fn submit(
        &self,
        entry: Entry,
        done: impl FnOnce(Result<Outcome, JournalError>) + Send + 'static,
    ) -> Result<(), SubmitError> {
        self.inner.queue.put(Job { entry, done: Box::new(done) })
    }

    /// The book: everything durable and nothing else.
    #[must_use]
    pub fn book(&self) -> &Arc<Book> {
        &self.inner.book
    }

    /// This journal's random id, 32 hexadecimal digits, the same after every restart. Only servers
    /// of the same book may take a write that another one did not answer (PROTOCOL §5).
    #[must_use]
    pub fn book_id(&self) -> &str {
        &self.inner.book_id
    }

    /// Why the journal stopped by itself; `None` while it has not.
    #[must_use]
    pub fn failure(&self) -> Option<JournalError> {
        self.inner.queue.failure()
    }

    /// Takes nothing more, finishes what is queued, tidies the file and releases the directory.
    /// Called from a `done`, it returns before that.
    ///
    /// # Errors
    /// Why the journal stopped, now or before. What was acknowledged is durable all the same.
    pub fn close(self) -> Result<(), JournalError> {
        self.inner.finish();
        self.failure().map_or(Ok(()), Err)
    }
}

/// What all handles share. The writer does not hold it, so that dropping the last handle ends it.
#[derive(Debug)]
struct Inner {
    queue: Arc<Queue>,
    book: Arc<Book>,
    book_id: String,
    writer: ThreadId,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Inner {
    fn finish(&self) {
        self.queue.close();
        if thread::current().id() != self.writer
            && let Some(thread) = self.thread.lock().take()
        {
            // The writer's panics are caught and told by `failure`.
            let _ = thread.join();
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.finish();
    }
}

fn spawn(writer: Writer, queue: Arc<Queue>) -> std::io::Result<JoinHandle<()>> {
    thread::Builder::new().name("posto-journal".to_owned()).spawn(move || writer.run(&queue))
}
