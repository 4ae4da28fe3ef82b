//! Random reports, imports, orders and restarts, held against a simple model: the list of all that was
//! ever said, with what was withdrawn crossed out.

use std::collections::BTreeMap;

use posto_market::{
    Act, Area, Circle, Currency, Freshness, Fuel, ImportedStation, Position, Query, Rank, Standing, StationId,
    Timestamp,
};
use proptest::prelude::*;
use tempfile::tempdir;

use super::super::support::{StillClock, at, id, import, record, report, run};
use super::{order, perform};
use crate::{Entry, Journal, Moderated, Moderation, Origin, Outcome, each_price, verify};

const STATIONS: i32 = 4;

#[derive(Debug, Clone)]
enum Step {
    /// By place or by id, from one of a few addresses.
    Report {
        station: i32,
        by_id: bool,
        origin: u8,
        thousandths: u32,
    },
    Import {
        station: i32,
        thousandths: u32,
        at: Option<i64>,
    },
    Order(Act),
    Clock(i64),
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let station = || 0..STATIONS;
    let thousandths = || 1_u32..=999_999;
    let named = |number: i32| id(&format!("it-{number}"));
    let origin = prop_oneof![
        (0..3_u8).prop_map(|number| format!("v2 192.0.2.{number}")),
        Just("feed it".to_owned()),
        Just("operator ana".to_owned()),
    ];
    let act = prop_oneof![
        3 => (origin, 0..120_i64)
            .prop_map(|(origin, since)| Act::Withdraw { origin, since: Timestamp::from_millis(since) }),
        2 => station().prop_map(move |station| Act::Hide { station: named(station) }),
        2 => station().prop_map(move |station| Act::Show { station: named(station) }),
        2 => (station(), station()).prop_map(move |(from, into)| Act::Merge { from: named(from), into: named(into) }),
        1 => station().prop_map(move |station| Act::End { station: named(station), fuel: Fuel::Gasoline }),
    ];
    let step = prop_oneof![
        6 => (station(), any::<bool>(), 0..3_u8, thousandths())
            .prop_map(|(station, by_id, origin, thousandths)| Step::Report { station, by_id, origin, thousandths }),
        3 => (station(), thousandths(), proptest::option::of(0..150_i64))
            .prop_map(|(station, thousandths, at)| Step::Import { station, thousandths, at }),
        6 => act.prop_map(Step::Order),
        1 => (0..20_i64).prop_map(Step::Clock),
        1 => Just(Step::Restart),
    ];
    proptest::collection::vec(step, 1..40)
}

/// Something that was said of gasoline at a station.
#[derive(Debug, Clone)]
struct Said {
    station: StationId,
    /// `None`: the price holds no more.
    price: Option<(u32, Option<i64>)>,
    origin: String,
    recorded_at: i64,
    withdrawn: bool,
}

#[derive(Debug, Default)]
struct Model {
    said: Vec<Said>,
    hidden: BTreeMap<StationId, Option<StationId>>,
    known: Vec<StationId>,
    last: i64,
}

impl Model {
    fn say(&mut self, station: &StationId, price: Option<(u32, Option<i64>)>, origin: &str) {
        let (station, origin) = (station.clone(), origin.to_owned());
        self.said.push(Said { station, price, origin, recorded_at: self.last, withdrawn: false });
    }

    fn counting(&self, station: &StationId) -> Option<&Said> {
        self.said.iter().rev().find(|said| said.station == *station && !said.withdrawn)
    }

    fn price(&self, station: &StationId) -> Option<(u32, Option<i64>)> {
        if self.hidden.contains_key(station) { None } else { self.counting(station)?.price }
    }

    /// Where an id leads, if anywhere.
    fn resolve(&self, station: &StationId) -> Option<StationId> {
        match self.hidden.get(station) {
            None => Some(station.clone()),
            Some(None) => None,
            Some(Some(into)) => self.resolve(into),
        }
    }

    fn perform(&mut self, act: &Act, done: &Moderated) {
        match act {
            Act::Withdraw { origin, since } => {
                let mut count = 0;
                for said in &mut self.said {
                    let is_his = said.origin == *origin && said.recorded_at >= since.millis() && !said.withdrawn;
                    said.withdrawn |= is_his;
                    count += u64::from(is_his);
                }
                assert_eq!(done.withdrawn, count);
            }
            Act::Hide { station } => drop(self.hidden.insert(station.clone(), None)),
            Act::Show { station } => drop(self.hidden.remove(station)),
            Act::Merge { from, into } => {
                let (mine, theirs) = (self.price(from), self.price(into));
                if let (Some(mine), Some(theirs)) = (mine, theirs) {
                    let newer = mine.1 > theirs.1 || (mine.1.is_none() && theirs.1.is_none() && mine.0 != theirs.0);
                    assert_eq!(done.moved == 1, newer);
                }
                if done.moved == 1 {
                    let origin = self.counting(from).unwrap().origin.clone();
                    self.say(into, mine, &origin);
                }
                self.hidden.insert(from.clone(), Some(into.clone()));
            }
            Act::End { station, .. } => {
                assert_eq!(done.ended, u64::from(self.price(station).is_some()));
                if done.ended == 1 {
                    self.say(station, None, "operator ana");
                }
            }
            Act::Dismiss { .. } => {}
        }
    }

