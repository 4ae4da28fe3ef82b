//! Whether a journal's file is whole; it is only read, and a server may go on writing in it.

use std::path::{Path, PathBuf};

use posto_market::{Book, Change, Fuel, Timestamp};
use rusqlite::{Connection, Result};

use crate::error::OpenError;
use crate::following;
use crate::indexing;
use crate::load::{self, Loaded};
use crate::moderation::audit;
use crate::ordered::Followed;
use crate::readonly::Journal;

/// Most defects told of one kind.
const MAX_DEFECTS: usize = 20;

/// What a look through the whole file found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// The file.
    pub path: PathBuf,
    /// The number that says whose file it is.
    pub application_id: i32,
    /// The version of its tables.
    pub version: i32,
    /// The book's random id.
    pub book_id: String,
    /// Stations.
    pub stations: usize,
    /// Current prices.
    pub prices: usize,
    /// Rows of the history.
    pub reports: u64,
    /// Ids of reports that are remembered.
    pub ids: u64,
    /// Stations that never had a price: no defect, a feed may list them.
    pub stations_without_prices: u64,
    /// Stations that an operator took out of sight.
    pub out_of_sight: usize,
    /// What operators did.
    pub acts: u64,
    /// Reports that were withdrawn.
    pub withdrawn: u64,
    /// Flags of users that nobody has looked at.
    pub flags: u64,
    /// The place of the newest row of the history; 0 where there is none.
    pub newest_sequence: i64,
    /// When that row was written.
    pub newest_at: Option<Timestamp>,
    /// The replicated log that it follows, and how far.
    pub followed: Option<Followed>,
    /// What is wrong, one line each; empty: the file is whole.
    pub defects: Vec<String>,
}

/// Looks through the whole journal of a directory.
///
/// # Errors
/// [`OpenError`]: there is no journal, or so little of it can be read that nothing can be said.
pub fn verify(directory: &Path) -> std::result::Result<Verification, OpenError> {
    let journal = Journal::open(directory)?;
    let fail = journal.fail();
    // One moment for all that follows, whatever a server writes meanwhile.
    let moment = journal.connection.unchecked_transaction().map_err(&fail)?;
    let mut defects = integrity(&moment).map_err(&fail)?;
    defects.extend(orphans(&moment).map_err(&fail)?);
    defects.extend(indexes(&moment).map_err(&fail)?);
    let loaded = load::load(&moment).map_err(&fail)?;
    let counts = loaded.book.counts();
    let number = |sql| moment.query_row(sql, [], |row| row.get::<_, i64>(0)).map_err(&fail);
    let count = |sql| number(sql).map(|count| u64::try_from(count).unwrap_or(0));
    let reports = count("SELECT count(*) FROM reports")?;
    if reports != loaded.reports {
        defects.push(format!("the history has {reports} rows, by their numbers it should have {}", loaded.reports));
    }
    let moderated = moderated(&moment, &loaded.book, journal.version).map_err(&fail)?;
    defects.extend(moderated.defects);
    let followed = following::followed(&moment).map_err(&fail)?;
    if followed.is_some() {
        defects.extend(ahead(&moment, &loaded).map_err(&fail)?);
    }
    Ok(Verification {
        path: journal.path.clone(),
        application_id: moment.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(&fail)?,
        version: journal.version,
        book_id: loaded.book_id,
        stations: counts.stations,
        prices: counts.prices,
        reports,
        ids: count("SELECT count(*) FROM seen_ids")?,
        stations_without_prices: count(
            "SELECT count(*) FROM stations
             WHERE NOT EXISTS (SELECT 1 FROM reports_by_station WHERE station = number)
             AND number NOT IN (SELECT station FROM reports WHERE sequence >
                                (SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'indexed'))",
        )?,
        out_of_sight: moderated.out_of_sight,
        acts: moderated.acts,
        withdrawn: moderated.withdrawn,
        flags: moderated.flags,
        newest_sequence: number("SELECT coalesce(max(sequence), 0) FROM reports")?,
        newest_at: loaded.last,
        followed,
        defects,
    })
}

