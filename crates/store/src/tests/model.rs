//! Random entries with restarts in between, held against a simple model of what they mean.

use std::collections::BTreeMap;

use posto_market::{Book, Fuel, Price, StationId, Timestamp};
use proptest::prelude::*;
use tempfile::tempdir;

use super::support::{StillClock, at, id, import, price, record, report, report_id, run};
use crate::{Entry, Journal, Outcome, Report, Reported};

#[derive(Debug, Clone)]
enum Step {
    /// A report at one of a few places, perhaps with one of a few ids.
    Report {
        place: i32,
        fuel: u8,
        thousandths: u32,
        id: Option<u8>,
    },
    /// A report for an imported station.
    ReportFor {
        station: u8,
        thousandths: u32,
    },
    Import {
        station: u8,
        thousandths: u32,
        at: Option<i64>,
    },
    /// The clock moves, forward or back.
    Clock(i64),
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let thousandths = 1_u32..=999_999;
    let step = prop_oneof![
        6 => (0..4_i32, 0..9_u8, thousandths.clone(), proptest::option::of(0..6_u8))
            .prop_map(|(place, fuel, thousandths, id)| Step::Report { place, fuel, thousandths, id }),
        2 => (0..3_u8, thousandths.clone()).prop_map(|(station, thousandths)| Step::ReportFor { station, thousandths }),
        3 => (0..3_u8, thousandths, proptest::option::of(0..100_i64))
            .prop_map(|(station, thousandths, at)| Step::Import { station, thousandths, at }),
        1 => (0..100_i64).prop_map(Step::Clock),
        1 => Just(Step::Restart),
    ];
    proptest::collection::vec(step, 1..40)
}

/// What the book should hold.
#[derive(Debug, Default)]
struct Model {
    prices: BTreeMap<(StationId, Fuel), (Price, Option<i64>)>,
    seen: BTreeMap<u8, Reported>,
    reports: u64,
    last: Option<i64>,
}

impl Model {
    fn put(&mut self, station: StationId, fuel: Fuel, price: Price, at: Option<i64>) {
        self.prices.insert((station, fuel), (price, at));
        self.reports += 1;
    }

    /// The report was written: it has the time it must have, and replaced what was there.
    fn wrote(&mut self, fuel: Fuel, reported: &Reported, clock: i64) {
        let at = self.last.map_or(clock, |last| clock.max(last + 1));
        self.last = Some(at);
        assert_eq!(reported.at.millis(), at);
        let replaced = self.prices.get(&(reported.station.clone(), fuel)).map(|(price, _)| *price);
        assert_eq!((reported.replaced, reported.first_price), (replaced, replaced.is_none()));
        self.put(reported.station.clone(), fuel, reported.price, Some(at));
    }

    fn import(&mut self, station: &StationId, price: Price, at: Option<i64>, clock: i64) {
        let known = self.prices.get(&(station.clone(), Fuel::Gasoline));
        let newer = known.is_none_or(|(known, known_at)| match (at, known_at) {
            (None, None) => *known != price,
            (at, known_at) => at > *known_at,
        });
        if newer {
            self.last = Some(self.last.map_or(clock, |last| last.max(clock)));
            self.put(station.clone(), Fuel::Gasoline, price, at);
        }
    }

    fn assert_is(&self, book: &Book) {
        assert_eq!(book.counts().prices, self.prices.len());
        for ((station, fuel), (price, at)) in &self.prices {
            let quote = book.quote(station, *fuel).unwrap();
            assert_eq!((quote.price, quote.reported_at.map(Timestamp::millis)), (*price, *at));
        }
    }
}

fn take_step(model: &mut Model, journal: &Journal, clock: i64, step: &Step) {
    match step {
        Step::Report { place, fuel, thousandths, id } => {
            let fuel = Fuel::from_code(*fuel).unwrap();
            let mut report =
                Report { id: id.map(|id| report_id(&id.to_string(), 0)), ..report(at(*place, *place), *thousandths) };
            report.wish.fuel = fuel;
            let Outcome::Reported(reported) = run(journal, Entry::Report(report)).unwrap() else { panic!() };
            match id.and_then(|id| model.seen.get(&id)) {
                Some(seen) => assert_eq!(reported, *seen),
                None => model.wrote(fuel, &reported, clock),
            }
            if let Some(id) = id {
                model.seen.entry(*id).or_insert(reported);
            }
        }
        Step::ReportFor { station, thousandths } => {
            let mut report = report(at(0, 0), *thousandths);
            let station = id(&format!("it-{station}"));
            report.wish.station = Some(station.clone());
            match run(journal, Entry::Report(report)).unwrap() {
                Outcome::Reported(reported) => model.wrote(Fuel::Gasoline, &reported, clock),
                refused => {
                    assert_eq!(refused, Outcome::UnknownStation(station.clone()));
                    assert!(!model.prices.contains_key(&(station, Fuel::Gasoline)));
                }
            }
        }
        Step::Import { station, thousandths, at: time } => {
            let name = format!("it-{station}");
            let place = at(4000 + i32::from(*station), 1200);
            run(journal, import(record(&name, place, *thousandths, *time))).unwrap();
            model.import(&id(&name), price(*thousandths), *time, clock);
        }
        Step::Clock(_) | Step::Restart => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn the_book_is_what_the_entries_mean_before_and_after_every_restart(steps in steps()) {
        let directory = tempdir().unwrap();
        let (still, mut clock, mut model) = (StillClock::at(50), 50, Model::default());
        let mut journal = Journal::open(still.options(directory.path())).unwrap().journal;
        for step in steps.iter().chain([&Step::Restart]) {
            match step {
                Step::Clock(millis) => {
                    clock = *millis;
                    still.set(clock);
                }
                Step::Restart => {
                    journal.close().unwrap();
                    let opened = Journal::open(still.options(directory.path())).unwrap();
                    journal = opened.journal;
                    prop_assert_eq!(opened.opening.reports, model.reports);
                }
                step => take_step(&mut model, &journal, clock, step),
            }
            model.assert_is(journal.book());
        }
    }
}
