//! Reporters for whom nobody vouches, beside prices of those for whom somebody does.

use posto_market::{ImportedStation, Timestamp};

use super::support::{StillClock, at, id, import, price, record, report, report_id, run, write};
use crate::{Entry, Journal, Origin, Outcome, Report};

const HOUR: i64 = 3_600_000;
const NOW: i64 = 1_787_292_000_123;

/// A report of an unknown reporter for the station of the tests.
fn unknown(witness: &str, thousandths: u32) -> Report {
    Report {
        origin: Origin::Anonymous(witness.to_owned()),
        witness: Some(format!("anon:{witness}")),
        ..report(at(0, 0), thousandths)
    }
}

fn from_feed(at_millis: i64) -> ImportedStation {
    record("it-1", at(0, 0), 5000, Some(at_millis))
}

fn current(journal: &Journal) -> u32 {
    let quote = journal.book().quote(&id("it-1"), posto_market::Fuel::Gasoline);
    quote.unwrap().price.thousandths()
}

fn waits(journal: &Journal, report: Report) -> bool {
    match run(journal, Entry::Report(report)).unwrap() {
        Outcome::Unconfirmed(station, _) => station.id == id("it-1"),
        Outcome::Reported(_) => false,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_fresh_price_of_a_feed_stays_until_a_second_reporter_agrees() {
    let (directory, clock) = (tempfile::tempdir().unwrap(), StillClock::at(NOW));
    let journal = Journal::open(clock.options(directory.path())).unwrap().journal;
    run(&journal, import(from_feed(NOW - HOUR / 2))).unwrap();
    assert!(waits(&journal, unknown("a", 3000)) && waits(&journal, unknown("a", 3000)));
    assert!(waits(&journal, unknown("b", 3900)), "says something else");
    assert_eq!(current(&journal), 5000);
    assert!(!waits(&journal, unknown("c", 3010)), "agrees with the first");
    assert_eq!(current(&journal), 3010);
    assert!(waits(&journal, unknown("c", 2000)), "still within the feed's hour");
    clock.set(NOW + HOUR / 2 + 1);
    assert!(!waits(&journal, unknown("c", 2000)), "the feed's price is an hour old");
}

#[test]
fn the_same_price_is_no_displacement_and_does_not_take_the_protection_away() {
    let (directory, clock) = (tempfile::tempdir().unwrap(), StillClock::at(NOW));
    let journal = Journal::open(clock.options(directory.path())).unwrap().journal;
    run(&journal, import(from_feed(NOW))).unwrap();
    assert!(!waits(&journal, unknown("a", 5000)));
    assert!(waits(&journal, unknown("a", 3000)));
    let (_, journal) = (journal.close().unwrap(), Journal::open(clock.options(directory.path())).unwrap().journal);
    assert!(waits(&journal, unknown("a", 3000)), "what is protected is so after a restart");
    assert!(!waits(&journal, unknown("b", 3000)), "and what waited still waits");
}

#[test]
fn tokens_and_keys_are_protected_and_unknown_or_old_prices_are_not() {
    for (origin, protected) in [
        (Origin::Token("ana".to_owned()), true),
        (Origin::Key("192.0.2.1:9".to_owned()), true),
        (Origin::Anonymous("x".to_owned()), false),
        (Origin::V1("192.0.2.1:9".to_owned()), false),
    ] {
        let (directory, clock) = (tempfile::tempdir().unwrap(), StillClock::at(NOW));
        let journal = Journal::open(clock.options(directory.path())).unwrap().journal;
        run(&journal, import(from_feed(NOW - 2 * HOUR))).unwrap();
        write(&journal, Report { origin: origin.clone(), ..report(at(0, 0), 4000) });
        assert_eq!(waits(&journal, unknown("a", 3000)), protected, "{origin}");
        assert!(!waits(&journal, Report { origin: Origin::Token("b".to_owned()), ..report(at(0, 0), 2000) }));
    }
}

#[test]
fn what_waits_is_not_remembered_under_its_id() {
    let (directory, clock) = (tempfile::tempdir().unwrap(), StillClock::at(NOW));
    let journal = Journal::open(clock.options(directory.path())).unwrap().journal;
    run(&journal, import(from_feed(NOW))).unwrap();
    let named = |thousandths, digest| Report { id: Some(report_id("k", digest)), ..unknown("a", thousandths) };
    assert!(waits(&journal, named(3000, 1)) && waits(&journal, named(3001, 2)));
    assert!(!waits(&journal, unknown("b", 3001)));
    let again = write(&journal, named(3001, 2));
    assert_eq!((again.price, again.replaced), (price(3001), Some(price(3001))));
    assert!(again.at > Timestamp::from_millis(NOW));
}

#[test]
fn a_place_that_nobody_vouched_for_is_everyone_s() {
    let directory = tempfile::tempdir().unwrap();
    let journal = Journal::open(StillClock::at(NOW).options(directory.path())).unwrap().journal;
    assert_eq!(write(&journal, unknown("a", 3000)).replaced, None);
    assert_eq!(write(&journal, unknown("a", 2000)).replaced, Some(price(3000)));
}
