//! What users point out: kept within bounds, counted once for each origin, until an operator's act
//! about the station settles it.

use posto_market::{Act, FlagReason, Fuel, StationId, Timestamp};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

use super::{Flag, FlagGroup};
use crate::limits::{MAX_FLAGS, MAX_FLAGS_OF_ORIGIN, MAX_FLAGS_OF_STATION};
use crate::rows;

/// Keeps a flag about a station; whether it was: a repeat is not, nor what is beyond the bounds.
pub(crate) fn put(connection: &Connection, flag: &Flag, station: &StationId, at: Timestamp) -> Result<bool> {
    let number = rows::station_number(connection, station)?;
    let (reason, fuel) = (flag.reason.slug(), flag.fuel.map(Fuel::code));
    let same = "SELECT 1 FROM flags WHERE settled_by IS NULL AND station = ?1 AND reason = ?2 AND fuel IS ?3
                AND origin = ?4";
    let same = connection.prepare_cached(same)?.query_row(params![number, reason, fuel, flag.origin], |_| Ok(()));
    if same.optional()?.is_some() || !has_room(connection, number, &flag.origin)? {
        return Ok(false);
    }
    let sql = "INSERT INTO flags (at, station, reason, fuel, note, origin) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let note = flag.note.as_ref().map(posto_market::Label::as_str);
    connection.prepare_cached(sql)?.execute(params![at.millis(), number, reason, fuel, note, flag.origin])?;
    Ok(true)
}

fn has_room(connection: &Connection, station: i64, origin: &str) -> Result<bool> {
    let of_station = "SELECT count(*) FROM flags WHERE settled_by IS NULL AND station = ?1";
    let of_origin = "SELECT count(*) FROM flags WHERE settled_by IS NULL AND origin = ?1";
    let all = "SELECT count(*) FROM flags WHERE settled_by IS NULL";
    let of_station: i64 = connection.prepare_cached(of_station)?.query_row([station], |row| row.get(0))?;
    let of_origin: i64 = connection.prepare_cached(of_origin)?.query_row([origin], |row| row.get(0))?;
    let all: i64 = connection.prepare_cached(all)?.query_row([], |row| row.get(0))?;
    Ok(of_station < MAX_FLAGS_OF_STATION && of_origin < MAX_FLAGS_OF_ORIGIN && all < MAX_FLAGS)
}

/// Settles what users pointed out and an act answers; how much that is.
pub(super) fn settle(connection: &Connection, act: &Act, number: i64) -> Result<u64> {
    let update = "UPDATE flags SET settled_by = ?1 WHERE settled_by IS NULL";
    let of_station = "station = (SELECT number FROM stations WHERE id = ?2)";
    let settled = match act {
        Act::End { station, fuel } => {
            let sql = format!("{update} AND {of_station} AND reason = ?3 AND (fuel IS NULL OR fuel = ?4)");
            let reason = FlagReason::PriceGone.slug();
            connection.prepare_cached(&sql)?.execute(params![number, station.as_str(), reason, fuel.code()])?
        }
        // What was said of a hidden station was settled when it was hidden, and of one in sight it still stands.
        Act::Show { .. } => 0,
        Act::Hide { station } | Act::Dismiss { station } | Act::Merge { from: station, .. } => {
            let sql = format!("{update} AND {of_station}");
            connection.prepare_cached(&sql)?.execute(params![number, station.as_str()])?
        }
        Act::Withdraw { origin, since } => {
            let sql = format!("{update} AND origin = ?2 AND at >= ?3");
            connection.prepare_cached(&sql)?.execute(params![number, origin, since.millis()])?
        }
    };
    Ok(u64::try_from(settled).unwrap_or(u64::MAX))
}

/// What nobody has looked at yet, what most say first.
pub(crate) fn list(connection: &Connection, limit: usize) -> Result<Vec<FlagGroup>> {
    let sql = "SELECT stations.id, stations.name, reason, fuel, count(*), min(at), max(at),
                      (SELECT note FROM flags AS one
                       WHERE one.settled_by IS NULL AND one.station = flags.station AND one.reason = flags.reason
                       AND one.fuel IS flags.fuel AND one.note IS NOT NULL ORDER BY one.number DESC LIMIT 1)
               FROM flags JOIN stations ON stations.number = flags.station WHERE settled_by IS NULL
               GROUP BY flags.station, reason, fuel
               ORDER BY count(*) DESC, max(at) DESC, stations.id, reason, fuel LIMIT ?1";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    connection.prepare_cached(sql)?.query_map([limit], group)?.collect()
}

fn group(row: &Row<'_>) -> Result<FlagGroup> {
    Ok(FlagGroup {
        station: rows::station_id(row, 0)?,
        name: row.get(1)?,
        reason: rows::flag_reason(row, 2)?,
        fuel: if row.get_ref(3)? == ValueRef::Null { None } else { Some(rows::fuel(row, 3)?) },
        count: u64::try_from(row.get::<_, i64>(4)?).unwrap_or(0),
        first: Timestamp::from_millis(row.get(5)?),
        last: Timestamp::from_millis(row.get(6)?),
        note: row.get(7)?,
    })
}
