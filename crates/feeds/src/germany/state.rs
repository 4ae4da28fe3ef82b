//! What the log leaves: the newest word on each station and fuel.

use std::collections::HashMap;
use std::io::BufRead;

use posto_market::{EndedPrice, ImportedPrice, Station, Timestamp};

use super::changes::quote;
use super::log::{Log, Word};
use super::{CHANGES_FILE, FUELS};
use crate::error::FeedError;
use crate::feed::FeedRecord;
use crate::report::{Reason, Refusal, Skipped};
use crate::summary::Summary;

/// The newest words of all stations.
#[derive(Debug, Default)]
pub(super) struct State(HashMap<u128, Words>);

/// The newest words on one station.
#[derive(Debug, Default)]
struct Words {
    newest: [Option<(Timestamp, Word)>; 3],
    /// How many words count no more.
    superseded: usize,
    /// The line of the first of them.
    line: u32,
    taken: bool,
}

/// What is left to a station of the register.
pub(super) enum Taken {
    /// Its prices and ended prices, and how many words they supersede.
    Record(FeedRecord, usize),
    /// The log has no word on it.
    Nothing,
}

impl State {
    /// Reads the whole log.
    ///
    /// # Errors
    /// Those of reading a row.
    pub(super) fn read(mut log: Log<impl BufRead>, summary: &mut Summary) -> Result<Self, FeedError> {
        let mut state = Self::default();
        while let Some(row) = log.next_row(summary)? {
            let words = state.0.entry(row.station).or_insert_with(|| Words { line: row.line, ..Words::default() });
            for (slot, word) in words.newest.iter_mut().zip(row.words) {
                let Some(word) = word else { continue };
                words.superseded += usize::from(slot.is_some());
                if slot.is_none_or(|(at, _)| row.at >= at) {
                    *slot = Some((row.at, word));
                }
            }
        }
        Ok(state)
    }

    /// What is left to a station, once.
    ///
    /// # Errors
    /// [`Reason::RepeatedStation`].
    pub(super) fn take(&mut self, number: u128, station: Station) -> Result<Taken, Refusal> {
        let words = self.0.entry(number).or_default();
        if std::mem::replace(&mut words.taken, true) {
            return Err(Refusal::of(Reason::RepeatedStation, "uuid", station.id.as_str()));
        }
        let mut record = FeedRecord::new(station);
        for ((_, fuel), (at, word)) in
            FUELS.into_iter().zip(words.newest).filter_map(|(fuel, word)| Some((fuel, word?)))
        {
            match quote(word, at) {
                Some(quote) => record.prices.push(ImportedPrice { fuel, quote }),
                None => record.ended.push(EndedPrice { fuel, at }),
            }
        }
        let is_blank = record.prices.is_empty() && record.ended.is_empty();
        Ok(if is_blank { Taken::Nothing } else { Taken::Record(record, words.superseded) })
    }

    /// Counts every word on stations that were not taken: the register lacks them.
    pub(super) fn count_unknown(&self, skipped: &mut Skipped) {
        let mut unknown: Vec<_> = self.0.iter().filter(|(_, words)| !words.taken).collect();
        unknown.sort_unstable_by_key(|(_, words)| words.line);
        for (number, words) in unknown {
            let count = words.superseded + words.newest.iter().flatten().count();
            let id = super::station_id(*number).map(|id| id.to_string()).unwrap_or_default();
            let refusal = Refusal::of(Reason::UnknownStation, "station_uuid", id.trim_start_matches("de-"));
            if count > 0 {
                skipped.add(&refusal, CHANGES_FILE, words.line);
                skipped.add_unseen(Reason::UnknownStation, count - 1);
            }
        }
    }
}
