//! What must hold once all faults are over.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rusqlite::types::Value as Cell;

use crate::clients::{Done, REGISTERS, SHARING, Seen};
use crate::register::{Act, Operation, Value, check};
use crate::support::{Group, Member, STREAM, journal};

/// Tables that each server fills when it likes.
const OWN: [&str; 2] = ["reports_by_station", "ids_by_key"];

impl Group {
    /// Waits until every server has the whole stream; how many messages that is.
    pub(crate) fn settle(&self) -> u64 {
        let last = || self.nats.stream(STREAM).and_then(|told| told["state"]["last_seq"].as_u64()).unwrap_or(0);
        loop {
            let all = last();
            assert!(all > 0, "there is no stream");
            self.until_all_have(all);
            std::thread::sleep(std::time::Duration::from_millis(200));
            if last() == all {
                return all;
            }
        }
    }
}

/// A table's rows, in the order of its first column.
fn rows_of(journal: &rusqlite::Connection, table: &str) -> Vec<Vec<Cell>> {
    // What concerns one server alone: how far its indexes are.
    let own = if table == "meta" { "WHERE name <> 'indexed'" } else { "" };
    let mut statement = journal.prepare(&format!("SELECT * FROM {table} {own} ORDER BY 1")).expect("a table");
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| (0..columns).map(|column| row.get(column)).collect()).expect("rows");
    rows.collect::<Result<_, _>>().expect("values")
}

/// That all servers' tables are the same, row by row.
pub(crate) fn all_are_equal(directories: &[PathBuf]) {
    let journals: Vec<_> = directories.iter().map(|directory| journal(directory)).collect();
    let names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name";
    let mut tables = journals[0].prepare(names).expect("SQL");
    let tables = tables.query_map([], |row| row.get::<_, String>(0)).expect("rows").collect::<Result<Vec<_>, _>>();
    let tables: Vec<_> = tables.expect("names").into_iter().filter(|table| !OWN.contains(&&**table)).collect();
    assert!(tables.iter().any(|table| table == "reports"), "{tables:?}");
    for table in tables {
        let first = rows_of(&journals[0], &table);
        for (other, directory) in journals.iter().zip(directories).skip(1) {
            let rows = rows_of(other, &table);
            if let Some((a, b)) = first.iter().zip(&rows).find(|(a, b)| a != b) {
                panic!("{table} differs in {}: {a:?} and {b:?}", directory.display());
            }
            assert_eq!(first.len(), rows.len(), "rows of {table} in {}", directory.display());
        }
    }
}

/// The prices that a server has stored, in the order of its history.
pub(crate) fn stored(data: &Path) -> Vec<Value> {
    let journal = journal(data);
    let mut statement = journal.prepare("SELECT price FROM reports ORDER BY sequence").expect("SQL");
    let prices = statement.query_map([], |row| row.get(0)).expect("rows").collect::<Result<_, _>>();
    prices.expect("prices")
}

/// That what was acknowledged is there once, on every server, and what was not, at most once.
pub(crate) fn each_is_there_once(servers: &[Member], done: &[Done]) {
    for server in servers {
        let mut times: HashMap<Value, usize> = HashMap::new();
        stored(&server.data()).into_iter().for_each(|price| *times.entry(price).or_default() += 1);
        for write in done.iter().filter(|done| done.operation.act == Act::Write) {
            let count = times.remove(&write.operation.value).unwrap_or(0);
            let least = usize::from(write.operation.end.is_some());
            assert!((least..=1).contains(&count), "{count} times at {}: {write:?}", server.address);
        }
        assert!(times.is_empty(), "nobody reported {times:?}");
    }
}

fn history_of(done: &[Done], register: u32) -> Vec<Operation> {
    done.iter().filter(|done| done.register == register).map(|done| done.operation).collect()
}

/// That the registers whose clients share what they know were linearisable, and that a single stale read
/// more would have been found.
pub(crate) fn sharing_was_linearisable(done: &[Done]) {
    for register in 0..SHARING {
        let history = history_of(done, register);
        check(&history).unwrap_or_else(|why| panic!("register {register}: {why}"));
        let last = history.iter().filter_map(|operation| operation.end).max().expect("something was done");
        let stale = |value| Operation { act: Act::Read, value, begin: last + 1, end: Some(last + 2) };
        let writes = || history.iter().filter(|operation| operation.act == Act::Write);
        let first = writes().filter(|write| write.end.is_some()).min_by_key(|write| write.end).expect("one");
        assert!(writes().any(|write| first.end < Some(write.begin) && write.end.is_some()), "too few writes");
        for value in [0, first.value] {
            let broken = [&history[..], &[stale(value)]].concat();
            assert!(check(&broken).is_err(), "a stale read of {value} is not found");
        }
    }
}

/// That from the position told on the journal has the report: each message of the stream makes one row of
/// the journal, or none.
pub(crate) fn positions_have_their_reports(done: &[Done], (data, messages): (&Path, u64)) {
    let order: HashMap<Value, u64> = stored(data).into_iter().zip(1..).collect();
    for write in done.iter().filter(|done| done.operation.act == Act::Write) {
        let Some(position) = write.position else { continue };
        assert!((order[&write.operation.value]..=messages).contains(&position), "{write:?}");
    }
}

/// That whoever carries what it knows itself never read anything older than it had read or written, by the
/// order of the journal; returns how often those who carry nothing did.
pub(crate) fn carrying_was_monotonic(seen: &Seen, journal: &Path) -> usize {
    let order: HashMap<Value, usize> = stored(journal).into_iter().zip(1..).collect();
    let mut newest: HashMap<(u64, u32), usize> = HashMap::new();
    let mut back = 0;
    for done in seen.done().iter().filter(|done| (SHARING..REGISTERS).contains(&done.register)) {
        if done.operation.end.is_none() {
            continue;
        }
        let place = order.get(&done.operation.value).copied().unwrap_or(0);
        let before = newest.entry((done.client, done.register)).or_default();
        let is_read = done.operation.act == Act::Read;
        if is_read && place < *before {
            assert!(done.carried.is_none(), "it had seen {before}, and then {done:?}");
            back += 1;
        }
        *before = place.max(*before);
    }
    back
}
