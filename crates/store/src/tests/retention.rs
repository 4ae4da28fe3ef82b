//! Old prices are forgotten; current ones never, whatever happens in between.

use std::path::Path;
use std::time::{Duration, Instant};

use posto_market::Fuel;
use rusqlite::Connection;
use tempfile::tempdir;

use super::support::{StillClock, at, report, report_id, write};
use crate::limits::PRUNE_ROWS;
use crate::{HistoryQuery, Journal, Opened, Report, verify};

const DAY: i64 = 24 * 3600 * 1000;

fn open(directory: &Path, clock: &StillClock, days: u64) -> Opened {
    let mut options = clock.options(directory);
    options.keep_history = Some(Duration::from_secs(days * 24 * 3600));
    Journal::open(options).unwrap()
}

fn rows(directory: &Path) -> Vec<u32> {
    let file = Connection::open(directory.join("posto.db")).unwrap();
    let mut statement = file.prepare("SELECT price FROM reports ORDER BY sequence").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// Waits until only these prices are left.
fn wait_for(directory: &Path, expected: &[u32]) {
    let started = Instant::now();
    while rows(directory) != expected {
        assert!(started.elapsed() < Duration::from_secs(10), "{:?} remain", rows(directory));
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn old_prices_go_when_nothing_else_is_to_do_and_the_current_one_stays() {
    let (directory, clock) = (tempdir().unwrap(), StillClock::at(0));
    let journal = Journal::open(clock.options(directory.path())).unwrap().journal;
    let mut diesel = report(at(0, 0), 1);
    diesel.wish.fuel = Fuel::Diesel;
    write(&journal, diesel);
    (2..=4).for_each(|price| drop(write(&journal, report(at(0, 0), price))));
    clock.set(9 * DAY);
    let station = write(&journal, report(at(0, 0), 5)).station;
    write(&journal, report(at(0, 0), 6));
    journal.close().unwrap();
    clock.set(12 * DAY);
    let opened = open(directory.path(), &clock, 10);
    wait_for(directory.path(), &[1, 5, 6]);
    let query = HistoryQuery { station: station.clone(), fuel: None, since: None, before: None, limit: 9 };
    assert_eq!(opened.journal.history(&query).unwrap().len(), 3);
    opened.journal.close().unwrap();
    let opened = open(directory.path(), &clock, 10);
    assert_eq!((opened.opening.reports, opened.opening.prices), (3, 2), "counted without what is gone");
    assert_eq!(opened.journal.book().quote(&station, Fuel::Diesel).unwrap().price.thousandths(), 1);
    assert_eq!(verify(directory.path()).unwrap().defects, [""; 0]);
}

#[test]
fn a_long_history_goes_step_by_step() {
    let (directory, clock) = (tempdir().unwrap(), StillClock::at(0));
    let journal = Journal::open(clock.options(directory.path())).unwrap().journal;
    let count = PRUNE_ROWS * 2 + 10;
    let file = directory.path().join("posto.db");
    write(&journal, report(at(0, 0), 1));
    journal.close().unwrap();
    let sql = format!(
        "WITH RECURSIVE n(i) AS (VALUES (2) UNION ALL SELECT i + 1 FROM n WHERE i < {count})
         INSERT INTO reports SELECT i, station, fuel, i, currency, unit, reported_at, coordinates, recorded_at, origin
         FROM reports, n WHERE sequence = 1"
    );
    Connection::open(file).unwrap().execute_batch(&sql).unwrap();
    clock.set(3 * DAY);
    let opened = open(directory.path(), &clock, 2);
    assert_eq!(opened.opening.reports, u64::from(count));
    wait_for(directory.path(), &[count]);
}

#[test]
fn a_report_whose_id_is_remembered_stays_until_it_is_forgotten() {
    let (directory, clock) = (tempdir().unwrap(), StillClock::at(0));
    let opened = open(directory.path(), &clock, 0);
    let with_id = Report { id: Some(report_id("a", 1)), ..report(at(0, 0), 1) };
    let first = write(&opened.journal, with_id.clone());
    write(&opened.journal, report(at(0, 0), 2));
    clock.set(DAY / 2);
    write(&opened.journal, report(at(0, 0), 3));
    std::thread::sleep(Duration::from_millis(60));
    assert_eq!(write(&opened.journal, with_id), first, "a repeat is still known for one");
    assert_eq!(rows(directory.path()), [1, 2, 3]);
}
