//! The fuel-price server: commands executed on the book and the journal.
//!
//! [`run`] serves them over UDP, and over TCP line by line where that is wanted. Retransmission is `posto-session`'s business, durability
//! `posto-store`'s; of HTTP nothing is known here.

mod access;
mod commands;
mod door;
mod facts;
mod guests;
pub mod limits;
mod log;
mod metrics;
mod reads;
mod remarks;
mod run;
mod service;
mod waiting;

pub use access::{Access, OpenWrites, V1Access, is_public};
pub use door::Doors;
pub use metrics::ServerMetrics;
pub use run::{RunError, ServerOptions, run};
