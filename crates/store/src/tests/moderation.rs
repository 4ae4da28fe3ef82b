//! What operators do to keep the data clean, and what users point out.

mod model;

use std::time::Duration;

use posto_faulty_disk::{Fault, FaultyDisk, Survivors, VFS};
use posto_market::{Act, FlagReason, Fuel, Label, StationId, Timestamp};
use tempfile::tempdir;

use super::support::{StillClock, at, id, import, open, record, reopen, report, run, run_as_batch, write};
use crate::{ActRefusal, Entry, Flag, HistoryQuery, Journal, Moderated, Moderation, Outcome, Report, verify};

pub(super) fn order(act: Act) -> Moderation {
    let reason = Label::new("spam");
    Moderation { act, reason, operator: Some("ana".to_owned()), session: "key 127.0.0.1:1".to_owned(), dry_run: false }
}

pub(super) fn perform(journal: &Journal, order: Moderation) -> Outcome {
    run(journal, Entry::Moderate(Box::new(order))).unwrap()
}

fn done(journal: &Journal, act: Act) -> Moderated {
    match perform(journal, order(act)) {
        Outcome::Moderated(done) => done,
        refused => panic!("{refused:?}"),
    }
}

fn told<T: Send + 'static>(ask: impl FnOnce(Box<dyn FnOnce(Result<T, crate::HistoryError>) + Send>)) -> T {
    let (sender, receiver) = std::sync::mpsc::channel();
    ask(Box::new(move |answer| sender.send(answer.unwrap()).unwrap()));
    receiver.recv().unwrap()
}

fn price_at(journal: &Journal, station: &StationId) -> Option<u32> {
    journal.book().quote(station, Fuel::Gasoline).map(|quote| quote.price.thousandths())
}

fn from(origin: &str, report: Report) -> Report {
    Report { origin: crate::Origin::V2(origin.to_owned()), ..report }
}

fn past(journal: &Journal, station: &StationId) -> Vec<Option<u32>> {
    let all = HistoryQuery { station: station.clone(), fuel: None, since: None, before: None, limit: 20 };
    journal.history(&all).unwrap().iter().map(|past| past.price.map(|price| price.thousandths())).collect()
}

#[test]
fn what_an_origin_reported_is_withdrawn_and_the_price_before_it_holds_again() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    let honest = write(&journal, from("192.0.2.1:1", report(at(0, 0), 5000))).station;
    write(&journal, from("192.0.2.66:40000", report(at(0, 0), 1)));
    write(&journal, from("192.0.2.66:40001", report(at(0, 0), 2)));
    let only_his = write(&journal, from("192.0.2.66:40002", report(at(9, 9), 3))).station;
    let later = write(&journal, from("192.0.2.66:40002", report(at(5, 5), 4))).station;
    write(&journal, from("192.0.2.1:1", report(at(5, 5), 5100)));
    let withdraw = || Act::Withdraw { origin: "v2 192.0.2.66".to_owned(), since: Timestamp::from_millis(0) };
    let trial = perform(&journal, Moderation { dry_run: true, ..order(withdraw()) });
    let Outcome::Moderated(trial) = trial else { panic!("{trial:?}") };
    assert_eq!((trial.withdrawn, trial.restored, trial.ended, trial.number), (4, 1, 1, None));
    assert_eq!(price_at(&journal, &honest), Some(2), "only tried");
    let done = done(&journal, withdraw());
    assert_eq!(Moderated { number: None, dry_run: true, ..done.clone() }, trial);
    assert_eq!(done.number, Some(1));
    let prices = |journal: &Journal| [&honest, &only_his, &later].map(|station| price_at(journal, station));
    assert_eq!(prices(&journal), [Some(5000), None, Some(5100)]);
    assert_eq!(past(&journal, &honest), [Some(5000), Some(5000)], "what was withdrawn is told no more");
    let origins = told(|done| journal.ask_origins(Timestamp::from_millis(0), done).unwrap());
    let counts: Vec<_> = origins
        .iter()
        .map(|origin| (origin.origin.as_str(), origin.reports, origin.stations, origin.withdrawn))
        .collect();
    assert_eq!(counts, [("v2 192.0.2.66", 4, 3, 4), ("v2 192.0.2.1", 2, 2, 0)]);
    let opened = reopen(journal, directory.path());
    assert_eq!((prices(&opened.journal), opened.opening.prices), ([Some(5000), None, Some(5100)], 2));
    let verified = verify(directory.path()).unwrap();
    assert_eq!((verified.defects, verified.acts, verified.withdrawn), (vec![], 1, 4));
    write(&opened.journal, from("192.0.2.66:40003", report(at(0, 0), 6)));
    assert_eq!(price_at(&opened.journal, &honest), Some(6), "a new report counts");
}

