//! The journal's handle: opening, submitting, closing. The work is done in `writer.rs`.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, mpsc};
use std::thread::{self, JoinHandle, ThreadId};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use posto_market::{Book, Timestamp};
use rusqlite::Connection;
use tokio::sync::watch;

use crate::database::Database;
use crate::directory::LockedDirectory;
use crate::entry::Entry;
use crate::error::{HistoryError, JournalError, OpenError, SubmitError};
use crate::follower::Follower;
use crate::following::Following;
use crate::history::{self, HistoryQuery, PastPrice};
use crate::limits::{MAX_LISTED, MAX_QUESTIONS, MAX_QUEUED};
use crate::load;
use crate::meters::Meters;
use crate::moderation::{FlagGroup, OriginCount, PastAct, audit, flags, origins};
use crate::options::Options;
use crate::ordered::{Sequencer, Standing, StreamId};
use crate::outcome::Outcome;
use crate::queue::{Job, Queue};
use crate::reader::{self, Question, Reader};
use crate::tail::{News, Tail};
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

/// What is executed of the log, as it goes on, and the latest time that it had told.
type Heard = (watch::Receiver<u64>, Timestamp);

impl Journal {
    /// Opens the journal of a directory, made where it does not exist, and loads the book.
    ///
    /// # Errors
    /// [`OpenError`]: the directory or the file cannot be used, or another server uses them.
    pub fn open(options: Options) -> Result<Opened, OpenError> {
        Ok(Self::open_either(options, None)?.0)
    }

    /// Opens the journal of a directory as [`Journal::open`] does, made where there is none, to execute
    /// the entries of a replicated log: it comes to be what they say, from the one after
    /// [`Follower::position`] on. A new one gets the log's book id, and no seed. What is submitted is
    /// refused until [`Journal::sequenced_by`] says what gives it its place.
    ///
    /// # Errors
    /// [`OpenError`], also where the file is not of this log.
    pub fn open_following(options: Options, stream: &StreamId) -> Result<(Opened, Follower), OpenError> {
        let (opened, (applied, told)) = Self::open_either(options, Some(stream))?;
        let Inner { queue, book, .. } = &*opened.journal.inner;
        let follower = Follower::new(Arc::clone(queue), (applied, told), Arc::clone(book));
        Ok((opened, follower))
    }

    fn open_either(options: Options, stream: Option<&StreamId>) -> Result<(Opened, Heard), OpenError> {
        let started = Instant::now();
        let directory = LockedDirectory::open(&options.directory)?;
        let path = directory.database();
        let (database, created) = Database::open(&path, &options, stream)?;
        let loaded = load::load(database.connection()).map_err(|cause| OpenError::of(&path, cause))?;
        let tail = Tail::load(database.connection(), &loaded.book).map_err(|cause| OpenError::of(&path, cause))?;
        let counts = loaded.book.counts();
        let opening = Opening {
            path,
            created,
            stations: counts.stations,
            prices: counts.prices,
            reports: loaded.reports,
            took: started.elapsed(),
        };
        let following = Following::load(database.connection()).map_err(|cause| OpenError::of(&opening.path, cause))?;
        let latest = following.as_ref().map_or(Timestamp::from_millis(i64::MIN), Following::told);
        let position = following.as_ref().map_or_else(|| tail.newest(), Following::applied);
        let (book, queue) = (Arc::new(loaded.book), Arc::new(Queue::new(MAX_QUEUED)));
        let (questions, tail) = (Arc::new(Queue::new(MAX_QUESTIONS)), Arc::new(tail));
        let reader = Reader::new(opening.path.clone(), options.vfs.clone());
        let meters = Meters::new(loaded.indexing.newest());
        let visible = Arc::new(AtomicU64::new(*position.borrow()));
        let told = (Arc::clone(&book), Arc::clone(&tail), Arc::clone(&visible));
        let state = (loaded.last.max(loaded.last_act), loaded.indexing, following);
        let writer = Writer::new((directory, database), told, state, (options, meters.clone()));
        let asked = Arc::clone(&questions);
        let reader = Worker::start("posto-history", move || reader.run(&asked)).map_err(OpenError::Thread)?;
        let reports = Arc::clone(&queue);
        let writer = Worker::start("posto-journal", move || writer.run(&reports)).map_err(|cause| {
            questions.close();
            OpenError::Thread(cause)
        })?;
        let (follows, sequencer, book_id) = (stream.is_some(), OnceLock::new(), loaded.book_id);
        let applied = position.clone();
        let inner = Inner {
            queue,
            questions,
            book,
            tail,
            book_id,
            meters,
            position,
            visible,
            follows,
            sequencer,
            writer,
            reader,
        };
        Ok((Opened { journal: Self { inner: Arc::new(inner) }, opening }, (applied, latest)))
    }

