//! Measured by hand: `cargo test --release -p posto-store speed -- --ignored --nocapture`.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use tempfile::tempdir;

use super::support::{at, open, report, report_id};
use crate::{Entry, Report, yardstick};

const EACH: Duration = Duration::from_secs(2);

fn per_second(count: u32, started: Instant) -> f64 {
    f64::from(count) / started.elapsed().as_secs_f64()
}

/// Durable reports at 9,600 places a degree apart, this many waiting at any time.
fn reports(waiting: u32, ids: bool) -> f64 {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    let (sender, receiver) = mpsc::channel();
    let (started, mut submitted, mut acknowledged) = (Instant::now(), 0, 0);
    while started.elapsed() < EACH {
        while submitted - acknowledged < waiting {
            let place = i32::try_from(submitted.wrapping_mul(7919) % 9_600).unwrap();
            let key = format!("{:016x}", u64::from(submitted).wrapping_mul(0x9e37_79b9_7f4a_7c15));
            let id = ids.then(|| report_id(&key, 0));
            let report = Report { id, ..report(at(place / 120 * 100, place % 120 * 100), 1 + submitted % 999_999) };
            let sender = sender.clone();
            journal.submit(Entry::Report(report), move |outcome| sender.send(outcome.is_ok()).unwrap()).unwrap();
            submitted += 1;
        }
        assert!(receiver.recv().unwrap());
        acknowledged += 1;
        acknowledged += u32::try_from(receiver.try_iter().count()).unwrap();
    }
    let per_second = per_second(acknowledged, started);
    journal.close().unwrap();
    per_second
}

#[test]
#[ignore = "a measurement"]
fn speed_of_durable_reports() {
    let directory = tempdir().unwrap();
    println!("raw syncs: {:.0}/s", yardstick::raw_syncs(directory.path(), EACH).unwrap());
    println!("one row a transaction: {:.0}/s", yardstick::single_row_transactions(directory.path(), EACH).unwrap());
    for waiting in [1, 16, 64, 256] {
        println!("{waiting} waiting: {:.0}/s, with ids {:.0}/s", reports(waiting, false), reports(waiting, true));
    }
}

/// A million stations with three prices each; in the order of the stations, as after an import, or
/// in none, as after a year of reports.
fn a_million(directory: &std::path::Path, order: &str) {
    open(directory).close().unwrap();
    let file = rusqlite::Connection::open(directory.join("posto.db")).unwrap();
    let sql = format!(
        "PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY; BEGIN;
         WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)
         INSERT INTO stations (number, id, latitude, longitude, name, brand, address, source)
         SELECT i, 'it-' || i, 36000000 + i * 7919 % 11000003, 7000000 + i * 104729 % 11000003,
                'Distributore ' || i, 'Brand ' || i % 40, 'Via Roma ' || i || ', 00100 Roma', 'it' FROM n;
         INSERT INTO reports (station, fuel, price, currency, unit, reported_at, recorded_at, origin)
         SELECT number, fuel, 1500 + number * 31 % 500, 'EUR', 'l', 1, 1, 'feed it'
         FROM stations, (SELECT 0 AS fuel UNION SELECT 2 UNION SELECT 5) ORDER BY {order};
         INSERT INTO reports_by_station SELECT station, fuel, sequence FROM reports ORDER BY 1, 2, 3;
         UPDATE meta SET value = 3000000 WHERE name = 'indexed'; COMMIT;"
    );
    file.execute_batch(&sql).unwrap();
}

#[test]
#[ignore = "a measurement"]
fn speed_of_loading_a_million_stations() {
    for order in ["number, fuel", "random()"] {
        let directory = tempdir().unwrap();
        a_million(directory.path(), order);
        let file = rusqlite::Connection::open(directory.path().join("posto.db")).unwrap();
        let (started, mut changes) = (Instant::now(), 0);
        crate::load::read(&file, |_| changes += 1).unwrap();
        println!("by {order}: {changes} rows read in {:?}", started.elapsed());
        let opened = crate::Journal::open(crate::Options::new(directory.path())).unwrap();
        println!("by {order}: {:?}", opened.opening);
    }
}

/// A log of reports at 9,600 places, a fifth of them with ids, executed by a server that is behind.
#[test]
#[ignore = "a measurement"]
fn speed_of_catching_up() {
    const ENTRIES: u32 = 400_000;
    let directory = tempdir().unwrap();
    let (journal, follower) = super::log::follow(crate::Options::new(directory.path()));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let started = Instant::now();
    runtime.block_on(async {
        for number in 0..ENTRIES {
            let place = i32::try_from(number.wrapping_mul(7919) % 9_600).unwrap();
            let id = number.is_multiple_of(5).then(|| report_id(&format!("{number:016x}"), 0));
            let report = Report { id, ..report(at(place / 120 * 100, place % 120 * 100), 1 + number % 999_999) };
            let ordered = crate::Ordered {
                position: u64::from(number) + 1,
                at: posto_market::Timestamp::from_millis(1_700_000_000_000 + i64::from(number)),
                default_currency: posto_market::Currency::BRL,
                entry: Entry::Report(report),
                done: None,
            };
            follower.apply(ordered).await.unwrap();
        }
        assert!(journal.wait_for(u64::from(ENTRIES)).await);
    });
    println!("caught up: {:.0}/s", per_second(ENTRIES, started));
}
