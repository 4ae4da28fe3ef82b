//! The session layer under seeded faults, in virtual time: every request ends once and in time,
//! nothing is executed twice, no answer is another request's (PROTOCOL §3, §4, §6 and §8).
//!
//! `POSTO_SEED=N cargo test -p posto-tests --test sim NAME` runs one seed of one test, and
//! `POSTO_SEEDS=1000000 cargo test --release -p posto-tests --test sim` a million in all instead of
//! ten thousand. v1 is in the modules of this folder, v2 in those of `v2/`.

mod checks;
mod corruption;
mod handshakes;
mod load;
mod mixes;
mod recovery;
mod replays;
mod results;
mod v2;
