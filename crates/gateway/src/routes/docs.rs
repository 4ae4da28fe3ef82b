//! `GET /openapi.json` and its viewer, `GET /docs/`, with assets of our own.

use std::sync::{Arc, LazyLock};

use axum::extract::Path;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG};
use axum::response::{IntoResponse, Redirect, Response};
use utoipa_swagger_ui::Config;

use crate::code::Code;
use crate::openapi;
use crate::problem::Problem;
use crate::tag;

/// Swagger UI writes style attributes and draws with data: images.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                   connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

static DOCUMENT: LazyLock<String> = LazyLock::new(openapi::document);
static TAG: LazyLock<HeaderValue> = LazyLock::new(|| tag::of_file(DOCUMENT.as_bytes()));

/// Without the validator of swagger.io, which is another's machine.
static CONFIG: LazyLock<Arc<Config<'static>>> =
    LazyLock::new(|| Arc::new(Config::from("/openapi.json").validator_url("none")));

pub(crate) async fn document() -> impl IntoResponse {
    ([(CONTENT_TYPE, HeaderValue::from_static("application/json")), (ETAG, TAG.clone())], DOCUMENT.as_str())
}

/// The viewer's own links are relative.
pub(crate) async fn redirect() -> Redirect {
    Redirect::permanent("/docs/")
}

pub(crate) async fn viewer() -> Result<Response, Problem> {
    asset("index.html")
}

pub(crate) async fn viewer_file(Path(file): Path<String>) -> Result<Response, Problem> {
    asset(&file)
}

fn asset(name: &str) -> Result<Response, Problem> {
    let unknown = || Problem::new(Code::UnknownRoute, "the viewer has no such file");
    let file = utoipa_swagger_ui::serve(name, Arc::clone(&CONFIG));
    let file = file.map_err(|error| Problem::internal(&error.to_string()))?.ok_or_else(unknown)?;
    let headers = [(CONTENT_TYPE, file.content_type.as_str()), (CONTENT_SECURITY_POLICY, CSP)];
    let encoding = file.gzpipped.then_some([(CONTENT_ENCODING, "gzip")]);
    Ok((headers, encoding, file.bytes.into_owned()).into_response())
}
