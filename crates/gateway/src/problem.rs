//! Errors as HTTP tells them: problem+json (RFC 9457). The one place where an error gets its
//! status: what [`ClientError`] and the server's mistakes are, is decided here.

use std::time::Duration;

use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use posto_client::ClientError;
use posto_wire::{ErrorCode, Mistake};
use serde::Serialize;
use utoipa::ToSchema;

use crate::code::Code;
use crate::fault::{Fault, Faults, Kind, Refusal};
use crate::shapes::Candidate;

/// The media type of every error.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// After which time asking again makes sense, where the server wishes for nothing else.
const RETRY_AFTER_S: u64 = 1;

/// Why a request failed. As a response it is bare until `envelope.rs`, which knows the request's
/// id, writes it.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    code: Code,
    detail: String,
    errors: Vec<Fault>,
    candidates: Vec<Candidate>,
    /// How long the server wants to be left alone.
    retry_after: Option<Duration>,
}

impl Problem {
    /// A problem with a sentence about this case of it.
    pub(crate) fn new(code: Code, detail: &str) -> Self {
        Self { code, detail: detail.to_owned(), errors: Vec::new(), candidates: Vec::new(), retry_after: None }
    }

    pub(crate) fn internal(what: &str) -> Self {
        tracing::error!(what, "a fault of the gateway");
        Self::new(Code::InternalError, "the gateway failed; its log says more")
    }

    /// The same problem of a report: where nobody knows what became of it, that is said.
    pub(crate) fn of_a_report(mut self) -> Self {
        if matches!(self.code, Code::NoAnswerInTime | Code::SessionLost | Code::ServerSilent) {
            let known = "the report may have been recorded: sent again with the same Idempotency-Key it counts once";
            self.detail = format!("{}; {known}", self.detail);
        }
        self
    }

    /// The same problem, to be met again after this time at the earliest.
    pub(crate) fn retry_after(self, wait: Duration) -> Self {
        Self { retry_after: Some(wait), ..self }
    }

    pub(crate) fn with_errors(mut self, errors: Vec<Fault>) -> Self {
        self.errors = errors;
        self
    }

