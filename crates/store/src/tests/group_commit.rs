//! Many at once: everybody is answered once, in order, and the queue has an end.

use std::collections::HashSet;
use std::sync::mpsc;
use std::thread;

use posto_market::Fuel;
use tempfile::tempdir;

use super::support::{at, hold_up, open, reopen, report, write};
use crate::limits::MAX_QUEUED;
use crate::{Entry, Outcome, SubmitError};

#[test]
fn everybody_is_acknowledged_once_and_is_in_the_book_by_then() {
    const THREADS: u32 = 8;
    const EACH: u32 = 200;
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (journal, sender) = (&journal, sender.clone());
            scope.spawn(move || {
                for number in 0..EACH {
                    let (sender, book) = (sender.clone(), journal.book().clone());
                    let entry = Entry::Report(report(at(1, 1), 1 + thread * EACH + number));
                    let done = move |outcome: Result<Outcome, _>| {
                        let Outcome::Reported(reported) = outcome.unwrap() else { panic!() };
                        assert!(book.quote(&reported.station, Fuel::Gasoline).is_some());
                        sender.send(reported).unwrap();
                    };
                    journal.submit(entry, done).unwrap();
                }
            });
        }
    });
    drop(sender);
    let reports: Vec<_> = receiver.iter().collect();
    let total = usize::try_from(THREADS * EACH).unwrap();
    assert_eq!(reports.len(), total);
    assert!(reports.is_sorted_by(|a, b| a.at < b.at), "in the order of the history");
    assert_eq!(reports.iter().map(|reported| reported.price).collect::<HashSet<_>>().len(), total);
    assert_eq!(reports.iter().filter(|reported| reported.new_station).count(), 1);
    assert!(reports.is_sorted_by(|a, b| b.replaced == Some(a.price)), "each replaced the one before it");
    let opened = reopen(journal, directory.path()).opening;
    assert_eq!((opened.stations, opened.reports), (1, u64::from(THREADS * EACH)));
}

#[test]
fn a_full_queue_says_busy_and_takes_more_once_it_moves() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    let (gate, _) = hold_up(&journal, Entry::Report(report(at(0, 0), 1))).unwrap();
    let (sender, receiver) = mpsc::channel();
    for _ in 0..MAX_QUEUED {
        let sender = sender.clone();
        journal.submit(Entry::Report(report(at(0, 0), 2)), move |outcome| sender.send(outcome).unwrap()).unwrap();
    }
    drop(sender);
    let busy = journal.submit(Entry::Report(report(at(0, 0), 3)), |_| panic!("not queued"));
    assert!(busy.is_err_and(|busy| busy == SubmitError::Busy && busy.is_retryable()));
    drop(gate);
    assert_eq!(receiver.iter().filter(Result::is_ok).count(), MAX_QUEUED);
    write(&journal, report(at(0, 0), 4));
}

#[test]
fn closing_finishes_what_is_queued_and_refuses_the_rest() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    let (sender, receiver) = mpsc::channel();
    for _ in 0..500 {
        let sender = sender.clone();
        journal.submit(Entry::Report(report(at(0, 0), 2)), move |outcome| sender.send(outcome).unwrap()).unwrap();
    }
    drop(sender);
    let other = journal.clone();
    journal.close().unwrap();
    assert_eq!(receiver.iter().filter(Result::is_ok).count(), 500);
    assert_eq!(other.submit(Entry::Report(report(at(0, 0), 2)), |_| {}), Err(SubmitError::Stopped));
}

#[test]
fn a_callback_may_drop_or_close_the_last_handle() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    let (sender, receiver) = mpsc::channel();
    let last = journal.clone();
    let entry = Entry::Report(report(at(0, 0), 2));
    journal.submit(entry, move |_| sender.send(last.close().is_ok()).unwrap()).unwrap();
    drop(journal);
    assert!(receiver.recv().unwrap());
}