    /// From here on what is submitted goes there, which gives it its place in the log: of all handles
    /// of a journal that follows one. It is closed with the journal. A second one is not taken.
    #[must_use]
    pub fn sequenced_by(self, sequencer: Arc<dyn Sequencer>) -> Self {
        // Only fails where there is one already.
        let _ = self.inner.sequencer.set(sequencer);
        self
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
        self.submit_by(entry, None, done)
    }

    /// The same, for an asker who stops waiting at this moment: an entry that the writer gets to later
    /// is not executed, and comes to [`Outcome::Expired`].
    ///
    /// # Errors
    /// As [`Journal::submit`].
    pub fn submit_by(
        &self,
        entry: Entry,
        deadline: Option<Instant>,
        done: impl FnOnce(Result<Outcome, JournalError>) + Send + 'static,
    ) -> Result<(), SubmitError> {
        let Inner { queue, sequencer, follows, .. } = &*self.inner;
        match sequencer.get() {
            Some(_) if queue.is_closed() => Err(SubmitError::Stopped),
            Some(sequencer) => sequencer.submit(entry, deadline, Box::new(done)),
            None if *follows => Err(SubmitError::Unreachable),
            None => queue.put(Job { entry, deadline, slot: None, done: Some(Box::new(done)) }),
        }
    }

    /// How far the book is: the last entry in it of the replicated log that the journal follows; where it
    /// follows none, the newest row of its history.
    #[must_use]
    pub fn position(&self) -> u64 {
        *self.inner.position.borrow()
    }

    /// Nothing that the book or the history shows came after this position, whatever is shown by now: it
    /// is [`Journal::position`], or ahead of it while entries are being made visible.
    #[must_use]
    pub fn visible(&self) -> u64 {
        self.inner.visible.load(Ordering::SeqCst)
    }

