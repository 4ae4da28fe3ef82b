//! Past prices of a station, newest first. Asked through `reader.rs`; the index on station and fuel
//! finds them, however long the history is.

use posto_market::{Currency, Fuel, Price, StationId, Timestamp, Unit};
use rusqlite::{Connection, Result, Row, params};

use crate::limits::MAX_PAST_PRICES;
use crate::rows::{self, QUOTE_COLUMNS};

/// Which past prices are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryQuery {
    /// The station.
    pub station: StationId,
    /// Only this fuel.
    pub fuel: Option<Fuel>,
    /// Only what was recorded then or later.
    pub since: Option<Timestamp>,
    /// Only what comes before this place in the history: the [`PastPrice::sequence`] that an
    /// earlier answer ended with.
    pub before: Option<i64>,
    /// At most so many, and at most [`MAX_PAST_PRICES`].
    pub limit: usize,
}

/// One price of the history. Who it came from is not told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastPrice {
    /// Its place in the history, above 0: later ones are higher.
    pub sequence: i64,
    /// The fuel.
    pub fuel: Fuel,
    /// The price of one `unit`.
    pub price: Price,
    /// Its currency.
    pub currency: Currency,
    /// What the price buys one of.
    pub unit: Unit,
    /// When it was reported; `None` where nobody knows.
    pub reported_at: Option<Timestamp>,
    /// When the journal wrote it.
    pub recorded_at: Timestamp,
}

/// The past prices that a query asks for. Rows are numbered in the order of their time, so each
/// fuel is read from its newest row on and no further than wanted.
pub(crate) fn query(connection: &Connection, query: &HistoryQuery) -> Result<Vec<PastPrice>> {
    let fuels = query.fuel.as_ref().map_or(Fuel::ALL.as_slice(), std::slice::from_ref);
    let mut found = Vec::new();
    for fuel in fuels {
        of_fuel(connection, query, *fuel, &mut found)?;
    }
    found.sort_unstable_by_key(|past| std::cmp::Reverse(past.sequence));
    found.truncate(query.limit.min(MAX_PAST_PRICES));
    Ok(found)
}

fn of_fuel(connection: &Connection, query: &HistoryQuery, fuel: Fuel, found: &mut Vec<PastPrice>) -> Result<()> {
    let mut statement = connection.prepare_cached(&sql())?;
    let (before, limit) = (query.before.unwrap_or(i64::MAX), query.limit.min(MAX_PAST_PRICES));
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![query.station.as_str(), fuel.code(), before, limit], past_price)?;
    for past in rows {
        let past = past?;
        if query.since.is_some_and(|since| past.recorded_at < since) {
            break;
        }
        found.push(past);
    }
    Ok(())
}

pub(crate) fn sql() -> String {
    format!(
        "SELECT {QUOTE_COLUMNS}, sequence, recorded_at FROM reports
         WHERE station = ?1 AND fuel = ?2 AND sequence < ?3 ORDER BY sequence DESC LIMIT ?4"
    )
}

fn past_price(row: &Row<'_>) -> Result<PastPrice> {
    let (_, fuel, quote) = rows::quote(row)?;
    Ok(PastPrice {
        sequence: row.get(7)?,
        fuel,
        price: quote.price,
        currency: quote.currency,
        unit: quote.unit,
        reported_at: quote.reported_at,
        recorded_at: Timestamp::from_millis(row.get(8)?),
    })
}