#[test]
fn an_origin_is_its_address_whatever_the_port_and_nothing_that_only_begins_so() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    for (number, origin) in ["192.0.2.6:1", "192.0.2.66:1", "192.0.2.6:x", "[2001:db8::6]:1"].into_iter().enumerate() {
        write(&journal, from(origin, report(at(i32::try_from(number).unwrap(), 0), 1)));
    }
    let withdrawn = |origin: &str| {
        let act = Act::Withdraw { origin: origin.to_owned(), since: Timestamp::from_millis(0) };
        done(&journal, act).withdrawn
    };
    assert_eq!(withdrawn("v2 192.0.2.6"), 1);
    assert_eq!(withdrawn("v2 192.0.2.6"), 0, "once is enough");
    assert_eq!(withdrawn("v2 [2001:db8::6]"), 1);
    assert_eq!(withdrawn("v2 192.0.2.66:1"), 1);
    assert_eq!(withdrawn("v2 [*"), 0);
}

#[test]
fn a_hidden_station_is_nowhere_and_nothing_brings_it_back_but_the_operator() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    let place = at(1, 1);
    let hidden = write(&journal, report(place, 5000)).station;
    run(&journal, import(record("it-1", at(2, 2), 1500, Some(5)))).unwrap();
    let hide = |station: &StationId| Act::Hide { station: station.clone() };
    assert_eq!(done(&journal, hide(&hidden)).ended, 1);
    assert_eq!(done(&journal, hide(&id("it-1"))).ended, 1);
    assert!(!done(&journal, hide(&hidden)).changed);
    let is_gone = |journal: &Journal, id: &StationId| {
        let book = journal.book();
        book.station(id).is_none() && price_at(journal, id).is_none() && book.in_sight_or_not(id).is_some()
    };
    assert!(is_gone(&journal, &hidden) && is_gone(&journal, &id("it-1")));
    assert_eq!((journal.book().counts().stations, journal.book().near(place, 1.0).len()), (0, 0));
    let mut named = report(place, 5100);
    named.wish.station = Some(hidden.clone());
    assert_eq!(run(&journal, Entry::Report(named)).unwrap(), Outcome::HiddenStation(hidden.clone()));
    let other = write(&journal, report(place, 5200));
    assert!(other.new_station && other.station != hidden, "{other:?}");
    let newer = run(&journal, import(record("it-1", at(2, 2), 1600, Some(i64::MAX / 4)))).unwrap();
    assert!(matches!(newer, Outcome::Imported(effect) if effect.hidden && effect.prices_changed == 0), "{newer:?}");
    let journal = reopen(journal, directory.path()).journal;
    assert!(is_gone(&journal, &hidden) && is_gone(&journal, &id("it-1")));
    assert_eq!(verify(directory.path()).unwrap().out_of_sight, 2);
    let shown = done(&journal, Act::Show { station: id("it-1") });
    assert_eq!((shown.restored, price_at(&journal, &id("it-1"))), (1, Some(1500)));
    run(&journal, import(record("it-1", at(2, 2), 1600, Some(6)))).unwrap();
    assert_eq!(price_at(&journal, &id("it-1")), Some(1600));
    let unknown = perform(&journal, order(hide(&id("it-2"))));
    assert_eq!(unknown, Outcome::UnknownStation(id("it-2")));
}

