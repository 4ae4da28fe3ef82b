//! Whether a price is fresh and from somebody who is vouched for: a feed, a token, the server's key,
//! an operator. Those for whom nobody vouches may not displace it alone (`claims.rs`).

use posto_market::{Fuel, StationId, Timestamp};
use rusqlite::{Connection, Result, params};

use crate::indexing::Indexing;
use crate::limits::{MAX_LOOKED_BACK, PROTECTED_FOR};

/// The newest rows of a fuel at a station that an operator did not withdraw or append in the place of
/// others, the newest first: of the index, and of what is not in it yet.
const NEWEST: &str = "
    SELECT reported_at, recorded_at, origin FROM reports WHERE sequence IN (
        SELECT * FROM (SELECT report FROM reports_by_station
                       WHERE station = (SELECT number FROM stations WHERE id = ?1) AND fuel = ?2
                       AND NOT EXISTS (SELECT 1 FROM withdrawn WHERE withdrawn.report = reports_by_station.report)
                       AND NOT EXISTS (SELECT 1 FROM stand_ins WHERE stand_ins.report = reports_by_station.report)
                       ORDER BY report DESC LIMIT ?4)
        UNION ALL
        SELECT * FROM (SELECT sequence FROM reports
                       WHERE sequence > ?3 AND station = (SELECT number FROM stations WHERE id = ?1) AND fuel = ?2
                       AND NOT EXISTS (SELECT 1 FROM withdrawn WHERE withdrawn.report = sequence)
                       AND NOT EXISTS (SELECT 1 FROM stand_ins WHERE stand_ins.report = sequence)
                       ORDER BY sequence DESC LIMIT ?4)
    ) ORDER BY sequence DESC LIMIT ?4";

/// When the journal wrote the newest price, or end of one, of this fuel there that is protected.
pub(crate) fn since(
    connection: &Connection,
    indexing: &Indexing,
    (station, fuel): (&StationId, Fuel),
    now: Timestamp,
) -> Result<Option<Timestamp>> {
    let oldest = now.before(PROTECTED_FOR).millis();
    let mut statement = connection.prepare_cached(NEWEST)?;
    let mut rows = statement.query(params![station.as_str(), fuel.code(), indexing.reach(), MAX_LOOKED_BACK])?;
    let (mut looked_at, mut last) = (0, None);
    while let Some(row) = rows.next()? {
        let (reported_at, recorded_at): (Option<i64>, i64) = (row.get(0)?, row.get(1)?);
        if recorded_at < oldest {
            return Ok(None);
        }
        let recorded_at = Timestamp::from_millis(recorded_at);
        if reported_at.is_some_and(|at| at >= oldest) && is_vouched_for(row.get_ref(2)?.as_str()?) {
            return Ok(Some(recorded_at));
        }
        (looked_at, last) = (looked_at + 1, Some(recorded_at));
    }
    Ok(last.filter(|_| looked_at >= MAX_LOOKED_BACK))
}

/// Whether somebody vouches for this origin ([`crate::Origin`] as it is written).
fn is_vouched_for(origin: &str) -> bool {
    origin != "seed" && !["v1 ", "v2 ", "anon "].iter().any(|unknown| origin.starts_with(unknown))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Origin;

    #[test]
    fn feeds_tokens_and_keys_are_vouched_for_and_addresses_are_not() {
        let text = || "x".to_owned();
        for origin in [Origin::Feed(text()), Origin::Token(text()), Origin::Key(text())] {
            assert!(is_vouched_for(&origin.to_string()), "{origin}");
        }
        for origin in [Origin::V1(text()), Origin::V2(text()), Origin::Anonymous(text()), Origin::Seed] {
            assert!(!is_vouched_for(&origin.to_string()), "{origin}");
        }
    }
}
