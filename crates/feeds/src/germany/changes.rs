//! The change log as a stream of timed changes: what a replay plays.

use std::collections::VecDeque;
use std::io::BufRead;

use posto_market::{
    Currency, EndedPrice, Fuel, ImportedPrice, ImportedStation, Quote, Station, StationId, Timestamp, Unit,
};

use super::log::{Log, Word};
use super::{COUNTRY, FUELS, station_id};
use crate::error::FeedError;
use crate::sanity::Checks;
use crate::summary::Summary;

/// One word of the log on one fuel of one station.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimedChange {
    /// The station, whose place only the register tells.
    pub station: StationId,
    /// The fuel.
    pub fuel: Fuel,
    /// When it changed.
    pub at: Timestamp,
    /// The price from then on; `None` where it is not sold, or not any more.
    pub quote: Option<Quote>,
    /// Whether it was otherwise before. Every row tells all three fuels of its station; what did
    /// not change is news all the same to whoever begins with this day.
    pub is_change: bool,
}

impl TimedChange {
    /// The change as a record of its station, ready to be imported.
    #[must_use]
    pub fn record(&self, station: Station) -> ImportedStation {
        let (fuel, at) = (self.fuel, self.at);
        let mut record = ImportedStation::new(station);
        match &self.quote {
            Some(quote) => record.prices.push(ImportedPrice { fuel, quote: quote.clone() }),
            None => record.ended.push(EndedPrice { fuel, at }),
        }
        record
    }
}

/// The changes of a log in its order, which is that of time; after the last one, or the first
/// error, `None`.
pub struct Changes<R> {
    log: Log<R>,
    summary: Summary,
    /// The rest of the row that was read last.
    waiting: VecDeque<TimedChange>,
    ended: bool,
}

impl<R: BufRead> Changes<R> {
    /// Reads the headings. Changes later than `now` are refused.
    ///
    /// # Errors
    /// [`FeedError`] where the file cannot be read or is not a log.
    pub fn open(log: R, now: Timestamp) -> Result<Self, FeedError> {
        let log = Log::open(log, Checks::new(&COUNTRY, now))?;
        Ok(Self { log, summary: Summary::default(), waiting: VecDeque::new(), ended: false })
    }

    /// What was read so far, of which `prices` and `ended` are the changes handed out; complete
    /// once the last one has been taken.
    #[must_use]
    pub const fn summary(&self) -> &Summary {
        &self.summary
    }

    fn next_change(&mut self) -> Result<Option<TimedChange>, FeedError> {
        loop {
            if let Some(change) = self.waiting.pop_front() {
                match change.quote {
                    Some(_) => self.summary.prices += 1,
                    None => self.summary.ended += 1,
                }
                return Ok(Some(change));
            }
            let Some(row) = self.log.next_row(&mut self.summary)? else { return Ok(None) };
            let Some(station) = station_id(row.station) else { continue };
            let told = row.words.into_iter().zip(FUELS).filter_map(|(word, (_, fuel))| Some((word?, fuel)));
            self.waiting.extend(told.map(|(word, fuel)| TimedChange {
                station: station.clone(),
                fuel,
                at: row.at,
                quote: quote(word, row.at),
                is_change: word.is_change,
            }));
        }
    }
}

impl<R: BufRead> Iterator for Changes<R> {
    type Item = Result<TimedChange, FeedError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.next_change().transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}

/// The price that a word tells; `None` where it tells that there is none.
pub(super) fn quote(word: Word, at: Timestamp) -> Option<Quote> {
    let (currency, unit) = (Currency::EUR, Unit::Litre);
    word.price.map(|price| Quote { price, currency, unit, reported_at: Some(at), coordinates: None })
}
