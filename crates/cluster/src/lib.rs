//! Several servers over one replicated log: NATS JetStream gives the journal's entries their order,
//! every server executes all of them.
//!
//! The way of a report: the journal hands it to the [`Sequencer`](posto_store::Sequencer) made here
//! (`sequencer.rs`), which publishes it as a message (`message.rs`) until the stream acknowledges it
//! (`publisher.rs`); it comes back through the consumer (`follow.rs`), which hands every message of the
//! stream to the journal's [`Follower`](posto_store::Follower); its asker is answered when both have
//! happened (`in_flight.rs`). How this server stands to the log is in `standing.rs`, how it finds out in
//! `watch.rs`. Nothing is replicated, elected or ordered here: that is JetStream's business.

mod cluster;
mod error;
mod follow;
mod in_flight;
pub mod limits;
mod link;
mod message;
mod meters;
mod monitor;
mod options;
mod proposal;
mod publisher;
mod sequencer;
mod setup;
mod standing;
mod status;
mod subject;
mod watch;
pub mod yardstick;

pub use cluster::{Cluster, Joining};
pub use error::ClusterError;
pub use message::MessageError;
pub use monitor::Node;
pub use options::{Connection, Options, StreamOptions};
pub use status::{Copy, Status};

/// Whether a stream may be called so: letters, digits, `-` and `_`, at most 32.
#[must_use]
pub fn is_stream_name(name: &str) -> bool {
    subject::is_stream_name(name)
}
