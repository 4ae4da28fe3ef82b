//! What comes of reports and imports, before and after a restart.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use posto_market::{Currency, Fuel, ImportEffect, Label, Quote, StationWish, Timestamp, Unit};
use tempfile::tempdir;

use super::support::{StillClock, at, id, import, open, price, record, reopen, report, run, run_as_batch, write};
use crate::{Entry, Journal, Outcome, Report};

#[test]
fn the_latest_report_replaces_the_price_and_the_history_keeps_both() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    let first = write(&journal, report(at(-2200, -2312), 4999));
    assert!(first.new_station && first.first_price && first.replaced.is_none());
    assert_eq!((first.currency, first.unit), (Currency::BRL, Unit::Litre));
    let second = write(&journal, report(at(-2200, -2312), 5999));
    assert!(!second.new_station && !second.first_price);
    assert_eq!((second.station.clone(), second.replaced), (first.station, Some(price(4999))));
    let opened = reopen(journal, directory.path());
    assert_eq!((opened.opening.stations, opened.opening.prices, opened.opening.reports), (1, 1, 2));
    let quote = opened.journal.book().quote(&second.station, Fuel::Gasoline).unwrap();
    assert_eq!((quote.price, quote.reported_at), (price(5999), Some(second.at)));
}

#[test]
fn an_entry_whose_deadline_has_passed_is_not_executed() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    for (deadline, expected) in [(Duration::ZERO, true), (Duration::from_secs(60), false)] {
        let (tell, told) = mpsc::channel();
        let entry = Entry::Report(report(at(-2200, -2312), 4999));
        let deadline = Some(Instant::now() + deadline);
        journal.submit_by(entry, deadline, move |outcome| drop(tell.send(outcome))).unwrap();
        assert_eq!(told.recv().unwrap().unwrap() == Outcome::Expired, expected);
    }
    assert_eq!(reopen(journal, directory.path()).opening.reports, 1);
}

#[test]
fn a_restart_gives_back_the_same_book() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    let told = Report {
        wish: StationWish { name: Label::new("Posto Mitai"), brand: Label::new("Ipê"), ..report(at(1, 1), 1).wish },
        coordinates: Some("(0.01; 0.0100)".to_owned()),
        ..report(at(1, 1), 4999)
    };
    let ids = [write(&journal, told).station, write(&journal, report(at(2, 2), 5001)).station, id("it-7")];
    run(&journal, import(record("it-7", at(4200, 1200), 1789, Some(5)))).unwrap();
    let all = |journal: &Journal| ids.clone().map(|id| journal.book().station(&id).unwrap());
    let before = all(&journal);
    assert_eq!(before[0].quotes[0].1.coordinates.as_deref(), Some("(0.01; 0.0100)"));
    let opened = reopen(journal, directory.path());
    assert_eq!(all(&opened.journal), before);
    assert!(!opened.opening.created);
}

#[test]
fn coordinates_are_kept_as_written_only_where_they_are_the_stations_own() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    let coordinates = |journal: &Journal, report: Report| {
        let reported = write(journal, report);
        journal.book().quote(&reported.station, Fuel::Gasoline).unwrap().coordinates
    };
    let written = |text: &str, report| Report { coordinates: Some(text.to_owned()), ..report };
    let place = at(-2200, -2312);
    assert_eq!(coordinates(&journal, written("(-22;-23.12)", report(place, 1))).as_deref(), Some("(-22;-23.12)"));
    assert_eq!(coordinates(&journal, written("(-22.000000;-23.120000)", report(place, 2))), None);
    let mut near = written("(-22;-23.1201)", report(at(-2200, -2312), 3));
    near.wish.position = posto_market::Position::from_degrees(-22.0, -23.1201).unwrap();
    near.wish.radius_km = 0.05;
    assert_eq!(coordinates(&journal, near), None, "a phone's position");
}

