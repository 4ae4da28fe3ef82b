//! What works on the file from outside, beside a running server: backup, verify, current prices.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use posto_market::Fuel;
use rusqlite::Connection;
use tempfile::tempdir;

use super::support::{at, import, open, record, report, run, write};
use crate::{BackupError, Copied, Journal, OpenError, Options, backup, each_price, verify};

#[test]
fn a_backup_made_while_reports_come_in_is_a_journal_of_one_moment() {
    let (directory, place) = (tempdir().unwrap(), tempdir().unwrap());
    let journal = open(directory.path());
    for number in 0..300 {
        write(&journal, report(at(number, number), 1));
    }
    let (stop, file) = (AtomicBool::new(false), place.path().join("posto.db"));
    let before = journal.book().counts();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::SeqCst) {
                write(&journal, report(at(0, 0), 2));
            }
        });
        let mut last = None;
        let made = backup(directory.path(), (&file, false), Copied::AsItIs, |progress| last = Some(progress)).unwrap();
        stop.store(true, Ordering::SeqCst);
        assert_eq!(made.bytes, fs::metadata(&file).unwrap().len());
        assert!(last.is_some_and(|last| last.copied == last.total && last.total > 0), "{last:?}");
    });
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1, "nothing beside it");
    assert_eq!(verify(place.path()).unwrap().defects, [""; 0]);
    let copy = Journal::open(Options::new(place.path())).unwrap();
    assert_eq!((copy.opening.created, copy.journal.book().counts()), (false, before));
    assert!(copy.opening.reports >= 300);
    assert_eq!(copy.journal.book_id(), journal.book_id());
    write(&copy.journal, report(at(0, 0), 3));
}

#[test]
fn a_backup_replaces_nothing_unasked_and_never_the_journal_itself() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    write(&journal, report(at(0, 0), 1));
    let file = directory.path().join("copy.db");
    fs::write(&file, "precious").unwrap();
    let refused = backup(directory.path(), (&file, false), Copied::AsItIs, |_| {}).unwrap_err();
    assert!(matches!(refused, BackupError::Exists { .. }) && refused.to_string().contains("--force"), "{refused}");
    assert_eq!(fs::read(&file).unwrap(), b"precious");
    backup(directory.path(), (&file, true), Copied::AsItIs, |_| {}).unwrap();
    assert!(fs::read(&file).unwrap().starts_with(b"SQLite format 3\0"));
    for name in ["posto.db", "posto.db-wal"] {
        let refused =
            backup(directory.path(), (&directory.path().join(name), true), Copied::AsItIs, |_| {}).unwrap_err();
        assert!(matches!(refused, BackupError::Itself { .. }), "{refused}");
    }
    let nowhere =
        backup(directory.path(), (&directory.path().join("no/copy.db"), false), Copied::AsItIs, |_| {}).unwrap_err();
    assert!(matches!(nowhere, BackupError::File { .. }), "{nowhere}");
    assert!(matches!(
        backup(directory.path(), (Path::new("/"), true), Copied::AsItIs, |_| {}),
        Err(BackupError::File { .. })
    ));
}

#[test]
fn a_directory_without_a_journal_is_told_and_stays_without() {
    let directory = tempdir().unwrap();
    let missing = verify(directory.path()).unwrap_err();
    assert!(matches!(missing, OpenError::Missing { .. }), "{missing}");
    assert!(matches!(each_price(directory.path(), |_, _, _| true), Err(OpenError::Missing { .. })));
    let file = directory.path().join("copy.db");
    assert!(matches!(backup(directory.path(), (&file, false), Copied::AsItIs, |_| {}), Err(BackupError::Journal(_))));
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn verify_counts_and_finds_the_file_whole_while_it_is_served() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    let [_, _, last] = [1, 2, 3].map(|price| write(&journal, report(at(0, 0), price)));
    run(&journal, import(record("it-1", at(4200, 1200), 1500, Some(5)))).unwrap();
    let found = verify(directory.path()).unwrap();
    assert_eq!(found.defects, [""; 0]);
    assert_eq!((found.application_id, found.book_id.as_str()), (0x504f_5354, journal.book_id()));
    assert_eq!((found.stations, found.prices, found.reports, found.newest_sequence), (2, 2, 4, 4));
    assert!(found.newest_at.is_some_and(|at| at >= last.at));
    let same = verify(directory.path()).unwrap();
    assert_eq!(same, found, "looking changes nothing");
}

#[test]
fn verify_tells_orphans_missing_rows_and_damaged_pages() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    for number in 0..200 {
        write(&journal, report(at(number, number), 1));
    }
    journal.close().unwrap();
    let path = directory.path().join("posto.db");
    let file = Connection::open(&path).unwrap();
    file.execute_batch(
        "PRAGMA foreign_keys = OFF; DELETE FROM reports WHERE sequence = 7;
         DELETE FROM stations WHERE number = (SELECT station FROM reports WHERE sequence = 9)",
    )
    .unwrap();
    drop(file);
    let defects = verify(directory.path()).unwrap().defects;
    assert!(defects.iter().any(|defect| defect.contains("orphaned: row 9 of reports")), "{defects:?}");
    assert!(defects.iter().any(|defect| defect.contains("199 rows")), "{defects:?}");
    let mut bytes = fs::read(&path).unwrap();
    let root: u32 = Connection::open(&path)
        .unwrap()
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'reports_by_station'", [], |row| row.get(0))
        .unwrap();
    let root = usize::try_from(root).unwrap();
    bytes[(root - 1) * 4096..][100..3000].fill(0x5a);
    fs::write(&path, bytes).unwrap();
    match verify(directory.path()) {
        Ok(found) => assert!(!found.defects.is_empty()),
        Err(error) => assert!(matches!(error, OpenError::Damaged { .. }), "{error}"),
    }
}

#[test]
fn the_current_prices_come_in_order_and_each_once() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    for price in 1..=3 {
        for fuel in [Fuel::Gasoline, Fuel::Diesel] {
            let mut report = report(at(0, 0), price);
            report.wish.fuel = fuel;
            write(&journal, report);
        }
    }
    run(&journal, import(record("it-1", at(4200, 1200), 1500, Some(5)))).unwrap();
    let mut shown = Vec::new();
    each_price(directory.path(), |station, fuel, quote| {
        shown.push((station.id.as_str().len(), fuel, quote.price.thousandths()));
        true
    })
    .unwrap();
    shown.sort_by_key(|(length, ..)| std::cmp::Reverse(*length));
    assert_eq!(shown, [(12, Fuel::Diesel, 3), (12, Fuel::Gasoline, 3), (4, Fuel::Gasoline, 1500)]);
    let mut count = 0;
    each_price(directory.path(), |_, _, _| {
        count += 1;
        false
    })
    .unwrap();
    assert_eq!(count, 1, "ends when told to");
}
