//! Past prices of a station, newest first. Asked through `reader.rs`; the index on station and fuel
//! finds them, however long the history is, and the few that are not in it yet are its end.

use posto_market::{Currency, Fuel, Price, StationId, Timestamp, Unit};
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

use crate::indexing;
use crate::limits::MAX_PAST_PRICES;
use crate::rows::{self, AFTER_QUOTE, QUOTE_COLUMNS, Said};

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

/// One price of the history. Who it came from is not told, nor what was withdrawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastPrice {
    /// Its place in the history, above 0: later ones are higher.
    pub sequence: i64,
    /// The fuel.
    pub fuel: Fuel,
    /// The price of one `unit`; `None` where the one before it holds no more.
    pub price: Option<Price>,
    /// Its currency.
    pub currency: Currency,
    /// What the price buys one of.
    pub unit: Unit,
    /// When it was reported, or ended; `None` where nobody knows.
    pub reported_at: Option<Timestamp>,
    /// When the journal wrote it.
    pub recorded_at: Timestamp,
}

/// The past prices that a query asks for. Rows are numbered in the order of their time, so each
/// fuel is read from its newest row on and no further than wanted.
pub(crate) fn query(connection: &Connection, query: &HistoryQuery) -> Result<Vec<PastPrice>> {
    // What is indexed and what is not yet are of one moment.
    let moment = connection.unchecked_transaction()?;
    let sql = "SELECT number FROM stations WHERE id = ?1";
    let station = moment.prepare_cached(sql)?.query_row([query.station.as_str()], |row| row.get(0)).optional()?;
    let Some(station) = station else { return Ok(Vec::new()) };
    let search = Search { connection: &moment, station, indexed: indexing::indexed(&moment)?, query };
    let fuels = query.fuel.as_ref().map_or(Fuel::ALL.as_slice(), std::slice::from_ref);
    let mut found = Vec::new();
    search.not_indexed(&mut found)?;
    for fuel in fuels {
        search.indexed(*fuel, &mut found)?;
    }
    found.sort_unstable_by_key(|past| std::cmp::Reverse(past.sequence));
    found.truncate(query.limit.min(MAX_PAST_PRICES));
    Ok(found)
}

struct Search<'a> {
    connection: &'a Connection,
    /// The station's number.
    station: i64,
    /// How far the index reaches.
    indexed: i64,
    query: &'a HistoryQuery,
}

impl Search<'_> {
    fn not_indexed(&self, found: &mut Vec<PastPrice>) -> Result<()> {
        let (before, limit) = self.bounds();
        let fuel = self.query.fuel.map(Fuel::code);
        let mut statement = self.connection.prepare_cached(&sql_of_end())?;
        let rows = statement.query_map(params![self.station, fuel, self.indexed, before, limit], past_price)?;
        self.take(rows, found)
    }

    fn indexed(&self, fuel: Fuel, found: &mut Vec<PastPrice>) -> Result<()> {
        let (before, limit) = self.bounds();
        let mut statement = self.connection.prepare_cached(&sql_of_index())?;
        let rows = statement.query_map(params![self.station, fuel.code(), before, limit], past_price)?;
        self.take(rows, found)
    }

    /// Before which place, and how many at most.
    fn bounds(&self) -> (i64, i64) {
        let limit = self.query.limit.min(MAX_PAST_PRICES);
        (self.query.before.unwrap_or(i64::MAX), i64::try_from(limit).unwrap_or(i64::MAX))
    }

    /// Up to the first one that is too old.
    fn take(&self, rows: impl Iterator<Item = Result<PastPrice>>, found: &mut Vec<PastPrice>) -> Result<()> {
        for past in rows {
            let past = past?;
            if self.query.since.is_some_and(|since| past.recorded_at < since) {
                break;
            }
            found.push(past);
        }
        Ok(())
    }
}

/// A price that an operator withdrew is told no more.
const COUNTS: &str = "NOT EXISTS (SELECT 1 FROM withdrawn WHERE withdrawn.report = sequence)";

pub(crate) fn sql_of_index() -> String {
    format!(
        "SELECT {QUOTE_COLUMNS}, sequence, recorded_at
         FROM reports_by_station AS entry CROSS JOIN reports ON sequence = entry.report
         WHERE entry.station = ?1 AND entry.fuel = ?2 AND entry.report < ?3 AND {COUNTS}
         ORDER BY entry.report DESC LIMIT ?4"
    )
}

pub(crate) fn sql_of_end() -> String {
    format!(
        "SELECT {QUOTE_COLUMNS}, sequence, recorded_at FROM reports
         WHERE sequence > ?3 AND sequence < ?4 AND station = ?1 AND (?2 IS NULL OR fuel = ?2) AND {COUNTS}
         ORDER BY sequence DESC LIMIT ?5"
    )
}

fn past_price(row: &Row<'_>) -> Result<PastPrice> {
    let Said { fuel, price, currency, unit, at: reported_at } = rows::said(row)?;
    Ok(PastPrice {
        sequence: row.get(AFTER_QUOTE)?,
        fuel,
        price,
        currency,
        unit,
        reported_at,
        recorded_at: Timestamp::from_millis(row.get(AFTER_QUOTE + 1)?),
    })
}
