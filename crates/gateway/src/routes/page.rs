//! `GET /` and every file of the page: what no other route is.

use axum::extract::State as Shared;
use axum::http::header::ALLOW;
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use crate::code::Code;
use crate::problem::Problem;
use crate::state::State;

pub(crate) async fn file(Shared(state): Shared<State>, method: Method, uri: Uri) -> Result<Response, Problem> {
    let unknown = || Problem::new(Code::UnknownRoute, "no route and no file has this path");
    let asset = state.page.get(uri.path()).await.ok_or_else(unknown)?;
    if !matches!(method, Method::GET | Method::HEAD) {
        let allow = [(ALLOW, HeaderValue::from_static("GET,HEAD"))];
        return Ok((StatusCode::METHOD_NOT_ALLOWED, allow).into_response());
    }
    Ok(asset.respond())
}