    /// Until the book is as far as this position; at once where it is. `false`: the journal has ended
    /// before. Positions may lie in the future: who waits says for how long.
    pub fn wait_for(&self, position: u64) -> impl Future<Output = bool> + Send + 'static {
        let mut reached = self.inner.position.clone();
        async move { reached.wait_for(|reached| *reached >= position).await.is_ok() }
    }

    /// Where this server stands.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let log = self.inner.sequencer.get().map(|sequencer| sequencer.standing());
        Standing { position: self.position(), log }
    }

    /// Queues a question about past prices and returns at once. `done` is called exactly once, from
    /// the reader's thread; it must be quick and not panic. The writer is not held up by it.
    ///
    /// # Errors
    /// [`HistoryError::Busy`] or [`HistoryError::Stopped`]: not queued; `done` is not called.
    pub fn ask_history(
        &self,
        query: HistoryQuery,
        done: impl FnOnce(reader::Answer) + Send + 'static,
    ) -> Result<(), HistoryError> {
        self.ask(move |connection| history::query(connection, &query), done)
    }

    /// Past prices of a station, newest first; waits for them. Not for an async task: see
    /// [`Journal::ask_history`].
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn history(&self, query: &HistoryQuery) -> Result<Vec<PastPrice>, HistoryError> {
        let (sender, receiver) = mpsc::channel();
        self.ask_history(query.clone(), move |answer| drop(sender.send(answer)))?;
        receiver.recv().unwrap_or(Err(HistoryError::Stopped))
    }

    /// Queues a question about what users pointed out and nobody has looked at yet: what most say
    /// first, at most [`MAX_LISTED`]. As [`Journal::ask_history`].
    ///
    /// # Errors
    /// As [`Journal::ask_history`].
    pub fn ask_flags(
        &self,
        done: impl FnOnce(Result<Vec<FlagGroup>, HistoryError>) + Send + 'static,
    ) -> Result<(), HistoryError> {
        self.ask(|connection| flags::list(connection, MAX_LISTED), done)
    }

    /// Queues a question about who reported how much since then: the most first, at most
    /// [`MAX_LISTED`]. As [`Journal::ask_history`].
    ///
    /// # Errors
    /// As [`Journal::ask_history`].
    pub fn ask_origins(
        &self,
        since: Timestamp,
        done: impl FnOnce(Result<Vec<OriginCount>, HistoryError>) + Send + 'static,
    ) -> Result<(), HistoryError> {
        self.ask(move |connection| origins::list(connection, since, MAX_LISTED), done)
    }

    /// Queues a question about what operators did before the act of this number (`None`: at all): the
    /// latest first, at most `limit` and [`MAX_LISTED`]. As [`Journal::ask_history`].
    ///
    /// # Errors
    /// As [`Journal::ask_history`].
    pub fn ask_acts(
        &self,
        (before, limit): (Option<i64>, usize),
        done: impl FnOnce(Result<Vec<PastAct>, HistoryError>) + Send + 'static,
    ) -> Result<(), HistoryError> {
        self.ask(move |connection| audit::list(connection, before, limit.min(MAX_LISTED)), done)
    }

    fn ask<T>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
        done: impl FnOnce(Result<T, HistoryError>) + Send + 'static,
    ) -> Result<(), HistoryError> {
        Ok(self.inner.questions.put(Question::new(read, done))?)
    }

    /// The book: everything durable and nothing else.
    #[must_use]
    pub fn book(&self) -> &Arc<Book> {
        &self.inner.book
    }

    /// The changes of prices after this position, oldest first, at most `most`: in the order of the
    /// journal, each told once it is durable and in the book.
    #[must_use]
    pub fn changes_after(&self, position: u64, most: usize) -> News {
        self.inner.tail.after(position, most)
    }

    /// The position of the newest change, and word of every further one.
    #[must_use]
    pub fn newest(&self) -> watch::Receiver<u64> {
        self.inner.tail.newest()
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

    pub(crate) fn meters(&self) -> &Meters {
        &self.inner.meters
    }

    /// How many entries wait for the writer.
    pub(crate) fn queued(&self) -> usize {
        self.inner.queue.len()
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

/// What all handles share. The threads do not hold it, so that dropping the last handle ends them.
#[derive(Debug)]
struct Inner {
    queue: Arc<Queue<Job>>,
    questions: Arc<Queue<Question>>,
    book: Arc<Book>,
    tail: Arc<Tail>,
    book_id: String,
    meters: Meters,
    position: watch::Receiver<u64>,
    visible: Arc<AtomicU64>,
    /// A replicated log says what is executed.
    follows: bool,
    sequencer: OnceLock<Arc<dyn Sequencer>>,
    writer: Worker,
    reader: Worker,
}

impl Inner {
    /// The reader first: the writer leaves no log behind where it is the last to close the file.
    fn finish(&self) {
        if let Some(sequencer) = self.sequencer.get() {
            sequencer.close();
        }
        self.questions.close();
        self.reader.wait();
        self.queue.close();
        self.writer.wait();
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.finish();
    }
}

/// A thread of the journal.
#[derive(Debug)]
struct Worker {
    id: ThreadId,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Worker {
    fn start(name: &str, work: impl FnOnce() + Send + 'static) -> std::io::Result<Self> {
        let thread = thread::Builder::new().name(name.to_owned()).spawn(work)?;
        Ok(Self { id: thread.thread().id(), thread: Mutex::new(Some(thread)) })
    }

    /// Until it has ended; not at all where it is itself the one that waits.
    fn wait(&self) {
        if thread::current().id() != self.id
            && let Some(thread) = self.thread.lock().take()
        {
            // Panics are caught in the thread and told by `failure`.
            let _ = thread.join();
        }
    }
}
