//! The tables, and how a file gets from one version of them to the next.

use std::path::Path;

use rusqlite::{Connection, Result};

use crate::error::OpenError;

/// "POST" in the file's header tells that it is ours (<https://sqlite.org/pragma.html#pragma_application_id>).
const APPLICATION_ID: i32 = 0x504f_5354;

/// What leads from each version of the file (`user_version`) to the next, from an empty one on.
/// Only ever appended to.
const MIGRATIONS: [&str; 1] = ["
    -- The journal of Posto. Times are milliseconds since 1970-01-01T00:00Z.

    CREATE TABLE meta (
        name TEXT PRIMARY KEY,
        value TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE stations (
        id TEXT PRIMARY KEY,
        latitude INTEGER NOT NULL,   -- millionths of a degree
        longitude INTEGER NOT NULL,
        name TEXT,
        brand TEXT,
        address TEXT,
        source TEXT                  -- the feed that made it known
    ) STRICT, WITHOUT ROWID;

    -- Every price ever reported or imported; only appended to. The current price of a fuel at a
    -- station is its row with the highest sequence.
    CREATE TABLE reports (
        sequence INTEGER PRIMARY KEY,
        station TEXT NOT NULL REFERENCES stations (id),
        fuel INTEGER NOT NULL,       -- code of the wire protocol
        price INTEGER NOT NULL CHECK (price BETWEEN 1 AND 999999),  -- thousandths of the currency
        currency TEXT NOT NULL,      -- ISO 4217
        unit TEXT NOT NULL,          -- l, kg or m3
        reported_at INTEGER,         -- NULL: unknown
        coordinates TEXT,            -- as the reporter wrote them
        recorded_at INTEGER NOT NULL,  -- when this row was written, never decreasing
        origin TEXT NOT NULL         -- who it came from
    ) STRICT;
    CREATE INDEX reports_by_station ON reports (station, fuel);

    -- Ids of the reports of the last 24 hours, in the order of their time.
    CREATE TABLE seen_ids (
        report INTEGER PRIMARY KEY REFERENCES reports (sequence),
        key TEXT NOT NULL UNIQUE,
        digest BLOB NOT NULL,        -- SHA-256 of the report
        new_station INTEGER NOT NULL,
        replaced INTEGER,            -- the price before, thousandths
        at INTEGER NOT NULL
    ) STRICT;
"];

/// Which version of the tables a file has; 0 where it is empty.
///
/// # Errors
/// The file is not ours, is newer, or cannot be read. It was not changed.
pub(crate) fn version(connection: &Connection, path: &Path) -> std::result::Result<i32, OpenError> {
    let (application_id, found, empty) = header(connection).map_err(|cause| OpenError::of(path, cause))?;
    if empty && application_id == 0 {
        return Ok(0);
    }
    if application_id != APPLICATION_ID {
        return Err(OpenError::Foreign { path: path.to_owned(), application_id });
    }
    let known = newest();
    if found > known {
        return Err(OpenError::Newer { path: path.to_owned(), found, known });
    }
    Ok(found)
}

/// Makes the newest version of a version, in the caller's transaction.
pub(crate) fn migrate(connection: &Connection, version: i32) -> Result<()> {
    if version == newest() {
        return Ok(());
    }
    let done = usize::try_from(version).unwrap_or(0);
    for migration in MIGRATIONS.iter().skip(done) {
        connection.execute_batch(migration)?;
    }
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", newest())
}

fn newest() -> i32 {
    i32::try_from(MIGRATIONS.len()).unwrap_or(i32::MAX)
}

fn header(connection: &Connection) -> Result<(i32, i32, bool)> {
    let number = |name| connection.pragma_query_value(None, name, |row| row.get(0));
    let empty = connection.query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| row.get(0))?;
    Ok((number("application_id")?, number("user_version")?, empty))
}
