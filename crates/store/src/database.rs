//! The SQLite connection: how it is opened, when its log is copied into the file, how it ends.

use std::path::Path;

use posto_market::{Book, Pending};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, Result, Transaction, TransactionBehavior};

use crate::batch::Batch;
use crate::error::{JournalError, OpenError};
use crate::following;
use crate::indexing::Indexing;
use crate::limits::{LOCK_WAIT, PAGE_CACHE_KIB};
use crate::options::{Options, Seed};
use crate::ordered::StreamId;
use crate::schema;
use crate::times::Times;

/// The open file.
#[derive(Debug)]
pub(crate) struct Database {
    connection: Connection,
    checkpoint_pages: i64,
}

impl Database {
    /// Opens the file, made and seeded where there is none, brought to the newest version of its
    /// tables where it is older; made to follow the log, where there is one, which then also says whose
    /// book it is and how it starts. Also tells whether it was made.
    pub(crate) fn open(
        path: &Path,
        options: &Options,
        stream: Option<&StreamId>,
    ) -> std::result::Result<(Self, bool), OpenError> {
        let fail = |cause| OpenError::of(path, cause);
        let mut connection = connect(path, options.vfs.as_deref()).map_err(fail)?;
        let version = schema::version(&connection, path)?;
        configure(&connection).map_err(fail)?;
        #[cfg(test)]
        options.sabotage.after_opening(&connection);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fail)?;
        schema::migrate(&transaction, version).map_err(fail)?;
        let created = version == 0;
        match stream {
            Some(StreamId { book, .. }) if created => put_book_id(&transaction, book).map_err(fail)?,
            None if created => begin_book(&transaction, &random_id()?, options).map_err(fail)?,
            _ => {}
        }
        match stream {
            Some(stream) => following::begin(&transaction, path, (stream, created))?,
            None => following::refuse(&transaction, path)?,
        }
        transaction.commit().map_err(fail)?;
        Ok((Self { connection, checkpoint_pages: options.checkpoint_pages.into() }, created))
    }

    /// For reading.
    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// A transaction that may write: one that finds the file locked fails here, before anything is
    /// written.
    pub(crate) fn begin(&mut self) -> std::result::Result<Transaction<'_>, JournalError> {
        let begun = self.connection.transaction_with_behavior(TransactionBehavior::Immediate);
        begun.map_err(|cause| match cause.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy) => JournalError::Locked,
            _ => JournalError::while_doing("begin a batch")(cause),
        })
    }

    /// Copies the log into the file when it has grown enough. Not left to SQLite, whose automatic
    /// checkpoint hides a failed sync: the next one would seem to succeed, and the log be
    /// overwritten while the file lacks what was in it.
    pub(crate) fn checkpoint_if_due(&self) -> std::result::Result<(), JournalError> {
        let fail = JournalError::while_doing("copy its log into the database");
        let (log, copied) = self.checkpoint("NOOP").map_err(&fail)?;
        if log.saturating_sub(copied) >= self.checkpoint_pages {
            self.checkpoint("PASSIVE").map_err(&fail)?;
        }
        Ok(())
    }

    /// Leaves one file behind, without a log. What is durable stays durable where this fails.
    pub(crate) fn tidy(&self) -> std::result::Result<(), JournalError> {
        let fail = JournalError::while_doing("copy its log into the database");
        self.checkpoint("TRUNCATE").map_err(&fail)?;
        self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false).map_err(&fail)?;
        Ok(())
    }

    /// How many pages the log has, and how many of them the file has too.
    fn checkpoint(&self, mode: &str) -> Result<(i64, i64)> {
        let mut statement = self.connection.prepare_cached(&format!("PRAGMA wal_checkpoint({mode})"))?;
        statement.query_row([], |row| Ok((row.get(1)?, row.get(2)?)))
    }
}

fn connect(path: &Path, vfs: Option<&str>) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = match vfs {
        Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs)?,
        None => Connection::open_with_flags(path, flags)?,
    };
    connection.busy_timeout(LOCK_WAIT)?;
    keep_plans(&connection)?;
    // After a failure nothing more is written, not even when the connection is closed.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    Ok(connection)
}

/// Without this SQLite, as it is built here (with STAT4), prepares a statement anew whenever a value
/// bound to an index changes: measured, half of what looking up an id costs.
pub(crate) fn keep_plans(connection: &Connection) -> Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}

fn configure(connection: &Connection) -> Result<()> {
    let mode = journal_mode_wal(connection)?;
    if mode != "wal" {
        let why = format!("this file system allows no write-ahead log, only {mode:?}");
        return Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CANTOPEN),
            Some(why),
        ));
    }
    // Every commit syncs the log; on Apple's systems down to the medium.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", -PAGE_CACHE_KIB)
}

/// Switches to the write-ahead log; the mode that the file has then. A new file is written by this,
/// after the statement's one row: only reading on to its end tells whether that failed.
fn journal_mode_wal(connection: &Connection) -> Result<String> {
    let mut statement = connection.prepare("PRAGMA journal_mode = WAL")?;
    let modes = statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>>>()?;
    Ok(modes.into_iter().next().unwrap_or_default())
}

/// What a new file holds: its id and the seed, in the transaction that makes its tables, so that
/// there is never a file without them.
fn begin_book(connection: &Connection, book_id: &str, options: &Options) -> Result<()> {
    put_book_id(connection, book_id)?;
    let Seed::Records(records) = &options.seed else { return Ok(()) };
    let mut batch = Batch {
        rows: connection,
        book: &Book::new(),
        pending: &mut Pending::new(),
        changes: &mut Vec::new(),
        times: &mut Times::new(options.clock.clone(), None),
        indexing: &mut Indexing::default(),
        default_currency: options.default_currency,
        position: None,
    };
    records.iter().try_for_each(|record| batch.seed(record))
}

fn put_book_id(connection: &Connection, book_id: &str) -> Result<()> {
    connection.execute("INSERT INTO meta (name, value) VALUES ('book', ?1)", [book_id]).map(drop)
}

/// A new book's id.
pub(crate) fn random_id() -> std::result::Result<String, OpenError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(OpenError::Random)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
