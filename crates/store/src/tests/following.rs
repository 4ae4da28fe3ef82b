//! A journal that executes what a replicated log says: in its order, nothing twice, nothing left out.

use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use posto_faulty_disk::{Fault, FaultyDisk, Survivors, VFS};
use posto_market::{Act, Currency, EndedPrice, FlagReason, Fuel, Position, Timestamp};
use rusqlite::Connection;
use tempfile::tempdir;

use super::log::{BOOK, Logged, dump, feed, follow, stream};
use super::moderation::order;
use super::support::{StillClock, at, hold_up, id, import, open, record, report, report_id, run, write};
use crate::limits::MAX_QUEUED;
use crate::{
    Copied, Done, EMPTY_BASE, Entry, Flag, Followed, Follower, Journal, JournalError, LogStanding, OpenError, Options,
    Ordered, Outcome, Report, Reported, Sequencer, StreamId, SubmitError, backup, look, verify,
};

fn logged(millis: i64, report: Report) -> Logged {
    Logged { at: Timestamp::from_millis(millis), default_currency: Currency::EUR, entry: Entry::Report(report) }
}

fn some(count: u32) -> Vec<Logged> {
    (1..=count).map(|number| logged(1000 * i64::from(number), report(at(0, 0), number))).collect()
}

fn reported(outcome: &Result<Outcome, JournalError>) -> &Reported {
    match outcome {
        Ok(Outcome::Reported(reported)) => reported,
        other => panic!("{other:?}"),
    }
}

#[test]
fn time_and_currency_come_from_the_log_and_not_from_the_server() {
    let directory = tempdir().unwrap();
    let mut options = StillClock::at(77).options(directory.path());
    options.default_currency = Currency::BRL;
    let (journal, follower) = follow(options);
    assert_eq!((journal.book_id(), journal.position(), follower.position()), (BOOK, 0, 0));
    let log = [(5000, 1), (5000, 2), (4000, 3), (9000, 4)].map(|(at_millis, price)| {
        let place = i32::try_from(price).unwrap();
        logged(at_millis, report(at(40 * place, 0), price))
    });
    let outcomes = feed(&follower, &log, (1, 4));
    let told: Vec<_> = outcomes.values().map(|outcome| (reported(outcome).position, reported(outcome).at)).collect();
    let times = [5000, 5001, 5002, 9000].map(Timestamp::from_millis);
    assert_eq!(told, [(1, times[0]), (2, times[1]), (3, times[2]), (4, times[3])]);
    assert!(outcomes.values().all(|outcome| reported(outcome).currency == Currency::EUR));
    assert_eq!((journal.position(), follower.position(), *follower.applied().borrow()), (4, 4, 4));
    journal.close().unwrap();
    let found = verify(directory.path()).unwrap();
    assert_eq!(found.defects, [""; 0]);
    assert_eq!(found.followed, Some(Followed { stream: "posto".to_owned(), position: 4 }));
    assert_eq!(follow(Options::new(directory.path())).1.position(), 4);
}

#[test]
fn an_entry_that_is_not_the_next_one_stops_the_journal_and_is_not_executed() {
    for wrong in [1, 2, 4] {
        let directory = tempdir().unwrap();
        let (journal, follower) = follow(Options::new(directory.path()));
        feed(&follower, &some(9), (1, 2));
        let outcomes = feed(&follower, &some(9), (wrong, wrong));
        let gap = outcomes[&wrong].as_ref().unwrap_err();
        assert!(matches!(gap, JournalError::Gap { expected: 3, found } if *found == wrong), "{gap}");
        assert!(!gap.is_retryable() && gap.to_string().contains("3 was due"), "{gap}");
        assert!(matches!(journal.failure(), Some(JournalError::Gap { .. })));
        let after = feed(&follower, &some(9), (3, 3));
        assert!(matches!(after[&3], Err(JournalError::Gap { .. })), "told why nothing is executed any more");
        assert!(journal.close().is_err());
        let (journal, follower) = follow(Options::new(directory.path()));
        assert_eq!((follower.position(), journal.newest().borrow().to_owned()), (2, 2));
        assert_eq!(reported(&feed(&follower, &some(9), (3, 3))[&3]).price.thousandths(), 3);
    }
}

