//! The local network, where nobody should have to type an address: a server is found by DNS-SD
//! ([`announce`], [`find`]), and whoever listens hears remarks by multicast ([`Group`], [`Message`]).
//!
//! What comes from there is information that anyone on the network could have sent, and never a
//! command. What a server is, and what a remark is about, is nobody's business here.
#![warn(clippy::indexing_slicing)]

mod discovery;
mod group;
pub mod limits;
mod message;
mod rate;

pub use discovery::{Announced, DiscoveryError, announce, find};
pub use group::{Group, GroupError, Receiver, Sender};
pub use message::{LEAVE, Message, Unreadable, harmless_json};
pub use rate::Rate;
