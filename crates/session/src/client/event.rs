//! What a client session tells the program.

use std::net::SocketAddr;

use posto_wire::Received;
use thiserror::Error;

/// Which request of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(pub(crate) u64);

/// What the server is, as its handshake shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerKind {
    /// An original server of 2019: it sends N = 0, knows only `D` and `P`, and must be given
    /// nothing else (PROTOCOL §4).
    Original,
    /// A Posto server: its N is a cookie.
    Posto,
}

/// A request was sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retransmission {
    /// The how-manieth time, from 1.
    pub number: u32,
    /// How many v1 makes; those after a time-out can be more.
    pub of: u32,
}

/// Something that happened in a session.
#[derive(Debug, Clone, PartialEq)]
pub enum ClientEvent {
    /// Still no answer to the SYN; told every 5 s.
    StillConnecting {
        /// The how-manieth notice, from 1.
        notice: u32,
    },
    /// The session is open.
    Connected {
        /// Where the session lives.
        peer: SocketAddr,
        /// What the server is.
        kind: ServerKind,
    },
    /// The session could not be opened.
    ConnectFailed(ConnectError),
    /// A request was sent again.
    Retransmitted {
        /// Which.
        id: RequestId,
        /// The how-manieth time.
        retransmission: Retransmission,
    },
    /// A request was answered.
    Answered {
        /// Which.
        id: RequestId,
        /// The answer as it arrived.
        answer: Box<Received>,
    },
    /// A request ended without an answer. It may have been executed all the same.
    Failed {
        /// Which.
        id: RequestId,
        /// Why.
        error: RequestError,
    },
}

/// Why a session could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ConnectError {
    /// Nobody answered.
    #[error("no answer from the server")]
    Silence,
    /// The server answered that it will not; in its own words.
    #[error("the server refused: {0}")]
    Refused(String),
}

/// Why a request has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RequestError {
    /// No answer by its deadline.
    #[error("no answer by the deadline")]
    Deadline,
    /// The server asked for it again, five times.
    #[error("the server did not accept it after five retransmissions")]
    GaveUp,
    /// The server does not know the session any more.
    #[error("the server does not know the session any more")]
    SessionLost,
    /// The session was closed.
    #[error("the session is closed")]
    Closed,
    /// Too many requests are waiting in this session.
    #[error("too many requests are waiting")]
    TooManyWaiting,
    /// The request is longer than a v1 server reads.
    #[error("the request has {bytes} bytes; a server reads at most 1024")]
    TooLarge {
        /// Its length as a datagram.
        bytes: usize,
    },
}