    fn assert_is(&self, journal: &Journal) {
        let book = journal.book();
        let mut visible = Vec::new();
        for station in &self.known {
            let expected = self.price(station);
            let known = book.station(station);
            assert_eq!(known.is_none(), self.hidden.contains_key(station), "{station}");
            let quote = book.quote(station, Fuel::Gasoline);
            let found = quote.map(|quote| (quote.price.thousandths(), quote.reported_at.map(Timestamp::millis)));
            assert_eq!(found, expected, "{station} {self:?}");
            if let Some((price, _)) = expected {
                visible.push((station.to_string(), price));
            }
        }
        visible.sort();
        assert_eq!((book.counts().prices, searched(journal)), (visible.len(), visible));
    }
}

/// All that a search of the whole world finds.
fn searched(journal: &Journal) -> Vec<(String, u32)> {
    let centre = Position::from_microdegrees(0, 0).unwrap();
    let query = Query {
        fuel: Fuel::Gasoline,
        area: Area::Circle(Circle::new(centre, 20_016.0).unwrap()),
        freshness: Freshness::Any,
        now: Timestamp::from_millis(1000),
        rank: Rank::Price,
        currency: None,
        brand: None,
        open: false,
        pareto: false,
        suspects: true,
        limit: 200,
        after: None,
    };
    let found = journal.book().search(&query);
    let mut found: Vec<_> =
        found.iter().map(|found| (found.station.id.to_string(), found.quote.price.thousandths())).collect();
    found.sort();
    found
}

fn of_station(station: i32, thousandths: u32, time: Option<i64>) -> ImportedStation {
    record(&format!("it-{station}"), at(station, station), thousandths, time)
}

fn take_step(model: &mut Model, journal: &Journal, clock: i64, step: &Step) {
    match step {
        Step::Report { station, by_id, origin, thousandths } => {
            let named = id(&format!("it-{station}"));
            let mut report = report(at(*station, *station), *thousandths);
            report.wish.station = by_id.then(|| named.clone());
            report.origin = Origin::V2(format!("192.0.2.{origin}:{thousandths}"));
            match run(journal, Entry::Report(report)).unwrap() {
                Outcome::Reported(reported) => {
                    assert_eq!(journal.book().standing(&reported.station), Standing::Open);
                    if *by_id || !model.hidden.contains_key(&named) && model.known.len() <= 4 {
                        assert_eq!(Some(&reported.station), model.resolve(&named).as_ref());
                    }
                    let replaced = model.price(&reported.station).map(|(price, _)| price);
                    assert_eq!(reported.replaced.map(|price| price.thousandths()), replaced);
                    model.last = reported.at.millis();
                    if !model.known.contains(&reported.station) {
                        model.known.push(reported.station.clone());
                    }
                    let price = Some((*thousandths, Some(model.last)));
                    model.say(&reported.station, price, &format!("v2 192.0.2.{origin}"));
                }
                refused => {
                    assert_eq!(refused, Outcome::HiddenStation(named.clone()));
                    assert_eq!(model.resolve(&named), None);
                }
            }
        }
        Step::Import { station, thousandths, at: time } => {
            let record = of_station(*station, *thousandths, *time);
            let (named, price) = (record.station.id.clone(), (*thousandths, *time));
            let Outcome::Imported(effect) = run(journal, import(record)).unwrap() else { panic!() };
            let into = model.resolve(&named);
            assert_eq!(effect.hidden, into.is_none());
            let Some(into) = into else { return };
            if let Some(known) = model.price(&into) {
                let newer = price.1 > known.1 || (price.1.is_none() && known.1.is_none() && price.0 != known.0);
                assert_eq!(effect.prices_changed == 1, newer);
            }
            if effect.prices_changed == 1 {
                model.last = model.last.max(clock);
                model.say(&into, Some(price), "feed it");
            }
        }
        Step::Order(act) => {
            let trial = perform(journal, Moderation { dry_run: true, ..order(act.clone()) });
            model.assert_is(journal);
            let outcome = perform(journal, order(act.clone()));
            let (Outcome::Moderated(trial), Outcome::Moderated(done)) = (&trial, &outcome) else {
                assert_eq!(trial, outcome);
                assert!(matches!(act, Act::Merge { from, into } if from == into || model.hidden.contains_key(into)));
                return;
            };
            assert_eq!(*trial, Moderated { dry_run: true, number: None, ..done.clone() });
            if done.changed {
                model.last = model.last.max(clock);
                model.perform(act, done);
            }
        }
        Step::Clock(_) | Step::Restart => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn the_book_is_what_counts_of_all_that_was_said_before_and_after_every_restart(steps in steps()) {
        let directory = tempdir().unwrap();
        let (still, mut clock, mut model) = (StillClock::at(50), 50, Model::default());
        let options = |unindexed: i64| {
            let mut options = still.options(directory.path());
            options.default_currency = Currency::EUR;
            options.max_unindexed = unindexed;
            options
        };
        let mut journal = Journal::open(options(4)).unwrap().journal;
        for station in 0..STATIONS {
            let step = Step::Import { station, thousandths: 1500, at: Some(1) };
            model.known.push(id(&format!("it-{station}")));
            take_step(&mut model, &journal, clock, &step);
        }
        for step in steps.iter().chain([&Step::Restart]) {
            match step {
                Step::Clock(millis) => {
                    clock += millis;
                    still.set(clock);
                }
                Step::Restart => {
                    journal.close().unwrap();
                    prop_assert_eq!(verify(directory.path()).unwrap().defects, [""; 0]);
                    journal = Journal::open(options(1000)).unwrap().journal;
                }
                step => take_step(&mut model, &journal, clock, step),
            }
            model.assert_is(&journal);
        }
        let mut exported = 0;
        each_price(directory.path(), |_, _, _| { exported += 1; true }).unwrap();
        prop_assert_eq!(exported, journal.book().counts().prices);
    }
}
