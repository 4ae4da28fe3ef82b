//! The ids of the last 24 hours' reports (PROTOCOL §5): a repeat gets the first one's outcome.

use posto_market::{Price, Timestamp};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

use crate::id::ReportId;
use crate::indexing::Indexing;
use crate::limits::{MAX_IDS_FORGOTTEN, REMEMBER_IDS_FOR};
use crate::outcome::{Outcome, Reported};
use crate::rows::{self, AFTER_QUOTE, QUOTE_COLUMNS};

/// What came of the report with this id, if it was written within the last 24 hours:
/// [`Outcome::IdReused`] where that one said something else.
pub(crate) fn recall(
    connection: &Connection,
    indexing: &Indexing,
    id: &ReportId,
    now: Timestamp,
) -> Result<Option<Outcome>> {
    let Some(report) = indexing.report_of(connection, id.key())? else { return Ok(None) };
    let oldest = now.before(REMEMBER_IDS_FOR).millis();
    let mut statement = connection.prepare_cached(&sql())?;
    let outcome = statement.query_row(params![report, oldest], |row| outcome(row, id, report));
    outcome.optional()
}

fn sql() -> String {
    format!(
        "SELECT {QUOTE_COLUMNS}, stations.id, digest, new_station, replaced, at
         FROM seen_ids JOIN reports ON sequence = report JOIN stations ON number = station
         WHERE report = ?1 AND at >= ?2"
    )
}

fn outcome(row: &Row<'_>, id: &ReportId, report: i64) -> Result<Outcome> {
    const STATION: usize = AFTER_QUOTE;
    if row.get::<_, [u8; 32]>(STATION + 1)? != *id.digest() {
        return Ok(Outcome::IdReused);
    }
    let (_, quote) = rows::quote(row)?;
    let replaced = STATION + 3;
    let replaced = if row.get_ref(replaced)? == ValueRef::Null { None } else { Some(rows::price(row, replaced)?) };
    Ok(Outcome::Reported(Reported {
        station: rows::station_id(row, STATION)?,
        new_station: row.get(STATION + 2)?,
        first_price: replaced.is_none(),
        replaced,
        price: quote.price,
        currency: quote.currency,
        unit: quote.unit,
        at: Timestamp::from_millis(row.get(STATION + 4)?),
        position: u64::try_from(report).unwrap_or(0),
    }))
}

/// Remembers the id of the report at this place of the history.
pub(crate) fn remember(
    connection: &Connection,
    indexing: &mut Indexing,
    id: &ReportId,
    (sequence, reported): (i64, &Reported),
) -> Result<()> {
    // An outdated row with the same key may still be there: the later one counts.
    let sql = "INSERT INTO seen_ids (report, key, digest, new_station, replaced, at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    connection.prepare_cached(sql)?.execute(params![
        sequence,
        id.key(),
        id.digest(),
        reported.new_station,
        reported.replaced.map(Price::thousandths),
        reported.at.millis(),
    ])?;
    indexing.note_id(id.key(), sequence);
    Ok(())
}

/// Forgets outdated ids, the oldest first. Rows are in the order of their time, so that looking at
/// the first one says whether there are any.
pub(crate) fn forget(connection: &Connection, indexing: &mut Indexing, now: Timestamp) -> Result<()> {
    let first = "SELECT at FROM seen_ids ORDER BY report LIMIT 1";
    let first: Option<i64> = connection.prepare_cached(first)?.query_row([], |row| row.get(0)).optional()?;
    let oldest = now.before(REMEMBER_IDS_FOR).millis();
    if first.is_none_or(|at| at >= oldest) {
        return Ok(());
    }
    let sql = "DELETE FROM seen_ids
               WHERE report IN (SELECT report FROM seen_ids ORDER BY report LIMIT ?2) AND at < ?1
               RETURNING key, report";
    let most = i64::try_from(MAX_IDS_FORGOTTEN).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(sql)?;
    let mut forgotten = statement.query(params![oldest, most])?;
    while let Some(row) = forgotten.next()? {
        indexing.forget_id(connection, row.get_ref(0)?.as_str()?, row.get(1)?)?;
    }
    Ok(())
}
