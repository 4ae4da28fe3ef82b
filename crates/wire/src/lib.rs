//! Bytes of the network: packets, their checksum, commands and answers (`PROTOCOL.md` beside this
//! crate is the specification).
//!
//! Everything here is a total function: any input gives a value or an error, never a panic. There
//! are no sockets, no sessions and no time; those are `posto-session` and `posto-udp`.
#![warn(clippy::indexing_slicing)]

pub mod answer;
mod bridge;
pub mod checksum;
pub mod command;
pub mod json;
pub mod limits;
mod mistake;
pub mod packet;
pub mod python;
mod refusal;
#[cfg(test)]
mod testing;
pub mod text;
pub mod time;
pub mod v2;

pub use answer::Answer;
pub use command::{Command, Format, Request, Search};
pub use json::{Object, Value};
pub use mistake::{ErrorCode, Mistake};
pub use packet::{Packet, Received};
pub use refusal::Refusal;
