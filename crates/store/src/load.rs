//! Start-up: the book as the file has it.

use posto_market::{Book, Change, Timestamp};
use rusqlite::{Connection, Result};

use crate::retention;
use crate::rows::{self, QUOTE_COLUMNS, STATION_COLUMNS};

/// What the file holds.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) book: Book,
    pub(crate) book_id: String,
    /// Rows of the history.
    pub(crate) reports: u64,
    /// When the last one was written.
    pub(crate) last: Option<Timestamp>,
}

/// Loads every station and its current prices.
pub(crate) fn load(connection: &Connection) -> Result<Loaded> {
    let book = Book::new();
    load_stations(connection, &book)?;
    load_quotes(connection, &book)?;
    book.settle();
    let book_id = connection.query_row("SELECT value FROM meta WHERE name = 'book'", [], |row| row.get(0))?;
    let last = "SELECT sequence, recorded_at FROM reports ORDER BY sequence DESC LIMIT 1";
    let last = connection.prepare(last)?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.next().transpose()?;
    let (reports, last): (i64, _) = last.map_or((0, None), |(sequence, at)| (sequence, Some(at)));
    let last = last.map(Timestamp::from_millis);
    // Rows are numbered one by one, and the newest one is never forgotten.
    let reports = reports.saturating_sub(retention::forgotten(connection)?);
    Ok(Loaded { book, book_id, reports: u64::try_from(reports).unwrap_or(0), last })
}

fn load_stations(connection: &Connection, book: &Book) -> Result<()> {
    let mut statement = connection.prepare(&format!("SELECT {STATION_COLUMNS} FROM stations"))?;
    for station in statement.query_map([], |row| rows::station(row, 0))? {
        book.apply(Change::Station(station?));
    }
    Ok(())
}

/// The index alone tells the last report of each fuel at each station.
fn load_quotes(connection: &Connection, book: &Book) -> Result<()> {
    let mut statement = connection.prepare(&format!(
        "SELECT {QUOTE_COLUMNS} FROM reports
         WHERE sequence IN (SELECT max(sequence) FROM reports GROUP BY station, fuel)"
    ))?;
    for row in statement.query_map([], rows::quote)? {
        let (station, fuel, quote) = row?;
        book.apply(Change::Quote { station, fuel, quote });
    }
    Ok(())
}
