//! Seeded random numbers, so that a failure repeats: those of the relay.

pub use posto_relay::Random;
