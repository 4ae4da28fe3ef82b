//! Measured by hand: `cargo test --release -p posto-store speed -- --ignored --nocapture`.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use tempfile::tempdir;

use super::support::{at, import, open, record, report, report_id};
use crate::{Entry, Journal, Options, Report, yardstick};

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

#[test]
#[ignore = "a measurement"]
fn speed_of_start_up() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    for round in 0..20 {
        let (sender, receiver) = mpsc::channel();
        for number in 0..25_000 {
            let place = at(number / 1000, number % 1000);
            let entry = import(record(&format!("it-{number}"), place, 1000 + round, Some(i64::from(round))));
            let mut waits = (Some(entry), sender.clone());
            while let Some(entry) = waits.0.take() {
                let sender = waits.1.clone();
                if journal.submit(entry.clone(), move |outcome| sender.send(outcome.is_ok()).unwrap()).is_err() {
                    std::thread::sleep(Duration::from_millis(1));
                    waits.0 = Some(entry);
                }
            }
        }
        drop(sender);
        assert!(receiver.iter().all(|imported| imported));
        if [0, 3, 19].contains(&round) {
            let copy = tempdir().unwrap();
            let source = rusqlite::Connection::open(directory.path().join("posto.db")).unwrap();
            source.execute("VACUUM INTO ?1", [copy.path().join("posto.db").to_str()]).unwrap();
            println!("{:?}", Journal::open(Options::new(copy.path())).unwrap().opening);
        }
    }
}
