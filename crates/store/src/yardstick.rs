//! What the journal is measured beside: the bare disk, and SQLite used plainly.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};

/// Writes of 4 KiB at the end of a file, each synced (`fdatasync`). The file goes with this.
#[derive(Debug)]
pub struct RawSyncs {
    path: PathBuf,
    file: File,
}

impl RawSyncs {
    /// A new file in this directory.
    ///
    /// # Errors
    /// The system's.
    pub fn new(directory: &Path) -> io::Result<Self> {
        let path = directory.join("raw-syncs");
        let file = File::create(&path)?;
        Ok(Self { path, file })
    }

    /// One write, synced.
    ///
    /// # Errors
    /// The system's.
    pub fn once(&mut self) -> io::Result<()> {
        self.file.write_all(&[7; 4096])?;
        self.file.sync_data()
    }
}

impl Drop for RawSyncs {
    fn drop(&mut self) {
        // It lies in a directory that is deleted with what it holds.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Prices inserted into an SQLite file, one a transaction, with the journal's own settings
/// (write-ahead log, every commit synced) and one index.
#[derive(Debug)]
pub struct SingleRows {
    connection: Connection,
    count: u32,
}

impl SingleRows {
    /// A new file in this directory.
    ///
    /// # Errors
    /// SQLite's.
    pub fn new(directory: &Path) -> rusqlite::Result<Self> {
        let connection = Connection::open(directory.join("single-rows.db"))?;
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.execute_batch(
            "CREATE TABLE prices (sequence INTEGER PRIMARY KEY, station TEXT, fuel INTEGER, price INTEGER, at INTEGER);
             CREATE INDEX prices_by_station ON prices (station, fuel);",
        )?;
        Ok(Self { connection, count: 0 })
    }

    /// One price, durable.
    ///
    /// # Errors
    /// SQLite's.
    pub fn once(&mut self) -> rusqlite::Result<()> {
        let count = self.count;
        self.count = count.wrapping_add(1);
        let station = format!("it-{}", count.wrapping_mul(7919) % 10_000);
        let sql = "INSERT INTO prices (station, fuel, price, at) VALUES (?1, ?2, ?3, ?4)";
        self.connection.prepare_cached(sql)?.execute(params![station, count % 3, 1 + count % 999_999, count])?;
        Ok(())
    }
}

/// How many [`RawSyncs`] a second.
///
/// # Errors
/// The system's.
pub fn raw_syncs(directory: &Path, time: Duration) -> io::Result<f64> {
    let mut raw = RawSyncs::new(directory)?;
    per_second(time, || raw.once())
}

/// How many [`SingleRows`] a second.
///
/// # Errors
/// SQLite's.
pub fn single_row_transactions(directory: &Path, time: Duration) -> rusqlite::Result<f64> {
    let mut single = SingleRows::new(directory)?;
    per_second(time, || single.once())
}

fn per_second<E>(time: Duration, mut once: impl FnMut() -> Result<(), E>) -> Result<f64, E> {
    let (started, mut count) = (Instant::now(), 0_u32);
    while started.elapsed() < time {
        once()?;
        count += 1;
    }
    Ok(f64::from(count) / started.elapsed().as_secs_f64())
}
