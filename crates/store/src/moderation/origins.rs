//! Who reported how much lately: what tells an operator whose prices to withdraw.

use std::collections::{HashMap, HashSet};

use posto_market::Timestamp;
use rusqlite::{Connection, Result, params};

use super::acts::first_since;
use super::{OriginCount, without_port};

/// What was counted of one origin.
#[derive(Default)]
struct Count {
    reports: u64,
    withdrawn: u64,
    stations: HashSet<i64>,
    first: i64,
    last: i64,
}

/// The origins of what was recorded since then, those that reported most first, at most `limit`.
pub(crate) fn list(connection: &Connection, since: Timestamp, limit: usize) -> Result<Vec<OriginCount>> {
    let sql = "SELECT origin, station, recorded_at, EXISTS (SELECT 1 FROM withdrawn WHERE report = sequence)
               FROM reports WHERE sequence >= ?1 AND recorded_at >= ?2
               AND NOT EXISTS (SELECT 1 FROM stand_ins WHERE stand_ins.report = sequence) ORDER BY sequence";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![first_since(connection, since)?, since.millis()])?;
    let mut counts: HashMap<String, Count> = HashMap::new();
    while let Some(row) = rows.next()? {
        let origin = without_port(row.get_ref(0)?.as_str()?);
        let (station, at, withdrawn) = (row.get(1)?, row.get(2)?, row.get::<_, bool>(3)?);
        if !counts.contains_key(origin) {
            counts.insert(origin.to_owned(), Count { first: at, ..Count::default() });
        }
        if let Some(count) = counts.get_mut(origin) {
            count.reports += 1;
            count.withdrawn += u64::from(withdrawn);
            count.stations.insert(station);
            count.last = at;
        }
    }
    let mut list: Vec<_> = counts.into_iter().map(|(origin, count)| told(origin, &count)).collect();
    list.sort_by(|a, b| b.reports.cmp(&a.reports).then_with(|| a.origin.cmp(&b.origin)));
    list.truncate(limit);
    Ok(list)
}

fn told(origin: String, count: &Count) -> OriginCount {
    OriginCount {
        origin,
        reports: count.reports,
        stations: u64::try_from(count.stations.len()).unwrap_or(u64::MAX),
        withdrawn: count.withdrawn,
        first: Timestamp::from_millis(count.first),
        last: Timestamp::from_millis(count.last),
    }
}
