//! Entries in the order that a replicated log gives them. Such a log implements [`Sequencer`]; what it
//! says is executed through [`crate::Follower`].
//!
//! Every server of the log executes all its entries one after the other, by the same rules, over the
//! same file. So that all come to the same, nothing that one server alone knows may decide: neither its
//! clock nor its settings, nor what it remembers since it was started. The log's own time and what else
//! an entry needs come with it.

use std::fmt;
use std::time::{Duration, Instant};

use posto_market::{Currency, Timestamp};

use crate::entry::Entry;
use crate::error::{JournalError, SubmitError};
use crate::outcome::Outcome;

/// Whom to tell what came of an entry: called exactly once, quick, and without panicking.
pub type Done = Box<dyn FnOnce(Result<Outcome, JournalError>) + Send>;

/// Gives entries their order before they are executed: what a replicated log implements.
pub trait Sequencer: fmt::Debug + Send + Sync {
    /// Takes an entry and returns at once. `done` is called exactly once: with the outcome once the log
    /// has acknowledged the entry and this server's writer has executed it, or with the error. After
    /// the deadline nobody waits for it any more.
    ///
    /// # Errors
    /// [`SubmitError`]: the entry was not taken, and the log will never have it; `done` is not called.
    fn submit(&self, entry: Entry, deadline: Option<Instant>, done: Done) -> Result<(), SubmitError>;

    /// How this server stands to the log.
    fn standing(&self) -> LogStanding;

    /// Proposes nothing more. What is in the air may still come.
    fn close(&self);
}

/// How a server stands to the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogStanding {
    /// How many entries the log is known to have that this server has not executed; `None`: not known
    /// yet.
    pub behind: Option<u64>,
    /// For how long nothing was heard of the log.
    pub silent_for: Duration,
    /// Since it was started this server has had everything that the log had, at least once.
    pub caught_up: bool,
    /// The log takes entries.
    pub writable: bool,
}

/// Where a server stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// What [`crate::Journal::position`] says.
    pub position: u64,
    /// How it stands to the log that it follows; `None`: it follows none.
    pub log: Option<LogStanding>,
}

/// An entry at its place in the log.
pub struct Ordered {
    /// Its place: from 1, one higher with each entry.
    pub position: u64,
    /// When the log took it, by the clock of the log.
    pub at: Timestamp,
    /// The currency of a report that does not say one, where no price is near to go by.
    pub default_currency: Currency,
    /// What to execute.
    pub entry: Entry,
    /// Who waits for it here, if anybody.
    pub done: Option<Done>,
}

impl fmt::Debug for Ordered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { position, at, entry, .. } = self;
        f.debug_struct("Ordered")
            .field("position", position)
            .field("at", at)
            .field("entry", entry)
            .finish_non_exhaustive()
    }
}

/// Which log a journal follows, and what it began with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamId {
    /// Its name.
    pub name: String,
    /// The id of its book, 32 hexadecimal digits: all servers of the log have the same.
    pub book: String,
    /// What the book held before the first entry: [`Found::base`] of the file that the log began with,
    /// [`EMPTY_BASE`] where it began with nothing.
    pub base: String,
}

impl StreamId {
    /// A log that began with nothing.
    #[must_use]
    pub fn new(name: impl Into<String>, book: impl Into<String>) -> Self {
        Self { name: name.into(), book: book.into(), base: EMPTY_BASE.to_owned() }
    }
}

/// What a file without any entry holds.
pub const EMPTY_BASE: &str = "0.0.0.0";

/// What a journal's file says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The id of its book.
    pub book_id: String,
    /// How much it holds: the last numbers of its prices, acts and flags. What a log that begins with
    /// this file is to remember ([`StreamId::base`]), so that no other file passes for it.
    pub base: String,
    /// The log that it follows; `None`: none.
    pub followed: Option<Followed>,
}

/// The log that a file follows, and how far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed {
    /// The name of the log.
    pub stream: String,
    /// The place of the last entry that was executed; 0: none yet.
    pub position: u64,
}
