//! `GET /stations/{id}/prices`: what a station's prices were (command `H`).

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery};
use axum::http::header::LINK;
use axum::response::{IntoResponse, Response};

use super::station::station_id;
use crate::accept::TakesJson;
use crate::answered::Answered;
use crate::code::Code;
use crate::exchange::Exchange;
use crate::openapi::SearchProblems;
use crate::parameters::{AskingRequest, HistoryQuery, StationPath};
use crate::problem::Problem;
use crate::series::Series;
use crate::shapes::{History, now};
use crate::survey;

/// A station's price history
///
/// Every price that was ever recorded for a station, newest first. A history that is longer than limit
/// goes on at its cursor: the header Link (rel=next) is the address of the next part.
#[utoipa::path(
    get, path = "/stations/{id}/prices", operation_id = "history", tag = "stations",
    params(StationPath, HistoryQuery, AskingRequest),
    responses(
        (status = 200, description = "The prices; none is an empty list", body = History,
            example = json!(crate::examples::history())),
        SearchProblems,
        (status = 404, description = "No station has this id", body = crate::problem::Body,
            content_type = "application/problem+json", example = json!(crate::examples::problem(Code::UnknownStation))),
    ),
)]
pub(crate) async fn history(
    _: TakesJson,
    exchange: Exchange,
    id: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let id = station_id(id)?;
    let mut series = Series::new(format!("/stations/{id}/prices"), query.as_deref());
    let history = survey::history(id, query.as_deref(), now(), &mut series)?;
    let past = exchange.ask(|pool, errand| async move { pool.history(errand.call(), history).await }).await?;
    let history = History::from(past).of(&series);
    let link = history.cursor().and_then(|cursor| series.link(cursor));
    let mut response = Answered(history).into_response();
    if let Some(link) = link {
        response.headers_mut().insert(LINK, link);
    }
    Ok(response)
}
