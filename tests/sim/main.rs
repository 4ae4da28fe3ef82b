//! The session layer under seeded faults, in virtual time: every request ends once and in time,
//! nothing is executed twice, no answer is another request's (PROTOCOL §3, §4 and §6).
//!
//! `POSTO_SEED=N cargo test -p posto-tests --test sim NAME` runs one seed of one test.

mod checks;
mod corruption;
mod handshakes;
mod load;
mod mixes;
mod recovery;
mod replays;
mod results;
