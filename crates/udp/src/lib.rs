//! Sockets, clock and tasks: drives the state machines of `posto-session` on tokio.
//!
//! [`connect`] opens a session with a server, [`serve`] is one. What a payload says is nobody's
//! business here.

mod connect;
mod driver;
mod health;
mod kernel;
mod known;
pub mod limits;
mod meters;
mod serve;
mod shortened;
mod sockets;

pub use connect::{ConnectOptions, Notice, OpenError, Question, Session, connect};
pub use health::Health;
pub use meters::{Load, Meters};
pub use serve::{Handler, Notification, Reply, Request, serve};
pub use shortened::Shortened;
pub use sockets::{BindError, SessionPorts, Sockets};
