//! Start-up: the book as the file has it.

use std::panic::resume_unwind;
use std::sync::mpsc;
use std::{mem, thread};

use posto_market::{Book, BookLoader, Change, StationId, Timestamp};
use rusqlite::{Connection, Params, Result};

use crate::indexing::{self, Indexing};
use crate::limits::{LOADED_AHEAD, LOADED_AT_ONCE, READ_WHOLE_UP_TO};
use crate::moderation::audit;
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
    /// When the last act of an operator was done.
    pub(crate) last_act: Option<Timestamp>,
    pub(crate) indexing: Indexing,
}

/// Loads every station and its current prices.
pub(crate) fn load(connection: &Connection) -> Result<Loaded> {
    let book = build(connection)?;
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
        last_act: audit::last(connection)?,
        indexing: Indexing::load(connection)?,
    })
}

/// The book of what the file holds: one thread reads, another one builds.
fn build(connection: &Connection) -> Result<Book> {
    thread::scope(|scope| {
        let (sender, read_ahead) = mpsc::sync_channel::<Vec<Change>>(LOADED_AHEAD);
        let builder = scope.spawn(move || {
            let mut loader = BookLoader::new();
            for change in read_ahead.into_iter().flatten() {
                loader.apply(change);
            }
            loader.finish()
        });
        let mut chunk = Vec::new();
        // That the builder has panicked is told when it is joined.
        let send = |chunk| drop(sender.send(chunk));
        read(connection, |change| {
            chunk.push(change);
            if chunk.len() == LOADED_AT_ONCE {
                send(mem::replace(&mut chunk, Vec::with_capacity(LOADED_AT_ONCE)));
            }
        })?;
        send(chunk);
        drop(sender);
        Ok(builder.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })
}

/// Every station, which are out of sight, and after them each current price, or the end of the last one.
pub(crate) fn read(connection: &Connection, mut take: impl FnMut(Change)) -> Result<()> {
    let numbers = read_stations(connection, &mut take)?;
    audit::out_of_sight(connection)?.into_iter().for_each(&mut take);
    let reports: i64 = connection.query_row("SELECT coalesce(max(sequence), 0) FROM reports", [], |row| row.get(0))?;
    let stations = i64::try_from(numbers.0.len()).unwrap_or(i64::MAX);
    if reports <= stations.saturating_mul(READ_WHOLE_UP_TO) {
        read_backwards(connection, &numbers, &mut take)
    } else {
        read_by_index(connection, &numbers, &mut take)
    }
}

/// Which station has which number, in the order of the numbers.
struct Numbers(Vec<(i64, StationId)>);

impl Numbers {
    /// Numbers begin with 1 and have no gaps, unless somebody deleted a row.
    fn place(&self, number: i64) -> Option<usize> {
        let guess = usize::try_from(number - 1).ok();
        let is_right = |at: &usize| self.0.get(*at).is_some_and(|(found, _)| *found == number);
        guess.filter(is_right).or_else(|| self.0.binary_search_by_key(&number, |(number, _)| *number).ok())
    }

    fn id(&self, place: usize) -> Option<&StationId> {
        self.0.get(place).map(|(_, id)| id)
    }
}

fn read_stations(connection: &Connection, take: &mut impl FnMut(Change)) -> Result<Numbers> {
    let mut numbers = Vec::new();
    let sql = format!("SELECT number, {STATION_COLUMNS} FROM stations ORDER BY number");
    let mut statement = connection.prepare(&sql)?;
    for read in statement.query_map([], |row| Ok((row.get(0)?, rows::station(row, 1)?)))? {
        let (number, station): (i64, _) = read?;
        numbers.push((number, station.id.clone()));
        take(Change::Station(station));
    }
    Ok(Numbers(numbers))
}

/// The whole history from its end: the first row of a fuel at a station is the current one. Pages are
/// read in the order they lie in the file.
fn read_backwards(connection: &Connection, numbers: &Numbers, take: &mut impl FnMut(Change)) -> Result<()> {
    let sql = format!("SELECT {QUOTE_COLUMNS}, station FROM reports ORDER BY sequence DESC");
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([])?;
    let mut seen = vec![0_u16; numbers.0.len()];
    while let Some(row) = rows.next()? {
        // Of a station that is not there `posto verify` tells.
        let Some(place) = numbers.place(row.get(AFTER_QUOTE)?) else { continue };
        let fuel = 1_u16.checked_shl(row.get(0)?).unwrap_or(0);
        if let (Some(seen), Some(id)) = (seen.get_mut(place), numbers.id(place))
            && (*seen & fuel == 0)
        {
            *seen |= fuel;
            take(rows::change(row, id.clone())?);
        }
    }
    Ok(())
}

/// The index alone tells the last report of each fuel at each station; what is not in it yet came
/// later.
fn read_by_index(connection: &Connection, numbers: &Numbers, take: &mut impl FnMut(Change)) -> Result<()> {
    let indexed = "sequence IN (SELECT max(report) FROM reports_by_station GROUP BY station, fuel)";
    read_reports(connection, numbers, (indexed, []), take)?;
    let end = "sequence > ?1 ORDER BY sequence";
    read_reports(connection, numbers, (end, [indexing::indexed(connection)?]), take)
}

fn read_reports(
    connection: &Connection,
    numbers: &Numbers,
    (which, parameters): (&str, impl Params),
    take: &mut impl FnMut(Change),
) -> Result<()> {
    let sql = format!("SELECT {QUOTE_COLUMNS}, station FROM reports WHERE {which}");
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query(parameters)?;
    while let Some(row) = rows.next()? {
        if let Some(station) = numbers.place(row.get(AFTER_QUOTE)?).and_then(|place| numbers.id(place)) {
            take(rows::change(row, station.clone())?);
        }
    }
    Ok(())
}
