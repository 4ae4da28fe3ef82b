//! What the file says of the log that it follows, in rows of `meta`: written in the transaction of what
//! was executed, so that neither is ever there without the other.

use std::path::Path;

use posto_market::Timestamp;
use rusqlite::{Connection, OptionalExtension, Result, params};
use tokio::sync::watch;

use crate::error::{JournalError, OpenError};
use crate::ordered::{Followed, Found, StreamId};
use crate::queue::Slot;
use crate::readonly;

/// The name of the log.
pub(crate) const STREAM: &str = "stream";
/// The place of the last entry executed.
pub(crate) const POSITION: &str = "stream_position";
/// The latest time that the log told.
pub(crate) const TIME: &str = "stream_time";

/// How far the writer is in the log.
#[derive(Debug)]
pub(crate) struct Following {
    /// The last entry that is durable and in the book.
    applied: watch::Sender<u64>,
    /// The last entry that was executed.
    executed: u64,
    /// The latest time that the log told.
    told: Timestamp,
}

impl Following {
    /// As the file says; `None`: it follows nothing.
    pub(crate) fn load(connection: &Connection) -> Result<Option<Self>> {
        let Some(Followed { position, .. }) = followed(connection)? else { return Ok(None) };
        let told = Timestamp::from_millis(number(connection, TIME)?);
        Ok(Some(Self { applied: watch::Sender::new(position), executed: position, told }))
    }

    /// Word of each entry that is durable and in the book.
    pub(crate) fn applied(&self) -> watch::Receiver<u64> {
        self.applied.subscribe()
    }

    /// The latest time that the log told.
    pub(crate) const fn told(&self) -> Timestamp {
        self.told
    }

    /// The next entry is this one: when it is executed, which is never before an earlier one was.
    pub(crate) fn take(&mut self, slot: &Slot) -> std::result::Result<Timestamp, JournalError> {
        let expected = self.executed.saturating_add(1);
        if slot.position != expected {
            return Err(JournalError::Gap { expected, found: slot.position });
        }
        self.executed = expected;
        self.told = self.told.max(slot.at);
        Ok(self.told)
    }

    /// Notes in the open transaction how far it is.
    pub(crate) fn write(&self, connection: &Connection) -> Result<()> {
        let position = i64::try_from(self.executed).unwrap_or(i64::MAX);
        put(connection, POSITION, position)?;
        put(connection, TIME, self.told.millis())
    }

    /// The last entry that was executed.
    pub(crate) const fn executed(&self) -> u64 {
        self.executed
    }

    /// What was executed is durable and in the book.
    pub(crate) fn publish(&self) {
        self.applied.send_replace(self.executed);
    }
}

/// Makes the file follow the log, in the caller's transaction, or says why it cannot.
pub(crate) fn begin(
    connection: &Connection,
    path: &Path,
    (stream, created): (&StreamId, bool),
) -> std::result::Result<(), OpenError> {
    let fail = |cause| OpenError::of(path, cause);
    let found = found(connection).map_err(fail)?;
    let path = || path.to_owned();
    if found.book_id != stream.book {
        return Err(OpenError::OtherBook { path: path(), stream: stream.name.clone() });
    }
    match found.followed {
        Some(Followed { stream: other, .. }) if other != stream.name => {
            Err(OpenError::OtherStream { path: path(), found: other, wanted: stream.name.clone() })
        }
        Some(_) => Ok(()),
        None if found.base != stream.base => {
            let stream = stream.name.clone();
            Err(if created {
                OpenError::NotFromNothing { path: path(), stream }
            } else {
                OpenError::OtherBeginning { path: path(), stream }
            })
        }
        None => {
            let sql = "INSERT INTO meta (name, value) VALUES (?1, ?2)";
            connection.execute(sql, params![STREAM, stream.name]).map_err(fail)?;
            let last = last_row(connection).map_err(fail)?;
            put(connection, POSITION, 0).and_then(|()| put(connection, TIME, last)).map_err(fail)
        }
    }
}

/// When the last row was written of what the log begins with, by the clock of a server that was alone.
fn last_row(connection: &Connection) -> Result<i64> {
    let sql = "SELECT max(coalesce((SELECT recorded_at FROM reports ORDER BY sequence DESC LIMIT 1), 0),
                          coalesce((SELECT at FROM acts ORDER BY number DESC LIMIT 1), 0))";
    connection.query_row(sql, [], |row| row.get(0))
}

/// Whether the file may be written by a server that follows nothing.
pub(crate) fn refuse(connection: &Connection, path: &Path) -> std::result::Result<(), OpenError> {
    match followed(connection).map_err(|cause| OpenError::of(path, cause))? {
        None => Ok(()),
        Some(Followed { stream, .. }) => Err(OpenError::Follows { path: path.to_owned(), stream }),
    }
}

/// Makes the file follow nothing, as a book of its own.
pub(crate) fn end(connection: &Connection, book_id: &str) -> Result<()> {
    let sql = "DELETE FROM meta WHERE name IN (?1, ?2, ?3)";
    connection.execute(sql, [STREAM, POSITION, TIME])?;
    connection.execute("UPDATE meta SET value = ?1 WHERE name = 'book'", [book_id]).map(drop)
}

/// What the journal of a directory says of itself; `None` where there is none. A server may be writing
/// in it.
///
/// # Errors
/// [`OpenError`]: it cannot be read, or is none of Posto's.
pub fn look(directory: &Path) -> std::result::Result<Option<Found>, OpenError> {
    let journal = match readonly::Journal::open(directory) {
        Ok(journal) => journal,
        Err(OpenError::Missing { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let found = journal.connection.unchecked_transaction().and_then(|moment| found(&moment));
    found.map(Some).map_err(journal.fail())
}

fn found(connection: &Connection) -> Result<Found> {
    let book_id = connection.query_row("SELECT value FROM meta WHERE name = 'book'", [], |row| row.get(0))?;
    let last = |table: &str, number: &str| -> Result<i64> {
        let exists = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?1";
        // Of an older version without this table.
        if connection.query_row(exists, [table], |row| row.get::<_, i64>(0))? == 0 {
            return Ok(0);
        }
        connection.query_row(&format!("SELECT coalesce(max({number}), 0) FROM {table}"), [], |row| row.get(0))
    };
    let (acts, flags) = (last("acts", "number")?, last("flags", "number")?);
    let base = [last("reports", "sequence")?, acts, flags, last("claims", "number")?];
    let base = base.map(|last| last.to_string()).join(".");
    Ok(Found { book_id, base, followed: followed(connection)? })
}

/// The log that the file follows, if any.
pub(crate) fn followed(connection: &Connection) -> Result<Option<Followed>> {
    let sql = "SELECT value FROM meta WHERE name = ?1";
    let stream: Option<String> = connection.query_row(sql, [STREAM], |row| row.get(0)).optional()?;
    let Some(stream) = stream else { return Ok(None) };
    let position = u64::try_from(number(connection, POSITION)?).unwrap_or(0);
    Ok(Some(Followed { stream, position }))
}

/// The latest time that the log told.
pub(crate) fn time(connection: &Connection) -> Result<Timestamp> {
    Ok(Timestamp::from_millis(number(connection, TIME)?))
}

fn number(connection: &Connection, name: &str) -> Result<i64> {
    connection.query_row("SELECT CAST(value AS INTEGER) FROM meta WHERE name = ?1", [name], |row| row.get(0))
}

fn put(connection: &Connection, name: &str, value: i64) -> Result<()> {
    let sql = "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2";
    connection.prepare_cached(sql)?.execute(params![name, value.to_string()]).map(drop)
}
