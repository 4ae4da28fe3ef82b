//! The ids of the last 24 hours' reports (PROTOCOL §5): a repeat gets the first one's outcome.

use posto_market::{Price, Timestamp};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

use crate::id::ReportId;
use crate::limits::{MAX_IDS_FORGOTTEN, REMEMBER_IDS_FOR};
use crate::outcome::{Outcome, Reported};
use crate::rows;

/// What came of the report with this id, if it was written within the last 24 hours:
/// [`Outcome::IdReused`] where that one said something else.
pub(crate) fn recall(connection: &Connection, id: &ReportId, now: Timestamp) -> Result<Option<Outcome>> {
    let sql = "SELECT station, fuel, price, currency, unit, reported_at, coordinates, digest, new_station, replaced, at
               FROM seen_ids JOIN reports ON sequence = report WHERE key = ?1 AND at >= ?2";
    let oldest = now.before(REMEMBER_IDS_FOR).millis();
    let mut statement = connection.prepare_cached(sql)?;
    let outcome = statement.query_row(params![id.key(), oldest], |row| outcome(row, id));
    outcome.optional()
}

fn outcome(row: &Row<'_>, id: &ReportId) -> Result<Outcome> {
    if row.get::<_, [u8; 32]>(7)? != *id.digest() {
        return Ok(Outcome::IdReused);
    }
    let (station, _, quote) = rows::quote(row)?;
    let replaced = if row.get_ref(9)? == ValueRef::Null { None } else { Some(rows::price(row, 9)?) };
    Ok(Outcome::Reported(Reported {
        station,
        new_station: row.get(8)?,
        first_price: replaced.is_none(),
        replaced,
        price: quote.price,
        currency: quote.currency,
        unit: quote.unit,
        at: Timestamp::from_millis(row.get(10)?),
    }))
}

/// Remembers the id of the report at this place of the history.
pub(crate) fn remember(connection: &Connection, id: &ReportId, sequence: i64, reported: &Reported) -> Result<()> {
    // An outdated row with the same key may still be there: it is replaced.
    let sql = "INSERT OR REPLACE INTO seen_ids (report, key, digest, new_station, replaced, at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    connection.prepare_cached(sql)?.execute(params![
        sequence,
        id.key(),
        id.digest(),
        reported.new_station,
        reported.replaced.map(Price::thousandths),
        reported.at.millis(),
    ])?;
    Ok(())
}

/// Forgets outdated ids, the oldest first. Rows are in the order of their time, so that looking at
/// the first one says whether there are any.
pub(crate) fn forget(connection: &Connection, now: Timestamp) -> Result<()> {
    let first = "SELECT at FROM seen_ids ORDER BY report LIMIT 1";
    let first: Option<i64> = connection.prepare_cached(first)?.query_row([], |row| row.get(0)).optional()?;
    let oldest = now.before(REMEMBER_IDS_FOR).millis();
    if first.is_some_and(|at| at < oldest) {
        let sql = "DELETE FROM seen_ids
                   WHERE report IN (SELECT report FROM seen_ids ORDER BY report LIMIT ?2) AND at < ?1";
        let most = i64::try_from(MAX_IDS_FORGOTTEN).unwrap_or(i64::MAX);
        connection.prepare_cached(sql)?.execute(params![oldest, most])?;
    }
    Ok(())
}
