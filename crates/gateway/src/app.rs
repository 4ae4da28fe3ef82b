//! The router: routes, and around them what every request goes through.

use axum::Router;
use axum::http::{HeaderName, Method, header};
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{Any, CorsLayer};

use crate::envelope::{envelope, panicked, shed};
use crate::openapi;
use crate::routes::{docs, page};
use crate::state::State;

/// The whole gateway as a service; tests call it without a port, [`crate::serve`] puts it on one.
pub fn app(state: State) -> Router {
    let (api, _) = openapi::routes().split_for_parts();
    // The last layer is the outermost.
    api.route("/openapi.json", get(docs::document))
        .route("/docs", get(docs::redirect))
        .route("/docs/", get(docs::viewer))
        .route("/docs/{*file}", get(docs::viewer_file))
        .fallback(page::file)
        .layer(from_fn_with_state(state.clone(), shed))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(open_for_reads())
        .layer(from_fn_with_state(state.clone(), envelope))
        .layer(CompressionLayer::new())
        .with_state(state)
}

/// Pages of any origin may read. They may not report: a JSON body needs a preflight, which allows
/// GET and HEAD only, and any other body is refused.
fn open_for_reads() -> CorsLayer {
    let ours = [HeaderName::from_static("x-request-id"), HeaderName::from_static("x-deadline-ms")];
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::HEAD])
        .allow_headers(ours)
        .expose_headers([HeaderName::from_static("x-request-id"), header::RETRY_AFTER])
        .max_age(std::time::Duration::from_secs(24 * 3600))
}