/// A log in memory that gives each entry the next place, and has it executed.
#[derive(Debug)]
struct Memory {
    follower: Follower,
    next: Mutex<(u64, bool)>,
}

impl Sequencer for Memory {
    fn submit(&self, entry: Entry, _: Option<Instant>, done: Done) -> Result<(), SubmitError> {
        let mut next = self.next.lock();
        next.0 += 1;
        let (position, at) = (next.0, Timestamp::from_millis(i64::try_from(next.0).unwrap()));
        let ordered = Ordered { position, at, default_currency: Currency::EUR, entry, done: Some(done) };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(self.follower.apply(ordered))
    }

    fn standing(&self) -> LogStanding {
        LogStanding { behind: Some(0), silent_for: Duration::ZERO, caught_up: true, writable: !self.next.lock().1 }
    }

    fn close(&self) {
        self.next.lock().1 = true;
    }
}

#[test]
fn what_is_submitted_goes_to_the_log_and_nowhere_else() {
    let directory = tempdir().unwrap();
    let (journal, follower) = follow(Options::new(directory.path()));
    let refused = journal.submit(Entry::Report(report(at(0, 0), 1)), |_| panic!("not queued"));
    assert!(refused.is_err_and(|error| error == SubmitError::Unreachable && error.is_retryable()));
    assert_eq!(journal.standing().log, None);
    let memory = Arc::new(Memory { follower, next: Mutex::new((0, false)) });
    let (other, journal) = (journal.clone(), journal.sequenced_by(memory.clone()));
    assert_eq!(write(&other, report(at(0, 0), 1)).position, 1);
    let named = Report { id: Some(report_id("a", 1)), ..report(at(0, 0), 2) };
    let first = write(&journal, named.clone());
    run(&journal, Entry::Report(Report { wish: report(at(5, 5), 1).wish, ..report(at(5, 5), 1) })).unwrap();
    let again = write(&journal, named);
    assert_eq!((first.position, again.position), (2, 4), "a repeat is where the repeat is");
    assert_eq!(Reported { position: 2, ..again }, first);
    let standing = journal.standing();
    assert_eq!((standing.position, standing.log.unwrap().writable), (4, true));
    assert_eq!(*journal.newest().borrow(), 3, "rows of the history are counted by themselves");
    journal.close().unwrap();
    assert!(memory.next.lock().1, "the log is closed with the journal");
    let stopped = other.submit(Entry::Report(report(at(0, 0), 3)), |_| panic!("not queued"));
    assert_eq!(stopped, Err(SubmitError::Stopped));
}

#[tokio::test]
async fn who_waits_for_a_position_waits_until_the_book_has_it() {
    let directory = tempdir().unwrap();
    let (journal, follower) = follow(Options::new(directory.path()));
    assert!(journal.wait_for(0).await);
    let (reached, never) = (tokio::spawn(journal.wait_for(2)), tokio::spawn(journal.wait_for(3)));
    for (number, Logged { at, default_currency, entry }) in some(2).into_iter().enumerate() {
        let position = u64::try_from(number).unwrap() + 1;
        follower.apply(Ordered { position, at, default_currency, entry, done: None }).await.unwrap();
    }
    assert!(reached.await.unwrap());
    assert_eq!((journal.position(), journal.book().counts().prices), (2, 1));
    journal.close().unwrap();
    assert!(!never.await.unwrap(), "the journal has ended");
}

#[tokio::test]
async fn alone_a_position_is_the_newest_row_of_the_history() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    let waiting = tokio::spawn(journal.wait_for(2));
    let named = Report { id: Some(report_id("a", 1)), ..report(at(0, 0), 1) };
    assert_eq!([named.clone(), report(at(0, 0), 2), named].map(|report| write(&journal, report).position), [1, 2, 1]);
    assert!(waiting.await.unwrap());
    assert_eq!((journal.position(), journal.standing().log), (2, None));
    journal.close().unwrap();
    assert_eq!(open(directory.path()).position(), 2);
}