#[test]
fn a_merged_station_is_the_other_one_and_its_history_stays() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    run(&journal, import(record("it-1", at(1, 1), 1500, Some(5)))).unwrap();
    run(&journal, import(record("it-2", at(1, 1), 1600, Some(9)))).unwrap();
    let (one, two) = (id("it-1"), id("it-2"));
    let merge = |from: &StationId, into: &StationId| order(Act::Merge { from: from.clone(), into: into.clone() });
    assert_eq!(perform(&journal, merge(&one, &one)), Outcome::ActRefused(ActRefusal::IntoItself));
    let merged = done(&journal, merge(&two, &one).act);
    assert_eq!((merged.moved, merged.ended), (1, 1), "the newer price moves");
    assert_eq!(perform(&journal, merge(&one, &two)), Outcome::ActRefused(ActRefusal::OutOfSight(two.clone())));
    let journal = reopen(journal, directory.path()).journal;
    assert_eq!((price_at(&journal, &one), price_at(&journal, &two)), (Some(1600), None));
    run(&journal, import(record("it-2", at(3, 3), 1700, Some(10)))).unwrap();
    assert_eq!(price_at(&journal, &one), Some(1700));
    assert_eq!(journal.book().station(&one).unwrap().station.position, at(1, 1), "only the prices go over");
    let mut named = report(at(8, 8), 1800);
    named.wish.station = Some(two.clone());
    assert_eq!(write(&journal, named).station, one);
    assert_eq!(past(&journal, &two), [None, Some(1600)]);
    assert_eq!(past(&journal, &one), [Some(1800), Some(1700), Some(1600), Some(1500)]);
    let shown = done(&journal, Act::Show { station: two.clone() });
    assert_eq!((shown.restored, price_at(&journal, &two), price_at(&journal, &one)), (1, Some(1600), Some(1800)));
}

#[test]
fn a_price_ends_and_the_audit_tells_who_did_what_and_why() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    run(&journal, import(record("it-1", at(1, 1), 1500, Some(5)))).unwrap();
    let end = Act::End { station: id("it-1"), fuel: Fuel::Gasoline };
    assert_eq!(done(&journal, end.clone()).ended, 1);
    assert!(!done(&journal, end).changed);
    run(&journal, import(record("it-1", at(1, 1), 1500, Some(5)))).unwrap();
    assert_eq!(price_at(&journal, &id("it-1")), None, "the same record does not bring it back");
    let undone = done(&journal, Act::Withdraw { origin: "operator ana".to_owned(), since: Timestamp::from_millis(0) });
    assert_eq!((undone.withdrawn, undone.restored), (1, 1));
    assert_eq!(price_at(&journal, &id("it-1")), Some(1500));
    let journal = reopen(journal, directory.path()).journal;
    let acts = told(|done| journal.ask_acts((None, 9), done).unwrap());
    let lines: Vec<_> = acts.iter().map(|act| (act.number, act.act.as_str(), act.operator.as_str())).collect();
    assert_eq!(lines, [(2, "withdraw", "ana, key 127.0.0.1:1"), (1, "end", "ana, key 127.0.0.1:1")]);
    assert_eq!((acts[1].fuel, acts[1].reason.as_deref()), (Some(Fuel::Gasoline), Some("spam")));
    assert_eq!(told(|done| journal.ask_acts((Some(2), 9), done).unwrap()).len(), 1);
}

