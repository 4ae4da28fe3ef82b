//! The original program and ours, in both directions: its captures replayed, its Python stand-ins
//! (`tests/python`, written from PROTOCOL.md and held to the same captures) talked to.

mod client;
mod gateway;
mod peers;
mod server;
