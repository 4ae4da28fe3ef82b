//! What the tests share: a clock that stands still, reports in one line, waiting for outcomes.

use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, mpsc};

use posto_market::{
    Currency, Fuel, ImportedPrice, ImportedStation, Label, Position, Price, Quote, Station, StationId, StationWish,
    Timestamp, Unit,
};

use crate::{Entry, Journal, JournalError, Opened, Options, Origin, Outcome, Report, ReportId, Reported};

/// A clock that goes only when told to.
#[derive(Debug, Clone)]
pub(crate) struct StillClock(Arc<AtomicI64>);

impl StillClock {
    pub(crate) fn at(millis: i64) -> Self {
        Self(Arc::new(AtomicI64::new(millis)))
    }

    pub(crate) fn set(&self, millis: i64) {
        self.0.store(millis, Ordering::SeqCst);
    }

    pub(crate) fn options(&self, directory: &Path) -> Options {
        let now = Arc::clone(&self.0);
        let mut options = Options::new(directory);
        options.clock = Arc::new(move || Timestamp::from_millis(now.load(Ordering::SeqCst)));
        options
    }
}

pub(crate) fn open(directory: &Path) -> Journal {
    Journal::open(Options::new(directory)).unwrap().journal
}

pub(crate) fn reopen(journal: Journal, directory: &Path) -> Opened {
    journal.close().unwrap();
    Journal::open(Options::new(directory)).unwrap()
}

/// A position by hundredths of a degree.
pub(crate) fn at(latitude: i32, longitude: i32) -> Position {
    Position::from_microdegrees(latitude * 10_000, longitude * 10_000).unwrap()
}

pub(crate) fn price(thousandths: u32) -> Price {
    Price::from_thousandths(thousandths).unwrap()
}

pub(crate) fn id(text: &str) -> StationId {
    StationId::parse(text).unwrap()
}

pub(crate) fn report_id(key: &str, content: u8) -> ReportId {
    ReportId::new(key, [content; 32]).unwrap()
}

/// A v1 report of gasoline at exactly this position.
pub(crate) fn report(position: Position, thousandths: u32) -> Report {
    let wish = StationWish {
        fuel: Fuel::Gasoline,
        position,
        station: None,
        radius_km: 0.0,
        new: false,
        name: None,
        brand: None,
    };
    let origin = Origin::V1("192.0.2.7:40000".to_owned());
    Report { wish, price: price(thousandths), currency: None, coordinates: None, id: None, origin, witness: None }
}

/// An Italian record with one price of gasoline in euros.
pub(crate) fn record(station: &str, position: Position, thousandths: u32, at: Option<i64>) -> ImportedStation {
    let quote = Quote {
        price: price(thousandths),
        currency: Currency::EUR,
        unit: Unit::Litre,
        reported_at: at.map(Timestamp::from_millis),
        coordinates: None,
    };
    let station = Station { name: Label::new("Rossi"), source: Label::new("it"), ..Station::at(id(station), position) };
    ImportedStation { station, prices: vec![ImportedPrice { fuel: Fuel::Gasoline, quote }], ended: Vec::new() }
}

pub(crate) fn import(record: ImportedStation) -> Entry {
    Entry::Import(Box::new(record), Origin::Feed("it".to_owned()))
}

/// Submits and waits.
pub(crate) fn run(journal: &Journal, entry: Entry) -> Result<Outcome, JournalError> {
    let (sender, receiver) = mpsc::channel();
    journal.submit(entry, move |outcome| sender.send(outcome).unwrap()).unwrap();
    receiver.recv().unwrap()
}

/// Submits a report that must be written, and waits.
pub(crate) fn write(journal: &Journal, report: Report) -> Reported {
    match run(journal, Entry::Report(report)).unwrap() {
        Outcome::Reported(reported) => reported,
        refused => panic!("{refused:?}"),
    }
}

/// Submits all so that those after the first are one batch: the first one's callback holds up the
/// writer until they are queued. The outcomes, in the order of the callbacks.
pub(crate) fn run_as_batch(journal: &Journal, entries: Vec<Entry>) -> Vec<(usize, Result<Outcome, JournalError>)> {
    let (sender, receiver) = mpsc::channel();
    let mut entries = entries.into_iter().enumerate();
    let Some((_, first)) = entries.next() else { return Vec::new() };
    let Some((gate, held)) = hold_up(journal, first) else { return Vec::new() };
    for (index, entry) in entries {
        let sender = sender.clone();
        if journal.submit(entry, move |outcome| sender.send((index, outcome)).unwrap()).is_err() {
            break;
        }
    }
    drop((gate, sender));
    std::iter::once((0, held)).chain(receiver).collect()
}

/// Submits an entry whose callback holds up the writer until the gate is dropped; returns once it
/// does, with its outcome. `None` where the journal has stopped.
pub(crate) fn hold_up(journal: &Journal, entry: Entry) -> Option<(mpsc::Sender<()>, Result<Outcome, JournalError>)> {
    let (gate, closed) = mpsc::channel::<()>();
    let (sender, receiver) = mpsc::channel();
    let done = move |outcome| {
        sender.send(outcome).unwrap();
        // Ends when the other half is dropped.
        let _ = closed.recv();
    };
    journal.submit(entry, done).ok()?;
    Some((gate, receiver.recv().unwrap()))
}
