//! What the journal tells those who wait for changes: what became durable, in its order, nothing else.

use posto_faulty_disk::{Fault, FaultyDisk, VFS};
use posto_market::{EndedPrice, Fuel, ImportedStation, Timestamp};
use tempfile::tempdir;

use super::support::{at, import, open, record, reopen, report, run, run_as_batch, write};
use crate::limits::TAIL_AT_START;
use crate::{Entry, HistoryQuery, Journal, Options, PriceChange};

fn changes(journal: &Journal, after: u64) -> Vec<PriceChange> {
    journal.changes_after(after, usize::MAX).changes.expect("the tail reaches back")
}

/// Position and price of each.
fn told(journal: &Journal, after: u64) -> Vec<(u64, Option<u32>)> {
    let price = |change: &PriceChange| change.price.map(|price| price.thousandths());
    changes(journal, after).iter().map(|change| (change.position, price(change))).collect()
}

fn ended(millis: i64) -> ImportedStation {
    let at = Timestamp::from_millis(millis);
    let ended = vec![EndedPrice { fuel: Fuel::Gasoline, at }];
    ImportedStation { prices: Vec::new(), ended, ..record("it-1", super::support::at(4500, 900), 1, None) }
}

#[test]
fn reports_imports_and_ends_are_told_in_the_order_of_the_history() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    assert_eq!((*journal.newest().borrow(), told(&journal, 0)), (0, vec![]));
    let reported = write(&journal, report(at(1, 1), 4999));
    run(&journal, import(record("it-1", at(4500, 900), 1799, Some(10)))).unwrap();
    // The same again is no news.
    run(&journal, import(record("it-1", at(4500, 900), 1799, Some(10)))).unwrap();
    run(&journal, import(ended(20))).unwrap();
    let all = changes(&journal, 0);
    assert_eq!(told(&journal, 0), [(1, Some(4999)), (2, Some(1799)), (3, None)]);
    assert_eq!((&all[0].station, all[0].at), (&reported.station, Some(reported.at)));
    assert_eq!((all[2].at, all[2].currency.code()), (Some(Timestamp::from_millis(20)), "EUR"));
    assert_eq!((told(&journal, 2).len(), told(&journal, 3).len()), (1, 0));
    assert_eq!((journal.changes_after(4, 9).changes, journal.changes_after(4, 9).newest), (None, 3));

    let journal = reopen(journal, directory.path()).journal;
    assert_eq!(changes(&journal, 0), all, "after a restart");
    write(&journal, report(at(1, 1), 5000));
    assert_eq!(told(&journal, 3), [(4, Some(5000))]);
}

#[test]
fn whoever_hears_of_a_change_finds_it_in_the_book_and_in_the_file() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    let mut newest = journal.newest();
    let entries = (1..=300).map(|price| Entry::Report(report(at(1, 1), price))).collect();
    let watching = journal.clone();
    let watched = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut known = 0;
        while known < 300 {
            let position = *runtime.block_on(newest.wait_for(|newest| *newest > known)).unwrap();
            let changes = changes(&watching, known);
            assert_eq!(changes.first().map(|change| change.position), Some(known + 1));
            let last = changes.last().unwrap();
            assert!(last.position >= position);
            let price = watching.book().quote(&last.station, Fuel::Gasoline).unwrap().price;
            assert!(price >= last.price.unwrap(), "prices only rise here");
            let all = HistoryQuery { station: last.station.clone(), fuel: None, since: None, before: None, limit: 1 };
            assert!(watching.history(&all).unwrap()[0].price >= last.price);
            known = last.position;
        }
    });
    assert!(run_as_batch(&journal, entries).iter().all(|(_, outcome)| outcome.is_ok()));
    watched.join().unwrap();
}

#[test]
fn what_did_not_become_durable_is_told_to_nobody() {
    let directory = tempdir().unwrap();
    let disk = FaultyDisk::mount(directory.path());
    let mut options = Options::new(directory.path());
    options.vfs = Some(VFS.to_owned());
    let journal = Journal::open(options).unwrap().journal;
    write(&journal, report(at(0, 0), 1));
    disk.break_with(Fault::SyncFailsFrom(0));
    assert!(run(&journal, Entry::Report(report(at(0, 0), 2))).is_err());
    assert_eq!((told(&journal, 0), *journal.newest().borrow()), (vec![(1, Some(1))], 1));
}

#[test]
fn a_restart_keeps_only_the_end_of_a_long_history() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    let count = u32::try_from(TAIL_AT_START).unwrap() + 10;
    run_as_batch(&journal, (1..=count).map(|price| Entry::Report(report(at(1, 1), price))).collect());
    assert_eq!(told(&journal, 0).len(), TAIL_AT_START + 10);
    let journal = reopen(journal, directory.path()).journal;
    assert_eq!(told(&journal, 10).len(), TAIL_AT_START);
    assert_eq!(journal.changes_after(9, 1).changes, None);
    assert_eq!(told(&journal, 10)[0], (11, Some(11)));
}
