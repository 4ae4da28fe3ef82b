//! One crash: entries until the power goes, then what the disk kept is held against what was
//! acknowledged.

use std::collections::BTreeMap;
use std::path::Path;

use posto_faulty_disk::{Fault, FaultyDisk, Random, Survivors, VFS};
use posto_market::Fuel;
use rusqlite::{Connection, OpenFlags};
use tempfile::tempdir;

use super::Sabotage;
use super::support::{at, import, record, report, report_id, run, run_as_batch};
use crate::{Entry, Journal, Options, Outcome, Report};

/// The price of the first entry; the following ones count up, so that a price names its entry.
const FIRST_PRICE: u32 = 1000;

/// What one crash left.
#[derive(Debug)]
pub(crate) struct Crash {
    /// How many entries had been acknowledged.
    pub(crate) acknowledged: usize,
    /// What was lost, doubled or broken; empty: nothing.
    pub(crate) defects: Vec<String>,
}

/// What was acknowledged, in the order it was.
pub(crate) type Acknowledged = Vec<(Entry, Outcome)>;

/// A row of the history: station, fuel, price, time, coordinates, origin.
type Row = (String, u8, u32, Option<i64>, Option<String>, String);

/// Runs entries on a disk whose power goes at a moment that the seed chooses, and checks.
pub(crate) fn crash(seed: u64, sabotage: Sabotage) -> Crash {
    let mut random = Random::new(seed);
    let directory = tempdir().unwrap();
    let disk = FaultyDisk::mount(directory.path());
    disk.break_with(Fault::CrashAt(1 + random.below(400)));
    let acknowledged = match Journal::open(options(directory.path(), sabotage)) {
        Ok(opened) => run_until_crash(&opened.journal, &mut random),
        Err(_) => Vec::new(),
    };
    // Where it has not gone yet, the power goes now.
    disk.break_with(Fault::CrashAt(0));
    let survivors = if random.one_in(3) { Survivors::Synced } else { Survivors::SomeUnsynced { seed } };
    disk.restart(survivors);
    let defects = check(directory.path(), &acknowledged).err().into_iter().collect();
    Crash { acknowledged: acknowledged.len(), defects }
}

pub(crate) fn options(directory: &Path, sabotage: Sabotage) -> Options {
    let mut options = Options::new(directory);
    options.vfs = Some(VFS.to_owned());
    options.checkpoint_pages = 12;
    options.max_unindexed = 5;
    options.sabotage = sabotage;
    options
}

/// What was acknowledged, in the order it was.
fn run_until_crash(journal: &Journal, random: &mut Random) -> Vec<(Entry, Outcome)> {
    let mut acknowledged = Vec::new();
    let mut number = 0;
    for _ in 0..25 {
        let burst: Vec<_> = (0..1 + random.below(6)).map(|_| entry(&mut number, random)).collect();
        for (index, outcome) in run_as_batch(journal, burst.clone()) {
            if let Ok(outcome) = outcome {
                acknowledged.push((burst[index].clone(), outcome));
            }
        }
    }
    acknowledged
}

pub(crate) fn entry(number: &mut u32, random: &mut Random) -> Entry {
    *number += 1;
    let price = FIRST_PRICE + *number;
    let place = i32::try_from(random.below(6)).unwrap();
    if random.one_in(5) {
        return import(record(&format!("it-{place}"), at(4000 + place, 1200), price, Some(i64::from(price))));
    }
    let mut report = report(at(place, place), price);
    report.wish.fuel = Fuel::ALL[usize::try_from(random.below(3)).unwrap()];
    let coordinates = Some(format!("(0.0{place};0.0{place})"));
    let id = random.one_in(2).then(|| report_id(&price.to_string(), 7));
    Entry::Report(Report { coordinates, id, ..report })
}

/// What is wrong with the file, if anything.
pub(crate) fn check(directory: &Path, acknowledged: &[(Entry, Outcome)]) -> Result<(), String> {
    let told = |error: &dyn std::fmt::Display| error.to_string();
    let opened = Journal::open(options(directory, Sabotage::None)).map_err(|error| told(&error))?;
    let before = opened.opening.reports;
    check_book(&opened.journal, acknowledged)?;
    check_ids(&opened.journal, acknowledged)?;
    opened.journal.close().map_err(|error| told(&error))?;
    let path = directory.join("posto.db");
    let file = Connection::open_with_flags_and_vfs(path, OpenFlags::default(), VFS).map_err(|error| told(&error))?;
    check_file(&file, acknowledged, before).map_err(|error| told(&error))?
}

