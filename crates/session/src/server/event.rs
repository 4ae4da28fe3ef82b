//! What a server is made with, and what it tells the program.

use std::net::SocketAddr;
use std::sync::Arc;

use posto_wire::Value;
use posto_wire::limits::MAX_V1_DATAGRAM;
use thiserror::Error;

use crate::limits::{MAX_SESSIONS, MAX_SESSIONS_PER_HOST};
use crate::received::Digest;

/// Which of the server's own ports a datagram came to or leaves from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Port {
    /// The port everyone knows.
    Server,
    /// One of the session ports, by its index in the range.
    Session(usize),
}

/// How sessions use ports (PROTOCOL §3, `--session-ports`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ports {
    /// Every session on the server port.
    Shared,
    /// A SYN+ACK leaves from the next of this many session ports (at least 1), round robin.
    Range(usize),
}

/// What a server is made with.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// How sessions use ports.
    pub ports: Ports,
    /// 32 random bytes, new for every process.
    pub secret: [u8; 32],
    /// Most sessions at once; [`MAX_SESSIONS`] by default.
    pub max_sessions: usize,
    /// Most sessions of one host; [`MAX_SESSIONS_PER_HOST`] by default.
    pub max_sessions_per_host: u32,
}

impl ServerConfig {
    /// The defaults with this secret.
    #[must_use]
    pub const fn new(secret: [u8; 32]) -> Self {
        let (max_sessions, max_sessions_per_host) = (MAX_SESSIONS, MAX_SESSIONS_PER_HOST);
        Self { ports: Ports::Shared, secret, max_sessions, max_sessions_per_host }
    }
}

/// A datagram to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transmit {
    /// From which port.
    pub port: Port,
    /// To whom.
    pub to: SocketAddr,
    /// The datagram.
    pub bytes: Arc<[u8]>,
}

/// Which request an answer belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestKey {
    /// The peer.
    pub peer: SocketAddr,
    /// The number of its session, unique in this process.
    pub session: u64,
    pub(super) sequence: u64,
    pub(super) digest: Digest,
    /// What was computed over the request: the answer echoes it.
    pub(super) checksum: u8,
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseReason {
    /// The client said FIN.
    Finished,
    /// The client sent a packet without data.
    NoData,
    /// Nothing was heard for too long.
    Silent,
    /// The same address opened a newer session.
    Replaced,
    /// The table was full and this one had been silent longest.
    Evicted,
}

/// What happened that the program should know.
#[derive(Debug, Clone, PartialEq)]
pub enum ServerEvent {
    /// A session was opened.
    Opened {
        /// The peer.
        peer: SocketAddr,
        /// The session's number.
        session: u64,
    },
    /// A request to execute, once; to be answered with [`crate::Server::answer`].
    Request {
        /// What the answer must quote.
        key: RequestKey,
        /// `dados`, unread.
        data: Value,
    },
    /// A session ended.
    Closed {
        /// The peer.
        peer: SocketAddr,
        /// The session's number.
        session: u64,
        /// Why.
        reason: CloseReason,
    },
}

/// An answer was longer than the peer reads; it was told so instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("an answer of {bytes} bytes is longer than the {} that a v1 peer reads", MAX_V1_DATAGRAM)]
pub struct AnswerTooLarge {
    /// Its length.
    pub bytes: usize,
}
