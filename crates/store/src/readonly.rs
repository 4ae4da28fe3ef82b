//! The file opened for reading only, also while a server writes in it.

use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, Result};

use crate::database::keep_plans;
use crate::directory::DATABASE;
use crate::error::OpenError;
use crate::limits::LOCK_WAIT;
use crate::schema;

/// A journal's file, looked at from outside.
#[derive(Debug)]
pub(crate) struct Journal {
    pub(crate) path: PathBuf,
    pub(crate) connection: Connection,
    /// The version of its tables.
    pub(crate) version: i32,
}

impl Journal {
    /// The journal of a directory; its lock is neither needed nor taken.
    pub(crate) fn open(directory: &Path) -> std::result::Result<Self, OpenError> {
        let path = directory.join(DATABASE);
        if !path.is_file() {
            return Err(OpenError::Missing { directory: directory.to_owned() });
        }
        let fail = |cause| OpenError::of(&path, cause);
        let connection = connect(&path, None).or_else(|error| unchanging(&path, error)).map_err(fail)?;
        let version = schema::version(&connection, &path)?;
        if version == 0 {
            return Err(OpenError::Missing { directory: directory.to_owned() });
        }
        Ok(Self { path, connection, version })
    }

    /// For `map_err`.
    pub(crate) fn fail(&self) -> impl Fn(rusqlite::Error) -> OpenError {
        |cause| OpenError::of(&self.path, cause)
    }
}

/// A connection that cannot write.
pub(crate) fn connect(path: &Path, vfs: Option<&str>) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = match vfs {
        Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs)?,
        None => Connection::open_with_flags(path, flags)?,
    };
    connection.busy_timeout(LOCK_WAIT)?;
    keep_plans(&connection)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    probe(connection)
}

/// On a medium that cannot be written (a mounted backup) SQLite can make no shared memory for its
/// log: where there is no log either, nobody writes, and none is needed.
fn unchanging(path: &Path, error: rusqlite::Error) -> Result<Connection> {
    let unwritable = matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied)
    );
    if !unwritable || with_suffix(path, "-wal").exists() {
        return Err(error);
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let escaped = path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    probe(Connection::open_with_flags(format!("file:{escaped}?immutable=1"), flags)?)
}

/// Opening reads nothing yet; this does.
fn probe(connection: Connection) -> Result<Connection> {
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(connection)
}

/// The name of a file that SQLite keeps beside this one.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use tempfile::tempdir;

    use super::*;
    use crate::tests::support::{at, open, report, write};

    #[test]
    fn a_file_that_nobody_can_write_is_read_as_it_is() {
        let directory = tempdir().unwrap();
        let inside = directory.path().join("a #1?%41");
        let journal = open(&inside);
        write(&journal, report(at(0, 0), 1));
        let (path, refused) = (inside.join(DATABASE), || {
            rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CANTOPEN), None)
        });
        assert!(unchanging(&path, refused()).is_err(), "there is a log: somebody writes");
        journal.close().unwrap();
        let connection = unchanging(&path, refused()).unwrap();
        let reports: i64 = connection.query_row("SELECT count(*) FROM reports", [], |row| row.get(0)).unwrap();
        assert_eq!((reports, with_suffix(&path, "-shm").exists()), (1, false));
        assert!(connection.execute("DELETE FROM reports", []).is_err());
    }
}
