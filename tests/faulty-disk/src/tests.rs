//! SQLite itself on the disk: what it committed survives, and a check on it bites.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::{Fault, FaultyDisk, Survivors, VFS};

fn open(directory: &str, synchronous: &str) -> rusqlite::Result<Connection> {
    let path = Path::new(directory).join("numbers.db");
    let connection = Connection::open_with_flags_and_vfs(path, OpenFlags::default(), VFS)?;
    connection.execute_batch(&format!("PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous}"))?;
    connection.execute_batch("CREATE TABLE IF NOT EXISTS numbers (n INTEGER PRIMARY KEY)")?;
    Ok(connection)
}

/// Counts 0, 1, 2… each in a transaction of its own until the crash; how many were committed, and
/// how many are there after the restart.
fn count_until_crash(seed: u64, synchronous: &str) -> (i64, i64) {
    let directory = format!("/faulty/{synchronous}/{seed}");
    let disk = FaultyDisk::mount(&directory);
    disk.break_with(Fault::CrashAt(seed + 1));
    let committed = open(&directory, synchronous).map_or(0, |connection| {
        (0..).take_while(|n| connection.execute("INSERT INTO numbers VALUES (?1)", [n]).is_ok()).count()
    });
    assert!(disk.has_crashed());
    disk.restart(if seed.is_multiple_of(2) { Survivors::Synced } else { Survivors::SomeUnsynced { seed } });
    let connection = open(&directory, synchronous).unwrap();
    let there = connection.query_row("SELECT count(*) FROM numbers", [], |row| row.get(0)).unwrap();
    (committed.try_into().unwrap(), there)
}

#[test]
fn what_sqlite_committed_with_full_syncs_survives_every_crash() {
    for seed in 0..200 {
        let (committed, there) = count_until_crash(seed, "FULL");
        assert!(there == committed || there == committed + 1, "seed {seed}: {committed} committed, {there} there");
    }
}

#[test]
fn without_syncs_something_is_lost() {
    assert!((0..50).map(|seed| count_until_crash(2 * seed, "OFF")).any(|(committed, there)| there < committed));
}
