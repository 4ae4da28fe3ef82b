//! What the journal is measured beside: the bare disk, and SQLite used plainly.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};

/// Writes of 4 KiB at the end of a file in this directory, each synced (`fdatasync`): how many a
/// second.
///
/// # Errors
/// The system's.
pub fn raw_syncs(directory: &Path, time: Duration) -> io::Result<f64> {
    let path = directory.join("raw-syncs");
    let mut file = File::create(&path)?;
    let (started, mut count) = (Instant::now(), 0_u32);
    while started.elapsed() < time {
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        count += 1;
    }
    let rate = f64::from(count) / started.elapsed().as_secs_f64();
    std::fs::remove_file(path)?;
    Ok(rate)
}

/// Prices inserted into an SQLite file of this directory, one a transaction, with the journal's own
/// settings (write-ahead log, every commit synced) and one index: how many a second.
///
/// # Errors
/// SQLite's.
pub fn single_row_transactions(directory: &Path, time: Duration) -> rusqlite::Result<f64> {
    let connection = Connection::open(directory.join("single-rows.db"))?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute_batch(
        "CREATE TABLE prices (sequence INTEGER PRIMARY KEY, station TEXT, fuel INTEGER, price INTEGER, at INTEGER);
         CREATE INDEX prices_by_station ON prices (station, fuel);",
    )?;
    let mut insert = connection.prepare("INSERT INTO prices (station, fuel, price, at) VALUES (?1, ?2, ?3, ?4)")?;
    let (started, mut count) = (Instant::now(), 0_u32);
    while started.elapsed() < time {
        let station = format!("it-{}", count.wrapping_mul(7919) % 10_000);
        insert.execute(params![station, count % 3, 1 + count % 999_999, count])?;
        count += 1;
    }
    Ok(f64::from(count) / started.elapsed().as_secs_f64())
}