#[test]
fn the_log_waits_while_the_queue_is_full() {
    let directory = tempdir().unwrap();
    let (journal, follower) = follow(Options::new(directory.path()));
    let log = some(u32::try_from(MAX_QUEUED).unwrap() + 500);
    let last = u64::try_from(log.len()).unwrap();
    assert_eq!(feed(&follower, &log, (1, last)).len(), log.len());
    assert_eq!(journal.position(), last);
}

#[test]
fn somebody_elses_lock_holds_up_what_the_log_says_and_loses_nothing_of_it() {
    let directory = tempdir().unwrap();
    let (journal, follower) = follow(Options::new(directory.path()));
    let other = Connection::open(directory.path().join("posto.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    std::thread::scope(|scope| {
        let fed = scope.spawn(|| feed(&follower, &some(3), (1, 3)));
        // Longer than the journal waits at once.
        std::thread::sleep(crate::limits::LOCK_WAIT + Duration::from_millis(300));
        assert_eq!((journal.position(), journal.failure().is_none()), (0, true));
        other.execute_batch("ROLLBACK").unwrap();
        assert!(fed.join().unwrap().values().all(Result::is_ok));
    });
    assert_eq!(journal.position(), 3);
}

#[test]
fn a_failed_batch_stops_the_journal_and_the_file_goes_on_from_where_it_is() {
    let directory = tempdir().unwrap();
    let disk = FaultyDisk::mount(directory.path());
    let faulty = || Options { vfs: Some(VFS.to_owned()), ..Options::new(directory.path()) };
    let (sender, failures) = mpsc::channel();
    let told = Box::new(move |failure: &JournalError| sender.send(failure.clone()).unwrap());
    let (journal, follower) = follow(Options { on_failure: Some(told), ..faulty() });
    feed(&follower, &some(9), (1, 3));
    disk.break_with(Fault::SyncFailsFrom(0));
    let outcomes = feed(&follower, &some(9), (4, 9));
    assert!(outcomes.values().all(|outcome| matches!(outcome, Err(JournalError::Disk { .. }))), "{outcomes:?}");
    assert!(matches!(failures.recv().unwrap(), JournalError::Disk { .. }));
    assert_eq!((journal.position(), follower.position()), (3, 3));
    assert!(journal.close().is_err());
    disk.restart(Survivors::Synced);
    let (journal, follower) = follow(faulty());
    assert_eq!(follower.position(), 3);
    assert!(feed(&follower, &some(9), (4, 9)).values().all(Result::is_ok));
    journal.close().unwrap();
    assert_eq!(dump(directory.path(), Some(VFS))["reports"].len(), 9);
}

#[test]
fn a_file_that_follows_is_for_its_log_and_no_other_and_not_for_a_server_alone() {
    let directory = tempdir().unwrap();
    assert_eq!(look(directory.path()).unwrap(), None);
    let (journal, follower) = follow(Options::new(directory.path()));
    feed(&follower, &some(2), (1, 2));
    journal.close().unwrap();
    let found = look(directory.path()).unwrap().unwrap();
    assert_eq!((found.book_id.as_str(), found.base.as_str()), (BOOK, "2.0.0.0"));
    assert_eq!(found.followed, Some(Followed { stream: "posto".to_owned(), position: 2 }));
    let alone = Journal::open(Options::new(directory.path())).unwrap_err();
    assert!(matches!(&alone, OpenError::Follows { stream, .. } if stream == "posto"), "{alone}");
    assert!(["--cluster", "--standalone"].iter().all(|hint| alone.to_string().contains(hint)), "{alone}");
    let other = |stream: &StreamId| Journal::open_following(Options::new(directory.path()), stream).unwrap_err();
    let refused = other(&StreamId::new("prices", BOOK));
    assert!(matches!(&refused, OpenError::OtherStream { .. }), "{refused}");
    let refused = other(&StreamId::new("posto", "f".repeat(32)));
    assert!(matches!(&refused, OpenError::OtherBook { .. }), "{refused}");
    let later = StreamId { base: "9.9.9".to_owned(), ..stream() };
    let opened = Journal::open_following(Options::new(directory.path()), &later).unwrap();
    assert_eq!(opened.1.position(), 2, "it is in the log already: what that began with is in it");
}

