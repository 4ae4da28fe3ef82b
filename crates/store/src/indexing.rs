//! The two tables that only find rows of others (`reports_by_station`, `ids_by_key`), filled by the
//! writer in bulk.
//!
//! An index that SQLite keeps writes, for each report of a batch, the page where it belongs: with
//! many stations one page a report, which is most of what a batch writes. Here a batch only appends;
//! now and then all that was appended since is put into the indexes at once, in their order, so that
//! thousands of reports share the pages. What is not indexed yet is found by reading the end of the
//! history, which is short ([`crate::limits::MAX_UNINDEXED`]), and the ids there are also kept in memory.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Result, Row, params};

/// How far the indexes reach, and the ids behind that.
#[derive(Debug, Default)]
pub(crate) struct Indexing {
    /// Everything up to this place of the history is indexed.
    indexed: i64,
    /// The last place of the history.
    newest: i64,
    /// The report of each id behind `indexed`.
    ids: HashMap<Box<str>, i64>,
}

impl Indexing {
    /// As the file says.
    pub(crate) fn load(connection: &Connection) -> Result<Self> {
        let indexed = indexed(connection)?;
        let newest = "SELECT coalesce(max(sequence), 0) FROM reports";
        let newest = connection.query_row(newest, [], |row| row.get(0))?;
        let mut statement = connection.prepare("SELECT key, report FROM seen_ids WHERE report > ?1 ORDER BY report")?;
        let id = |row: &Row<'_>| Ok((row.get::<_, String>(0)?.into(), row.get(1)?));
        let ids = statement.query_map([indexed], id)?.collect::<Result<_>>()?;
        Ok(Self { indexed, newest, ids })
    }

    /// A report was appended to the history.
    pub(crate) fn note_report(&mut self, sequence: i64) {
        self.newest = sequence;
    }

    /// The id of a report just appended.
    pub(crate) fn note_id(&mut self, key: &str, report: i64) {
        self.ids.insert(key.into(), report);
    }

    /// The last report that had this key, if it is still remembered.
    pub(crate) fn report_of(&self, connection: &Connection, key: &str) -> Result<Option<i64>> {
        if let Some(report) = self.ids.get(key) {
            return Ok(Some(*report));
        }
        let sql = "SELECT report FROM ids_by_key WHERE key = ?1 ORDER BY report DESC LIMIT 1";
        connection.prepare_cached(sql)?.query_row([key], |row| row.get(0)).optional()
    }

    /// Takes an id out that is in `seen_ids` no more.
    pub(crate) fn forget_id(&mut self, connection: &Connection, key: &str, report: i64) -> Result<()> {
        if self.ids.get(key) == Some(&report) {
            self.ids.remove(key);
        }
        let sql = "DELETE FROM ids_by_key WHERE key = ?1 AND report = ?2";
        connection.prepare_cached(sql)?.execute(params![key, report]).map(drop)
    }

    /// The last place of the history.
    pub(crate) const fn newest(&self) -> i64 {
        self.newest
    }

    /// Up to which place the history is indexed.
    pub(crate) const fn reach(&self) -> i64 {
        self.indexed
    }

    /// How many reports are not indexed.
    pub(crate) fn behind(&self) -> i64 {
        self.newest - self.indexed
    }

    /// Indexes all that is not, in the caller's transaction.
    pub(crate) fn catch_up(&mut self, connection: &Connection) -> Result<()> {
        if self.newest == self.indexed {
            return Ok(());
        }
        let reports = "INSERT INTO reports_by_station (station, fuel, report)
                       SELECT station, fuel, sequence FROM reports WHERE sequence > ?1
                       ORDER BY station, fuel, sequence";
        let ids = "INSERT INTO ids_by_key (key, report)
                   SELECT key, report FROM seen_ids WHERE report > ?1 ORDER BY key, report";
        let done = "INSERT INTO meta (name, value) VALUES ('indexed', ?1)
                    ON CONFLICT (name) DO UPDATE SET value = ?1";
        connection.prepare_cached(reports)?.execute([self.indexed])?;
        connection.prepare_cached(ids)?.execute([self.indexed])?;
        connection.prepare_cached(done)?.execute([self.newest])?;
        self.indexed = self.newest;
        self.ids.clear();
        Ok(())
    }
}

/// Up to which place the history is indexed.
pub(crate) fn indexed(connection: &Connection) -> Result<i64> {
    let sql = "SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'indexed'";
    Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?.unwrap_or(0))
}
