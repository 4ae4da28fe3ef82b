//! Seeded faults while clients write and read through the gateway.
//!
//! `POSTO_SEED` repeats a run. The long one: `POSTO_CLUSTER_SECONDS=600 cargo test -p posto-tests --test
//! cluster -- --ignored --nocapture faults_for_minutes`.

use std::time::{Duration, Instant};

use posto_tests::random::Random;
use posto_tests::seeds;

use crate::after::{
    all_are_equal, carrying_was_monotonic, each_is_there_once, positions_have_their_reports, sharing_was_linearisable,
};
use crate::clients::{Load, Seen};
use crate::direct::Direct;
use crate::faults::{Fault, Inflicted, every_kind, lasting, stall};
use crate::register::Act;
use crate::support::Group;

/// No POST goes without an answer for longer: what the gateway gives a request, and a slow machine's delay.
const LONGEST_ANSWER: Duration = Duration::from_secs(16);

/// A report that its client repeats is acknowledged so soon after all runs again, at the latest.
const LONGEST_STALL: Duration = Duration::from_secs(30);

#[test]
fn faults_lose_nothing_repeat_nothing_and_no_reader_sees_the_past_again() {
    let seed = seeds::chosen().unwrap_or(1);
    let mut random = Random::new(seed);
    let mut faults = every_kind(&mut random);
    // The rest have their turn in the long run.
    faults.retain(|fault| {
        let rest =
            matches!(fault, Fault::KillNode(_) | Fault::PauseNode(_) | Fault::PauseServer(_) | Fault::KillLeader);
        !rest
    });
    run((seed, false), |_| std::mem::take(&mut faults));
}

#[test]
#[ignore = "minutes: POSTO_CLUSTER_SECONDS says how long"]
fn faults_for_minutes() {
    let seconds = std::env::var("POSTO_CLUSTER_SECONDS").map_or(180, |text| text.parse().expect("a number"));
    let seed = seeds::chosen().unwrap_or(1);
    let mut random = Random::new(seed);
    run((seed, true), |since| if since < Duration::from_secs(seconds) { every_kind(&mut random) } else { Vec::new() });
}

/// One run, with long faults too or without; `next` tells the next ones, until there are none.
fn run((seed, long): (u64, bool), mut next: impl FnMut(Duration) -> Vec<Fault>) {
    let Some(mut group) = Group::start(&[]) else { return };
    eprintln!("seed {seed}; again: POSTO_SEED={seed} cargo test -p posto-tests --test cluster");
    let mut random = Random::new(seed ^ 0x5eed);
    let direct = Direct::start(group.servers.iter().map(|server| server.address));
    let load = Load::start(group.http(), seed);
    load.until_more(50);
    let (started, mut inflicted) = (Instant::now(), Vec::new());
    loop {
        let faults = next(started.elapsed());
        if faults.is_empty() {
            break;
        }
        for fault in faults {
            inflicted.push(group.inflict(fault, lasting(&mut random, long)));
            load.until_more(50);
        }
    }
    let took = started.elapsed();
    let seen = load.stop();
    let read_directly = direct.stop();
    let messages = group.settle();
    let servers = group.end();
    let directories: Vec<_> = servers.iter().map(|server| server.data()).collect();
    let done = seen.done();
    each_is_there_once(&servers, &done);
    all_are_equal(&directories);
    positions_have_their_reports(&done, (&directories[0], messages));
    sharing_was_linearisable(&done);
    let back = carrying_was_monotonic(&seen, &directories[0]);
    let direct = read_directly.were_monotonic(&directories[0]);
    answers_were_good(&seen, &inflicted);
    eprintln!(
        "{took:?}: {messages} messages; {direct} read directly, monotonic; those who carried nothing saw \
         something older {back} times"
    );
    tell(&seen, &inflicted);
}

/// That nothing was waited for in vain and no read failed, but for those that named a position while the
/// log could not tell it to the servers that were left.
fn answers_were_good(seen: &Seen, inflicted: &[Inflicted]) {
    let done = seen.done();
    let without_a_log: Vec<_> = inflicted
        .iter()
        .filter(|inflicted| inflicted.fault.meets_nodes())
        .map(|inflicted| inflicted.began..inflicted.mended + stall(inflicted, &done) + Duration::from_secs(2))
        .collect();
    for refused in seen.refused() {
        let since = |began: Instant| refused.at.saturating_duration_since(began);
        let last = inflicted.iter().rfind(|inflicted| inflicted.began <= refused.at);
        let last = last.map_or_else(String::new, |last| format!("{:?} after {:?}", since(last.began), last.fault));
        assert!(refused.took < LONGEST_ANSWER, "{last}: {}: {refused:?}", refused.text);
        assert!(refused.status != 503 || refused.retry_after, "{last}: {refused:?}");
        if refused.act == Act::Read {
            let may_be = refused.status == 503 && refused.carried.is_some_and(|position| position > 0);
            let may_be = may_be && without_a_log.iter().any(|range| range.contains(&refused.at));
            assert!(may_be, "{last}: a read failed: {refused:?}");
        }
    }
    let longest = done.iter().filter(|done| done.operation.act == Act::Read).map(|done| done.took).max();
    assert!(longest < Some(LONGEST_ANSWER), "a read took {longest:?}");
}

fn tell(seen: &Seen, inflicted: &[Inflicted]) {
    let (done, refused) = (seen.done(), seen.refused());
    let count = |act| done.iter().filter(|done| done.operation.act == act && done.operation.end.is_some()).count();
    let of = |act| refused.iter().filter(|refused| refused.act == act).count();
    eprintln!("reports: {} acknowledged, {} answers were errors", count(Act::Write), of(Act::Write));
    eprintln!("reads: {} answered, {} put off because of their position", count(Act::Read), of(Act::Read));
    for inflicted in inflicted {
        let stall = stall(inflicted, &done);
        let lasted = inflicted.mended - inflicted.began;
        let until = inflicted.mended + stall;
        let errors = refused.iter().filter(|refused| (inflicted.began..until).contains(&refused.at)).count();
        eprintln!(
            "{:<32} lasted {lasted:>7.1?}; nothing acknowledged for {stall:>7.1?}, {errors} answers were errors",
            inflicted.fault.to_string()
        );
        assert!(stall < lasted + LONGEST_STALL, "{stall:?}");
    }
}