/// Each current price is the last acknowledged one, or one sent after it.
fn check_book(journal: &Journal, acknowledged: &[(Entry, Outcome)]) -> Result<(), String> {
    let mut last = BTreeMap::new();
    for (entry, outcome) in acknowledged {
        let row = row(entry, outcome);
        last.insert((row.0, row.1), row.2);
    }
    for ((station, fuel), price) in last {
        let quote = journal.book().quote(&super::support::id(&station), Fuel::from_code(fuel).unwrap());
        if quote.as_ref().is_none_or(|quote| quote.price.thousandths() < price) {
            return Err(format!("{station}, fuel {fuel}: {price} acknowledged, now {quote:?}"));
        }
    }
    Ok(())
}

/// Sent again, an acknowledged report gets the same answer.
fn check_ids(journal: &Journal, acknowledged: &[(Entry, Outcome)]) -> Result<(), String> {
    for (entry, outcome) in acknowledged {
        if matches!(entry, Entry::Report(Report { id: Some(_), .. })) {
            let again = run(journal, entry.clone()).map_err(|error| error.to_string())?;
            if again != *outcome {
                return Err(format!("answered {outcome:?}, then {again:?}"));
            }
        }
    }
    Ok(())
}

/// Every acknowledged entry is in the history once, as it was; every row is one that was sent; the
/// repeats added none; the file is whole.
fn check_file(
    file: &Connection,
    acknowledged: &[(Entry, Outcome)],
    before: u64,
) -> rusqlite::Result<Result<(), String>> {
    let whole: String = file.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    let orphans = file.prepare("PRAGMA foreign_key_check")?.exists([])?;
    let sql = "SELECT id, fuel, price, reported_at, coordinates, origin
               FROM reports JOIN stations ON number = station WHERE origin <> 'seed' ORDER BY sequence";
    let seeds: u32 = file.query_row("SELECT count(*) FROM reports WHERE origin = 'seed'", [], |row| row.get(0))?;
    let mut statement = file.prepare(sql)?;
    let read = |row: &rusqlite::Row<'_>| -> rusqlite::Result<Row> {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
    };
    let rows = statement.query_map([], read)?.collect::<rusqlite::Result<Vec<_>>>()?;
    let expected: Vec<_> = acknowledged.iter().map(|(entry, outcome)| row(entry, outcome)).collect();
    let misindexed = crate::verify::indexes(file)?;
    let defect = if !misindexed.is_empty() {
        misindexed.concat()
    } else if whole != "ok" || orphans {
        format!("the file is damaged: {whole}")
    } else if !rows.starts_with(&expected) {
        let lost = expected.iter().find(|row| !rows.contains(row));
        format!("of {} acknowledged {} are there, lost {lost:?}", expected.len(), rows.len())
    } else if u64::try_from(rows.len()).unwrap() + u64::from(seeds) != before || !rows.is_sorted_by_key(|row| row.2) {
        format!("{before} rows have become {}", rows.len())
    } else {
        return Ok(Ok(()));
    };
    Ok(Err(defect))
}

/// The row that an acknowledged entry must have.
fn row(entry: &Entry, outcome: &Outcome) -> Row {
    match (entry, outcome) {
        (Entry::Report(sent), Outcome::Reported(told)) => (
            told.station.to_string(),
            sent.wish.fuel.code(),
            sent.price.thousandths(),
            Some(told.at.millis()),
            sent.coordinates.clone(),
            sent.origin.to_string(),
        ),
        (Entry::Import(sent, origin), Outcome::Imported(effect)) => {
            assert_eq!(effect.prices_changed, 1, "every import is newer than the one before");
            let price = sent.prices[0].quote.price.thousandths();
            let time = sent.prices[0].quote.reported_at.map(posto_market::Timestamp::millis);
            (sent.station.id.to_string(), Fuel::Gasoline.code(), price, time, None, origin.to_string())
        }
        unexpected => panic!("{unexpected:?}"),
    }
}