    /// Writes the problem into the response that it came in, whose headers (`Allow`, CORS) stay.
    pub(crate) fn render(self, bare: Response, request_id: &str) -> Response {
        let status = self.code.status();
        let body = self.body(request_id);
        let (mut head, _) = bare.into_parts();
        head.status = status;
        head.headers.remove(CONTENT_LENGTH);
        head.headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if self.code == Code::TokenMissing {
            head.headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if matches!(self.code, Code::TooManyRequests | Code::InProgress) || status == StatusCode::SERVICE_UNAVAILABLE {
            head.headers.insert(RETRY_AFTER, HeaderValue::from(whole_seconds(self.retry_after)));
        }
        // A problem is texts and numbers, which always have a JSON form.
        let text = serde_json::to_vec(&body).unwrap_or_default();
        Response::from_parts(head, text.into())
    }

    /// What is told of it.
    pub(crate) fn body(&self, request_id: &str) -> Body {
        Body {
            r#type: format!("/problems/{}", self.code.slug()),
            title: self.code.title(),
            status: self.code.status().as_u16(),
            code: self.code.slug(),
            detail: self.detail.clone(),
            request_id: request_id.to_owned(),
            errors: self.errors.clone(),
            candidates: self.candidates.clone(),
        }
    }

    /// What a refusal by the HTTP machinery (an unknown method, a broken path) is.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        let code = Code::of_status(status);
        let detail = match code {
            Code::UnknownRoute => "no route has this path",
            Code::MethodNotAllowed => "the header Allow names the methods that this path has",
            Code::InternalError => "the gateway failed",
            _ => "the request was refused before it was read",
        };
        Self::new(code, detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.code.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<ClientError> for Problem {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Refused(mistake) => refused(*mistake),
            ClientError::Silent { with_key: false, .. } => {
                Self::new(Code::ServerSilent, "the fuel-price server does not answer")
            }
            ClientError::Silent { with_key: true, .. } => {
                Self::new(Code::ServerSilent, "the fuel-price server does not answer, or not to the gateway's key")
            }
            ClientError::NoSession(words) => {
                Self::new(Code::ServerSilent, &format!("the fuel-price server opens no session: {words}"))
            }
            ClientError::Deadline => Self::new(Code::NoAnswerInTime, LATE),
            ClientError::SessionLost => Self::new(Code::SessionLost, LOST),
            ClientError::Busy => Self::new(Code::Busy, "no session with the fuel-price server was free in time"),
            ClientError::ServerBusy { retry_after } => {
                Self { retry_after: Some(retry_after), ..Self::new(Code::Busy, "the fuel-price server is busy") }
            }
            ClientError::Expired => Self::new(Code::Busy, EXPIRED),
            ClientError::WrongKey { .. } => {
                Self::new(Code::ServerSilent, "the fuel-price server does not answer with our key")
            }
            ClientError::TooLarge { bytes, limit } => {
                let detail =
                    format!("the command has {bytes} bytes, the fuel-price server reads {limit}: shorten the texts");
                Self::new(Code::TooLongForServer, &detail)
            }
            ClientError::NotSupported => Self::new(Code::NotSupportedByServer, ORIGINAL),
            ClientError::Unreadable(what) => {
                tracing::warn!(what, "unreadable answer");
                Self::new(Code::UnreadableAnswer, "the fuel-price server's answer cannot be read")
            }
            ClientError::Local(what) => {
                tracing::warn!(what, "the server cannot be reached");
                Self::new(
                    Code::ServerUnreachable,
                    "the fuel-price server cannot be reached; the gateway's log says why",
                )
            }
        }
    }
}

const LATE: &str = "the fuel-price server did not answer by the deadline";
const EXPIRED: &str = "the fuel-price server had too much to do: it did not get to this in time, and will not do it";
const BEHIND: &str = "the fuel-price servers that answer have not come to the Posto-Position that was sent";
const UNSURE: &str = "the fuel-price server was not told by its log whether it has the report";
const LOST: &str = "the session with the fuel-price server ended";
const ORIGINAL: &str = "the fuel-price server is an original one of 2019: it takes reports and finds the cheapest of \
                        diesel, ethanol and gasoline in a radius, in reais and whatever the age";

/// `Retry-After` is in seconds: rounded up, so that nobody comes too early.
fn whole_seconds(wish: Option<Duration>) -> u64 {
    let wish = wish.unwrap_or_default();
    let started = u64::from(wish.subsec_nanos() > 0);
    wish.as_secs().saturating_add(started).max(RETRY_AFTER_S)
}

/// What the server understood and refused.
fn refused(mistake: Mistake) -> Problem {
    match mistake.code {
        ErrorCode::PostoAmbiguo => Problem {
            candidates: mistake.candidates.into_iter().map(Candidate::from).collect(),
            ..Problem::new(Code::AmbiguousStation, "send the report again with station, or with new: true")
        },
        ErrorCode::PostoOculto => {
            Problem::new(Code::HiddenStation, "the operator hid this station: it takes no prices")
        }
        ErrorCode::PostoDesconhecido => Problem::new(Code::UnknownStation, "no station has this id"),
        ErrorCode::IdReutilizado => Problem::new(Code::KeyReused, "take a new key for another report"),
        ErrorCode::ParametroInvalido | ErrorCode::ParametroVazio | ErrorCode::CoordenadasInvalidas => {
            bad_parameter(&mistake)
        }
        ErrorCode::NaoPermitido => Problem::new(Code::NotPermitted, "the fuel-price server does not permit this"),
        // A report is told so otherwise (`routes/report.rs`); nothing else waits for anybody.
        ErrorCode::AguardaConfirmacao => Problem::new(Code::NotPermitted, "it waits for a second reporter"),
        ErrorCode::MuitosRelatos => {
            Problem::new(Code::Busy, "the fuel-price server takes no more reports of this gateway now")
        }
        ErrorCode::Atrasado => Problem::new(Code::Behind, BEHIND),
        // Reports of a gateway have names: sent again they count once.
        ErrorCode::Incerto => Problem::new(Code::NoAnswerInTime, UNSURE),
        ErrorCode::Ocupado => Problem::new(Code::Busy, "the fuel-price server is busy"),
        ErrorCode::DiarioParado => {
            Problem::new(Code::ServerStopped, "the fuel-price server's journal has stopped; its operator must act")
        }
        ErrorCode::RespostaGrande => {
            Problem::new(Code::UnreadableAnswer, "the fuel-price server's answer is longer than it may send")
        }
        ErrorCode::Outro | ErrorCode::AtoImpossivel => Problem::new(
            Code::UnreadableAnswer,
            "the fuel-price server refuses for a reason that this gateway does not know",
        ),
        ErrorCode::AcaoDesconhecida => {
            Problem::new(Code::NotSupportedByServer, "the fuel-price server does not know this command")
        }
    }
}

/// The gateway checks what it hands on; this is for a server that is stricter.
fn bad_parameter(mistake: &Mistake) -> Problem {
    let name = mistake.parameter.as_deref().map_or("request", name_in_http);
    let refusal = Refusal::new(Kind::NotAllowed, format!("refused by the fuel-price server: {}", mistake.message));
    let mut faults = Faults::new();
    faults.push(name, None, refusal);
    faults.into()
}

/// What the API calls a member of a command.
fn name_in_http(member: &str) -> &str {
    match member {
        "tipoCombustivel" => "fuel",
        "valor" => "price",
        "coordenadas" => "lat, lon",
        "raio" => "radius",
        "caixa" => "bbox",
        "ordem" => "rank",
        "litros" => "litres",
        "consumo" => "consumption",
        "max_idade_s" => "max_age",
        "moeda" => "currency",
        "limite" => "limit",
        "proximo" => "cursor",
        "combustivel" => "fuel",
        "desde" => "since",
        "suspeitos" => "include_suspect",
        "posto" => "station",
        "raio_m" => "radius_m",
        "novo" => "new",
        "motivo" => "reason",
        "nota" => "note",
        "nome" => "name",
        "marca" => "brand",
        "id" => "Idempotency-Key",
        other => other,
    }
}

/// An error (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct Body {
    /// `/problems/` and the code: stable, and an address where the kind of problem is explained.
    #[schema(example = "/problems/not-allowed")]
    r#type: String,
    /// The same for every problem of this type.
    #[schema(example = "A value is not allowed")]
    title: &'static str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599, example = 422)]
    status: u16,
    /// What went wrong, for programs: stable.
    #[schema(schema_with = code_schema)]
    code: &'static str,
    /// What went wrong this time, for people.
    detail: String,
    /// The request's id, as in the header X-Request-Id.
    request_id: String,
    /// Every bad parameter.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<Fault>,
    /// With `ambiguous-station`: the stations to choose from, nearest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    candidates: Vec<Candidate>,
}

