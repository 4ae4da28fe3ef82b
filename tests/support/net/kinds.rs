//! What the simulated network carries, and what became of it.

use std::net::SocketAddr;
use std::time::Duration;

use posto_session::{RequestError, RequestKey};
use posto_wire::{Packet, Value, packet};

/// What executes requests, as a database would: each takes its own time.
#[derive(Debug, Clone, Copy)]
pub struct Executor {
    /// The longest it takes.
    pub slowest: Duration,
    /// Per mille not executed at all, and said to be so: a repeat may run.
    pub refused: u64,
    /// Per mille executed and never answered: a repeat must not run.
    pub lost: u64,
}

/// One execution of a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Execution {
    /// Which start of the server.
    pub server: u32,
    /// Which request of which session, by number and content.
    pub key: RequestKey,
    /// `dados`.
    pub data: Value,
    /// Known by its `id` from an earlier session: answered again, not executed.
    pub again: bool,
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// With this answer.
    Answered(Value),
    /// Without.
    Failed(RequestError),
}

/// One request of a client, from the moment it was asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// Which client.
    pub client: usize,
    /// Its `dados`: no two requests of a run have the same.
    pub data: Value,
    /// When.
    pub at: Duration,
    /// When it must have ended.
    pub deadline: Duration,
    /// Whether it may be asked again in another session.
    pub repeatable: bool,
    /// Times it was repeated.
    pub repeats: u32,
    /// When and how it ended.
    pub ended: Option<(Duration, Outcome)>,
}

/// A datagram on its way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Datagram {
    /// From where.
    pub from: SocketAddr,
    /// To where.
    pub to: SocketAddr,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Datagram {
    /// What it says, if it is a packet.
    #[must_use]
    pub fn packet(&self) -> Option<Packet> {
        packet::parse(&self.bytes).ok().map(|received| received.packet)
    }
}

impl AsMut<[u8]> for Datagram {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }
}
