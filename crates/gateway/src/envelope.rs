//! What every request and every answer has, whatever the route: an id, a host that is ours, headers
//! that browsers ask for, a place among the requests at once, and problems written out.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, MatchedPath, Request, State as Shared};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_REQUEST_HEADERS, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response as HttpResponse};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use posto_wire::limits::MAX_ID_BYTES;
use tokio::time::Instant;

use crate::code::Code;
use crate::exchange::Arrival;
use crate::host;
use crate::place;
use crate::problem::{PROBLEM_JSON, Problem};
use crate::random;
use crate::state::State;
use crate::tag;
use crate::visitor::Visitor;

/// Set where a fallback server answered: its prices are of another book.
pub(crate) const FALLBACK_HEADER: HeaderName = HeaderName::from_static("posto-fallback");

/// What a request is called, on both sides of the gateway.
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// For answers that are no page: nothing in them may run or be framed.
const CSP_OF_DATA: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

/// The outermost middleware of ours.
pub(crate) async fn envelope(Shared(state): Shared<State>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| *peer);
    let arrival = Arrival {
        at: Instant::now(),
        request_id: request_id(request.headers()),
        visitor: Visitor::new(peer, request.headers(), &state.trusted_proxies),
        told: Arc::default(),
    };
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    request.extensions_mut().insert(arrival.clone());
    let measured = state.http.begin(&method, route.as_ref());
    let is_read = matches!(method, Method::GET | Method::HEAD);
    let known = tag::of_request(request.headers());
    let may_only_read = asks_without_token(&state, &request);

    let response = match host::check(request.uri(), request.headers(), state.allowed_hosts.as_deref()) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    let response = write_problem(response, &arrival.request_id);
    let mut response = if is_read { tag::unless_known(&known, response) } else { response };
    add_headers(&mut response, &method, &arrival.request_id);
    if may_only_read {
        response.headers_mut().insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET,HEAD"));
    }
    if let Some(standing) = arrival.told.standing.get() {
        standing.write(response.headers_mut());
    }
    if arrival.told.beside.fell_back() {
        response.headers_mut().insert(FALLBACK_HEADER, HeaderValue::from_static("true"));
    }
    place::tell(&arrival.told.beside, response.headers_mut());

    measured.end(response.status());
    if state.verbose {
        let route = route.as_ref().map_or("-", MatchedPath::as_str);
        let (status, micros) = (response.status().as_u16(), arrival.at.elapsed().as_micros());
        let (client, request_id) = (arrival.visitor, &*arrival.request_id);
        tracing::info!(%method, route, status, micros, %client, request_id, "request");
    }
    response
}

/// Whether a page asks what it may do, without a token to report with, or where there are none. The answer
/// is that it may read: any page that somebody here looks at could else report through their browser. A
/// JSON body does not go without asking, and any other body is refused; `writer.rs` looks once more.
fn asks_without_token(state: &State, request: &Request) -> bool {
    let asked = request.headers().get_all(ACCESS_CONTROL_REQUEST_HEADERS).iter();
    let mut names = asked.filter_map(|names| names.to_str().ok()).flat_map(|names| names.split(','));
    let mut has_token = || names.any(|name| name.trim().eq_ignore_ascii_case("authorization"));
    request.method() == Method::OPTIONS && !(state.tokens.is_some() && has_token())
}

/// Refuses at once what could only wait too long. Whether the gateway is alive can always be asked, and
/// how it is doing.
pub(crate) async fn shed(state: &State, request: Request, next: Next) -> Response {
    if matches!(request.uri().path(), "/healthz" | "/metrics") {
        return next.run(request).await;
    }
    match state.places.try_acquire() {
        Ok(_place) => next.run(request).await,
        Err(_) => {
            state.http.shed();
            Problem::new(Code::Busy, "the gateway is answering as many requests as it can").into_response()
        }
    }
}

/// The answer to a request whose handler panicked.
pub(crate) fn panicked(what: Box<dyn std::any::Any + Send>) -> HttpResponse<axum::body::Body> {
    let message = what.downcast_ref::<String>().map(String::as_str).or(what.downcast_ref::<&str>().copied());
    Problem::internal(message.unwrap_or("a panic")).into_response()
}

/// The client's own id where it has one that the wire takes, else a new one.
fn request_id(headers: &HeaderMap) -> Arc<str> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let given = headers.get(X_REQUEST_ID).and_then(|id| id.to_str().ok());
    let given = given.filter(|id| (1..=MAX_ID_BYTES).contains(&id.len()) && id.bytes().all(allowed));
    // Without random bytes requests share a name, which is no reason to refuse them.
    given.map_or_else(|| random::name().unwrap_or_else(|_| "unnamed".to_owned()).into(), Arc::from)
}

/// Writes the problem that a route left in its response, or the one that a bare error status of
/// the HTTP machinery stands for.
fn write_problem(mut response: Response, request_id: &str) -> Response {
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    match response.extensions_mut().remove::<Problem>() {
        Some(problem) => problem.render(response, request_id),
        None if is_error => Problem::of_status(status).render(response, request_id),
        None => response,
    }
}

fn add_headers(response: &mut Response, method: &Method, request_id: &str) {
    let is_problem = response.headers().get(CONTENT_TYPE).is_some_and(|media_type| media_type == PROBLEM_JSON);
    let is_read = matches!(*method, Method::GET | Method::HEAD);
    let headers = response.headers_mut();
    if let Ok(request_id) = HeaderValue::from_str(request_id) {
        headers.insert(X_REQUEST_ID, request_id);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("strict-origin-when-cross-origin"));
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(CSP_OF_DATA);
    let caching = if is_read && !is_problem { "private, no-cache" } else { "no-store" };
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static(caching));
    headers.append(VARY, HeaderValue::from_static("accept"));
}
