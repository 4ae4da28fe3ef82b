//! The typed client of the fuel-price server: [`Client`] asks one session, [`Pool`] shares sessions
//! with one or several servers among those who ask many things at once. It knows neither HTTP nor disk.

mod client;
mod error;
mod import;
mod legacy;
pub mod limits;
mod pool;

pub use client::{Client, Page, Past};
pub use error::ClientError;
pub use pool::{BreakerState, Call, Pool, PoolOptions, Resolver, ServerStatistics, Told, Watch};
pub use posto_session::ServerKind;
pub use posto_udp::{ConnectOptions, Notice, OpenError};
pub use posto_wire::answer::Remarks;
pub use posto_wire::command::Seen;
