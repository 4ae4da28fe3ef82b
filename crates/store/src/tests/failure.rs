//! Disks that refuse: nobody is acknowledged on hope.

use std::sync::{Arc, mpsc};

use posto_faulty_disk::{Fault, FaultyDisk, Survivors, VFS};
use tempfile::{TempDir, tempdir};

use super::support::{at, hold_up, open, report, run, run_as_batch, write};
use crate::{Entry, Journal, JournalError, Options, SubmitError};

struct Setting {
    directory: TempDir,
    disk: FaultyDisk,
    journal: Journal,
    failures: mpsc::Receiver<JournalError>,
}

fn on_faulty_disk(checkpoint_pages: u32) -> Setting {
    let directory = tempdir().unwrap();
    let disk = FaultyDisk::mount(directory.path());
    let (sender, failures) = mpsc::channel();
    let mut options = faulty(&directory);
    options.checkpoint_pages = checkpoint_pages;
    options.on_failure = Some(Box::new(move |failure| sender.send(failure.clone()).unwrap()));
    let journal = Journal::open(options).unwrap().journal;
    Setting { directory, disk, journal, failures }
}

fn faulty(directory: &TempDir) -> Options {
    let mut options = Options::new(directory.path());
    options.vfs = Some(VFS.to_owned());
    options
}

fn gasoline(thousandths: u32) -> Entry {
    Entry::Report(report(at(0, 0), thousandths))
}

/// The journal has stopped for good, told so, and has what it had acknowledged.
fn assert_stopped(setting: Setting, doing: &str, acknowledged: u64) {
    let Setting { directory, disk, journal, failures } = setting;
    let told: Vec<_> = failures.iter().collect();
    assert!(matches!(told.as_slice(), [JournalError::Disk { .. }]), "{told:?}");
    assert!(told[0].to_string().contains(doing) && !told[0].is_retryable(), "{}", told[0]);
    assert!(journal.failure().is_some());
    assert_eq!(journal.submit(gasoline(1), |_| {}), Err(SubmitError::Stopped));
    assert!(journal.close().is_err());
    disk.restart(Survivors::Synced);
    assert_eq!(Journal::open(faulty(&directory)).unwrap().opening.reports, acknowledged);
}

#[test]
fn a_failed_sync_refuses_the_whole_batch_and_stops_the_journal() {
    let setting = on_faulty_disk(1000);
    write(&setting.journal, report(at(0, 0), 1));
    setting.disk.break_with(Fault::SyncFailsFrom(0));
    let outcomes = run_as_batch(&setting.journal, (1..=5).map(gasoline).collect());
    assert!(!outcomes.is_empty() && outcomes.iter().all(|(_, outcome)| outcome.is_err()));
    assert_eq!(setting.journal.book().counts().prices, 1);
    assert_stopped(setting, "make a report durable", 1);
}

#[test]
fn what_waits_behind_a_failed_batch_is_refused_too() {
    let setting = on_faulty_disk(1000);
    let (gate, _) = hold_up(&setting.journal, gasoline(1)).unwrap();
    let (sender, receiver) = mpsc::channel();
    for _ in 0..600 {
        let sender = sender.clone();
        setting.journal.submit(gasoline(2), move |outcome| sender.send(outcome.is_err()).unwrap()).unwrap();
    }
    setting.disk.break_with(Fault::FullFrom(0));
    drop((gate, sender));
    assert_eq!(receiver.iter().filter(|refused| *refused).count(), 600);
    assert_stopped(setting, "full", 1);
}

#[test]
fn a_sync_that_fails_while_the_log_is_copied_stops_the_journal() {
    let setting = on_faulty_disk(1);
    let disk = Arc::new(setting.disk);
    let (breaking, (sender, receiver)) = (Arc::clone(&disk), mpsc::channel());
    let acknowledged = move |outcome: Result<_, _>| {
        breaking.break_with(Fault::SyncFailsFrom(0));
        drop(breaking);
        sender.send(outcome.is_ok()).unwrap();
    };
    setting.journal.submit(gasoline(1), acknowledged).unwrap();
    assert!(receiver.recv().unwrap(), "it was durable before the log was copied");
    let disk = Arc::into_inner(disk).unwrap();
    assert_stopped(Setting { disk, ..setting }, "copy its log", 1);
}

#[test]
fn a_callback_that_panics_stops_the_journal_instead_of_leaving_it_mute() {
    let setting = on_faulty_disk(1000);
    setting.journal.submit(gasoline(1), |_| panic!("on purpose")).unwrap();
    assert!(matches!(setting.failures.recv().unwrap(), JournalError::Panicked));
    assert_eq!(setting.journal.submit(gasoline(1), |_| {}), Err(SubmitError::Stopped));
}

#[test]
fn somebody_elses_lock_refuses_a_batch_but_does_not_stop_the_journal() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    let other = rusqlite::Connection::open(directory.path().join("posto.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = run(&journal, gasoline(1)).unwrap_err();
    assert!(matches!(refused, JournalError::Locked) && refused.is_retryable(), "{refused}");
    other.execute_batch("ROLLBACK").unwrap();
    assert!(run(&journal, gasoline(1)).is_ok());
    assert_eq!(journal.book().counts().prices, 1);
}
