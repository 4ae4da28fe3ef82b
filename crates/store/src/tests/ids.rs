//! Reports with an id run once, across batches and restarts.

use posto_market::Fuel;
use tempfile::tempdir;

use super::support::{
    StillClock, at, import, open, price, record, reopen, report, report_id, run, run_as_batch, write,
};
use crate::limits::{MAX_IDS_FORGOTTEN, REMEMBER_IDS_FOR};
use crate::{Entry, Journal, Outcome, Report, ReportId};

fn with_id(key: &str, content: u8, thousandths: u32) -> Report {
    Report { id: Some(report_id(key, content)), ..report(at(0, 0), thousandths) }
}

#[test]
fn a_repeat_gets_the_first_outcome_and_changes_nothing() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    let first = write(&journal, with_id("a", 1, 5000));
    let later = write(&journal, report(at(0, 0), 4000));
    assert_eq!(write(&journal, with_id("a", 1, 5000)), first);
    let opened = reopen(journal, directory.path());
    assert_eq!(write(&opened.journal, with_id("a", 1, 5000)), first, "after a restart too");
    let quote = opened.journal.book().quote(&first.station, Fuel::Gasoline).unwrap();
    assert_eq!((quote.price, quote.reported_at), (price(4000), Some(later.at)));
    assert_eq!(opened.opening.reports, 2);
    let replacing = write(&opened.journal, with_id("b", 1, 3000));
    assert_eq!(write(&opened.journal, with_id("b", 1, 3000)), replacing);
    assert_eq!(replacing.replaced, Some(price(4000)));
}

#[test]
fn a_repeat_in_the_same_batch_runs_once() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    let entries = [with_id("a", 1, 5000), with_id("b", 1, 5000), with_id("b", 1, 5000), with_id("b", 2, 5000)];
    let outcomes = run_as_batch(&journal, entries.map(Entry::Report).into());
    let outcomes: Vec<_> = outcomes.into_iter().map(|(_, outcome)| outcome.unwrap()).collect();
    assert_eq!(outcomes[1], outcomes[2]);
    assert_eq!(outcomes[3], Outcome::IdReused);
    assert_eq!(reopen(journal, directory.path()).opening.reports, 2);
}

#[test]
fn another_content_under_the_same_id_is_refused() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    write(&journal, with_id("a", 1, 5000));
    assert_eq!(run(&journal, Entry::Report(with_id("a", 2, 6000))).unwrap(), Outcome::IdReused);
}

#[test]
fn a_refused_report_can_be_made_good_under_its_id() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    for (name, longitude) in [("it-1", 0), ("it-2", 1)] {
        run(&journal, import(record(name, at(0, longitude), 1500, None))).unwrap();
    }
    let mut vague = with_id("a", 1, 1600);
    vague.wish.radius_km = 2.0;
    assert!(matches!(run(&journal, Entry::Report(vague.clone())).unwrap(), Outcome::Ambiguous(_)));
    vague.wish.station = Some(super::support::id("it-2"));
    vague.id = Some(report_id("a", 2));
    assert!(matches!(run(&journal, Entry::Report(vague)).unwrap(), Outcome::Reported(_)));
}

#[test]
fn ids_are_forgotten_after_a_day_and_their_rows_go() {
    let directory = tempdir().unwrap();
    let clock = StillClock::at(0);
    let journal = Journal::open(clock.options(directory.path())).unwrap().journal;
    for number in 0..5 {
        write(&journal, with_id(&number.to_string(), 1, 5000));
    }
    let day = i64::try_from(REMEMBER_IDS_FOR.as_millis()).unwrap();
    clock.set(day);
    let first = write(&journal, with_id("0", 1, 5000));
    assert_eq!(first.at.millis(), 0, "exactly a day old");
    clock.set(day + 1);
    assert_eq!(write(&journal, with_id("0", 2, 5000)).at.millis(), day + 1);
    clock.set(day + 10);
    write(&journal, report(at(0, 0), 1));
    journal.close().unwrap();
    let rows = rusqlite::Connection::open(directory.path().join("posto.db")).unwrap();
    let keys: Vec<String> = rows
        .prepare("SELECT key FROM seen_ids")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(keys, ["0"]);
    const { assert!(MAX_IDS_FORGOTTEN > 5) };
}

#[test]
fn an_id_has_1_to_64_bytes() {
    assert!(ReportId::new("x".repeat(64), [0; 32]).is_some());
    assert_eq!((ReportId::new("", [0; 32]), ReportId::new("x".repeat(65), [0; 32])), (None, None));
}
