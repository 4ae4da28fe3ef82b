//! Why the server did not give what was asked.

use std::time::Duration;

use posto_session::{ConnectError, RequestError};
use posto_udp::OpenError;
use posto_wire::answer::AnswerError;
use posto_wire::{ErrorCode, Mistake};
use thiserror::Error;

/// Why a command has no answer.
#[derive(Debug, Clone, Error)]
pub enum ClientError {
    /// The server understood and refused: what was wrong is in the mistake.
    #[error("{0}")]
    Refused(Box<Mistake>),
    /// Nobody answered: no session could be opened, or the server fell silent; then the request may
    /// have been executed.
    #[error("the server at {server} does not answer{}", if *with_key { ", or not to our key" } else { "" })]
    Silent {
        /// Its address.
        server: String,
        /// Whether it was asked with a pre-shared key: a server that has another one, or none, is silent
        /// to whatever that seals.
        with_key: bool,
    },
    /// The server answered the handshake with words instead of a session.
    #[error("the server refused the session: {0}")]
    NoSession(String),
    /// The request was sent and not answered by its deadline; it may have been executed.
    #[error("no answer by the deadline; the command may have been executed")]
    Deadline,
    /// The session ended under the request; it may have been executed.
    #[error("the session was lost; the command may have been executed")]
    SessionLost,
    /// Too many are waiting already, here.
    #[error("too many requests are waiting")]
    Busy,
    /// The server takes no more now: the command was not executed.
    #[error("the server is busy; it may be asked again in {} ms", retry_after.as_millis())]
    ServerBusy {
        /// How long it wants to be left alone.
        retry_after: Duration,
    },
    /// The server did not get to it in time: the command was not executed, and will not be.
    #[error("the server did not get to it in time; the command was not executed")]
    Expired,
    /// A server answered, but not with the pre-shared key.
    #[error("the server at {server} answers, but not with our key")]
    WrongKey {
        /// Its address.
        server: String,
    },
    /// The request is longer than the server reads.
    #[error("the request has {bytes} bytes; the server reads at most {limit}")]
    TooLarge {
        /// Its length.
        bytes: usize,
        /// The most that it may be.
        limit: usize,
    },
    /// The server is an original one of 2019, which knows only `D` and `P` for fuels 0 to 2.
    #[error("the server is an original one and does not know this command")]
    NotSupported,
    /// The answer could not be read.
    #[error("the server's answer could not be read: {0}")]
    Unreadable(String),
    /// Our own socket could not be bound, or the address could not be resolved.
    #[error("{0}")]
    Local(String),
}

impl ClientError {
    /// Whether it is this server's trouble, and another one might do better.
    #[must_use]
    pub fn is_of_the_server(&self) -> bool {
        match self {
            Self::Silent { .. }
            | Self::NoSession(_)
            | Self::SessionLost
            | Self::ServerBusy { .. }
            | Self::Expired
            | Self::WrongKey { .. }
            | Self::Local(_) => true,
            Self::Refused(mistake) => {
                matches!(mistake.code, ErrorCode::Atrasado | ErrorCode::Ocupado | ErrorCode::DiarioParado)
            }
            _ => false,
        }
    }

    /// Whether the server has said that it did not execute the command, and never will: another one may
    /// be asked whatever it was.
    #[must_use]
    pub fn was_not_executed(&self) -> bool {
        match self {
            // A log may have it although this server's disk failed.
            Self::Refused(mistake) => !matches!(mistake.code, ErrorCode::Incerto | ErrorCode::DiarioParado),
            _ => matches!(self, Self::ServerBusy { .. } | Self::Expired),
        }
    }
}

impl From<AnswerError> for ClientError {
    fn from(error: AnswerError) -> Self {
        match error {
            AnswerError::Refused(mistake) => Self::Refused(mistake),
            AnswerError::Unreadable(what) => Self::Unreadable(what),
        }
    }
}

impl From<RequestError> for ClientError {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Deadline => Self::Deadline,
            RequestError::GaveUp => Self::Unreadable("it asked for the request again, five times".to_owned()),
            RequestError::SessionLost | RequestError::Closed | RequestError::Unknown => Self::SessionLost,
            RequestError::TooManyWaiting => Self::Busy,
            RequestError::TooLarge { bytes, limit } => Self::TooLarge { bytes, limit },
            RequestError::Busy { retry_after } => Self::ServerBusy { retry_after },
            RequestError::Expired => Self::Expired,
            RequestError::AnswerLost(what) => Self::Unreadable(what.to_owned()),
        }
    }
}

impl ClientError {
    pub(crate) fn opening(server: &str, with_key: bool, error: OpenError) -> Self {
        match error {
            OpenError::Bind(error) => Self::Local(error.to_string()),
            OpenError::Connect(ConnectError::WrongKey) => Self::WrongKey { server: server.to_owned() },
            OpenError::Connect(ConnectError::Silence) => Self::Silent { server: server.to_owned(), with_key },
            OpenError::Connect(ConnectError::Refused(words)) => Self::NoSession(words),
            OpenError::Connect(error @ ConnectError::OnlyV1) => Self::NoSession(error.to_string()),
        }
    }
}