#[test]
fn an_order_in_the_middle_of_reports_is_decided_in_its_turn() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    let place = write(&journal, report(at(1, 1), 5000)).station;
    let mut named = report(at(1, 1), 5100);
    named.wish.station = Some(place.clone());
    let entries = vec![
        Entry::Report(report(at(9, 9), 1)),
        Entry::Report(named.clone()),
        Entry::Moderate(Box::new(order(Act::Hide { station: place.clone() }))),
        Entry::Report(named.clone()),
        Entry::Moderate(Box::new(order(Act::Show { station: place.clone() }))),
        Entry::Report(named),
    ];
    let outcomes = run_as_batch(&journal, entries);
    assert_eq!(outcomes.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
    assert!(matches!(outcomes[1].1, Ok(Outcome::Reported(_))));
    assert_eq!(outcomes[3].1.as_ref().unwrap(), &Outcome::HiddenStation(place.clone()));
    let Ok(Outcome::Reported(last)) = &outcomes[5].1 else { panic!("{outcomes:?}") };
    assert_eq!((&last.station, last.replaced.map(|price| price.thousandths())), (&place, Some(5100)));
}

#[test]
fn flags_count_once_for_each_origin_within_bounds_until_an_act_settles_them() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path());
    run(&journal, import(record("it-1", at(1, 1), 1500, Some(5)))).unwrap();
    run(&journal, import(record("it-2", at(2, 2), 1500, Some(5)))).unwrap();
    let flag = |station: &str, reason, fuel, origin: &str| {
        let note = Label::new("closed in May");
        let flag = Flag { station: id(station), reason, fuel, note, origin: origin.to_owned() };
        run(&journal, Entry::Flag(flag)).unwrap()
    };
    let kept = |counted| Outcome::Flagged { counted };
    let (gone, closed) = (FlagReason::PriceGone, FlagReason::StationClosed);
    assert_eq!(flag("it-3", closed, None, "a"), Outcome::UnknownStation(id("it-3")));
    assert_eq!(flag("it-1", closed, None, "a"), kept(true));
    assert_eq!(flag("it-1", closed, None, "a"), kept(false));
    assert_eq!(flag("it-1", closed, None, "b"), kept(true));
    assert_eq!(flag("it-1", gone, Some(Fuel::Diesel), "a"), kept(true));
    assert_eq!(price_at(&journal, &id("it-1")), Some(1500), "an answer never changes by it");
    let listed = told(|done| journal.ask_flags(done).unwrap());
    let lines: Vec<_> = listed.iter().map(|group| (group.reason, group.fuel, group.count)).collect();
    assert_eq!(lines, [(closed, None, 2), (gone, Some(Fuel::Diesel), 1)]);
    assert_eq!((listed[0].name.as_deref(), listed[0].note.as_deref()), (Some("Rossi"), Some("closed in May")));
    for number in 0..crate::limits::MAX_FLAGS_OF_STATION {
        assert_eq!(flag("it-2", closed, None, &number.to_string()), kept(true));
    }
    assert_eq!(flag("it-2", closed, None, "one more"), kept(false));
    let settled = done(&journal, Act::Dismiss { station: id("it-2") }).flags;
    assert_eq!(i64::try_from(settled).unwrap(), crate::limits::MAX_FLAGS_OF_STATION);
    assert_eq!(flag("it-2", closed, None, "one more"), kept(true));
    done(&journal, Act::End { station: id("it-1"), fuel: Fuel::Gasoline });
    assert_eq!(told(|done| journal.ask_flags(done).unwrap()).len(), 3, "that was about another fuel");
    let journal = reopen(journal, directory.path()).journal;
    assert!(!done(&journal, Act::Show { station: id("it-1") }).changed, "it is in sight: nothing is settled by that");
    assert_eq!(done(&journal, Act::Hide { station: id("it-1") }).flags, 3);
    assert_eq!(verify(directory.path()).unwrap().flags, 1);
}

