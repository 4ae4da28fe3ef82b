//! The audit: who did what, when and why. Only appended to.

use posto_market::{Act, Change, StationId, Timestamp};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

use super::{Moderated, Moderation, PastAct};
use crate::rows;

/// Writes down that an order is carried out; its number.
pub(super) fn begin(connection: &Connection, order: &Moderation, at: Timestamp) -> Result<i64> {
    let (station, fuel, into, origin) = match &order.act {
        Act::End { station, fuel } => (Some(station), Some(fuel.code()), None, None),
        Act::Hide { station } | Act::Show { station } | Act::Dismiss { station } => (Some(station), None, None, None),
        Act::Merge { from, into } => (Some(from), None, Some(into), None),
        Act::Withdraw { origin, since } => (None, None, None, Some((origin, since.millis()))),
    };
    let operator = order.operator.iter().chain([&order.session]).map(String::as_str).collect::<Vec<_>>().join(", ");
    let sql = "INSERT INTO acts (at, operator, act, station, fuel, into_station, origin, since, reason)
               VALUES (?1, ?2, ?3, (SELECT number FROM stations WHERE id = ?4), ?5,
                       (SELECT number FROM stations WHERE id = ?6), ?7, ?8, ?9)";
    connection.prepare_cached(sql)?.insert(params![
        at.millis(),
        operator,
        order.act.name(),
        station.map(StationId::as_str),
        fuel,
        into.map(StationId::as_str),
        origin.map(|(origin, _)| origin),
        origin.map(|(_, since)| since),
        order.reason.as_ref().map(posto_market::Label::as_str),
    ])
}

/// Writes down, in the same transaction, what it did.
pub(super) fn finish(connection: &Connection, number: i64, done: &Moderated) -> Result<()> {
    let sql = "UPDATE acts SET withdrawn = ?2, ended = ?3, restored = ?4, moved = ?5, flags = ?6 WHERE number = ?1";
    let counts = [done.withdrawn, done.ended, done.restored, done.moved, done.flags];
    let [withdrawn, ended, restored, moved, flags] = counts.map(|count| i64::try_from(count).unwrap_or(i64::MAX));
    connection.prepare_cached(sql)?.execute(params![number, withdrawn, ended, restored, moved, flags]).map(drop)
}

/// Writes down that a row of the history stands in for an earlier one, or for none.
pub(super) fn note_stand_in(connection: &Connection, report: i64, repeats: Option<i64>, act: i64) -> Result<()> {
    let sql = "INSERT INTO stand_ins (report, repeats, act) VALUES (?1, ?2, ?3)";
    connection.prepare_cached(sql)?.execute(params![report, repeats, act]).map(drop)
}

/// The stations out of sight, as changes of the book: what the last act about the sight of each says.
/// None where the file is of a version that had no acts.
pub(crate) fn out_of_sight(connection: &Connection) -> Result<Vec<Change>> {
    if !is_kept(connection)? {
        return Ok(Vec::new());
    }
    let sql = "SELECT hidden.id, other.id FROM
                   (SELECT max(number) AS last FROM acts WHERE act IN ('hide', 'show', 'merge') GROUP BY station)
               JOIN acts ON acts.number = last JOIN stations AS hidden ON hidden.number = acts.station
               LEFT JOIN stations AS other ON other.number = acts.into_station
               WHERE acts.act <> 'show' ORDER BY acts.number";
    let mut statement = connection.prepare(sql)?;
    let changes = statement
        .query_map([], |row| Ok(Change::Hide { station: rows::station_id(row, 0)?, into: optional_id(row, 1)? }))?;
    changes.collect()
}

/// When the last act was done.
pub(crate) fn last(connection: &Connection) -> Result<Option<Timestamp>> {
    if !is_kept(connection)? {
        return Ok(None);
    }
    let sql = "SELECT at FROM acts ORDER BY number DESC LIMIT 1";
    Ok(connection.query_row(sql, [], |row| row.get(0)).optional()?.map(Timestamp::from_millis))
}

/// Whether the file is of a version that has acts.
fn is_kept(connection: &Connection) -> Result<bool> {
    let exists = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'acts'";
    connection.query_row(exists, [], |row| row.get::<_, i64>(0)).map(|count| count > 0)
}

/// The acts before this number (`None`: all), the latest first.
pub(crate) fn list(connection: &Connection, before: Option<i64>, limit: usize) -> Result<Vec<PastAct>> {
    let sql = "SELECT acts.number, at, operator, act, one.id, fuel, other.id, origin, since, reason,
                      withdrawn, ended, restored, moved, flags
               FROM acts LEFT JOIN stations AS one ON one.number = acts.station
               LEFT JOIN stations AS other ON other.number = acts.into_station
               WHERE acts.number < ?1 ORDER BY acts.number DESC LIMIT ?2";
    let (before, limit) = (before.unwrap_or(i64::MAX), i64::try_from(limit).unwrap_or(i64::MAX));
    connection.prepare_cached(sql)?.query_map(params![before, limit], past)?.collect()
}

fn past(row: &Row<'_>) -> Result<PastAct> {
    let count = |column| -> Result<u64> { Ok(u64::try_from(row.get::<_, i64>(column)?).unwrap_or(0)) };
    let number = row.get(0)?;
    let done = Moderated {
        changed: true,
        dry_run: false,
        number: Some(number),
        withdrawn: count(10)?,
        ended: count(11)?,
        restored: count(12)?,
        moved: count(13)?,
        flags: count(14)?,
    };
    Ok(PastAct {
        number,
        at: Timestamp::from_millis(row.get(1)?),
        operator: row.get(2)?,
        act: row.get(3)?,
        station: optional_id(row, 4)?,
        fuel: if row.get_ref(5)? == ValueRef::Null { None } else { Some(rows::fuel(row, 5)?) },
        into: optional_id(row, 6)?,
        origin: row.get(7)?,
        since: row.get::<_, Option<i64>>(8)?.map(Timestamp::from_millis),
        reason: row.get(9)?,
        done,
    })
}

fn optional_id(row: &Row<'_>, column: usize) -> Result<Option<StationId>> {
    if row.get_ref(column)? == ValueRef::Null { Ok(None) } else { rows::station_id(row, column).map(Some) }
}
