//! Opening: seeds, the lock, and files that are not ours.

use std::fs;

use posto_market::{Fuel, Label, Quote};
use rusqlite::Connection;
use tempfile::tempdir;

use super::support::{at, open, price, report, write};
use crate::{Journal, OpenError, Options, Seed, SeedRecord};

fn seeded(directory: &std::path::Path, thousandths: u32) -> Options {
    let record = SeedRecord {
        fuel: Fuel::Ethanol,
        price: price(thousandths),
        position: at(-2221, -5476),
        coordinates: "(-22.21;-54.76)".to_owned(),
        name: Label::new("Posto Central"),
    };
    let mut options = Options::new(directory);
    options.seed = Seed::Records(vec![record.clone(), SeedRecord { fuel: Fuel::Gasoline, ..record }]);
    options
}

#[test]
fn a_new_directory_gets_the_seed_and_an_old_one_keeps_what_it_has() {
    let directory = tempdir().unwrap();
    let inside = directory.path().join("a/b");
    let opened = Journal::open(seeded(&inside, 3999)).unwrap();
    let found = (opened.opening.created, opened.opening.stations, opened.opening.prices, opened.opening.reports);
    assert_eq!(found, (true, 1, 2, 2));
    let book_id = opened.journal.book_id().to_owned();
    assert_eq!(book_id.len(), 32);
    opened.journal.close().unwrap();
    let opened = Journal::open(seeded(&inside, 1)).unwrap();
    assert_eq!((opened.opening.created, opened.opening.reports), (false, 2));
    assert_eq!(opened.journal.book_id(), book_id);
    let (station, _) = opened.journal.book().near(at(-2221, -5476), 0.0).remove(0);
    assert_eq!(station.name.as_ref().map(Label::as_str), Some("Posto Central"));
    let Quote { price: seed, reported_at, coordinates, .. } =
        opened.journal.book().quote(&station.id, Fuel::Ethanol).unwrap();
    assert_eq!((seed, reported_at, coordinates.as_deref()), (price(3999), None, Some("(-22.21;-54.76)")));
}

#[test]
fn two_journals_have_different_ids() {
    let directories = [tempdir().unwrap(), tempdir().unwrap()];
    let [one, other] = directories.each_ref().map(|directory| open(directory.path()));
    assert_ne!(one.book_id(), other.book_id());
}

#[test]
fn a_second_server_is_told_who_has_the_directory() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    let refused = Journal::open(Options::new(directory.path())).unwrap_err();
    let OpenError::InUse { holder, .. } = &refused else { panic!("{refused}") };
    assert!(holder.starts_with(&format!("process {}", std::process::id())), "{holder}");
    let other = journal.clone();
    journal.close().unwrap();
    assert!(Journal::open(Options::new(directory.path())).is_ok(), "a closed journal leaves the directory");
    drop(other);
}

#[test]
fn dropping_the_last_handle_closes() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    write(&journal, report(at(0, 0), 1));
    drop(journal);
    assert_eq!(Journal::open(Options::new(directory.path())).unwrap().opening.reports, 1);
}

#[test]
fn a_closed_journal_is_one_file_beside_its_lock() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    write(&journal, report(at(0, 0), 1));
    journal.close().unwrap();
    let mut names: Vec<_> = fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["posto.db", "posto.lock"]);
}

#[test]
fn a_file_of_a_newer_posto_is_refused_naming_both_versions() {
    let directory = tempdir().unwrap();
    open(directory.path()).close().unwrap();
    let path = directory.path().join("posto.db");
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 9).unwrap();
    let before = fs::read(&path).unwrap();
    let refused = Journal::open(Options::new(directory.path())).unwrap_err();
    assert!(matches!(refused, OpenError::Newer { found: 9, known: 4, .. }), "{refused}");
    assert!(refused.to_string().contains("format 9") && refused.to_string().contains("up to 4"), "{refused}");
    assert_eq!(fs::read(&path).unwrap(), before, "the file is as it was");
}

#[test]
fn a_database_of_another_program_is_refused_and_left_alone() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("posto.db");
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE recipes (name)").unwrap();
    let before = fs::read(&path).unwrap();
    let refused = Journal::open(Options::new(directory.path())).unwrap_err();
    assert!(matches!(refused, OpenError::Foreign { application_id: 0, .. }), "{refused}");
    assert_eq!(fs::read(&path).unwrap(), before, "the file is as it was");
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let directory = tempdir().unwrap();
    fs::write(directory.path().join("posto.db"), "Lorem ipsum dolor sit amet. ".repeat(100)).unwrap();
    let refused = Journal::open(Options::new(directory.path())).unwrap_err();
    assert!(matches!(refused, OpenError::NotADatabase { .. }), "{refused}");
}

#[test]
fn a_value_that_posto_never_writes_is_damage() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    write(&journal, report(at(0, 0), 1));
    journal.close().unwrap();
    let path = directory.path().join("posto.db");
    Connection::open(&path).unwrap().execute("UPDATE reports SET currency = 'real'", []).unwrap();
    let refused = Journal::open(Options::new(directory.path())).unwrap_err();
    assert!(matches!(refused, OpenError::Damaged { .. }), "{refused}");
    assert!(refused.to_string().contains("this is no currency"), "{refused}");
}

#[test]
fn a_directory_that_cannot_be_made_is_told() {
    let directory = tempdir().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "").unwrap();
    let refused = Journal::open(Options::new(file.join("data"))).unwrap_err();
    assert!(matches!(refused, OpenError::Directory { .. }), "{refused}");
    let refused = Journal::open(Options::new(&file)).unwrap_err();
    assert!(matches!(refused, OpenError::Directory { .. }), "{refused}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_place_that_cannot_be_written_is_told() {
    let refused = Journal::open(Options::new("/proc/posto-data")).unwrap_err();
    assert!(matches!(refused, OpenError::Directory { .. }), "{refused}");
    let refused = Journal::open(Options::new("/proc")).unwrap_err();
    assert!(matches!(refused, OpenError::Directory { .. }), "{refused}");
}

/// Before it a log that was being restarted could lose commits (<https://sqlite.org/releaselog/3_51_3.html>).
#[test]
fn sqlite_is_at_least_3_51_3() {
    assert!(rusqlite::version_number() >= 3_051_003, "{}", rusqlite::version());
}
