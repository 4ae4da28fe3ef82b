//! What can go wrong, one enum per boundary: opening, submitting, making durable.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error;

/// Why a journal could not be opened: one sentence for the person who starts the server.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The directory cannot be made, or not be written in.
    #[error("cannot use {} as the data directory: {cause}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// Another server has it.
    #[error("the data directory {} is in use by {holder}: stop that server, or choose another directory", path.display())]
    InUse {
        /// The directory.
        path: PathBuf,
        /// The other server, as it described itself (process id and program).
        holder: String,
    },
    /// There is no journal to read.
    #[error("there is no journal in {}", directory.display())]
    Missing {
        /// The directory.
        directory: PathBuf,
    },
    /// The file is no SQLite database.
    #[error("{} is not a database: it was damaged, or is not Posto's", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// The file is a database of another program.
    #[error("{} is a database of another program (application id {application_id}), not a journal of Posto", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// The other program's number.
        application_id: i32,
    },
    /// The file was written by a newer Posto.
    #[error("{} has format {found}, of a newer Posto; this one knows formats up to {known}: use the newer program", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The format's version in the file.
        found: i32,
        /// The newest version known here.
        known: i32,
    },
    /// The file's content makes no sense.
    #[error("{} is damaged: {cause}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        cause: rusqlite::Error,
    },
    /// The file cannot be read or written.
    #[error("cannot read or write {}: {cause}", path.display())]
    Disk {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        cause: rusqlite::Error,
    },
    /// The file is executed from a replicated log, and a server alone would part from it.
    #[error("{} follows the stream {stream:?}: start the server with --cluster, or make a copy that follows nothing with `posto backup --standalone`", path.display())]
    Follows {
        /// The file.
        path: PathBuf,
        /// The log.
        stream: String,
    },
    /// The file belongs to another book than the replicated log.
    #[error("{} is not of the book of the stream {stream:?}: choose another data directory, or another stream", path.display())]
    OtherBook {
        /// The file.
        path: PathBuf,
        /// The log.
        stream: String,
    },
    /// The file follows another replicated log.
    #[error("{} follows the stream {found:?}, not {wanted:?}: name that one, or choose another data directory", path.display())]
    OtherStream {
        /// The file.
        path: PathBuf,
        /// The log it follows.
        found: String,
        /// The log it was to follow.
        wanted: String,
    },
    /// The replicated log began with what another server had, of which a new file has nothing.
    #[error("the stream {stream:?} began with prices that are not in it: put a `posto backup` of one of its servers into {} first", path.parent().unwrap_or(path).display())]
    NotFromNothing {
        /// The file that was to be made.
        path: PathBuf,
        /// The log.
        stream: String,
    },
    /// The file is of the right book, but does not hold what the replicated log began with.
    #[error("{} does not hold what the stream {stream:?} began with: replace it by a `posto backup` of one of the stream's servers", path.display())]
    OtherBeginning {
        /// The file.
        path: PathBuf,
        /// The log.
        stream: String,
    },
    /// The system gives no random bytes for the journal's id.
    #[error("the system gives no random bytes: {0}")]
    Random(getrandom::Error),
    /// The writer's thread could not be started.
    #[error("cannot start the journal's thread: {0}")]
    Thread(io::Error),
}

impl OpenError {
    /// What an error of SQLite means for the file at `path`.
    pub(crate) fn of(path: &std::path::Path, cause: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match (cause.sqlite_error_code(), &cause) {
            (Some(rusqlite::ErrorCode::NotADatabase), _) => Self::NotADatabase { path },
            (Some(rusqlite::ErrorCode::DatabaseCorrupt), _)
            | (
                None,
                rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::QueryReturnedNoRows,
            ) => Self::Damaged { path, cause },
            _ => Self::Disk { path, cause },
        }
    }
}

