//! Old prices forgotten, a little at a time, in the writer's idle time. Never a current price.

use std::time::{Duration, Instant};

use posto_market::Timestamp;
use rusqlite::{Connection, OptionalExtension, Result, params};

use crate::limits::{PRUNE_EVERY, PRUNE_PAUSE, PRUNE_ROWS, REMEMBER_IDS_FOR};

/// How far the history has been gone through.
#[derive(Debug)]
pub(crate) struct Retention {
    keep: Duration,
    /// Everything up to this place has been looked at in this round.
    looked_at: i64,
    /// When this round ended; `None` while it goes on.
    rested_since: Option<Instant>,
}

impl Retention {
    pub(crate) fn new(keep: Duration) -> Self {
        Self { keep: keep.max(REMEMBER_IDS_FOR), looked_at: 0, rested_since: None }
    }

    /// How long the writer may wait for work before the next step.
    pub(crate) fn patience(&self) -> Duration {
        let rest = self.rested_since.map(|since| PRUNE_EVERY.saturating_sub(since.elapsed()));
        rest.unwrap_or(PRUNE_PAUSE).max(PRUNE_PAUSE)
    }

    /// Looks at the next [`PRUNE_ROWS`] old rows and deletes those that are not current, in the
    /// caller's transaction, in which everything is indexed.
    pub(crate) fn step(&mut self, connection: &Connection, now: Timestamp) -> Result<()> {
        let oldest = now.before(self.keep).millis();
        match last_of_step(connection, self.looked_at, oldest)? {
            Some(last) => {
                let forgotten = forget(connection, self.looked_at, last)?;
                count(connection, forgotten)?;
                (self.looked_at, self.rested_since) = (last, None);
            }
            None => (self.looked_at, self.rested_since) = (0, Some(Instant::now())),
        }
        Ok(())
    }
}

/// The last of the next old rows. Rows are in the order of the time they were written at.
fn last_of_step(connection: &Connection, after: i64, oldest: i64) -> Result<Option<i64>> {
    let sql = "SELECT max(sequence) FROM
               (SELECT sequence, recorded_at FROM reports WHERE sequence > ?1 ORDER BY sequence LIMIT ?2)
               WHERE recorded_at < ?3";
    connection.prepare_cached(sql)?.query_row(params![after, PRUNE_ROWS, oldest], |row| row.get(0))
}

/// Deletes what is neither current nor named by an id that is still remembered, nor stood in for by
/// a later row: a hidden station that is shown again has its prices.
fn forget(connection: &Connection, after: i64, last: i64) -> Result<usize> {
    let sql = "DELETE FROM reports WHERE sequence > ?1 AND sequence <= ?2
               AND EXISTS (SELECT 1 FROM reports_by_station AS newer WHERE newer.station = reports.station
                           AND newer.fuel = reports.fuel AND newer.report > reports.sequence)
               AND NOT EXISTS (SELECT 1 FROM seen_ids WHERE report = reports.sequence)
               AND NOT EXISTS (SELECT 1 FROM stand_ins WHERE repeats = reports.sequence)
               RETURNING station, fuel, sequence";
    let entry = "DELETE FROM reports_by_station WHERE station = ?1 AND fuel = ?2 AND report = ?3";
    let (mut statement, mut entry) = (connection.prepare_cached(sql)?, connection.prepare_cached(entry)?);
    let (mut deleted, mut forgotten) = (statement.query(params![after, last])?, 0);
    while let Some(row) = deleted.next()? {
        let [station, fuel, sequence]: [i64; 3] = [row.get(0)?, row.get(1)?, row.get(2)?];
        entry.execute([station, fuel, sequence])?;
        forgotten += 1;
    }
    Ok(forgotten)
}

fn count(connection: &Connection, forgotten: usize) -> Result<()> {
    let forgotten = i64::try_from(forgotten).unwrap_or(i64::MAX);
    if forgotten > 0 {
        let sql = "INSERT INTO meta (name, value) VALUES ('forgotten', ?1)
                   ON CONFLICT (name) DO UPDATE SET value = CAST(value AS INTEGER) + ?1";
        connection.prepare_cached(sql)?.execute([forgotten])?;
    }
    Ok(())
}

/// How many rows of the history have been forgotten so far.
pub(crate) fn forgotten(connection: &Connection) -> Result<i64> {
    let sql = "SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'forgotten'";
    Ok(connection.query_row(sql, [], |row| row.get(0)).optional()?.unwrap_or(0))
}
