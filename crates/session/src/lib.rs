//! The reliable-UDP state machines, client and server (`crates/wire/PROTOCOL.md`), without I/O:
//! no clock, no socket, no runtime; a payload is passed on unread.
//!
//! Four families of methods: `handle_*` tells what the world did, plain verbs are what the program
//! wants, `poll_*` take what is due, the rest are getters. `posto-udp` drives them.
#![warn(clippy::indexing_slicing)]

mod client;
pub mod cookie;
mod counters;
mod ended;
pub mod limits;
mod received;
mod retransmit;
mod rtt;
mod server;
#[cfg(test)]
mod testing;

pub use client::{
    Client, ClientConfig, ClientEvent, ConnectError, RequestError, RequestId, Retransmission, ServerKind,
};
pub use counters::Counters;
pub use received::Digest;
pub use server::{AnswerTooLarge, CloseReason, Port, Ports, RequestKey, Server, ServerConfig, ServerEvent, Transmit};
