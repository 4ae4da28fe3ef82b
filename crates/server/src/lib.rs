//! The fuel-price server: commands executed on the book and the journal.
//!
//! [`run`] serves them over UDP. Retransmission is `posto-session`'s business, durability
//! `posto-store`'s; of HTTP nothing is known here.

mod commands;
mod facts;
pub mod limits;
mod log;
mod run;
mod service;

pub use run::{RunError, ServerOptions, run};