#[test]
fn a_file_of_a_server_alone_may_begin_a_log_and_only_the_very_same_may_follow_it() {
    let (directory, older, empty) = (tempdir().unwrap(), tempdir().unwrap(), tempdir().unwrap());
    let journal = open(directory.path());
    write(&journal, report(at(0, 0), 1));
    backup(directory.path(), (&older.path().join("posto.db"), false), Copied::AsItIs, |_| {}).unwrap();
    write(&journal, report(at(0, 0), 2));
    journal.close().unwrap();
    let found = look(directory.path()).unwrap().unwrap();
    assert_eq!(found.followed, None);
    let stream = StreamId { name: "posto".to_owned(), book: found.book_id, base: found.base };
    let follow = |directory: &std::path::Path| Journal::open_following(Options::new(directory), &stream);
    let refused = follow(older.path()).unwrap_err();
    assert!(matches!(refused, OpenError::OtherBeginning { .. }) && refused.to_string().contains("posto backup"));
    let refused = follow(empty.path()).unwrap_err();
    assert!(matches!(refused, OpenError::NotFromNothing { .. }) && refused.to_string().contains("posto backup"));
    let (opened, follower) = follow(directory.path()).unwrap();
    assert_eq!((opened.opening.created, opened.opening.reports, follower.position()), (false, 2, 0));
    assert_eq!(verify(directory.path()).unwrap().defects, [""; 0], "the log has told no time yet");
    assert_eq!(reported(&feed(&follower, &some(3), (1, 3))[&3]).replaced.unwrap().thousandths(), 2);
    drop((opened, follower));
    let further = tempdir().unwrap();
    backup(directory.path(), (&further.path().join("posto.db"), false), Copied::AsItIs, |_| {}).unwrap();
    let (opened, follower) = follow(further.path()).unwrap();
    assert_eq!((opened.opening.reports, follower.position()), (5, 3), "a backup goes on from where it was made");
}

#[test]
fn a_standalone_backup_is_a_book_of_its_own() {
    let (directory, copy) = (tempdir().unwrap(), tempdir().unwrap());
    let (journal, follower) = follow(Options::new(directory.path()));
    feed(&follower, &some(3), (1, 3));
    backup(directory.path(), (&copy.path().join("posto.db"), false), Copied::Standalone, |_| {}).unwrap();
    assert_eq!(verify(copy.path()).unwrap().defects, [""; 0]);
    let alone = open(copy.path());
    assert_ne!(alone.book_id(), journal.book_id());
    assert_eq!((alone.book_id().len(), alone.position(), alone.book().counts().prices), (32, 3, 1));
    assert_eq!(write(&alone, report(at(0, 0), 9)).position, 4);
    let again = look(copy.path()).unwrap().unwrap();
    assert_eq!((again.followed, again.base.as_str()), (None, "4.0.0.0"));
    assert_ne!(again.base, EMPTY_BASE);
}

#[test]
fn an_older_time_than_was_told_before_a_restart_does_not_come_back() {
    let directory = tempdir().unwrap();
    let (journal, follower) = follow(Options::new(directory.path()));
    let unknown = || {
        let mut report = report(at(0, 0), 1);
        report.wish.station = Some(id("nowhere"));
        report
    };
    let log = [logged(9000, unknown()), logged(100, report(at(0, 0), 1))];
    assert!(matches!(feed(&follower, &log, (1, 1))[&1], Ok(Outcome::UnknownStation(_))));
    journal.close().unwrap();
    let (_journal, follower) = follow(Options::new(directory.path()));
    assert_eq!(reported(&feed(&follower, &log, (2, 2))[&2]).at.millis(), 9000);
}

