//! What a server is made with, and what it tells the program.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use posto_wire::Value;
use posto_wire::v2::Psk;
use thiserror::Error;

use crate::limits::{
    MAX_REPLY_BYTES_IN_ALL, MAX_REQUESTS_IN_FLIGHT, MAX_SESSIONS, MAX_SESSIONS_PER_HOST, V2_IDLE, V2_WINDOW,
};
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
    /// Most requests handed on and not yet answered; [`MAX_REQUESTS_IN_FLIGHT`] by default.
    pub max_in_flight: usize,
    /// Most bytes of answers kept in all v2 sessions; [`MAX_REPLY_BYTES_IN_ALL`] by default.
    pub max_reply_bytes: usize,
    /// Whether v1 sessions are opened (`--v1 off`: a v1 SYN is answered with a text).
    pub v1: bool,
    /// With it, v2 sessions may be closed with a MAC.
    pub psk: Option<Psk>,
    /// Requests of a v2 session in the air at once, 1..=256; [`V2_WINDOW`] by default.
    pub window: u32,
    /// How long a v2 session may be silent; [`V2_IDLE`] by default.
    pub idle: Duration,
    /// Which of the process's workers this is, and of how many: they share out session numbers.
    pub worker: (u64, u64),
}

impl ServerConfig {
    /// The defaults with this secret.
    #[must_use]
    pub const fn new(secret: [u8; 32]) -> Self {
        Self {
            ports: Ports::Shared,
            secret,
            max_sessions: MAX_SESSIONS,
            max_sessions_per_host: MAX_SESSIONS_PER_HOST,
            max_in_flight: MAX_REQUESTS_IN_FLIGHT,
            max_reply_bytes: MAX_REPLY_BYTES_IN_ALL,
            v1: true,
            psk: None,
            window: V2_WINDOW,
            idle: V2_IDLE,
            worker: (0, 1),
        }
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
    pub(super) told: Told,
}

/// What a v1 answer must quote; a v2 answer needs no more than the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Told {
    /// The digest of the request, and the checksum computed over it.
    V1 {
        digest: Digest,
        checksum: u8,
    },
    V2,
}

/// How much a peer has proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trust {
    /// A v1 session: that it receives at its address.
    V1,
    /// A v2 session: the same, and nobody off the path can speak for it.
    V2,
    /// A v2 session closed with MACs: that it has the pre-shared key.
    Keyed,
}

/// What to do, once.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// `dados`, unread.
    pub data: Value,
    /// How much the peer has proved.
    pub trust: Trust,
    /// After this nobody waits for the answer any more: it must not be executed.
    pub deadline: Option<Instant>,
    /// Most bytes of the answer as JSON text.
    pub answer_bytes: usize,
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
        /// What to do.
        order: Order,
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
#[error("an answer of {bytes} bytes is longer than the {limit} that its peer reads")]
pub struct AnswerTooLarge {
    /// Its length.
    pub bytes: usize,
    /// The most that the peer reads.
    pub limit: usize,
}
