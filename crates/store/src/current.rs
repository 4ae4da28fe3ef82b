//! The current prices of a journal's file, read beside a running server: what exports are made of.

use std::path::Path;

use posto_market::{Fuel, Quote, Station};
use rusqlite::Row;

use crate::error::OpenError;
use crate::readonly::Journal;
use crate::rows::{self, QUOTE_COLUMNS};

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

/// The price's columns first, as [`rows::quote`] reads them, then the station's.
fn sql() -> String {
    format!(
        "SELECT {QUOTE_COLUMNS}, stations.id, latitude, longitude, name, brand, address, source
         FROM (SELECT max(sequence) AS newest FROM reports GROUP BY station, fuel)
         JOIN reports ON reports.sequence = newest JOIN stations ON stations.id = station
         ORDER BY station, fuel"
    )
}

fn read(row: &Row<'_>) -> rusqlite::Result<(Station, Fuel, Quote)> {
    let (_, fuel, quote) = rows::quote(row)?;
    Ok((rows::station(row, 7)?, fuel, quote))
}
