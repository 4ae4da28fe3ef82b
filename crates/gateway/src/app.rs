//! The router: routes, and around them what every request goes through.

use axum::Router;
use axum::extract::{Request, State as Shared};
use axum::http::{HeaderName, Method, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tower::ServiceBuilder;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tower_http::cors::{Any, CorsLayer};

use crate::envelope::{FALLBACK_HEADER, X_REQUEST_ID};
use crate::envelope::{envelope, panicked, shed};
use crate::inbound::Bodies;
use crate::limits::{COMPRESSION_QUALITY, MIN_COMPRESSED_BYTES};
use crate::openapi;
use crate::place::{AGE_HEADER, POSITION_HEADER};
use crate::rates::{POLICY_HEADER, STANDING_HEADER};
use crate::routes::{docs, page};
use crate::state::State;

/// The whole gateway but for what `methods.rs` does; tests call it without a port, [`crate::serve`] puts it
/// on one.
pub fn app(state: State) -> Router {
    let (api, _) = openapi::routes().split_for_parts();
    let routes = api
        .route("/openapi.json", get(docs::document))
        .route("/docs", get(docs::redirect))
        .route("/docs/", get(docs::viewer))
        .route("/docs/{*file}", get(docs::viewer_file))
        .fallback(page::file);
    wrapped(routes, state)
}

/// What every request goes through, the outermost first. One stack instead of a layer after the other:
/// axum boxes each layer of a router, and clones all that is below it for each request.
fn wrapped(routes: Router<State>, state: State) -> Router {
    let layers = ServiceBuilder::new()
        .layer(from_fn_with_state(state.clone(), envelope))
        .layer(compression())
        .layer(cross_origin())
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state((state.clone(), Bodies::default()), admit));
    routes.layer(layers).with_state(state)
}

/// Waits for the body, and then takes a place among the requests that are answered at once.
async fn admit(Shared((state, bodies)): Shared<(State, Bodies)>, request: Request, next: Next) -> Response {
    match bodies.whole(request).await {
        Ok(request) => shed(&state, request, next).await,
        Err(problem) => problem.into_response(),
    }
}

/// gzip or Brotli, for bodies that are long enough to gain by it.
fn compression() -> CompressionLayer<impl Predicate> {
    let predicate = SizeAbove::new(MIN_COMPRESSED_BYTES).and(NotForContentType::IMAGES).and(NotForContentType::SSE);
    CompressionLayer::new().quality(CompressionLevel::Precise(COMPRESSION_QUALITY)).compress_when(predicate)
}

/// Pages of any origin may read, and report with a token, which they must have been given: whoever is
/// at the browser lends them nothing, as no cookie counts here.
fn cross_origin() -> CorsLayer {
    let deadline = HeaderName::from_static("x-deadline-ms");
    let key = HeaderName::from_static("idempotency-key");
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::HEAD, Method::POST])
        .allow_headers([
            X_REQUEST_ID,
            deadline,
            key,
            POSITION_HEADER,
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_NONE_MATCH,
        ])
        .expose_headers([
            X_REQUEST_ID,
            FALLBACK_HEADER,
            POSITION_HEADER,
            AGE_HEADER,
            POLICY_HEADER,
            STANDING_HEADER,
            header::RETRY_AFTER,
            header::ETAG,
            header::LINK,
            header::LOCATION,
            header::WWW_AUTHENTICATE,
        ])
        .max_age(std::time::Duration::from_secs(24 * 3600))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;
    use crate::limits::MAX_REQUESTS;
    use axum::body::Body;
    use axum::http::{Request, StatusCode};
    use posto_client::{Pool, PoolOptions};
    use tower::ServiceExt;

    fn state() -> State {
        State::new(Pool::new(PoolOptions::new("127.0.0.1:9")), Options::default())
    }

    async fn get_from(app: Router, path: &str) -> Response {
        app.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn a_panic_is_a_problem_and_not_a_broken_connection() {
        async fn defect() -> StatusCode {
            panic!("on purpose")
        }
        let response = get_from(wrapped(Router::new().route("/defect", get(defect)), state()), "/defect").await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = axum::body::to_bytes(response.into_body(), 4096).await.unwrap();
        let problem: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(problem["code"], "internal-error");
        assert!(!String::from_utf8_lossy(&body).contains("on purpose"), "its words are for the log");
    }

    #[tokio::test]
    async fn beyond_the_requests_at_once_only_the_pulse_is_answered() {
        let state = state();
        let places = u32::try_from(MAX_REQUESTS).unwrap();
        let taken = state.places.try_acquire_many(places).unwrap();
        let response = get_from(app(state.clone()), "/fuels").await;
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()["retry-after"], "1");
        assert_eq!(get_from(app(state.clone()), "/healthz").await.status(), StatusCode::OK);
        drop(taken);
        assert_eq!(get_from(app(state), "/fuels").await.status(), StatusCode::OK);
    }
}
