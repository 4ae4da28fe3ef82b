//! The API document (OpenAPI 3.1): made from the routes themselves, committed as
//! `openapi/openapi.json`, compared with it by a test.

mod reads;

use std::collections::BTreeMap;

use axum::http::StatusCode;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{IntoResponses, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::code::Code;
use crate::examples;
use crate::problem::{self, PROBLEM_JSON};
use crate::routes::{
    cheapest, events, flag, fuels, health, history, list, map, metrics, problems, report, station, statistics, time,
};
use crate::shapes::{EndedPrice, Resync};
use crate::state::State;

/// What the document says of tokens.
const TOKEN: &str = "A token that whoever runs this gateway made with `posto token new NAME`. Where there are tokens, \
    reports need one, unless the gateway takes reports from everyone too; a gateway on its own machine has none. Pages \
    of other sites may report with one.";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Posto",
        description = include_str!("openapi/manual.md"),
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    servers((url = "/", description = "This gateway")),
    tags(
        (name = "stations", description = "Stations and their prices"),
        (name = "reference", description = "What everyone needs to know"),
        (name = "operation", description = "For those who run the gateway"),
    ),
    security(()),
    components(schemas(problem::Body, EndedPrice, Resync)),
)]
struct Document;

/// The API document as pretty JSON with a newline at its end, byte for byte `openapi/openapi.json`.
#[must_use]
pub fn document() -> String {
    let (_, mut document) = routes().split_for_parts();
    if let Some(components) = document.components.as_mut() {
        let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(TOKEN));
        components.add_security_scheme("token", SecurityScheme::Http(token.build()));
    }
    for body in ["Report", "Flag"] {
        let schemas = document.components.as_mut().map(|components| &mut components.schemas);
        if let Some(RefOr::T(Schema::Object(body))) = schemas.and_then(|schemas| schemas.get_mut(body)) {
            // utoipa has no attribute for it; unknown members are refused.
            body.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
        }
    }
    reads::complete(&mut document);
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
        .routes(routes!(flag::flag))
        .routes(routes!(history::history))
        .routes(routes!(map::map))
        .routes(routes!(statistics::statistics))
        .routes(routes!(events::events))
        .routes(routes!(fuels::fuels))
        .routes(routes!(time::time))
        .routes(routes!(problems::problems))
        .routes(routes!(problems::problem))
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
/// What a flag may answer.
pub(crate) struct FlagProblems;
/// What `/metrics` may answer.
pub(crate) struct MetricsProblems;
/// What `/healthz` may answer.
pub(crate) struct HealthProblems;
/// What `/readyz` may answer.
pub(crate) struct ReadyProblems;

type Responses = BTreeMap<String, RefOr<Response>>;

/// Of every route.
const LOCAL: &[Code] =
    &[Code::UnreadableRequest, Code::NotAcceptable, Code::WrongHost, Code::InternalError, Code::Busy];
/// Of routes that ask the server.
const SERVER: &[Code] = &[
    Code::TooManyRequests,
    Code::NotSupportedByServer,
    Code::UnreadableAnswer,
    Code::ServerSilent,
    Code::ServerUnreachable,
    Code::SessionLost,
    Code::NoAnswerInTime,
];
/// Of reads that ask the server.
const READ: &[Code] = &[Code::Behind];
/// Of routes that ask for something particular.
const SEARCH: &[Code] = &[Code::NotAllowed, Code::ConflictingParameters, Code::TooLongForServer];
/// Of reports.
const REPORT: &[Code] = &[
    Code::TokenMissing,
    Code::TokenWrong,
    Code::CrossSite,
    Code::InProgress,
    Code::NotPermitted,
    Code::UnknownStation,
    Code::SlowRequest,
    Code::AmbiguousStation,
    Code::HiddenStation,
    Code::KeyReused,
    Code::BodyTooLarge,
    Code::UnsupportedMediaType,
    Code::ServerStopped,
];

/// Of flags.
const FLAG: &[Code] = &[
    Code::NotPermitted,
    Code::UnknownStation,
    Code::SlowRequest,
    Code::BodyTooLarge,
    Code::UnsupportedMediaType,
    Code::ServerStopped,
];

impl IntoResponses for FlagProblems {
    fn responses() -> Responses {
        problems(&[LOCAL, SERVER, SEARCH, FLAG])
    }
}

impl IntoResponses for LocalProblems {
    fn responses() -> Responses {
        problems(&[LOCAL])
    }
}

impl IntoResponses for ServerProblems {
    fn responses() -> Responses {
        problems(&[LOCAL, SERVER, READ])
    }
}

impl IntoResponses for SearchProblems {
    fn responses() -> Responses {
        problems(&[LOCAL, SERVER, READ, SEARCH])
    }
}

impl IntoResponses for ReportProblems {
    fn responses() -> Responses {
        problems(&[LOCAL, SERVER, SEARCH, REPORT])
    }
}

/// Whether it is alive is told without looking at anything but the host.
impl IntoResponses for HealthProblems {
    fn responses() -> Responses {
        problems(&[&[Code::WrongHost, Code::InternalError]])
    }
}

impl IntoResponses for MetricsProblems {
    fn responses() -> Responses {
        problems(&[&[Code::NotPermitted, Code::UnknownRoute, Code::Busy]])
    }
}

impl IntoResponses for ReadyProblems {
    fn responses() -> Responses {
        let local = &[Code::UnreadableRequest, Code::WrongHost, Code::InternalError, Code::Busy, Code::Draining];
        problems(&[local, SERVER])
    }
}

/// One response a status, with an example of each of its codes.
fn problems(codes: &[&[Code]]) -> Responses {
    let mut statuses = BTreeMap::<u16, Vec<Code>>::new();
    for code in codes.iter().copied().flatten() {
        statuses.entry(code.status().as_u16()).or_default().push(*code);
    }
    let responses = statuses.into_values().filter_map(|codes| Some((codes.first()?.status(), response(&codes))));
    responses.map(|(status, response)| (status.as_str().to_owned(), RefOr::T(response))).collect()
}

fn response(codes: &[Code]) -> Response {
    let examples = codes.iter().map(|code| {
        let example = ExampleBuilder::new().summary(code.title()).value(Some(examples::problem(*code)));
        (code.slug(), example.build())
    });
    let content =
        ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).examples_from_iter(examples).build();
    let description: Vec<_> = codes.iter().map(|code| format!("{} ({})", code.title(), code.slug())).collect();
    let response = ResponseBuilder::new().description(description.join("; ")).content(PROBLEM_JSON, content);
    let later = [StatusCode::SERVICE_UNAVAILABLE, StatusCode::TOO_MANY_REQUESTS];
    if codes.iter().any(|code| later.contains(&code.status())) {
        let seconds = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0.0));
        let header =
            HeaderBuilder::new().schema(Some(seconds)).description(Some("Seconds to wait before asking again"));
        return response.header("Retry-After", header.build()).build();
    }
    response.build()
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
