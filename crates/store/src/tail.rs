//! The newest changes of prices, in the order of the journal, for those who wait for them: kept in
//! memory, [`crate::limits::MAX_TAIL`] of them. Whoever asks for what is older must look at the book
//! anew.

use std::collections::VecDeque;

use parking_lot::Mutex;
use posto_market::{Book, Currency, Fuel, Price, StationId, Timestamp, Unit};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Result};
use tokio::sync::watch;

use crate::limits::{MAX_TAIL, TAIL_AT_START};
use crate::rows::{self, AFTER_QUOTE, QUOTE_COLUMNS, ReportRow, Said};

/// A price that was reported or imported, or that ended, at its place in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceChange {
    /// Its place: from 1, one higher with each change.
    pub position: u64,
    /// The station.
    pub station: StationId,
    /// The fuel.
    pub fuel: Fuel,
    /// The price of one `unit`; `None` where the one before it holds no more.
    pub price: Option<Price>,
    /// Its currency.
    pub currency: Currency,
    /// What the price buys one of.
    pub unit: Unit,
    /// When it was reported, or ended; `None` where nobody knows.
    pub at: Option<Timestamp>,
    /// Whether the book judged the price suspect when the change was in it.
    pub suspect: bool,
}

/// What happened after a position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// The position from which on every change can be told.
    pub from: u64,
    /// The newest position; 0 in a journal without any change.
    pub newest: u64,
    /// The changes after the position, oldest first, as many as were wanted. `None` where the tail
    /// does not reach back to it, or the journal has not come to it.
    pub changes: Option<Vec<PriceChange>>,
}

/// The tail of the journal.
#[derive(Debug)]
pub(crate) struct Tail {
    kept: Mutex<Kept>,
    newest: watch::Sender<u64>,
    capacity: usize,
}

#[derive(Debug)]
struct Kept {
    /// Every change after this position and up to `newest` is in `changes`.
    from: u64,
    newest: u64,
    changes: VecDeque<PriceChange>,
}

impl Tail {
    /// The tail of a journal that was just opened.
    pub(crate) fn load(connection: &Connection, book: &Book) -> Result<Self> {
        let sql = "SELECT coalesce(max(sequence), 0) FROM reports";
        let newest = position(connection.query_row(sql, [], |row| row.get(0))?);
        let mut changes = VecDeque::new();
        read_backwards(connection, newest, |change| changes.push_front(change))?;
        changes.iter_mut().for_each(|change| change.judge(book));
        Ok(Self::new(newest, changes, MAX_TAIL))
    }

    fn new(newest: u64, changes: VecDeque<PriceChange>, capacity: usize) -> Self {
        let from = changes.front().map_or(newest, |first| first.position.saturating_sub(1));
        Self { newest: watch::Sender::new(newest), kept: Mutex::new(Kept { from, newest, changes }), capacity }
    }

    /// The changes after a position, at most `most`.
    pub(crate) fn after(&self, position: u64, most: usize) -> News {
        let kept = self.kept.lock();
        let (from, newest) = (kept.from, kept.newest);
        if position < from || position > newest {
            return News { from, newest, changes: None };
        }
        let start = kept.changes.partition_point(|change| change.position <= position);
        News { from, newest, changes: Some(kept.changes.range(start..).take(most).cloned().collect()) }
    }

    /// The newest position, and word of every further one.
    pub(crate) fn newest(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }

    /// Adds the changes of a batch that is durable and in the book, and wakes who waits.
    pub(crate) fn publish(&self, batch: &mut Vec<PriceChange>, book: &Book) {
        let Some(newest) = batch.last().map(|last| last.position) else { return };
        batch.iter_mut().for_each(|change| change.judge(book));
        let mut kept = self.kept.lock();
        kept.changes.extend(batch.drain(..));
        kept.newest = newest;
        while kept.changes.len() > self.capacity {
            if let Some(oldest) = kept.changes.pop_front() {
                kept.from = oldest.position;
            }
        }
        drop(kept);
        self.newest.send_replace(newest);
    }
}

impl PriceChange {
    /// The change that a row, just written at this place, is.
    pub(crate) fn of(row: &ReportRow<'_>, sequence: i64) -> Self {
        Self {
            position: position(sequence),
            station: row.station.clone(),
            fuel: row.fuel,
            price: row.ended.is_none().then_some(row.quote.price),
            currency: row.quote.currency,
            unit: row.quote.unit,
            at: row.ended.or(row.quote.reported_at),
            suspect: false,
        }
    }

    /// Notes what the book says of the price.
    fn judge(&mut self, book: &Book) {
        self.suspect = self.price.is_some() && book.is_suspect(&self.station, self.fuel);
    }
}

fn position(sequence: i64) -> u64 {
    u64::try_from(sequence).unwrap_or(0)
}

/// The last rows of the history, newest first, as far as none is missing between them.
fn read_backwards(connection: &Connection, newest: u64, mut take: impl FnMut(PriceChange)) -> Result<()> {
    let sql = format!(
        "SELECT {QUOTE_COLUMNS}, reports.sequence, stations.id
         FROM reports LEFT JOIN stations ON stations.number = reports.station
         ORDER BY reports.sequence DESC LIMIT {TAIL_AT_START}"
    );
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([])?;
    let mut expected = newest;
    while let Some(row) = rows.next()? {
        let position = position(row.get(AFTER_QUOTE)?);
        // Of a station that is not there `posto verify` tells.
        if position != expected || row.get_ref(AFTER_QUOTE + 1)? == ValueRef::Null {
            return Ok(());
        }
        expected = expected.saturating_sub(1);
        let station = rows::station_id(row, AFTER_QUOTE + 1)?;
        let Said { fuel, price, currency, unit, at } = rows::said(row)?;
        take(PriceChange { position, station, fuel, price, currency, unit, at, suspect: false });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use posto_market::Station;
    use proptest::prelude::*;

    use super::*;
    use crate::tests::support::{at, id, price};

    fn change(position: u64) -> PriceChange {
        PriceChange {
            position,
            station: id("it-1"),
            fuel: Fuel::Gasoline,
            price: Some(price(u32::try_from(position).unwrap() + 1)),
            currency: Currency::EUR,
            unit: Unit::Litre,
            at: None,
            suspect: false,
        }
    }

    fn positions(news: News) -> Option<Vec<u64>> {
        news.changes.map(|changes| changes.iter().map(|change| change.position).collect())
    }

    proptest! {
        #[test]
        fn what_is_told_after_a_position_is_what_a_whole_list_would_tell(
            start in 0_u64..50,
            capacity in 1_usize..30,
            batches in prop::collection::vec(1_u64..12, 0..12),
            asked in 0_u64..200,
            most in 1_usize..20,
        ) {
            let book = Book::new();
            book.apply(posto_market::Change::Station(Station::at(id("it-1"), at(1, 1))));
            let tail = Tail::new(start, VecDeque::new(), capacity);
            let mut newest = start;
            for batch in batches {
                tail.publish(&mut (newest + 1..=newest + batch).map(change).collect(), &book);
                newest += batch;
            }
            let kept = u64::try_from(capacity).unwrap().min(newest - start);
            let reaches = (newest - kept..=newest).contains(&asked);
            let expected = reaches.then(|| (asked + 1..=newest).take(most).collect::<Vec<_>>());
            let news = tail.after(asked, most);
            prop_assert_eq!((news.from, news.newest), (newest - kept, newest));
            prop_assert_eq!(positions(tail.after(asked, most)), expected);
            prop_assert_eq!(*tail.newest().borrow(), newest);
        }
    }
}
