//! The reliable-UDP state machines, client and server (`crates/wire/PROTOCOL.md`), without I/O:
//! no clock, no socket, no runtime; a payload is passed on unread.
//!
//! Four families of methods: `handle_*` tells what the world did, plain verbs are what the program
//! wants, `poll_*` take what is due, the rest are getters. `posto-udp` drives them.
#![warn(clippy::indexing_slicing)]

mod bucket;
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
    Answer, Ask, Client, ClientConfig, ClientEvent, ConnectError, Protocol, RequestError, RequestId, Retransmission,
    ServerKind, Spoken,
};
pub use counters::Counters;
pub use posto_wire::v2::Psk;
pub use received::Digest;
pub use server::{
    AnswerTooLarge, CloseReason, Order, Port, Ports, RequestKey, Server, ServerConfig, ServerEvent, Transmit, Trust,
};