pub(crate) fn code_schema() -> utoipa::openapi::schema::Schema {
    utoipa::openapi::schema::ObjectBuilder::new()
        .schema_type(utoipa::openapi::schema::Type::String)
        .enum_values(Some(Code::ALL.map(Code::slug)))
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(error: ClientError) -> Response {
        Problem::from(error).of_a_report().render(().into_response(), "r1")
    }

    #[test]
    fn a_busy_server_is_asked_again_when_it_wishes() {
        for (wish_ms, seconds) in [(0, "1"), (40, "1"), (1_000, "1"), (1_001, "2"), (30_000, "30")] {
            let response = rendered(ClientError::ServerBusy { retry_after: Duration::from_millis(wish_ms) });
            assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
            assert_eq!(response.headers()[RETRY_AFTER], seconds, "{wish_ms} ms");
        }
    }

    #[test]
    fn what_was_not_executed_may_come_again_and_what_may_have_been_is_late() {
        let silent = ClientError::Silent { server: "a".to_owned(), with_key: false };
        for (error, status, asks_again) in [
            (ClientError::Expired, 503, true),
            (ClientError::Busy, 503, true),
            (silent, 503, true),
            (ClientError::SessionLost, 503, true),
            (ClientError::Deadline, 504, false),
        ] {
            let response = rendered(error);
            assert_eq!(response.status(), status);
            assert_eq!(response.headers().contains_key(RETRY_AFTER), asks_again);
        }
    }

    #[test]
    fn a_report_is_told_that_it_may_be_stored_only_where_it_may_be() {
        let told = |error: ClientError| Problem::from(error).of_a_report().detail.contains("may have been recorded");
        assert!(told(ClientError::Deadline) && told(ClientError::SessionLost));
        assert!(
            told(ClientError::Silent { server: "a".to_owned(), with_key: false }),
            "the silence may have begun after it was sent"
        );
        assert!(!told(ClientError::Expired) && !told(ClientError::Busy));
    }
}
