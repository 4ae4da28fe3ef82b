//! The stable codes of problems: the one table of what each is called, its status and its title.

mod meaning;

use axum::http::StatusCode;

pub(crate) use meaning::Both;

/// What went wrong, `code` in a problem; the API's table of conditions, one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    /// The request cannot be read: syntax, missing, duplicate or unknown parameters.
    UnreadableRequest,
    /// The server does not permit it.
    NotPermitted,
    /// A report needs a token.
    TokenMissing,
    /// The token shown is none of ours.
    TokenWrong,
    /// A report without a token from a page of another site.
    CrossSite,
    /// More than one client may ask or report.
    TooManyRequests,
    /// A report with the same key is still being worked on.
    InProgress,
    /// No such route or file.
    UnknownRoute,
    /// No station has this id.
    UnknownStation,
    /// No station in the radius sells the fuel.
    NoStationInRadius,
    /// The route exists, with other methods.
    MethodNotAllowed,
    /// No media type that we have is acceptable.
    NotAcceptable,
    /// The request's body did not arrive by the deadline.
    SlowRequest,
    /// Several stations could be meant.
    AmbiguousStation,
    /// The operator hid the station.
    HiddenStation,
    /// The `Idempotency-Key` was used before with another report.
    KeyReused,
    /// The body is too long.
    BodyTooLarge,
    /// The body is not JSON.
    UnsupportedMediaType,
    /// The `Host` header names none of our hosts.
    WrongHost,
    /// Readable, but not allowed.
    NotAllowed,
    /// Allowed one by one, but not together.
    ConflictingParameters,
    /// The command does not fit into a datagram.
    TooLongForServer,
    /// A fault of ours.
    InternalError,
    /// The server behind is an original one, or older than this gateway.
    NotSupportedByServer,
    /// The server's answer could not be read.
    UnreadableAnswer,
    /// The server does not answer.
    ServerSilent,
    /// The server could not be reached at all.
    ServerUnreachable,
    /// The session ended under the request.
    SessionLost,
    /// The gateway is about to stop.
    Draining,
    /// Too much is waiting.
    Busy,
    /// No server has what the client has seen.
    Behind,
    /// The server takes no reports any more.
    ServerStopped,
    /// The request was sent and not answered by the deadline.
    NoAnswerInTime,
}

impl Code {
    /// Every code.
    pub(crate) const ALL: [Self; 33] = [
        Self::UnreadableRequest,
        Self::NotPermitted,
        Self::TokenMissing,
        Self::TokenWrong,
        Self::CrossSite,
        Self::TooManyRequests,
        Self::InProgress,
        Self::UnknownRoute,
        Self::UnknownStation,
        Self::NoStationInRadius,
        Self::MethodNotAllowed,
        Self::NotAcceptable,
        Self::SlowRequest,
        Self::AmbiguousStation,
        Self::HiddenStation,
        Self::KeyReused,
        Self::BodyTooLarge,
        Self::UnsupportedMediaType,
        Self::WrongHost,
        Self::NotAllowed,
        Self::ConflictingParameters,
        Self::TooLongForServer,
        Self::InternalError,
        Self::NotSupportedByServer,
        Self::UnreadableAnswer,
        Self::ServerSilent,
        Self::ServerUnreachable,
        Self::SessionLost,
        Self::Draining,
        Self::Busy,
        Self::Behind,
        Self::ServerStopped,
        Self::NoAnswerInTime,
    ];

