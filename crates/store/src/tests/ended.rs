//! A price that ended stays ended, and the history keeps when.

use posto_market::{EndedPrice, Fuel, ImportedStation, Label, OpeningHours, Quote, Service, Station, Timestamp};
use tempfile::tempdir;

use super::support::{StillClock, at, id, record, run};
use crate::{Entry, HistoryQuery, Journal, Options, Origin, Outcome, each_price, verify};

fn import(journal: &Journal, record: ImportedStation) -> posto_market::ImportEffect {
    let entry = Entry::Import(Box::new(record), Origin::Feed("it".to_owned()));
    let Outcome::Imported(effect) = run(journal, entry).unwrap() else { panic!("imported") };
    effect
}

fn ended(millis: i64) -> ImportedStation {
    let price = record("it-1", at(4500, 900), 1, None);
    let at = Timestamp::from_millis(millis);
    ImportedStation { prices: Vec::new(), ended: vec![EndedPrice { fuel: Fuel::Gasoline, at }], ..price }
}

fn priced(thousandths: u32, millis: i64) -> ImportedStation {
    record("it-1", at(4500, 900), thousandths, Some(millis))
}

fn current(journal: &Journal) -> Option<u32> {
    journal.book().quote(&id("it-1"), Fuel::Gasoline).map(|quote: Quote| quote.price.thousandths())
}

/// Of each row of the history its price and its own time, newest first.
fn history(journal: &Journal) -> Vec<(Option<u32>, Option<i64>)> {
    let all = HistoryQuery { station: id("it-1"), fuel: None, since: None, before: None, limit: 9 };
    let told = journal.history(&all).unwrap();
    told.iter()
        .map(|past| (past.price.map(|price| price.thousandths()), past.reported_at.map(Timestamp::millis)))
        .collect()
}

#[test]
fn an_ended_price_stays_ended_after_a_restart_until_a_later_one_comes() {
    let directory = tempdir().unwrap();
    let options = || -> Options { StillClock::at(1_000).options(directory.path()) };
    let journal = Journal::open(options()).unwrap().journal;
    assert_eq!(import(&journal, priced(1500, 10)).prices_changed, 1);
    assert_eq!(import(&journal, ended(20)).prices_ended, 1);
    assert_eq!(import(&journal, ended(20)).prices_unchanged, 1);
    journal.close().unwrap();

    let opened = Journal::open(options()).unwrap();
    assert_eq!((opened.opening.stations, opened.opening.prices, opened.opening.reports), (1, 0, 2));
    let journal = opened.journal;
    assert_eq!(current(&journal), None);
    assert_eq!(history(&journal), [(None, Some(20)), (Some(1500), Some(10))]);
    assert_eq!(import(&journal, priced(1600, 15)).prices_changed, 0);
    assert_eq!(import(&journal, ended(30)).prices_unchanged, 1);
    let mut exported = 0;
    each_price(directory.path(), |_, _, _| {
        exported += 1;
        true
    })
    .unwrap();
    assert_eq!(exported, 0);
    let found = verify(directory.path()).unwrap();
    assert_eq!((found.defects.len(), found.prices, found.stations_without_prices), (0, 0, 0));

    assert_eq!(import(&journal, priced(1700, 40)).prices_changed, 1);
    journal.close().unwrap();
    let journal = Journal::open(options()).unwrap().journal;
    assert_eq!(current(&journal), Some(1700));
    assert_eq!(history(&journal), [(Some(1700), Some(40)), (None, Some(20)), (Some(1500), Some(10))]);
}

#[test]
fn what_is_known_of_a_station_survives_a_restart() {
    let directory = tempdir().unwrap();
    let options = || -> Options { StillClock::at(1_000).options(directory.path()) };
    for (service, members_only) in [(Service::SelfService, true), (Service::Served, false), (Service::Both, true)] {
        let journal = Journal::open(options()).unwrap().journal;
        let station = Station {
            name: Label::new("Rossi"),
            hours: OpeningHours::new("Mo-Su 07:00-22:00; PH off"),
            service: Some(service),
            members_only: Some(members_only),
            ..Station::at(id("it-2"), at(4500, 900))
        };
        assert_ne!(import(&journal, ImportedStation::new(station.clone())), posto_market::ImportEffect::default());
        journal.close().unwrap();
        let journal = Journal::open(options()).unwrap().journal;
        assert_eq!(*journal.book().station(&id("it-2")).unwrap().station, station);
        journal.close().unwrap();
    }
}
