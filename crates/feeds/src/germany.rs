//! Germany: the price register of the cartel office (MTS-K), as Tankerkönig passes it on.
//!
//! **Where it comes from.** Every station must tell the Markttransparenzstelle für Kraftstoffe of
//! each change of a price within five minutes. Tankerkönig publishes its stations and the change
//! log of each day as files (Creative Commons BY-NC-SA 4.0: named, not for business, shared alike),
//! and the prices in force around a place as `list.php` (CC BY 4.0, with a key of one's own). The
//! source is named ([`ATTRIBUTION`]).
//!
//! **How it is read.** The register is a table with quotation marks; `first_active` and
//! `openingtimes_json` may follow its nine columns. The log comes first, into a compact table of the
//! newest word on each station and fuel (`state.rs`), then the register is streamed; memory grows
//! with the stations that have prices, not with the log. A row tells all three prices of a station
//! and which of them changed (0 none, 1 changed, 2 removed, 3 new): an unchanged one is a price of
//! that time, too. `0.000`, `-0.001` and the code 2 end a price. Of equal times the later line
//! counts. Without a log every station of the register is handed out. `list.php` (`live.rs`) tells
//! no time: its prices are as old as the file ([`crate::Input::written_at`]), else of now.
//! [`Changes`] is the log itself, one timed change after another.
//!
//! **How its fuels map.** diesel, e5 (gasoline) and e10, in euro the litre.
//!
//! **What it refuses.** A row with too few fields, a number that is no UUID, (0,0) (six stations of
//! 2019, among them `01_test`), a place outside 47.2..=55.1 N and 5.8..=15.1 E, a station listed
//! before; a change code other than 0 to 3, a price outside 0.500..=4.999, an unreadable or a future
//! time (with all three of its prices), a price of a station that was not taken.

mod changes;
mod live;
mod log;
mod register;
mod state;

use std::io::BufRead;

use posto_market::{Fuel, StationId, Timestamp};

pub use changes::{Changes, TimedChange};

use self::live::Live;
use self::log::Log;
use self::register::Register;
use self::state::{State, Taken};
use crate::error::FeedError;
use crate::feed::{Feed, FeedFile, FeedRecord, Inputs, Records, Terms};
use crate::report::{Reason, Refusal};
use crate::sanity::{Checks, Country};
use crate::summary::Summary;

/// The source label of every station of this feed; its ids are `de-<uuid>`.
pub const SOURCE: &str = "de";

/// The line that the licences (CC BY-NC-SA 4.0, CC BY 4.0) ask for.
pub const ATTRIBUTION: &str = "Daten: MTS-K, Tankerkönig (tankerkoenig.de), CC BY-NC-SA 4.0";

/// What places and errors call the register, whatever its path.
pub const REGISTER_FILE: &str = "stations.csv";

/// What places and errors call the change log of a day, whatever its path.
pub const CHANGES_FILE: &str = "prices.csv";

/// What places and errors call the answer of `list.php`, whatever its path.
pub const LIVE_FILE: &str = "list.json";

/// The feed.
pub static FEED: Feed = Feed {
    slug: "germany",
    name_pt: "Alemanha: postos e mudanças de preço (MTS-K, Tankerkönig)",
    name_en: "Germany: stations and price changes (MTS-K, Tankerkönig)",
    source: Some(SOURCE),
    attribution: Some(ATTRIBUTION),
    files: &[
        FeedFile {
            name: REGISTER_FILE,
            about_pt: "os postos",
            about_en: "the stations",
            address: None,
            recognise: |beginning| beginning.trim_start().starts_with("uuid,name,"),
        },
        FeedFile {
            name: CHANGES_FILE,
            about_pt: "as mudanças de preço de um dia",
            about_en: "the price changes of a day",
            address: None,
            recognise: |beginning| beginning.trim_start().starts_with("date,station_uuid,"),
        },
        FeedFile {
            name: LIVE_FILE,
            about_pt: "a resposta de list.php, em lugar dos outros dois",
            about_en: "the answer of list.php, instead of the other two",
            address: None,
            recognise: |beginning| {
                beginning.trim_start().starts_with('{')
                    && beginning.contains("\"stations\"")
                    && ["tankerkoenig", "\"MTS-K\"", "\"isOpen\""].iter().any(|sign| beginning.contains(sign))
            },
        },
    ],
    country: Some(&COUNTRY),
    open,
};

