//! A file of version 1 becomes one of the newest version, whole or not at all.

use std::path::Path;

use posto_faulty_disk::{Fault, FaultyDisk, Survivors, VFS};
use posto_market::{Fuel, Label};
use rusqlite::{Connection, OpenFlags};
use tempfile::tempdir;

use super::support::{StillClock, at, id, report, report_id, run, write};
use crate::{Entry, HistoryQuery, Journal, Options, Outcome, Report, verify};

/// Two stations and what was reported about them, as a server with version 1 wrote it: one report
/// with an id, one of unknown age, one at coordinates of its own, one row forgotten.
const VERSION_1: &str = "
    INSERT INTO meta VALUES ('book', '0123456789abcdef0123456789abcdef'), ('forgotten', '1');
    INSERT INTO stations VALUES
        ('it-9', 42000000, 12000000, 'Rossi', 'Q8', 'Via Roma 1', 'it'),
        ('6uc8hrm3p5xj', -22210000, -54760000, NULL, NULL, NULL, NULL);
    INSERT INTO reports VALUES
        (1, '6uc8hrm3p5xj', 2, 5000, 'BRL', 'l', NULL, '(-22.21;-54.76)', 100, 'seed'),
        (2, 'it-9', 2, 1700, 'EUR', 'l', 90, NULL, 110, 'feed it'),
        (4, 'it-9', 2, 1800, 'EUR', 'l', 120, NULL, 120, 'v2 192.0.2.7:40000'),
        (5, 'it-9', 0, 1600, 'EUR', 'l', 130, NULL, 130, 'key gateway-1');
    INSERT INTO seen_ids VALUES (4, 'a', x'0101010101010101010101010101010101010101010101010101010101010101', 0, 1700, 120);
    PRAGMA application_id = 0x504f5354;
    PRAGMA user_version = 1;";

fn write_version_1(path: &Path, vfs: Option<&str>) {
    let file = match vfs {
        Some(vfs) => Connection::open_with_flags_and_vfs(path, OpenFlags::default(), vfs).unwrap(),
        None => Connection::open(path).unwrap(),
    };
    file.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).unwrap();
    file.execute_batch(&format!("BEGIN; {} {VERSION_1} COMMIT;", crate::schema::VERSION_1)).unwrap();
}

fn options(directory: &Path, vfs: Option<&str>) -> Options {
    let mut options = StillClock::at(200).options(directory);
    options.vfs = vfs.map(str::to_owned);
    options
}

/// Everything that version 1 held is there.
fn assert_whole(journal: &Journal) {
    let (italian, brazilian) = (id("it-9"), id("6uc8hrm3p5xj"));
    assert_eq!(journal.book_id(), "0123456789abcdef0123456789abcdef");
    let known = journal.book().station(&italian).unwrap();
    let text = |label: &Option<Label>| label.as_ref().map(ToString::to_string).unwrap_or_default();
    let station = &known.station;
    let labels = [&station.name, &station.brand, &station.address, &station.source].map(text);
    assert_eq!((station.position, labels), (at(4200, 1200), ["Rossi", "Q8", "Via Roma 1", "it"].map(str::to_owned)));
    let prices: Vec<_> = known.quotes.iter().map(|(fuel, quote)| (fuel.code(), quote.price.thousandths())).collect();
    assert_eq!(prices, [(0, 1600), (2, 1800)]);
    let fuel = Fuel::from_code(2).unwrap();
    let old = journal.book().quote(&brazilian, fuel).unwrap();
    assert_eq!((old.reported_at, old.coordinates.as_deref()), (None, Some("(-22.21;-54.76)")));
    let repeat = Report { id: Some(report_id("a", 1)), ..report(at(0, 0), 1800) };
    let Outcome::Reported(repeated) = run(journal, Entry::Report(repeat)).unwrap() else { panic!() };
    assert_eq!((repeated.station, repeated.at.millis()), (italian, 120));
    assert_eq!(repeated.replaced.map(posto_market::Price::thousandths), Some(1700));
}

