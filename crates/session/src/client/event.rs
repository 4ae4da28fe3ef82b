//! What a client session tells the program.

use std::net::SocketAddr;
use std::time::Duration;

use posto_wire::{Received, Value};
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

/// Which levels of the protocol may be spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Protocol {
    /// v2 where the server speaks it, else v1.
    #[default]
    Any,
    /// v1, also with a server that speaks v2.
    V1,
    /// v2, or nothing: a server known to speak it is not asked in v1.
    V2,
}

/// Which level a session speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spoken {
    /// v1.
    V1,
    /// v2, closed with CRCs.
    V2,
    /// v2, closed with MACs under the pre-shared key.
    Keyed,
}

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// `dados`.
    pub data: Value,
    /// The whole packet, in v1.
    pub packet: Option<Box<Received>>,
}

/// A request was sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retransmission {
    /// The how-manieth time, from 1.
    pub number: u32,
    /// How many v1 makes when it is asked for them; those after a time-out can be more.
    pub of: Option<u32>,
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
        /// What the session speaks.
        spoken: Spoken,
    },
    /// The server had forgotten the session (it was started again, or our address changed), and
    /// another one is being opened in its place.
    Reopening,
    /// The server is about to stop: what was asked will be answered, but nothing more should be.
    GoingAway,
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
        /// The answer.
        answer: Answer,
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
    /// Somebody answered, but not with the pre-shared key.
    #[error("a server answered, but not with our key (--psk-file)")]
    WrongKey,
    /// Somebody answered, but in v1, and nothing less than v2 was asked for.
    #[error("the server speaks only v1, and v2 was asked for")]
    OnlyV1,
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
    /// The server takes no more now.
    #[error("the server is busy; it may be asked again in {} ms", retry_after.as_millis())]
    Busy {
        /// How long it wants to be left alone.
        retry_after: Duration,
    },
    /// The server did not get to it before its deadline, and never will.
    #[error("the server did not get to it in time; it was not executed")]
    Expired,
    /// The server does not know what became of it.
    #[error("the server does not know what became of it")]
    Unknown,
    /// It was executed, and its answer cannot be told: too long, or unreadable.
    #[error("the server's answer is lost: {0}")]
    AnswerLost(&'static str),
    /// The request is longer than the server reads.
    #[error("the request has {bytes} bytes; the server reads at most {limit}")]
    TooLarge {
        /// Its length: of the whole datagram in v1, of `dados` in v2.
        bytes: usize,
        /// The most that it may be.
        limit: usize,
    },
}