static COUNTRY: Country =
    Country { latitudes: 47.2..=55.1, longitudes: 5.8..=15.1, thousandths: 500..=4999, zone: "Europe/Berlin" };

/// The three fuels, in the order of the files.
const FUELS: [(&str, Fuel); 3] = [("diesel", Fuel::Diesel), ("e5", Fuel::Gasoline), ("e10", Fuel::GasolineE10)];

fn open(mut inputs: Inputs, terms: &Terms) -> Result<Box<dyn Records>, FeedError> {
    let written = inputs.written_at(LIVE_FILE);
    if let Some(live) = inputs.take(LIVE_FILE) {
        inputs.finish()?;
        return Ok(Box::new(Live::open(live, written, terms.now)?));
    }
    let (register, log) = (inputs.need(REGISTER_FILE)?, inputs.take(CHANGES_FILE));
    inputs.finish()?;
    Ok(Box::new(Stations::open(register, log, terms.now)?))
}

/// The stations of the register with what the log leaves them, one at a time; after the last one,
/// or the first error, `None`.
pub struct Stations<R> {
    register: Register<R>,
    /// `None` where there is no log.
    state: Option<State>,
    summary: Summary,
    ended: bool,
}

impl<R: BufRead> Stations<R> {
    /// Reads the whole log and the headings of the register.
    ///
    /// # Errors
    /// [`FeedError`] where a file cannot be read or is not what it should be.
    pub fn open(register: R, log: Option<impl BufRead>, now: Timestamp) -> Result<Self, FeedError> {
        let register = Register::open(register)?;
        let mut summary = Summary::default();
        let state =
            log.map(|log| State::read(Log::open(log, Checks::new(&COUNTRY, now))?, &mut summary)).transpose()?;
        Ok(Self { register, state, summary, ended: false })
    }

    /// What was read so far; complete once the last station has been taken.
    #[must_use]
    pub fn into_summary(self) -> Summary {
        self.summary
    }

    fn next_record(&mut self) -> Result<Option<FeedRecord>, FeedError> {
        while let Some((line, read)) = self.register.next_station()? {
            self.summary.count_row(REGISTER_FILE);
            self.summary.station_rows += 1;
            let taken = read.and_then(|(number, station)| match &mut self.state {
                Some(state) => state.take(number, station),
                None => Ok(Taken::Record(FeedRecord::new(station), 0)),
            });
            match taken {
                Ok(Taken::Record(record, superseded)) => {
                    self.summary.count_record(&record);
                    self.summary.superseded += superseded;
                    return Ok(Some(record));
                }
                Ok(Taken::Nothing) => self.summary.without_prices += 1,
                Err(refusal) => self.summary.skipped.add(&refusal, REGISTER_FILE, line),
            }
        }
        if let Some(state) = &self.state {
            state.count_unknown(&mut self.summary.skipped);
        }
        Ok(None)
    }
}

impl<R: BufRead> Iterator for Stations<R> {
    type Item = Result<FeedRecord, FeedError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.next_record().transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}

impl<R: BufRead + Send> Records for Stations<R> {
    fn summary(&self) -> Summary {
        self.summary.clone()
    }
}

/// The number of a station: its UUID's 128 bits.
fn station_number(member: &str, text: &str) -> Result<u128, Refusal> {
    let refusal = || Refusal::of(Reason::StationNumber, member, text);
    let dashes = text.bytes().enumerate().all(|(at, byte)| (byte == b'-') == matches!(at, 8 | 13 | 18 | 23));
    if text.len() != 36 || !dashes || text.contains('+') {
        return Err(refusal());
    }
    let digits: String = text.chars().filter(|digit| *digit != '-').collect();
    u128::from_str_radix(&digits, 16).map_err(|_| refusal())
}

/// The id of a station by its number.
fn station_id(number: u128) -> Option<StationId> {
    let digits = format!("{number:032x}");
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    let (first, second, third, fourth) = (part(0, 8), part(8, 12), part(12, 16), part(16, 20));
    StationId::parse(&format!("{SOURCE}-{first}-{second}-{third}-{fourth}-{}", part(20, 32)))
}

#[cfg(test)]
mod tests;
