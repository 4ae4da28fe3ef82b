//! Seeds: how many runs a simulation makes, and how one of them is repeated.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Seeds of all simulations together in continuous integration; the shares of the tests are of it.
const IN_ALL: u64 = 10_000;

/// Runs `test` for its share of the 10,000 seeds of a run of all simulations, or of as many as
/// `POSTO_SEEDS` says, or for the one seed of `POSTO_SEED`. A failure prints its seed and the
/// command that repeats it.
pub fn for_each_seed(name: &str, share: u64, test: impl FnMut(u64)) {
    let in_all = number("POSTO_SEEDS").unwrap_or(IN_ALL);
    for_seeds(name, (share * in_all / IN_ALL).max(1), test);
}

/// The same with this many seeds, whatever `POSTO_SEEDS` says: for tables.
pub fn for_seeds(name: &str, seeds: u64, mut test: impl FnMut(u64)) {
    for seed in chosen().map_or(0..seeds, |seed: u64| seed..seed + 1) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| test(seed))) {
            eprintln!("seed {seed} failed; again: POSTO_SEED={seed} cargo test -p posto-tests --test sim {name}");
            resume_unwind(panic);
        }
    }
}

/// The one seed that is to be run, if there is one: what holds of many need not hold then.
#[must_use]
pub fn chosen() -> Option<u64> {
    number("POSTO_SEED")
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{variable} is a number")))
}
