//! A replicated log for tests: random entries of every kind, and what a server makes of them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc;

use posto_faulty_disk::Random;
use posto_market::{
    Act, Currency, EndedPrice, FlagReason, Fuel, ImportedPrice, Label, OpeningHours, Position, Quote, Service,
    StationId, Timestamp, Unit,
};
use rusqlite::{Connection, OpenFlags};

use super::support::{id, price, record, report, report_id};
use crate::{
    Entry, Flag, Follower, Journal, JournalError, Moderation, Options, Ordered, Origin, Outcome, Report, SeedRecord,
    StreamId, SubmitError,
};

pub(crate) const BOOK: &str = "0123456789abcdef0123456789abcdef";
const DAY: u64 = 24 * 3600 * 1000;

pub(crate) fn stream() -> StreamId {
    StreamId::new("posto", BOOK)
}

pub(crate) fn follow(options: Options) -> (Journal, Follower) {
    let (opened, follower) = Journal::open_following(options, &stream()).unwrap();
    (opened.journal, follower)
}

/// An entry as the log has it, but for its place.
#[derive(Debug, Clone)]
pub(crate) struct Logged {
    pub(crate) at: Timestamp,
    pub(crate) default_currency: Currency,
    pub(crate) entry: Entry,
}

/// What came of entries, by their places.
pub(crate) type Outcomes = BTreeMap<u64, Result<Outcome, JournalError>>;

/// Hands on the entries of the log from `from` on, until `to`; what came of them, which is waited for.
/// Where the journal stops, of those that were handed on.
pub(crate) fn feed(follower: &Follower, log: &[Logged], (from, to): (u64, u64)) -> Outcomes {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (sender, receiver) = mpsc::channel();
    for position in from..=to {
        let Logged { at, default_currency, entry } = log[usize::try_from(position - 1).unwrap()].clone();
        let sender = sender.clone();
        let done: crate::Done = Box::new(move |outcome| sender.send((position, outcome)).unwrap());
        let ordered = Ordered { position, at, default_currency, entry, done: Some(done) };
        match runtime.block_on(follower.apply(ordered)) {
            Ok(()) => {}
            Err(SubmitError::Stopped) => break,
            Err(error) => panic!("{error}"),
        }
    }
    drop(sender);
    receiver.iter().collect()
}

/// So many random entries: every kind, ids and witnesses that come again, a clock that goes back now and
/// then and leaps on by weeks.
pub(crate) fn random(random: &mut Random, count: usize) -> Vec<Logged> {
    let mut now = 1_700_000_000_000_u64;
    let mut log = Vec::new();
    while log.len() < count {
        now = match random.below(40) {
            0 => now + DAY * random.below(40),
            1 => now - random.below(3_600_000),
            2..8 => now,
            _ => now + random.below(900_000),
        };
        let entry = match random.below(20) {
            0..11 => Entry::Report(any_report(random)),
            11..16 => any_import(random, now),
            16..18 => Entry::Flag(any_flag(random)),
            18 if log.len() % 7 == 0 => Entry::Seed(vec![any_seed(random), any_seed(random)]),
            _ => Entry::Moderate(Box::new(any_order(random, now))),
        };
        let default_currency = if random.one_in(3) { Currency::EUR } else { Currency::BRL };
        log.push(Logged { at: millis(now), default_currency, entry });
    }
    log
}

fn millis(millis: u64) -> Timestamp {
    Timestamp::from_millis(i64::try_from(millis).unwrap())
}

fn pick<T: Clone>(random: &mut Random, from: &[T]) -> T {
    from[usize::try_from(random.below(u64::try_from(from.len()).unwrap())).unwrap()].clone()
}

fn small(random: &mut Random, limit: u64) -> i32 {
    i32::try_from(random.below(limit)).unwrap()
}

/// Some stand where others do, some within a kilometre, some on equal distances.
fn any_place(random: &mut Random) -> Position {
    let step = small(random, 5);
    Position::from_microdegrees(step * 4_000 - 8_000, small(random, 3) * 4_000 - 4_000).unwrap()
}

fn any_fuel(random: &mut Random) -> Fuel {
    pick(random, &[Fuel::Gasoline, Fuel::Gasoline, Fuel::Diesel, Fuel::Cng])
}