#[test]
fn a_price_that_is_out_of_sight_is_not_forgotten() {
    const DAY: i64 = 24 * 3600 * 1000;
    let (directory, clock) = (tempdir().unwrap(), StillClock::at(0));
    let options = || {
        let mut options = clock.options(directory.path());
        options.keep_history = Some(Duration::from_secs(10 * 24 * 3600));
        options
    };
    let journal = Journal::open(options()).unwrap().journal;
    write(&journal, report(at(1, 1), 4000));
    let station = write(&journal, report(at(1, 1), 5000)).station;
    clock.set(DAY);
    done(&journal, Act::Hide { station: station.clone() });
    journal.close().unwrap();
    clock.set(30 * DAY);
    let opened = Journal::open(options()).unwrap();
    let rows = || {
        let file = rusqlite::Connection::open(directory.path().join("posto.db")).unwrap();
        file.query_row("SELECT count(*) FROM reports", [], |row| row.get::<_, i64>(0)).unwrap()
    };
    let started = std::time::Instant::now();
    while rows() > 2 && started.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(rows(), 2, "the price and the row that hides it");
    done(&opened.journal, Act::Show { station: station.clone() });
    assert_eq!(price_at(&opened.journal, &station), Some(5000));
    opened.journal.close().unwrap();
    assert_eq!(verify(directory.path()).unwrap().defects, [""; 0]);
}

/// Whether the journal says that it carried out an order; it may have stopped.
fn is_carried_out(journal: &Journal, act: Act) -> bool {
    let (sender, receiver) = std::sync::mpsc::channel();
    let entry = Entry::Moderate(Box::new(order(act)));
    let submitted = journal.submit(entry, move |outcome| sender.send(outcome.is_ok()).unwrap());
    submitted.is_ok() && receiver.recv() == Ok(true)
}

/// What is reported before the orders of [`the_power_may_go_at_every_operation_of_an_order`].
fn prepared(journal: &Journal) -> Option<[StationId; 2]> {
    let stations = [1, 2].map(|number| {
        let reports = [(5000, "192.0.2.1:1"), (1, "192.0.2.66:1")]
            .map(|(price, origin)| run(journal, Entry::Report(from(origin, report(at(number, number), price)))));
        reports.into_iter().find_map(|outcome| match outcome {
            Ok(Outcome::Reported(reported)) => Some(reported.station),
            _ => None,
        })
    });
    let [Some(one), Some(two)] = stations else { return None };
    Some([one, two])
}

#[test]
fn the_power_may_go_at_every_operation_of_an_order() {
    let mut reached = [0; 3];
    for operation in 1.. {
        let directory = tempdir().unwrap();
        let disk = FaultyDisk::mount(directory.path());
        let options = || {
            let mut options = crate::Options::new(directory.path());
            options.vfs = Some(VFS.to_owned());
            options
        };
        let journal = Journal::open(options()).unwrap().journal;
        let [one, two] = prepared(&journal).unwrap();
        disk.break_with(Fault::CrashAt(disk.operations() + operation));
        let acts = [
            Act::Withdraw { origin: "v2 192.0.2.66".to_owned(), since: Timestamp::from_millis(0) },
            Act::Hide { station: two.clone() },
        ];
        let orders = acts.map(|act| is_carried_out(&journal, act));
        let whole = orders == [true, true];
        drop(journal);
        disk.break_with(Fault::CrashAt(0));
        disk.restart(if operation % 2 == 0 { Survivors::Synced } else { Survivors::SomeUnsynced { seed: operation } });
        let journal = Journal::open(options()).unwrap().journal;
        let prices = (price_at(&journal, &one), price_at(&journal, &two));
        let possible = [(Some(1), Some(1)), (Some(5000), Some(5000)), (Some(5000), None)];
        let acts = possible.iter().position(|possible| *possible == prices);
        let acts = acts.unwrap_or_else(|| panic!("operation {operation}: half an order, {prices:?}"));
        assert!(acts >= orders.iter().filter(|done| **done).count(), "what was acknowledged is there");
        assert_eq!(journal.book().station(&two).is_none(), acts == 2);
        let next = done(&journal, Act::Hide { station: one }).number;
        assert_eq!(next, i64::try_from(acts + 1).ok(), "as many are in the log as were carried out");
        reached[acts] += 1;
        journal.close().unwrap();
        if whole {
            break;
        }
    }
    assert!(reached.iter().all(|count| *count > 0), "{reached:?}");
}