/// What SQLite finds wrong in its pages, indexes and constraints.
fn integrity(connection: &Connection) -> Result<Vec<String>> {
    let mut statement = connection.prepare(&format!("PRAGMA integrity_check({MAX_DEFECTS})"))?;
    let told = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>>>()?;
    Ok(told.into_iter().filter(|line| line != "ok").collect())
}

/// What operators did, and whether the current prices say so.
#[derive(Default)]
struct ModeratedFile {
    out_of_sight: usize,
    acts: u64,
    withdrawn: u64,
    flags: u64,
    defects: Vec<String>,
}

fn moderated(connection: &Connection, book: &Book, version: i32) -> Result<ModeratedFile> {
    if version < 3 {
        return Ok(ModeratedFile::default());
    }
    let count = |sql| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).map(|n| u64::try_from(n).unwrap_or(0));
    let hidden: Vec<_> = audit::out_of_sight(connection)?
        .into_iter()
        .filter_map(|change| if let Change::Hide { station, .. } = change { Some(station) } else { None })
        .collect();
    let priced = hidden.iter().filter(|id| Fuel::ALL.into_iter().any(|fuel| book.quote(id, fuel).is_some()));
    Ok(ModeratedFile {
        out_of_sight: hidden.len(),
        acts: count("SELECT count(*) FROM acts")?,
        withdrawn: count("SELECT count(*) FROM withdrawn")?,
        flags: count("SELECT count(*) FROM flags WHERE settled_by IS NULL")?,
        defects: priced.take(MAX_DEFECTS).map(|id| format!("station {id} is out of sight and has a price")).collect(),
    })
}

/// Whether the log that the file follows is not known to be as late as what was executed of it: a row is
/// later than its entry only where several were of one millisecond.
fn ahead(connection: &Connection, loaded: &Loaded) -> Result<Option<String>> {
    let told = following::time(connection)?.millis();
    let newest = loaded.last.max(loaded.last_act).map_or(i64::MIN, Timestamp::millis);
    let few = i64::try_from(loaded.reports).unwrap_or(i64::MAX);
    let is_ahead = told < newest.saturating_sub(few);
    Ok(is_ahead.then(|| format!("the newest row is of {newest}, but the stream was followed only up to {told}")))
}

/// Whether the indexes that the writer keeps have what they must have, and nothing else.
pub(crate) fn indexes(connection: &Connection) -> Result<Vec<String>> {
    let checks = [
        (
            "reports are missing in reports_by_station",
            "SELECT count(*) FROM reports WHERE sequence <= ?1 AND NOT EXISTS (
                 SELECT 1 FROM reports_by_station AS entry
                 WHERE entry.station = reports.station AND entry.fuel = reports.fuel AND report = sequence)",
        ),
        (
            "rows of reports_by_station name no report",
            "SELECT count(*) FROM reports_by_station AS entry WHERE report > ?1 OR NOT EXISTS (
                 SELECT 1 FROM reports
                 WHERE sequence = report AND reports.station = entry.station AND reports.fuel = entry.fuel)",
        ),
        (
            "ids are missing in ids_by_key",
            "SELECT count(*) FROM seen_ids AS seen WHERE report <= ?1 AND NOT EXISTS (
                 SELECT 1 FROM ids_by_key AS entry WHERE entry.key = seen.key AND entry.report = seen.report)",
        ),
        (
            "rows of ids_by_key name no id",
            "SELECT count(*) FROM ids_by_key AS entry WHERE report > ?1 OR NOT EXISTS (
                 SELECT 1 FROM seen_ids AS seen WHERE seen.report = entry.report AND seen.key = entry.key)",
        ),
    ];
    let (indexed, mut defects) = (indexing::indexed(connection)?, Vec::new());
    for (what, sql) in checks {
        let count: i64 = connection.query_row(sql, [indexed], |row| row.get(0))?;
        if count > 0 {
            defects.push(format!("index: {count} {what}"));
        }
    }
    Ok(defects)
}

/// Rows that name a row that is not there.
fn orphans(connection: &Connection) -> Result<Vec<String>> {
    let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
    let told = statement.query_map([], |row| {
        let (table, row, parent): (String, Option<i64>, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(format!("orphaned: row {} of {table} names a row of {parent} that is not there", row.unwrap_or(0)))
    })?;
    told.take(MAX_DEFECTS).collect()
}
