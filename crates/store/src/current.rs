//! The current prices of a journal's file, read beside a running server: what exports are made of.

use std::path::Path;

use posto_market::{Fuel, Quote, Station};
use rusqlite::Row;

use crate::error::OpenError;
use crate::readonly::Journal;
use crate::rows::{self, AFTER_QUOTE, QUOTE_COLUMNS, STATION_COLUMNS};

/// Shows every current price of a directory's journal with its station, in the order of station ids
/// and fuels, all of one moment, and ends early where `show` returns `false`.
///
/// # Errors
/// [`OpenError`]: there is no journal, or it cannot be read. What was shown before stays shown.
pub fn each_price(directory: &Path, mut show: impl FnMut(&Station, Fuel, &Quote) -> bool) -> Result<(), OpenError> {
    let journal = Journal::open(directory)?;
    let fail = journal.fail();
    let mut statement = journal.connection.prepare(&sql()).map_err(&fail)?;
    let mut rows = statement.query([]).map_err(&fail)?;
    while let Some(row) = rows.next().map_err(&fail)? {
        let (station, fuel, quote) = read(row).map_err(&fail)?;
        if !show(&station, fuel, &quote) {
            break;
        }
    }
    Ok(())
}

/// The newest report of each fuel at each station: of the index, and of what is not in it yet.
const NEWEST_REPORTS: &str = "SELECT max(report) AS report FROM (
    SELECT station, fuel, max(report) AS report FROM reports_by_station GROUP BY station, fuel
    UNION ALL
    SELECT station, fuel, sequence FROM reports
    WHERE sequence > (SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'indexed')
) GROUP BY station, fuel";

/// The price's columns first, as [`rows::quote`] reads them, then the station's.
fn sql() -> String {
    format!(
        "SELECT {QUOTE_COLUMNS}, {STATION_COLUMNS}
         FROM ({NEWEST_REPORTS}) AS newest
         JOIN reports ON reports.sequence = newest.report JOIN stations ON stations.number = reports.station
         WHERE reports.price IS NOT NULL ORDER BY stations.id, reports.fuel"
    )
}

fn read(row: &Row<'_>) -> rusqlite::Result<(Station, Fuel, Quote)> {
    let (fuel, quote) = rows::quote(row)?;
    Ok((rows::station(row, AFTER_QUOTE)?, fuel, quote))
}
