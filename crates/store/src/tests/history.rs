//! Past prices: what is told, in what order, and that the index finds it.

use posto_market::{Currency, Fuel, Timestamp};
use rusqlite::Connection;
use tempfile::tempdir;

use super::support::{StillClock, at, hold_up, import, open, record, report, run, write};
use crate::limits::{MAX_PAST_PRICES, MAX_QUESTIONS};
use crate::{Entry, HistoryError, HistoryQuery, Journal, Report};

fn of(station: posto_market::StationId) -> HistoryQuery {
    HistoryQuery { station, fuel: None, since: None, before: None, limit: 100 }
}

/// Prices of three fuels in turn, 1 to `count`, each a second after the one before; the station.
fn filled(clock: &StillClock, journal: &Journal, count: u32) -> posto_market::StationId {
    let mut station = None;
    for number in 1..=count {
        clock.set(i64::from(number) * 1000);
        let mut report = report(at(0, 0), number);
        report.wish.fuel = Fuel::ALL[usize::try_from(number % 3).unwrap()];
        station = Some(write(journal, report).station);
        write(journal, Report { ..super::support::report(at(50, 50), 999) });
    }
    station.unwrap()
}

fn prices(journal: &Journal, query: &HistoryQuery) -> Vec<u32> {
    journal.history(query).unwrap().iter().map(|past| past.price.unwrap().thousandths()).collect()
}

#[test]
fn past_prices_come_newest_first_and_page_by_page() {
    let (directory, clock) = (tempdir().unwrap(), StillClock::at(0));
    let journal = Journal::open(clock.options(directory.path())).unwrap().journal;
    let station = filled(&clock, &journal, 10);
    let all = of(station.clone());
    assert_eq!(prices(&journal, &all), (1..=10).rev().collect::<Vec<_>>());
    let diesel = HistoryQuery { fuel: Some(Fuel::Diesel), ..all.clone() };
    assert_eq!(prices(&journal, &diesel), [9, 6, 3]);
    let since = HistoryQuery { since: Some(Timestamp::from_millis(8000)), ..all.clone() };
    assert_eq!(prices(&journal, &since), [10, 9, 8], "the moment itself included");
    let mut page = HistoryQuery { limit: 4, ..all.clone() };
    let (mut pages, mut found) = (Vec::new(), journal.history(&page).unwrap());
    while let Some(last) = found.last() {
        page.before = Some(last.sequence);
        pages.extend(found.iter().map(|past| past.price.unwrap().thousandths()));
        found = journal.history(&page).unwrap();
    }
    assert_eq!(pages, prices(&journal, &all), "pages put together are the whole");
    let newest = journal.history(&HistoryQuery { limit: 1, ..all }).unwrap().remove(0);
    assert_eq!((newest.currency, newest.reported_at), (Currency::BRL, Some(Timestamp::from_millis(10_000))));
    assert_eq!(newest.recorded_at.millis(), 10_000);
}

#[test]
fn an_unknown_station_has_no_history_and_no_answer_is_endless() {
    let (directory, clock) = (tempdir().unwrap(), StillClock::at(0));
    let journal = Journal::open(clock.options(directory.path())).unwrap().journal;
    let station = filled(&clock, &journal, 210);
    assert_eq!(prices(&journal, &of(super::support::id("it-1"))), [0_u32; 0]);
    let greedy = HistoryQuery { limit: usize::MAX, ..of(station.clone()) };
    assert_eq!(prices(&journal, &greedy).len(), MAX_PAST_PRICES);
    assert!(prices(&journal, &HistoryQuery { limit: 0, ..of(station) }).is_empty());
}

#[test]
fn a_price_of_unknown_age_tells_when_it_was_recorded() {
    let (directory, clock) = (tempdir().unwrap(), StillClock::at(77));
    let journal = Journal::open(clock.options(directory.path())).unwrap().journal;
    run(&journal, import(record("it-1", at(0, 0), 1500, None))).unwrap();
    let past = journal.history(&of(super::support::id("it-1"))).unwrap().remove(0);
    assert_eq!((past.reported_at, past.recorded_at.millis()), (None, 77));
}

#[test]
fn a_query_searches_the_index_and_sorts_nothing() {
    let directory = tempdir().unwrap();
    open(directory.path()).close().unwrap();
    let file = Connection::open(directory.path().join("posto.db")).unwrap();
    let plan = |sql: String| {
        let mut statement = file.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let any = vec![1; statement.parameter_count()];
        let steps = statement.query_map(rusqlite::params_from_iter(any), |row| row.get::<_, String>(3)).unwrap();
        steps.map(Result::unwrap).collect::<Vec<_>>()
    };
    let index = "SEARCH entry USING PRIMARY KEY (station=? AND fuel=? AND report<?)";
    let by_number = "SEARCH reports USING INTEGER PRIMARY KEY (rowid=?)";
    let counts = ["CORRELATED SCALAR SUBQUERY 1", "SEARCH withdrawn USING INTEGER PRIMARY KEY (rowid=?)"];
    assert_eq!(plan(crate::history::sql_of_index()), [&[index, by_number][..], &counts].concat());
    let end = "SEARCH reports USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)";
    assert_eq!(plan(crate::history::sql_of_end()), [&[end][..], &counts].concat(), "only what is not indexed yet");
}

#[test]
fn the_writer_does_not_hold_up_the_reader() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    let station = write(&journal, report(at(0, 0), 1)).station;
    let (gate, _) = hold_up(&journal, Entry::Report(report(at(0, 0), 2))).unwrap();
    assert_eq!(prices(&journal, &of(station)), [2, 1], "answered while the writer stands still");
    drop(gate);
}

#[test]
fn a_full_queue_says_busy_and_a_closed_journal_says_stopped() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    let query = of(super::support::id("it-1"));
    let (gate, closed) = std::sync::mpsc::channel::<()>();
    let (sender, held) = std::sync::mpsc::channel();
    let hold = move |_| {
        sender.send(()).unwrap();
        let _ = closed.recv();
    };
    journal.ask_history(query.clone(), hold).unwrap();
    held.recv().unwrap();
    for _ in 0..MAX_QUESTIONS {
        journal.ask_history(query.clone(), |answer| assert!(answer.is_ok())).unwrap();
    }
    let busy = journal.ask_history(query.clone(), |_| panic!("not queued")).unwrap_err();
    assert!(matches!(busy, HistoryError::Busy) && busy.is_retryable(), "{busy}");
    drop(gate);
    let other = journal.clone();
    journal.close().unwrap();
    assert!(matches!(other.history(&query), Err(HistoryError::Stopped)));
}

#[test]
fn one_askers_panic_does_not_silence_the_others() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    let station = write(&journal, report(at(0, 0), 1)).station;
    journal.ask_history(of(station.clone()), |_| panic!("on purpose")).unwrap();
    assert_eq!(prices(&journal, &of(station)), [1]);
}

#[test]
fn an_answer_may_drop_the_last_handle() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    let (sender, receiver) = std::sync::mpsc::channel();
    let last = journal.clone();
    journal.ask_history(of(super::support::id("it-1")), move |_| sender.send(last.close().is_ok()).unwrap()).unwrap();
    drop(journal);
    assert!(receiver.recv().unwrap());
}