    /// `code`, also the end of `type`.
    pub(crate) const fn slug(self) -> &'static str {
        self.facts().0
    }

    /// The HTTP status.
    pub(crate) const fn status(self) -> StatusCode {
        self.facts().1
    }

    /// `title`: the same for every problem of this code.
    pub(crate) const fn title(self) -> &'static str {
        self.facts().2
    }

    /// The code of a refusal by the HTTP machinery, which knows only a status.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::UnknownRoute,
            StatusCode::METHOD_NOT_ALLOWED => Self::MethodNotAllowed,
            StatusCode::PAYLOAD_TOO_LARGE => Self::BodyTooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::UnsupportedMediaType,
            status if status.is_client_error() => Self::UnreadableRequest,
            _ => Self::InternalError,
        }
    }

    const fn facts(self) -> (&'static str, StatusCode, &'static str) {
        use StatusCode as S;
        match self {
            Self::UnreadableRequest => ("unreadable-request", S::BAD_REQUEST, "The request cannot be read"),
            Self::NotPermitted => ("not-permitted", S::FORBIDDEN, "Not permitted"),
            Self::TokenMissing => ("token-missing", S::UNAUTHORIZED, "Reports need a token here"),
            Self::TokenWrong => ("token-wrong", S::FORBIDDEN, "The token is not known here"),
            Self::CrossSite => ("cross-site", S::FORBIDDEN, "A page of another site may not report without a token"),
            Self::TooManyRequests => ("too-many-requests", S::TOO_MANY_REQUESTS, "Too many requests"),
            Self::InProgress => ("in-progress", S::CONFLICT, "A report with this Idempotency-Key is still running"),
            Self::UnknownRoute => ("unknown-route", S::NOT_FOUND, "There is nothing here"),
            Self::UnknownStation => ("unknown-station", S::NOT_FOUND, "Unknown station"),
            Self::NoStationInRadius => ("no-station-in-radius", S::NOT_FOUND, "No station in the radius"),
            Self::MethodNotAllowed => ("method-not-allowed", S::METHOD_NOT_ALLOWED, "Method not allowed"),
            Self::NotAcceptable => ("not-acceptable", S::NOT_ACCEPTABLE, "No acceptable media type"),
            Self::SlowRequest => ("slow-request", S::REQUEST_TIMEOUT, "The request's body did not arrive in time"),
            Self::AmbiguousStation => ("ambiguous-station", S::CONFLICT, "Several stations could be meant"),
            Self::HiddenStation => ("hidden-station", S::CONFLICT, "The operator hid this station"),
            Self::KeyReused => ("key-reused", S::CONFLICT, "The Idempotency-Key was used with another report"),
            Self::BodyTooLarge => ("body-too-large", S::PAYLOAD_TOO_LARGE, "The body is too large"),
            Self::UnsupportedMediaType => {
                ("unsupported-media-type", S::UNSUPPORTED_MEDIA_TYPE, "The body's media type is not supported")
            }
            Self::WrongHost => ("wrong-host", S::MISDIRECTED_REQUEST, "This host is not served here"),
            Self::NotAllowed => ("not-allowed", S::UNPROCESSABLE_ENTITY, "A value is not allowed"),
            Self::ConflictingParameters => {
                ("conflicting-parameters", S::UNPROCESSABLE_ENTITY, "Parameters that do not go together")
            }
            Self::TooLongForServer => {
                ("too-long-for-server", S::UNPROCESSABLE_ENTITY, "The request is longer than the server reads")
            }
            Self::InternalError => ("internal-error", S::INTERNAL_SERVER_ERROR, "A fault of the gateway"),
            Self::NotSupportedByServer => ("not-supported-by-server", S::NOT_IMPLEMENTED, "The server cannot do this"),
            Self::UnreadableAnswer => ("unreadable-answer", S::BAD_GATEWAY, "The server's answer cannot be read"),
            Self::ServerSilent => ("server-silent", S::SERVICE_UNAVAILABLE, "The server does not answer"),
            Self::ServerUnreachable => ("server-unreachable", S::SERVICE_UNAVAILABLE, "The server cannot be reached"),
            Self::SessionLost => ("session-lost", S::SERVICE_UNAVAILABLE, "The session with the server was lost"),
            Self::Draining => ("draining", S::SERVICE_UNAVAILABLE, "The gateway is stopping"),
            Self::Busy => ("busy", S::SERVICE_UNAVAILABLE, "Too many requests are waiting"),
            Self::Behind => ("behind", S::SERVICE_UNAVAILABLE, "The server does not have yet what was seen"),
            Self::ServerStopped => ("server-stopped", S::SERVICE_UNAVAILABLE, "The server takes no reports any more"),
            Self::NoAnswerInTime => ("no-answer-in-time", S::GATEWAY_TIMEOUT, "No answer by the deadline"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_name_of_its_own_and_an_error_status() {
        let mut slugs: Vec<_> = Code::ALL.iter().map(|code| code.slug()).collect();
        slugs.sort_unstable();
        slugs.dedup();
        assert_eq!(slugs.len(), Code::ALL.len());
        for code in Code::ALL {
            assert!(code.status().is_client_error() || code.status().is_server_error());
            assert!(code.slug().bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'));
        }
    }
}