/// Why an entry was not queued; nothing of it will happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SubmitError {
    /// The queue is full: try again shortly.
    #[error("too many reports are waiting for the disk")]
    Busy,
    /// The journal was closed, or stopped after a failure.
    #[error("the journal has stopped")]
    Stopped,
    /// The replicated log takes nothing at the moment: try again shortly.
    #[error("the replicated log cannot be reached")]
    Unreachable,
}

impl SubmitError {
    /// Whether the same entry may succeed later.
    #[must_use]
    pub const fn is_retryable(self) -> bool {
        matches!(self, Self::Busy | Self::Unreachable)
    }
}

/// Why an entry was not made durable. It is not in the book. After a failure of the disk it may
/// nevertheless be on it, and then is in the book after a restart: sent again with the same id it
/// counts once.
#[derive(Debug, Clone, Error)]
pub enum JournalError {
    /// Another program holds the file's write lock. Nothing was written; the journal goes on.
    #[error("another program is writing in the journal's file")]
    Locked,
    /// Writing or syncing failed. The journal has stopped.
    #[error("the journal could not {doing}: {cause}")]
    Disk {
        /// What it was doing.
        doing: &'static str,
        /// What SQLite says.
        cause: Arc<rusqlite::Error>,
    },
    /// The replicated log did not take the entry in time: sent again it counts once, whether or not
    /// the log took it after all.
    #[error("the replicated log cannot be reached")]
    Unreachable,
    /// The replicated log did not say in time whether it has the entry, or has it and this server came
    /// to its end before it executed it: the entry may count, or may not.
    #[error("the replicated log did not say whether it has the report")]
    Unsure,
    /// The replicated log did not go on where this server had left off. The journal has stopped.
    #[error("the replicated log went on with entry {found} where {expected} was due")]
    Gap {
        /// The entry that was due.
        expected: u64,
        /// The one that came.
        found: u64,
    },
    /// The writer ended by a defect of this program, or of a callback it called. The journal has
    /// stopped.
    #[error("the journal's writer ended by a defect of this program")]
    Panicked,
}

impl JournalError {
    /// Whether the same entry may succeed later in this process.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Locked | Self::Unreachable)
    }

    /// For `map_err`: what SQLite said while the journal was `doing` something.
    pub(crate) fn while_doing(doing: &'static str) -> impl Fn(rusqlite::Error) -> Self {
        move |cause| Self::Disk { doing, cause: Arc::new(cause) }
    }
}

/// Why a question about past prices got no answer.
#[derive(Debug, Clone, Error)]
pub enum HistoryError {
    /// Too many questions wait: try again shortly.
    #[error("too many questions about past prices are waiting")]
    Busy,
    /// The journal was closed.
    #[error("the journal has stopped")]
    Stopped,
    /// The file could not be read. The journal goes on.
    #[error("cannot read past prices: {cause}")]
    Disk {
        /// What SQLite says.
        cause: Arc<rusqlite::Error>,
    },
}

impl HistoryError {
    /// Whether the same question may be answered later.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Busy)
    }
}

impl From<SubmitError> for HistoryError {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Busy | SubmitError::Unreachable => Self::Busy,
            SubmitError::Stopped => Self::Stopped,
        }
    }
}

impl From<rusqlite::Error> for HistoryError {
    fn from(cause: rusqlite::Error) -> Self {
        Self::Disk { cause: Arc::new(cause) }
    }
}

/// Why no backup was made; an older file in its place is as it was.
#[derive(Debug, Error)]
pub enum BackupError {
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] OpenError),
    /// Something is there already.
    #[error("{} exists already: choose another file, or replace it with --force", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The backup would replace the journal itself.
    #[error("{} is the journal itself: choose another file", path.display())]
    Itself {
        /// The file.
        path: PathBuf,
    },
    /// The copy could not be made.
    #[error("cannot copy the journal to {}: {cause}", path.display())]
    Copy {
        /// The file that was written.
        path: PathBuf,
        /// What SQLite says.
        cause: rusqlite::Error,
    },
    /// The copy could not be synced or put in its place.
    #[error("cannot write {}: {cause}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
}
