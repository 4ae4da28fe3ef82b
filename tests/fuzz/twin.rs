//! The seeded twin of the fuzz targets: the same assertions, on any compiler, the same every time.
//!
//! 100,000 inputs a target here (of orders of events 20,000: each is some sixty events, and takes as
//! long as fifty datagrams); ten million of each by
//! `POSTO_FUZZ_RUNS=10000000 cargo test --release -p posto-tests --test fuzz`, and one again by
//! `POSTO_FUZZ_SEED=N` (a failure prints its own).

#[path = "src/lib.rs"]
mod targets;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Mutex;
use std::thread;

use posto_tests::random::Random;
use targets::Seen;

const DOCUMENT: &str = include_str!("../../crates/wire/PROTOCOL.md");

/// Each input has a seed of its own, so that one that fails runs again alone.
fn for_each_input(
    name: &str,
    inputs: u64,
    input: impl Fn(&mut Random) -> Vec<u8> + Sync,
    target: impl Fn(&[u8]) + Sync,
) {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    let (from, until) = match number("POSTO_FUZZ_SEED") {
        Some(seed) => (seed, seed + 1),
        None => (0, number("POSTO_FUZZ_RUNS").unwrap_or(inputs)),
    };
    let threads = u64::try_from(thread::available_parallelism().map_or(1, usize::from)).unwrap_or(1);
    thread::scope(|scope| {
        for first in 0..threads {
            let (input, target) = (&input, &target);
            scope.spawn(move || {
                let mine = (from..until).filter(|seed| seed % threads == first);
                for seed in mine {
                    let bytes = input(&mut Random::new(seed));
                    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| target(&bytes))) {
                        eprintln!("POSTO_FUZZ_SEED={seed} cargo test -p posto-tests --test fuzz {name}");
                        eprintln!("the input: {}", bytes.escape_ascii());
                        resume_unwind(panic);
                    }
                }
            });
        }
    });
    println!("{name}: {} inputs", until - from);
}

/// What the fenced blocks of PROTOCOL.md hold whose kind begins so: both sides of an arrow, and what
/// follows the reason of a refusal.
fn seeds(kind: &str) -> Vec<&'static str> {
    let blocks = DOCUMENT.split("\n```").skip(1).step_by(2).filter(|block| block.starts_with(kind));
    let lines = blocks.flat_map(|block| block.lines().skip(1)).flat_map(|line| line.split(" => "));
    let lines: Vec<_> = lines.filter_map(|line| line.get(line.find(['{', '['])?..)).collect();
    assert!(!lines.is_empty(), "PROTOCOL.md has no {kind}");
    lines
}

fn below(random: &mut Random, bound: usize) -> usize {
    usize::try_from(random.below(u64::try_from(bound).expect("small"))).expect("below the bound")
}

fn one_of<T: Copy>(random: &mut Random, items: &[T]) -> T {
    items[below(random, items.len())]
}

/// A good text, damaged up to four times.
fn damaged(random: &mut Random, seeds: &[&str]) -> Vec<u8> {
    let mut bytes = one_of(random, seeds).as_bytes().to_vec();
    for _ in 0..below(random, 5) {
        damage(random, &mut bytes, seeds);
    }
    bytes
}

/// A bit, a byte, a value, a piece lost, repeated or taken from elsewhere.
fn damage(random: &mut Random, bytes: &mut Vec<u8>, seeds: &[&str]) {
    const VALUES: [&str; 24] = [
        "null",
        "true",
        "\"\"",
        "{}",
        "[]",
        "-0",
        "0.5",
        "1e400",
        "NaN",
        "0",
        "1",
        "-1",
        "9007199254740993",
        "4294967296",
        "\"\\u0000\"",
        "\"\\ud83d\"",
        "\"é\"",
        "\"json\"",
        "[0, 2]",
        "[257]",
        "\"0123456789abcdef\"",
        "[[[[[[[[",
        "1e3",
        "{\"v\": 2, \"nonce\": \"0123456789abcdef\"}",
    ];
    let at = below(random, bytes.len() + 1);
    let end = (at + below(random, 24)).min(bytes.len());
    match below(random, 9) {
        0 if at < bytes.len() => bytes[at] ^= 1 << below(random, 8),
        1 if at < bytes.len() => bytes[at] = u8::try_from(below(random, 256)).expect("a byte"),
        2 => bytes.truncate(at),
        3 => drop(bytes.drain(at..end)),
        4 => drop(bytes.splice(at..end, one_of(random, &VALUES).bytes())),
        5 => {
            let piece = bytes[at..end].to_vec();
            bytes.splice(at..at, piece);
        }
        // A value put in the place of another is the damage that stays JSON most often.
        6 | 7 => {
            let Some(colon) = bytes[at..].windows(2).position(|pair| pair == b": ") else { return };
            let from = at + colon + 2;
            let length = bytes[from..].iter().position(|byte| matches!(byte, b',' | b'}')).unwrap_or(0);
            bytes.splice(from..from + length, one_of(random, &VALUES).bytes());
        }
        _ => {
            let other = one_of(random, seeds).as_bytes();
            let from = below(random, other.len());
            let until = (from + below(random, 60)).min(other.len());
            bytes.splice(at..at, other[from..until].iter().copied());
        }
    }
}

#[test]
fn a_hundred_thousand_damaged_packets() {
    let seeds = [seeds("datagram"), seeds("v2-handshake"), seeds("refused")].concat();
    for_each_input("packets", 100_000, |random| damaged(random, &seeds), targets::packet);
}

#[test]
fn a_hundred_thousand_damaged_datagrams_of_v2() {
    let seeds = seeds("v2 ");
    for_each_input("datagrams", 100_000, |random| damaged(random, &seeds), targets::datagram);
}

#[test]
fn a_hundred_thousand_damaged_commands() {
    let seeds = [seeds("command"), seeds("mistake")].concat();
    for_each_input("commands", 100_000, |random| damaged(random, &seeds), targets::command);
}

#[test]
fn a_hundred_thousand_damaged_answers() {
    let seeds = seeds("answer");
    for_each_input("answers", 100_000, |random| damaged(random, &seeds), targets::answer);
}

#[test]
fn twenty_thousand_orders_of_events() {
    let script = |random: &mut Random| {
        let length = 20 + below(random, 80);
        (0..length).map(|_| u8::try_from(below(random, 256)).expect("a byte")).collect()
    };
    let seen = Mutex::new(Seen::default());
    for_each_input("orders", 20_000, script, |bytes| {
        let run = targets::sessions(bytes);
        *seen.lock().expect("no panic while it is held") += run;
    });
    println!("{seen:?}");
    let Seen { answered_v1, answered_v2, answered_keyed, in_parts, retransmitted, busy, .. } =
        *seen.lock().expect("a lock");
    let Seen { failed_for_good, session_lost, reopened, going_away, .. } = *seen.lock().expect("a lock");
    if std::env::var_os("POSTO_FUZZ_SEED").is_none() {
        let ends = [answered_v1, answered_v2, answered_keyed, in_parts, retransmitted, busy];
        let others = [failed_for_good, session_lost, reopened, going_away];
        assert!(ends.iter().chain(&others).all(|count| *count > 0), "the runs do not get far");
    }
}
