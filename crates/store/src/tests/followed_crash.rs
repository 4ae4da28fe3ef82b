//! The promise where a replicated log says what is executed: whenever the power goes, the file holds
//! exactly what the log says up to the place that it names, that is at least as far as was acknowledged,
//! and it goes on from there.

use std::collections::BTreeMap;
use std::path::Path;

use posto_faulty_disk::{Fault, FaultyDisk, Random, Survivors, VFS};
use tempfile::tempdir;

use super::Sabotage;
use super::crash_check::options;
use super::log::{self, Logged, dump, feed, follow};
use crate::{Follower, Journal, Options, Outcome};

const ENTRIES: u64 = 60;
const SEEDS: u64 = 120;

/// What one crash left: how much had been acknowledged, and what is wrong with it.
struct Crash {
    acknowledged: u64,
    defect: Option<String>,
}

fn crash(seed: u64, sabotage: Sabotage) -> Crash {
    let mut random = Random::new(seed);
    let log = log::random(&mut random, usize::try_from(ENTRIES).unwrap());
    let directory = tempdir().unwrap();
    let disk = FaultyDisk::mount(directory.path());
    disk.break_with(Fault::CrashAt(1 + random.below(500)));
    let mut acknowledged = 0;
    if let Ok((opened, follower)) = Journal::open_following(options(directory.path(), sabotage), &log::stream()) {
        acknowledged = feed_until_crash(&follower, &log, &mut random);
        drop(opened);
    }
    disk.break_with(Fault::CrashAt(0));
    let survivors = if random.one_in(3) { Survivors::Synced } else { Survivors::SomeUnsynced { seed } };
    disk.restart(survivors);
    Crash { acknowledged, defect: check(directory.path(), &log, acknowledged).err() }
}

/// In bursts; the last place that was acknowledged.
fn feed_until_crash(follower: &Follower, log: &[Logged], random: &mut Random) -> u64 {
    let (mut acknowledged, mut next) = (0, 1);
    while next <= ENTRIES {
        let to = ENTRIES.min(next + random.below(6));
        for (position, outcome) in feed(follower, log, (next, to)) {
            if outcome.is_ok() {
                acknowledged = position;
            }
        }
        next = to + 1;
    }
    acknowledged
}

fn check(directory: &Path, log: &[Logged], acknowledged: u64) -> Result<(), String> {
    let told = |error: &dyn std::fmt::Display| error.to_string();
    let open = || Journal::open_following(options(directory, Sabotage::None), &log::stream());
    let (opened, follower) = open().map_err(|error| told(&error))?;
    let position = follower.position();
    if position < acknowledged {
        return Err(format!("{acknowledged} was acknowledged, {position} is there"));
    }
    opened.journal.close().map_err(|error| told(&error))?;
    if dump(directory, Some(VFS)) != up_to(log, position) {
        return Err(format!("what is there is not what the log says up to {position}"));
    }
    let (opened, follower) = open().map_err(|error| told(&error))?;
    let rest: Vec<Outcome> = feed(&follower, log, (position + 1, ENTRIES))
        .into_values()
        .collect::<Result<_, _>>()
        .map_err(|error| told(&error))?;
    opened.journal.close().map_err(|error| told(&error))?;
    let whole = dump(directory, Some(VFS)) == up_to(log, ENTRIES);
    let goes_on = u64::try_from(rest.len()).unwrap() == ENTRIES - position && whole;
    goes_on.then_some(()).ok_or_else(|| format!("it does not go on from {position} as the log does"))
}

/// What a server that never lost power has.
fn up_to(log: &[Logged], position: u64) -> BTreeMap<&'static str, Vec<String>> {
    let directory = tempdir().unwrap();
    let (journal, follower) = follow(Options::new(directory.path()));
    feed(&follower, log, (1, position));
    journal.close().unwrap();
    dump(directory.path(), None)
}

#[test]
fn rows_and_place_never_part_whenever_the_power_goes() {
    let mut acknowledged = 0;
    for seed in 0..SEEDS {
        let crash = crash(seed, Sabotage::None);
        assert_eq!(crash.defect, None, "seed {seed}");
        acknowledged += crash.acknowledged;
    }
    assert!(acknowledged > 10 * SEEDS, "too few to mean anything: {acknowledged}");
}

#[test]
fn a_follower_that_does_not_sync_or_acknowledges_before_the_commit_is_found_out() {
    for sabotage in [Sabotage::NoSync, Sabotage::AcknowledgeFirst] {
        assert!((0..30).any(|seed| crash(seed, sabotage).defect.is_some()), "{sabotage:?}");
    }
}
