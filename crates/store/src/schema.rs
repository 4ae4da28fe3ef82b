//! The tables, and how a file gets from one version of them to the next.
//!
//! To add a column or a table: append a migration (`ALTER TABLE ... ADD COLUMN`, `NULL` allowed) and
//! count up [`MIGRATIONS`]; then write the column in `put_station` or `put_report` of `rows.rs` and read
//! it there at the end of `STATION_COLUMNS` or `QUOTE_COLUMNS`. A table's index that the writer keeps
//! itself (`indexing.rs`) needs nothing.

use std::path::Path;

use rusqlite::{Connection, Result};

use crate::error::OpenError;

/// "POST" in the file's header tells that it is ours (<https://sqlite.org/pragma.html#pragma_application_id>).
const APPLICATION_ID: i32 = 0x504f_5354;

/// What leads from each version of the file (`user_version`) to the next, from an empty one on.
/// Only ever appended to.
const MIGRATIONS: [&str; 4] = [VERSION_1, VERSION_2, VERSION_3, VERSION_4];

/// From an empty file.
pub(crate) const VERSION_1: &str = "
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
";

/// From version 1.
const VERSION_2: &str = "
    -- Stations get numbers, which are shorter than their ids. What is only looked up is kept in
    -- tables of its own, which the writer fills in bulk: see reports_by_station.

    ALTER TABLE stations RENAME TO stations_1;
    ALTER TABLE reports RENAME TO reports_1;
    ALTER TABLE seen_ids RENAME TO seen_ids_1;
    DROP INDEX reports_by_station;

    CREATE TABLE stations (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        latitude INTEGER NOT NULL,   -- millionths of a degree
        longitude INTEGER NOT NULL,
        name TEXT,
        brand TEXT,
        address TEXT,
        source TEXT,                 -- the feed that made it known
        hours TEXT,                  -- opening hours, in the syntax of OpenStreetMap
        service TEXT,                -- who fills the tank: self, served or both
        members_only INTEGER         -- 0 or 1; NULL: unknown
    ) STRICT;

    -- Every price ever reported or imported; only appended to. The current price of a fuel at a
    -- station is its row with the highest sequence; where that one has no price, it ended the one
    -- before, whose currency and unit it repeats, at reported_at.
    CREATE TABLE reports (
        sequence INTEGER PRIMARY KEY,
        station INTEGER NOT NULL REFERENCES stations (number),
        fuel INTEGER NOT NULL,       -- code of the wire protocol
        price INTEGER CHECK (price BETWEEN 1 AND 999999),  -- thousandths of the currency; NULL: ended
        currency TEXT NOT NULL,      -- ISO 4217
        unit TEXT NOT NULL,          -- l, kg or m3
        reported_at INTEGER,         -- NULL: unknown
        coordinates TEXT,            -- as the reporter wrote them
        recorded_at INTEGER NOT NULL,  -- when this row was written, never decreasing
        origin TEXT NOT NULL         -- who it came from
    ) STRICT;

    -- Which reports are about a station. Up to the one that meta names 'indexed': an entry for each
    -- report here would cost a page of the log for each, thousands at once share theirs.
    CREATE TABLE reports_by_station (
        station INTEGER NOT NULL,
        fuel INTEGER NOT NULL,
        report INTEGER NOT NULL,
        PRIMARY KEY (station, fuel, report)
    ) STRICT, WITHOUT ROWID;

    -- Ids of the reports of the last 24 hours, in the order of their time.
    CREATE TABLE seen_ids (
        report INTEGER PRIMARY KEY REFERENCES reports (sequence),
        key TEXT NOT NULL,
        digest BLOB NOT NULL,        -- SHA-256 of the report
        new_station INTEGER NOT NULL,
        replaced INTEGER,            -- the price before, thousandths
        at INTEGER NOT NULL
    ) STRICT;

    -- Which report has a key; as reports_by_station.
    CREATE TABLE ids_by_key (
        key TEXT NOT NULL,
        report INTEGER NOT NULL,
        PRIMARY KEY (key, report)
    ) STRICT, WITHOUT ROWID;

    INSERT INTO stations (id, latitude, longitude, name, brand, address, source)
        SELECT id, latitude, longitude, name, brand, address, source FROM stations_1 ORDER BY id;
    INSERT INTO reports (sequence, station, fuel, price, currency, unit, reported_at, coordinates,
                         recorded_at, origin)
        SELECT sequence, number, fuel, price, currency, unit, reported_at, coordinates, recorded_at,
               origin
        FROM reports_1 CROSS JOIN stations ON stations.id = reports_1.station ORDER BY sequence;
    INSERT INTO reports_by_station (station, fuel, report)
        SELECT station, fuel, sequence FROM reports ORDER BY station, fuel, sequence;
    INSERT INTO seen_ids (report, key, digest, new_station, replaced, at)
        SELECT report, key, digest, new_station, replaced, at FROM seen_ids_1 ORDER BY report;
    INSERT INTO ids_by_key (key, report) SELECT key, report FROM seen_ids ORDER BY key, report;
    INSERT INTO meta (name, value) SELECT 'indexed', coalesce(max(sequence), 0) FROM reports;

    DROP TABLE seen_ids_1;
    DROP TABLE reports_1;
    DROP TABLE stations_1;
