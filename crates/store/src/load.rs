//! Start-up: the book as the file has it.

use posto_market::{Book, Change, StationId, Timestamp};
use rusqlite::{Connection, Params, Result};

use crate::indexing::{self, Indexing};
use crate::retention;
use crate::rows::{self, AFTER_QUOTE, QUOTE_COLUMNS, STATION_COLUMNS};

/// What the file holds.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) book: Book,
    pub(crate) book_id: String,
    /// Rows of the history.
    pub(crate) reports: u64,
    /// When the last one was written.
    pub(crate) last: Option<Timestamp>,
    pub(crate) indexing: Indexing,
}

/// Loads every station and its current prices.
pub(crate) fn load(connection: &Connection) -> Result<Loaded> {
    let book = Book::new();
    let numbers = load_stations(connection, &book)?;
    load_quotes(connection, &book, &numbers)?;
    book.settle();
    let book_id = connection.query_row("SELECT value FROM meta WHERE name = 'book'", [], |row| row.get(0))?;
    let last = "SELECT sequence, recorded_at FROM reports ORDER BY sequence DESC LIMIT 1";
    let last = connection.prepare(last)?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.next().transpose()?;
    let (reports, last): (i64, _) = last.map_or((0, None), |(sequence, at)| (sequence, Some(at)));
    let last = last.map(Timestamp::from_millis);
    // Rows are numbered one by one, and the newest one is never forgotten.
    let reports = reports.saturating_sub(retention::forgotten(connection)?);
    Ok(Loaded {
        book,
        book_id,
        reports: u64::try_from(reports).unwrap_or(0),
        last,
        indexing: Indexing::load(connection)?,
    })
}

/// Which station has which number, in the order of the numbers.
struct Numbers(Vec<(i64, StationId)>);

impl Numbers {
    /// Numbers begin with 1 and have no gaps, unless somebody deleted a row.
    fn id(&self, number: i64) -> Option<&StationId> {
        let guess = usize::try_from(number - 1).ok().and_then(|at| self.0.get(at));
        if let Some((_, id)) = guess.filter(|(found, _)| *found == number) {
            return Some(id);
        }
        let at = self.0.binary_search_by_key(&number, |(number, _)| *number).ok()?;
        self.0.get(at).map(|(_, id)| id)
    }
}

fn load_stations(connection: &Connection, book: &Book) -> Result<Numbers> {
    let mut numbers = Vec::new();
    let sql = format!("SELECT number, {STATION_COLUMNS} FROM stations ORDER BY number");
    let mut statement = connection.prepare(&sql)?;
    for read in statement.query_map([], |row| Ok((row.get(0)?, rows::station(row, 1)?)))? {
        let (number, station): (i64, _) = read?;
        numbers.push((number, station.id.clone()));
        book.apply(Change::Station(station));
    }
    Ok(Numbers(numbers))
}

/// The index alone tells the last report of each fuel at each station; what is not in it yet came
/// later. Both are read in the order they lie in the file.
fn load_quotes(connection: &Connection, book: &Book, numbers: &Numbers) -> Result<()> {
    let indexed = "sequence IN (SELECT max(report) FROM reports_by_station GROUP BY station, fuel)";
    load_reports(connection, book, numbers, (indexed, []))?;
    load_reports(connection, book, numbers, ("sequence > ?1 ORDER BY sequence", [indexing::indexed(connection)?]))
}

fn load_reports(
    connection: &Connection,
    book: &Book,
    numbers: &Numbers,
    (which, parameters): (&str, impl Params),
) -> Result<()> {
    let sql = format!("SELECT {QUOTE_COLUMNS}, station FROM reports WHERE {which}");
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query(parameters)?;
    while let Some(row) = rows.next()? {
        // Of a station that is not there `posto verify` tells.
        if let Some(station) = numbers.id(row.get(AFTER_QUOTE)?) {
            book.apply(rows::change(row, station.clone())?);
        }
    }
    Ok(())
}
