//! The TCP line (PROTOCOL §9): commands as lines, of words or of JSON, answered in kind.
//!
//! What a line of words may say is in `syntax.rs`, which the prompt of `posto client` reads with too.
//! [`serve`] keeps the connections of a server and hands each command to a [`Handler`]; [`Connection`]
//! is the client's end. What a command does, and who may give it, is nobody's business here.
#![warn(clippy::indexing_slicing)]

mod connect;
mod connection;
mod hosts;
pub mod limits;
mod lines;
mod said;
mod serve;
pub mod syntax;
mod telnet;

pub use connect::{Connection, LineError};
pub use serve::{BindError, CloseReason, Handler, Listener, Notification, Options, Reply, Request, serve};