fn any_station(random: &mut Random) -> StationId {
    let numbered = format!("it-{}", random.below(5));
    let name = pick(random, &[&*numbered, &*numbered, "7zzzzzzzzzzz", "s00000000000", "kpbpbpbpbpbp", "nowhere"]);
    id(name)
}

fn any_report(random: &mut Random) -> Report {
    let thousandths = u32::try_from(4000 + 10 * random.below(30)).unwrap();
    let mut report = report(any_place(random), thousandths);
    report.wish.fuel = any_fuel(random);
    report.wish.radius_km = pick(random, &[0.0, 0.0, 0.1, 0.45, 1.0]);
    report.wish.new = random.one_in(12);
    report.wish.station = random.one_in(3).then(|| any_station(random));
    report.wish.name = random.one_in(4).then(|| Label::new(&format!("Posto {}", random.below(9))).unwrap());
    report.coordinates = random.one_in(3).then(|| format!("(0.00{};0.0)", random.below(9)));
    report.currency = random.one_in(6).then(|| pick(random, &[Currency::EUR, Currency::BRL]));
    let content = u8::try_from(random.below(20) / 19).unwrap();
    report.id = random.one_in(3).then(|| report_id(&random.below(60).to_string(), content));
    let who = random.below(6);
    report.origin = match random.below(4) {
        0 => Origin::Token(format!("t{who}")),
        1 => Origin::Key(format!("192.0.2.{who}:40000")),
        2 => Origin::V2(format!("192.0.2.{who}:4000{}", random.below(3))),
        _ => Origin::Anonymous(format!("a{who}")),
    };
    let vouched_for = matches!(report.origin, Origin::Token(_) | Origin::Key(_));
    report.witness = (!vouched_for).then(|| format!("w{who}"));
    report
}

fn any_import(random: &mut Random, now: u64) -> Entry {
    let times = [None, Some(-5), Some(-3), Some(9_000_000_000_000), Some(9_000_000_000_001)];
    let ages: Vec<_> =
        (0..8).map(|_| Some(i64::try_from(now).unwrap() - i64::try_from(random.below(7_200_000)).unwrap())).collect();
    let time = pick(random, &[&times[..], &ages].concat());
    let thousandths = u32::try_from(4000 + 10 * random.below(30)).unwrap();
    let mut record = record(any_station(random).as_str(), any_place(random), thousandths, time);
    record.station.brand = random.one_in(3).then(|| Label::new("Q8").unwrap());
    record.station.address = random.one_in(4).then(|| Label::new("  Via  Roma, 1 ").unwrap());
    record.station.hours = random.one_in(4).then(|| OpeningHours::new("Mo-Fr 06:00-22:00; PH off").unwrap());
    record.station.service = random.one_in(4).then(|| pick(random, &Service::ALL));
    record.station.members_only = random.one_in(4).then(|| random.one_in(2));
    if random.one_in(3) {
        let quote = Quote { unit: Unit::Kilogram, ..record.prices[0].quote.clone() };
        record.prices.push(ImportedPrice { fuel: Fuel::Cng, quote });
    }
    if random.one_in(4) {
        let at = millis(now - random.below(3_600_000));
        record.ended.push(EndedPrice { fuel: any_fuel(random), at });
    }
    Entry::Import(Box::new(record), Origin::Feed("it".to_owned()))
}

fn any_flag(random: &mut Random) -> Flag {
    let reason = pick(random, &[FlagReason::PriceGone, FlagReason::StationClosed, FlagReason::WrongPlace]);
    let fuel = random.one_in(2).then(|| any_fuel(random));
    let note = random.one_in(3).then(|| Label::new("closed for years").unwrap());
    Flag { station: any_station(random), reason, fuel, note, origin: format!("v2 192.0.2.{}", random.below(4)) }
}

fn any_seed(random: &mut Random) -> SeedRecord {
    let (position, name) = (any_place(random), Label::new("Posto Central"));
    let coordinates = position.to_string();
    SeedRecord { fuel: any_fuel(random), price: price(5000), position, coordinates, name }
}

