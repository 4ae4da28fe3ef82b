//! What HTTP wants of methods whatever the route: HEAD is GET without the body (RFC 9110 §9.3.2),
//! and OPTIONS tells in `Allow` what a path has (§9.3.7).

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::{ACCESS_CONTROL_REQUEST_METHOD, ALLOW, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::Response;
use hyper::body::Frame;
use tower::ServiceExt as _;

/// A method that no route has: their refusal of it tells in `Allow` which they do have.
const NO_ROUTES: &[u8] = b"X-POSTO-NONE";

/// What an app answers to a request: what every connection is served with, and tests without one. HEAD is answered as GET, compression and all, so that every header
/// is that of the GET. OPTIONS is answered here, save the preflights of browsers, which CORS answers.
pub async fn answer(app: Router, mut request: Request) -> Response {
    if request.method() == Method::HEAD {
        *request.method_mut() = Method::GET;
        return without_body(ask(app, request).await);
    }
    let is_preflight = request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let Some(no_routes) = Method::from_bytes(NO_ROUTES).ok().filter(|_| !is_preflight) else {
        return ask(app, request).await;
    };
    if request.method() != Method::OPTIONS {
        return ask(app, request).await;
    }
    *request.method_mut() = no_routes;
    let refused = ask(app, request).await;
    if refused.status() == StatusCode::METHOD_NOT_ALLOWED {
        allowed(refused)
    } else {
        refused // an unknown path
    }
}

async fn ask(app: Router, request: Request) -> Response {
    match app.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// The head alone. A length that was told stays; where there was none, as with what is compressed on
/// its way, an empty body would be given the length 0, so there is one of unknown length that ends.
fn without_body(response: Response) -> Response {
    let (head, _) = response.into_parts();
    let is_known = head.headers.contains_key(CONTENT_LENGTH);
    Response::from_parts(head, if is_known { Body::empty() } else { Body::new(Nothing) })
}

/// A body that ends at once, which nobody knows before it has.
struct Nothing;

impl hyper::body::Body for Nothing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(None)
    }
}

/// The refusal as what was asked for: which methods there are.
fn allowed(refused: Response) -> Response {
    let (mut head, _) = refused.into_parts();
    let known = head.headers.get(ALLOW).and_then(|allow| allow.to_str().ok()).unwrap_or_default();
    let allow = HeaderValue::try_from(format!("{known},OPTIONS")).unwrap_or(HeaderValue::from_static("OPTIONS"));
    head.headers.insert(ALLOW, allow);
    for of_the_problem in [CONTENT_TYPE, CONTENT_LENGTH] {
        head.headers.remove(of_the_problem);
    }
    head.status = StatusCode::NO_CONTENT;
    Response::from_parts(head, Body::empty())
}
