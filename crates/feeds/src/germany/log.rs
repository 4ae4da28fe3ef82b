//! The change log of a day: its rows, each with the word on all three fuels of one station.

use std::io::BufRead;

use posto_market::{Price, Timestamp};

use super::{CHANGES_FILE, FUELS, station_number};
use crate::csv::{Csv, Record};
use crate::error::FeedError;
use crate::report::{Reason, Refusal};
use crate::sanity::Checks;
use crate::summary::Summary;

const COLUMNS: [&str; 8] = ["date", "station_uuid", "diesel", "e5", "e10", "dieselchange", "e5change", "e10change"];

/// The rows of a log.
pub(super) struct Log<R> {
    rows: Csv<R>,
    checks: Checks,
}

/// A row whose station and time are good.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) line: u32,
    pub(super) station: u128,
    pub(super) at: Timestamp,
    /// One word a fuel, in the order of [`FUELS`]; `None` where it was refused.
    pub(super) words: [Option<Word>; 3],
}

/// What a row says of one fuel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word {
    /// `None`: not sold, or not any more.
    pub(super) price: Option<Price>,
    /// Whether it was otherwise before.
    pub(super) is_change: bool,
}

impl<R: BufRead> Log<R> {
    /// Reads the headings.
    ///
    /// # Errors
    /// [`FeedError::Heading`], and those of reading a row.
    pub(super) fn open(input: R, checks: Checks) -> Result<Self, FeedError> {
        Ok(Self { rows: Csv::open(input, CHANGES_FILE, b',', (&COLUMNS, COLUMNS.len()))?, checks })
    }

    /// The next row with a good station and time; the others, and bad prices, are counted.
    ///
    /// # Errors
    /// Those of reading a row.
    pub(super) fn next_row(&mut self, summary: &mut Summary) -> Result<Option<Row>, FeedError> {
        while let Some(record) = self.rows.next_record()? {
            summary.count_row(CHANGES_FILE);
            summary.price_rows += FUELS.len();
            match row(&record, &self.checks, summary) {
                Ok(row) => return Ok(Some(row)),
                Err(refusal) => {
                    summary.skipped.add(&refusal, CHANGES_FILE, record.line);
                    // The row is the example; its other prices are only counted.
                    summary.skipped.add_unseen(refusal.reason, FUELS.len() - 1);
                }
            }
        }
        Ok(None)
    }
}

fn row(record: &Record<'_>, checks: &Checks, summary: &mut Summary) -> Result<Row, Refusal> {
    if record.len() != COLUMNS.len() {
        return Err(Refusal { reason: Reason::Fields, found: record.told(',') });
    }
    let [date, station, prices @ ..] = record.first::<8>();
    let [diesel, e5, e10, diesel_code, e5_code, e10_code] = prices;
    let station = station_number("station_uuid", station)?;
    let at = checks.past(checks.clock.iso(date), "date", date)?;
    let members = [(diesel, diesel_code), (e5, e5_code), (e10, e10_code)];
    let mut words = [None; 3];
    for ((slot, (name, _)), (price, code)) in words.iter_mut().zip(FUELS).zip(members) {
        match word(name, price, code, checks) {
            Ok(word) => *slot = Some(word),
            Err(refusal) => summary.skipped.add(&refusal, CHANGES_FILE, record.line),
        }
    }
    Ok(Row { line: record.line, station, at, words })
}

fn word(name: &str, price: &str, code: &str, checks: &Checks) -> Result<Word, Refusal> {
    let is_change = match code {
        "0" => false,
        "1" | "2" | "3" => true,
        _ => return Err(Refusal::of(Reason::ChangeCode, &format!("{name}change"), code)),
    };
    let price = if code == "2" || is_not_sold(price) { None } else { Some(checks.price(name, price)?) };
    Ok(Word { price, is_change })
}

/// Zero in any spelling, and -0.001.
pub(super) fn is_not_sold(price: &str) -> bool {
    let zero = !price.is_empty() && price.bytes().all(|byte| matches!(byte, b'0' | b'.')) && price.contains('0');
    zero || price == "-0.001"
}
