//! The same small scenario with a fault at each operation of the disk in turn, none left out: the
//! creation and seeding of the file, batches, copies of the log, the end.

use std::path::Path;

use posto_faulty_disk::{Fault, FaultyDisk, Survivors};
use tempfile::tempdir;

use super::Sabotage;
use super::crash_check::{Acknowledged, check, entry, options};
use super::support::run_as_batch;
use crate::{Journal, Options, Seed, SeedRecord};

/// Batches of so many entries: reports with and without ids, and imports.
const BATCHES: [u64; 5] = [1, 3, 2, 4, 2];

fn seeded(directory: &Path) -> Options {
    let position = super::support::at(7000, 7000);
    let record = SeedRecord {
        fuel: posto_market::Fuel::Lpg,
        price: super::support::price(1),
        position,
        coordinates: position.to_string(),
        name: None,
    };
    let mut options = options(directory, Sabotage::None);
    options.checkpoint_pages = 6;
    options.seed = Seed::Records(vec![record]);
    options
}

/// Runs the scenario, as far as the disk lets it; what was acknowledged.
fn run(directory: &Path) -> Acknowledged {
    let Ok(opened) = Journal::open(seeded(directory)) else { return Vec::new() };
    let mut random = posto_faulty_disk::Random::new(11);
    let (mut number, mut acknowledged) = (0, Vec::new());
    for size in BATCHES {
        let batch: Vec<_> = (0..size).map(|_| entry(&mut number, &mut random)).collect();
        for (index, outcome) in run_as_batch(&opened.journal, batch.clone()) {
            if let Ok(outcome) = outcome {
                acknowledged.push((batch[index].clone(), outcome));
            }
        }
    }
    // A failure is told by what is not acknowledged.
    let _ = opened.journal.close();
    acknowledged
}

/// How many operations the scenario takes, and how many entries it has.
fn scenario() -> (u64, usize) {
    let directory = tempdir().unwrap();
    let disk = FaultyDisk::mount(directory.path());
    let acknowledged = run(directory.path());
    (disk.operations(), acknowledged.len())
}

/// Runs the scenario with this fault, cuts the power and checks; how much was acknowledged.
fn survive(fault: Fault, survivors: Survivors) -> usize {
    let directory = tempdir().unwrap();
    let disk = FaultyDisk::mount(directory.path());
    disk.break_with(fault);
    let acknowledged = run(directory.path());
    disk.break_with(Fault::CrashAt(0));
    disk.restart(survivors);
    let checked = check(directory.path(), &acknowledged);
    assert_eq!(checked, Ok(()), "{fault:?}, {survivors:?}, {} acknowledged", acknowledged.len());
    acknowledged.len()
}

/// With the fault at every operation, once nothing and once some of the unsynced surviving.
fn survive_everywhere(fault: fn(u64) -> Fault) {
    let (operations, entries) = scenario();
    assert!(operations > 60 && entries == 12, "{operations} operations, {entries} entries");
    let mut reached = std::collections::BTreeSet::new();
    for operation in 1..=operations {
        for survivors in [Survivors::Synced, Survivors::SomeUnsynced { seed: operation }] {
            reached.insert(survive(fault(operation), survivors));
        }
    }
    assert!(reached.contains(&0) && reached.contains(&entries), "{reached:?}");
}

#[test]
fn the_power_may_go_at_every_operation() {
    survive_everywhere(Fault::CrashAt);
}

#[test]
fn the_disk_may_be_full_from_every_operation_on() {
    survive_everywhere(Fault::FullFrom);
}

#[test]
fn every_sync_may_fail() {
    survive_everywhere(Fault::SyncFailsFrom);
}
