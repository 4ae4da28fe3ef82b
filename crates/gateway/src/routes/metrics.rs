//! `GET /metrics`: what is counted, for Prometheus; and the listener that serves nothing else.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, FromRequestParts, State as Shared};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, FORWARDED, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use posto_metrics::{Scrape, Source, TEXT_FORMAT};

use crate::code::Code;
use crate::openapi::MetricsProblems;
use crate::parameters::EveryRequest;
use crate::problem::Problem;
use crate::state::State;

/// What a proxy adds to the requests that it hands on.
const PROXIES: [HeaderName; 4] = [
    FORWARDED,
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-real-ip"),
    axum::http::header::VIA,
];

/// Who asks may read the figures; extracting it is the check.
pub(crate) struct Operator;

impl FromRequestParts<State> for Operator {
    type Rejection = Problem;

    /// Only this machine itself: not a page in its browser, and not whoever a proxy on it speaks for.
    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        if !state.serves_metrics {
            return Err(Problem::new(Code::UnknownRoute, "the metrics are served at an address of their own"));
        }
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        let is_local = peer.as_ref().map(IpAddr::to_canonical).is_some_and(|peer| peer.is_loopback());
        let is_handed_on = PROXIES.iter().chain([&ORIGIN]).any(|header| parts.headers.contains_key(header));
        if is_local && !is_handed_on {
            Ok(Self)
        } else {
            Err(Problem::new(
                Code::NotPermitted,
                "the metrics are for programs on this machine; --metrics ADDR serves them elsewhere",
            ))
        }
    }
}

/// Figures for Prometheus
///
/// Requests, sessions with the servers, and in `posto up` the server's own figures, in Prometheus' text
/// format 0.0.4. Served to programs on the gateway's own machine only; with `--metrics ADDR` at an address
/// of their own, and not here.
#[utoipa::path(
    get, path = "/metrics", operation_id = "metrics", tag = "operation",
    params(EveryRequest),
    responses((status = 200, description = "The figures", content_type = "text/plain", body = String), MetricsProblems),
)]
pub(crate) async fn metrics(_: Operator, Shared(state): Shared<State>) -> Response {
    text(&state.metrics_sources())
}

/// A router that serves the figures of these and nothing else, to whoever reaches it.
pub fn metrics_app(sources: Vec<Arc<dyn Source>>) -> Router {
    let sources: Arc<[_]> = sources.into();
    let figures = get(|Shared(sources): Shared<Arc<[Arc<dyn Source>]>>| async move { text(&sources) });
    let nothing = || async { (StatusCode::NOT_FOUND, "here is only /metrics\n") };
    Router::new().route("/metrics", figures).fallback(nothing).with_state(sources)
}

fn text(sources: &[Arc<dyn Source>]) -> Response {
    let mut scrape = Scrape::new();
    sources.iter().for_each(|source| source.tell(&mut scrape));
    ([(CONTENT_TYPE, TEXT_FORMAT), (CACHE_CONTROL, "no-store")], scrape.into_text()).into_response()
}
