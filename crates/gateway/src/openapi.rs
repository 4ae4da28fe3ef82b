//! The API document (OpenAPI 3.1): made from the routes themselves, committed as
//! `openapi/openapi.json`, compared with it by a test.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::{Value, json};
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{IntoResponses, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::code::Code;
use crate::examples;
use crate::problem::{self, PROBLEM_JSON};
use crate::routes::{cheapest, events, fuels, health, history, list, map, metrics, report, station, statistics, time};
use crate::shapes::{EndedPrice, Resync};
use crate::state::State;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Posto",
        description = "Finds the cheapest fuel near you, and takes reports of prices.\n\n\
            Distances are kilometres (metres where a name ends in _m), times RFC 3339 in UTC, prices exact decimal \
            numbers with at most three decimals. Every error is application/problem+json (RFC 9457) with a stable \
            code; for bad input it lists every bad parameter at once: 400 cannot be read, 422 is readable but not \
            allowed. Other methods than those here are 405 with Allow. Every answer has X-Request-Id; one that comes \
            from another book of prices than the gateway's own (a fallback server) has Posto-Fallback: true.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    servers((url = "/", description = "This gateway")),
    tags(
        (name = "stations", description = "Stations and their prices"),
        (name = "reference", description = "What everyone needs to know"),
        (name = "operation", description = "For those who run the gateway"),
    ),
    components(schemas(problem::Body, EndedPrice, Resync)),
)]
struct Document;

/// The API document as pretty JSON with a newline at its end, byte for byte `openapi/openapi.json`.
#[must_use]
pub fn document() -> String {
    let (_, mut document) = routes().split_for_parts();
    if let Some(RefOr::T(Schema::Object(report))) =
        document.components.as_mut().and_then(|components| components.schemas.get_mut("Report"))
    {
        // utoipa has no attribute for it; unknown members are refused.
        report.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
    }
    let mut text = document.to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

/// The documented routes.
pub(crate) fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(list::list, report::report))
        .routes(routes!(cheapest::cheapest))
        .routes(routes!(station::station))
        .routes(routes!(history::history))
        .routes(routes!(map::map))
        .routes(routes!(statistics::statistics))
        .routes(routes!(events::events))
        .routes(routes!(fuels::fuels))
        .routes(routes!(time::time))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(metrics::metrics))
}

/// What any route may answer that asks nobody.
pub(crate) struct LocalProblems;
/// What any route may answer that asks the server.
pub(crate) struct ServerProblems;
/// What a search may answer.
pub(crate) struct SearchProblems;
/// What a report may answer.
pub(crate) struct ReportProblems;
/// What `/metrics` may answer.
pub(crate) struct MetricsProblems;
/// What `/readyz` may answer.
pub(crate) struct ReadyProblems;

type Responses = BTreeMap<String, RefOr<Response>>;

impl IntoResponses for LocalProblems {
    fn responses() -> Responses {
        problems(&[Code::UnreadableRequest, Code::NotAcceptable, Code::Busy])
    }
}

impl IntoResponses for ServerProblems {
    fn responses() -> Responses {
        let mut responses = LocalProblems::responses();
        responses.extend(problems(&[
            Code::NotSupportedByServer,
            Code::UnreadableAnswer,
            Code::ServerSilent,
            Code::NoAnswerInTime,
        ]));
        responses
    }
}

impl IntoResponses for SearchProblems {
    fn responses() -> Responses {
        let mut responses = ServerProblems::responses();
        responses.extend(problems(&[Code::NotAllowed]));
        responses
    }
}

impl IntoResponses for ReportProblems {
    fn responses() -> Responses {
        let mut responses = SearchProblems::responses();
        responses.extend(problems(&[
            Code::NotPermitted,
            Code::UnknownStation,
            Code::SlowRequest,
            Code::BodyTooLarge,
            Code::UnsupportedMediaType,
        ]));
        responses
    }
}

impl IntoResponses for MetricsProblems {
    fn responses() -> Responses {
        problems(&[Code::NotPermitted, Code::UnknownRoute, Code::Busy])
    }
}

impl IntoResponses for ReadyProblems {
    fn responses() -> Responses {
        problems(&[Code::UnreadableRequest, Code::UnreadableAnswer, Code::ServerSilent, Code::NoAnswerInTime])
    }
}

fn problems(codes: &[Code]) -> Responses {
    codes.iter().map(|code| (code.status().as_str().to_owned(), RefOr::T(response(*code)))).collect()
}

fn response(code: Code) -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).example(Some(example(code)));
    let response = ResponseBuilder::new().description(description(code)).content(PROBLEM_JSON, content.build());
    if code.status() == StatusCode::SERVICE_UNAVAILABLE {
        let seconds = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0.0));
        let header =
            HeaderBuilder::new().schema(Some(seconds)).description(Some("Seconds to wait before asking again"));
        return response.header("Retry-After", header.build()).build();
    }
    response.build()
}

fn example(code: Code) -> Value {
    match code {
        Code::UnreadableRequest => {
            let allowed = "fuel, radius, lat, lon, max_age, rank, litres, consumption, include_suspect, currency";
            let reason = "unknown; did you mean radius?";
            let error = json!({ "parameter": "raduis", "value": "5", "reason": reason, "allowed": allowed });
            examples::parameter_problem(code, error)
        }
        Code::NotAllowed => {
            let allowed = crate::parameters::LATITUDE_ALLOWED;
            let error = json!({ "parameter": "lat", "value": "91", "reason": "out of range", "allowed": allowed });
            examples::parameter_problem(code, error)
        }
        _ => examples::problem(code, description(code)),
    }
}

fn description(code: Code) -> &'static str {
    match code {
        Code::UnreadableRequest => {
            "The request cannot be read: syntax, or parameters that are missing, duplicate or unknown"
        }
        Code::NotAllowed => {
            "Values that are not allowed (not-allowed), or not together (conflicting-parameters), or too long for the \
             server (too-long-for-server)"
        }
        Code::Busy => "Too many requests are waiting",
        Code::ServerSilent => {
            "The server does not answer (server-silent), cannot be reached, is busy or stopped, or lost the session"
        }
        code => code.title(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_document_is_the_one_of_the_routes() {
        let committed = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi/openapi.json"));
        assert!(
            committed.is_ok_and(|committed| committed == document()),
            "openapi/openapi.json is not what the routes say: run `cargo run -- openapi > openapi/openapi.json`"
        );
    }
}