#[test]
fn two_reports_of_one_batch_at_one_new_place_make_one_station() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    let entries = [at(0, 0), at(1, 1), at(1, 1)].map(|place| Entry::Report(report(place, 5000)));
    let outcomes = run_as_batch(&journal, entries.into());
    let [_, (1, Ok(Outcome::Reported(first))), (2, Ok(Outcome::Reported(second)))] = outcomes.as_slice() else {
        panic!("{outcomes:?}")
    };
    assert_eq!(first.station, second.station);
    assert!(first.new_station && !second.new_station && second.replaced == Some(price(5000)));
    assert_eq!(reopen(journal, directory.path()).opening.stations, 2);
}

#[test]
fn reports_are_told_apart_in_time_even_when_the_clock_stands_or_goes_back() {
    let directory = tempdir().unwrap();
    let clock = StillClock::at(1000);
    let journal = Journal::open(clock.options(directory.path())).unwrap().journal;
    let time = |journal: &Journal| write(journal, report(at(0, 0), 1)).at.millis();
    assert_eq!((time(&journal), time(&journal)), (1000, 1001));
    clock.set(10);
    assert_eq!(time(&journal), 1002);
    journal.close().unwrap();
    let journal = Journal::open(clock.options(directory.path())).unwrap().journal;
    assert_eq!(time(&journal), 1003);
    clock.set(5000);
    assert_eq!(time(&journal), 5000);
}

#[test]
fn who_could_mean_several_stations_must_choose_and_nothing_is_written() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    for (name, longitude) in [("it-1", 0), ("it-2", 1)] {
        run(&journal, import(record(name, at(0, longitude), 1500, Some(1)))).unwrap();
    }
    let mut vague = report(at(0, 0), 1600);
    vague.wish.radius_km = 2.0;
    let Outcome::Ambiguous(candidates) = run(&journal, Entry::Report(vague.clone())).unwrap() else { panic!() };
    assert_eq!(candidates.iter().map(|(station, _)| station.id.as_str()).collect::<Vec<_>>(), ["it-1", "it-2"]);
    vague.wish.station = Some(id("it-3"));
    assert_eq!(run(&journal, Entry::Report(vague.clone())).unwrap(), Outcome::UnknownStation(id("it-3")));
    vague.wish.station = Some(id("it-2"));
    let reported = write(&journal, vague);
    assert_eq!((reported.station, reported.currency), (id("it-2"), Currency::EUR), "the replaced price's currency");
    assert_eq!(reopen(journal, directory.path()).opening.reports, 3);
}

#[test]
fn a_stated_currency_counts_and_else_that_of_the_neighbours() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    run(&journal, import(record("it-1", at(4200, 1200), 1500, Some(1)))).unwrap();
    assert_eq!(write(&journal, report(at(4201, 1200), 1600)).currency, Currency::EUR);
    assert_eq!(write(&journal, report(at(0, 0), 1600)).currency, Currency::BRL, "the default");
    let dollars = Currency::from_code("USD").unwrap();
    assert_eq!(write(&journal, Report { currency: Some(dollars), ..report(at(0, 0), 1700) }).currency, dollars);
}

#[test]
fn an_import_writes_only_what_is_news() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    let import_at = |journal: &Journal, thousandths, time| {
        let entry = import(record("it-1", at(4200, 1200), thousandths, time));
        let Outcome::Imported(effect) = run(journal, entry).unwrap() else { panic!() };
        effect
    };
    let unchanged = ImportEffect { prices_unchanged: 1, ..ImportEffect::default() };
    let changed = ImportEffect { prices_changed: 1, ..ImportEffect::default() };
    assert_eq!(import_at(&journal, 1500, Some(7)), ImportEffect { new_station: true, ..changed });
    assert_eq!(import_at(&journal, 1500, Some(7)), unchanged);
    assert_eq!(import_at(&journal, 1400, Some(6)), unchanged, "older");
    assert_eq!(import_at(&journal, 1300, Some(8)), changed);
    let opened = reopen(journal, directory.path());
    assert_eq!(import_at(&opened.journal, 1300, Some(8)), unchanged);
    let quote = opened.journal.book().quote(&id("it-1"), Fuel::Gasoline).unwrap();
    let expected = Quote { price: price(1300), reported_at: Some(Timestamp::from_millis(8)), ..quote.clone() };
    assert_eq!((quote, opened.opening.reports), (expected, 2));
}