";

/// From version 2: keeping the data clean (`moderation.rs`).
const VERSION_3: &str = "
    -- What operators did; only appended to, the counts in the transaction of the act itself.
    CREATE TABLE acts (
        number INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        operator TEXT NOT NULL,      -- name, where given, and session
        act TEXT NOT NULL,           -- end, hide, show, merge, withdraw or dismiss
        station INTEGER REFERENCES stations (number),
        fuel INTEGER,
        into_station INTEGER REFERENCES stations (number),
        origin TEXT,                 -- of a withdrawal
        since INTEGER,
        reason TEXT,
        withdrawn INTEGER NOT NULL DEFAULT 0,
        ended INTEGER NOT NULL DEFAULT 0,
        restored INTEGER NOT NULL DEFAULT 0,
        moved INTEGER NOT NULL DEFAULT 0,
        flags INTEGER NOT NULL DEFAULT 0
    ) STRICT;

    -- Reports that count no more.
    CREATE TABLE withdrawn (
        report INTEGER PRIMARY KEY REFERENCES reports (sequence) ON DELETE CASCADE,
        act INTEGER NOT NULL REFERENCES acts (number)
    ) STRICT;

    -- Rows of reports that an act appended so that the last row says what counts.
    CREATE TABLE stand_ins (
        report INTEGER PRIMARY KEY REFERENCES reports (sequence) ON DELETE CASCADE,
        repeats INTEGER REFERENCES reports (sequence),  -- the row it stands in for, or hides
        act INTEGER NOT NULL REFERENCES acts (number)
    ) STRICT;
    CREATE INDEX stand_ins_by_repeated ON stand_ins (repeats) WHERE repeats IS NOT NULL;

    -- What users pointed out; open until an act settles it.
    CREATE TABLE flags (
        number INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        station INTEGER NOT NULL REFERENCES stations (number),
        reason TEXT NOT NULL,        -- price-gone, station-closed or wrong-place
        fuel INTEGER,
        note TEXT,
        origin TEXT NOT NULL,        -- who said so
        settled_by INTEGER REFERENCES acts (number)
    ) STRICT;
    CREATE INDEX open_flags ON flags (station) WHERE settled_by IS NULL;
    CREATE INDEX open_flags_by_origin ON flags (origin) WHERE settled_by IS NULL;
";

/// From version 3: what decides is in the file, so that whoever executes the same entries over the same
/// file comes to the same.
const VERSION_4: &str = "
    -- Reports for whose reporters nobody vouches, waiting for a second one who says the same.
    CREATE TABLE claims (
        number INTEGER PRIMARY KEY,  -- in the order in which they came
        station INTEGER NOT NULL REFERENCES stations (number),
        fuel INTEGER NOT NULL,
        price INTEGER NOT NULL,      -- thousandths of the currency
        witness TEXT NOT NULL,       -- what tells the reporter from others
        at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX claims_by_price ON claims (station, fuel);
    CREATE INDEX claims_by_time ON claims (at);
";

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