fn any_order(random: &mut Random, now: u64) -> Moderation {
    let station = any_station(random);
    let act = match random.below(9) {
        0 => Act::End { station, fuel: any_fuel(random) },
        1 => Act::Hide { station },
        2 | 3 => Act::Show { station },
        4 => Act::Merge { from: station, into: any_station(random) },
        5 => Act::Dismiss { station },
        _ => {
            let origins = ["v2 192.0.2.1", "v2 192.0.2.2:40001", "anon a3", "token t1", "feed it"];
            let since = millis(now - random.below(120) * DAY);
            Act::Withdraw { origin: pick(random, &origins).to_owned(), since }
        }
    };
    let operator = random.one_in(2).then(|| "ana".to_owned());
    Moderation { act, reason: None, operator, session: "key 127.0.0.1:1".to_owned(), dry_run: random.one_in(5) }
}

/// Every row of the tables that all servers of a log have in common: table, columns in order, and where
/// the rows of the history are meant, their places.
pub(crate) fn dump(directory: &Path, vfs: Option<&str>) -> BTreeMap<&'static str, Vec<String>> {
    let path = directory.join("posto.db");
    let file = match vfs {
        Some(vfs) => Connection::open_with_flags_and_vfs(path, OpenFlags::default(), vfs).unwrap(),
        None => Connection::open(path).unwrap(),
    };
    let tables = [
        ("meta", "SELECT * FROM meta WHERE name NOT IN ('indexed', 'forgotten') ORDER BY name"),
        ("stations", "SELECT * FROM stations ORDER BY number"),
        ("reports", "SELECT * FROM reports ORDER BY sequence"),
        ("seen_ids", "SELECT * FROM seen_ids ORDER BY report"),
        ("acts", "SELECT * FROM acts ORDER BY number"),
        ("withdrawn", "SELECT * FROM withdrawn ORDER BY report"),
        ("stand_ins", "SELECT * FROM stand_ins ORDER BY report"),
        ("flags", "SELECT * FROM flags ORDER BY number"),
        ("claims", "SELECT * FROM claims ORDER BY number"),
    ];
    tables.into_iter().map(|(table, sql)| (table, rows(&file, sql))).collect()
}

pub(crate) fn rows(file: &Connection, sql: &str) -> Vec<String> {
    let mut statement = file.prepare(sql).unwrap();
    let columns = statement.column_count();
    let row = |row: &rusqlite::Row<'_>| {
        (0..columns).map(|column| Ok(format!("{:?}", row.get_ref(column)?))).collect::<rusqlite::Result<Vec<_>>>()
    };
    statement.query_map([], row).unwrap().map(|row| row.unwrap().join(" ")).collect()
}

/// Whether the random entries reach what they are to reach.
#[test]
fn random_entries_come_to_every_outcome() {
    let directory = tempfile::tempdir().unwrap();
    let log = random(&mut Random::new(1), 1500);
    let (journal, follower) = follow(Options::new(directory.path()));
    let outcomes = feed(&follower, &log, (1, 1500));
    let all: Vec<_> = outcomes.into_values().map(Result::unwrap).collect();
    let count = |is: &dyn Fn(&Outcome) -> bool| all.iter().filter(|outcome| is(outcome)).count();
    let counts = [
        count(&|outcome| matches!(outcome, Outcome::Reported(_))),
        count(&|outcome| matches!(outcome, Outcome::Ambiguous(_))),
        count(&|outcome| matches!(outcome, Outcome::Unconfirmed(..))),
        count(&|outcome| matches!(outcome, Outcome::HiddenStation(_))),
        count(&|outcome| matches!(outcome, Outcome::UnknownStation(_))),
        count(&|outcome| matches!(outcome, Outcome::IdReused)),
        count(&|outcome| matches!(outcome, Outcome::Flagged { counted: true })),
        count(&|outcome| matches!(outcome, Outcome::Seeded)),
        count(&|outcome| matches!(outcome, Outcome::Moderated(done) if done.restored > 0)),
        count(&|outcome| matches!(outcome, Outcome::Moderated(done) if done.moved > 0)),
        count(&|outcome| matches!(outcome, Outcome::Moderated(done) if done.dry_run)),
        count(&|outcome| matches!(outcome, Outcome::ActRefused(_))),
    ];
    assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
    journal.close().unwrap();
}
