//! A bad network to try things on, knowing nothing of Posto's protocol.
//!
//! [`Link`] loses, repeats, delays, reorders and damages datagrams by seed, without I/O and without
//! a clock: the simulations run on it in virtual time. [`Relay`] puts the same link between real
//! UDP sockets.

mod faults;
pub mod limits;
mod link;
mod random;
mod run;
mod statistics;

pub use faults::{Blackout, Both, Chance, Direction, Faults};
pub use link::{Event, Fate, Link, Loss, Passage, flip_bits};
pub use random::Random;
pub use run::{BindError, Options, Relay, Report, Summary};
pub use statistics::Counters;