#[test]
fn nothing_of_a_version_1_file_is_lost() {
    let directory = tempdir().unwrap();
    write_version_1(&directory.path().join("posto.db"), None);
    let opened = Journal::open(options(directory.path(), None)).unwrap();
    let found = &opened.opening;
    assert_eq!((found.created, found.stations, found.prices, found.reports), (false, 2, 3, 4));
    assert_whole(&opened.journal);
    let past = HistoryQuery { station: id("it-9"), fuel: None, since: None, before: None, limit: 9 };
    let sequences: Vec<_> = opened.journal.history(&past).unwrap().iter().map(|past| past.sequence).collect();
    assert_eq!(sequences, [5, 4, 2]);
    let mut next = report(at(4200, 1200), 1900);
    next.wish.station = Some(id("it-9"));
    write(&opened.journal, next);
    assert_eq!(opened.journal.history(&past).unwrap()[0].sequence, 6);
    opened.journal.close().unwrap();
    let verified = verify(directory.path()).unwrap();
    assert_eq!((verified.version, verified.defects, verified.ids), (4, vec![], 1));
    let file = Connection::open(directory.path().join("posto.db")).unwrap();
    let tables = "SELECT group_concat(name, ' ' ORDER BY name) FROM sqlite_schema WHERE type = 'table'";
    let tables: String = file.query_row(tables, [], |row| row.get(0)).unwrap();
    assert_eq!(
        tables,
        "acts claims flags ids_by_key meta reports reports_by_station seen_ids stand_ins stations withdrawn"
    );
}

#[test]
fn a_migrated_file_has_the_tables_of_a_new_one() {
    let tables = [true, false].map(|old| {
        let directory = tempdir().unwrap();
        let path = directory.path().join("posto.db");
        if old {
            write_version_1(&path, None);
        }
        Journal::open(options(directory.path(), None)).unwrap().journal.close().unwrap();
        let file = Connection::open(path).unwrap();
        let mut statement = file.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name").unwrap();
        let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?)));
        rows.unwrap().map(Result::unwrap).collect::<Vec<_>>()
    });
    assert_eq!(tables[0], tables[1]);
}

/// With the fault at every operation of opening a version 1 file; how often it had been opened by
/// then.
fn migrate_with(fault: fn(u64) -> Fault) -> (u32, u32) {
    let (mut opened, mut refused) = (0, 0);
    for operation in 1.. {
        let directory = tempdir().unwrap();
        let disk = FaultyDisk::mount(directory.path());
        write_version_1(&directory.path().join("posto.db"), Some(VFS));
        let before = disk.operations();
        disk.break_with(fault(before + operation));
        let first = Journal::open(options(directory.path(), Some(VFS)));
        let ended = first.is_ok() && disk.operations() < before + operation;
        if first.is_ok() {
            opened += 1
        } else {
            refused += 1
        }
        drop(first);
        disk.break_with(Fault::CrashAt(0));
        disk.restart(if operation % 2 == 0 { Survivors::Synced } else { Survivors::SomeUnsynced { seed: operation } });
        assert_whole(&Journal::open(options(directory.path(), Some(VFS))).unwrap().journal);
        if ended {
            break;
        }
    }
    (opened, refused)
}

#[test]
fn the_power_may_go_at_every_operation_of_the_migration() {
    let (opened, refused) = migrate_with(Fault::CrashAt);
    assert!(opened > 0 && refused > 10, "{opened} opened, {refused} refused");
}

#[test]
fn the_disk_may_be_full_or_fail_a_sync_in_the_middle_of_the_migration() {
    let (opened, refused) = migrate_with(Fault::FullFrom);
    assert!(opened > 0 && refused > 10, "{opened} opened, {refused} refused");
    let (opened, refused) = migrate_with(Fault::SyncFailsFrom);
    assert!(opened > 0 && refused > 0, "{opened} opened, {refused} refused");
}