#[test]
fn a_report_is_later_than_an_act_of_the_same_moment_before_a_restart() {
    let directory = tempdir().unwrap();
    let (journal, follower) = follow(Options::new(directory.path()));
    let first = logged(1000, report(at(0, 0), 1));
    let station = reported(&feed(&follower, std::slice::from_ref(&first), (1, 1))[&1]).station.clone();
    let reason = FlagReason::StationClosed;
    let flag = Flag { station: station.clone(), reason, fuel: None, note: None, origin: "v2 192.0.2.1".to_owned() };
    let entries = [
        first.entry,
        Entry::Flag(flag),
        Entry::Moderate(Box::new(order(Act::Dismiss { station }))),
        Entry::Report(report(at(0, 0), 2)),
    ];
    let log = entries.map(|entry| Logged { entry, ..logged(9000, report(at(0, 0), 1)) });
    let dismissed = &feed(&follower, &log, (2, 3))[&3];
    assert!(matches!(dismissed, Ok(Outcome::Moderated(done)) if done.flags == 1), "{dismissed:?}");
    journal.close().unwrap();
    let (_journal, follower) = follow(Options::new(directory.path()));
    assert_eq!(reported(&feed(&follower, &log, (4, 4))[&4]).at.millis(), 9001);
}

#[test]
fn a_held_up_writer_alone_is_as_it_was() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    let (gate, _) = hold_up(&journal, Entry::Report(report(at(0, 0), 1))).unwrap();
    let (sender, receiver) = mpsc::channel();
    let late = Some(Instant::now());
    journal.submit_by(Entry::Report(report(at(0, 0), 2)), late, move |told| sender.send(told).unwrap()).unwrap();
    drop(gate);
    assert_eq!(receiver.recv().unwrap().unwrap(), Outcome::Expired);
}

/// What stopped one server would stop all of them, and again after every restart.
#[test]
fn no_value_that_an_entry_can_have_stops_the_journal() {
    let times = [i64::MIN, -1, 0, 1_700_000_000_000, i64::MAX - 1, i64::MAX];
    let poles = [(-90_000_000, -180_000_000), (90_000_000, 180_000_000), (0, 180_000_000), (0, -180_000_000), (0, 0)];
    let mut log = Vec::new();
    for (number, (latitude, longitude)) in poles.into_iter().enumerate() {
        let place = Position::from_microdegrees(latitude, longitude).unwrap();
        let station = id(&format!("it-{number}"));
        for millis in times {
            let mut record = record(station.as_str(), place, 999_999, Some(millis));
            record.ended.push(EndedPrice { fuel: Fuel::Gasoline, at: Timestamp::from_millis(millis) });
            log.push(Logged { entry: import(record), ..logged(1000, report(place, 1)) });
            for radius_km in [0.0, 1.0, 20_037.0, f64::MAX] {
                let mut far = report(place, 1);
                (far.wish.radius_km, far.witness) = (radius_km, Some("w".to_owned()));
                log.push(logged(1000, far));
            }
            let origin = "v1 192.0.2.7".to_owned();
            let act = order(Act::Withdraw { origin, since: Timestamp::from_millis(millis) });
            log.push(Logged { entry: Entry::Moderate(Box::new(act)), ..logged(1000, report(place, 1)) });
        }
    }
    // At last the log's own clock.
    for millis in times {
        log.push(logged(millis, report(at(1, 1), 2)));
        let mut named = Report { id: Some(report_id("a", 1)), ..report(at(1, 1), 3) };
        named.wish.new = millis < 1;
        log.push(logged(millis, named));
        let end = order(Act::End { station: id("it-1"), fuel: Fuel::Gasoline });
        log.push(Logged { entry: Entry::Moderate(Box::new(end)), ..logged(millis, report(at(1, 1), 1)) });
    }
    let directory = tempdir().unwrap();
    let (journal, follower) = follow(Options { keep_history: Some(Duration::ZERO), ..Options::new(directory.path()) });
    let last = u64::try_from(log.len()).unwrap();
    let outcomes = feed(&follower, &log, (1, last));
    let failed = outcomes.iter().find(|(_, outcome)| outcome.is_err());
    assert!(failed.is_none(), "{failed:?}: {:?}", journal.failure());
    assert_eq!(journal.position(), last);
    let before: Vec<_> = (0..5).map(|number| journal.book().station(&id(&format!("it-{number}")))).collect();
    journal.close().unwrap();
    let (journal, _follower) = follow(Options::new(directory.path()));
    assert_eq!((0..5).map(|number| journal.book().station(&id(&format!("it-{number}")))).collect::<Vec<_>>(), before);
    assert_eq!(verify(directory.path()).unwrap().defects, [""; 0]);
}
