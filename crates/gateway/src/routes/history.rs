//! `GET /stations/{id}/prices`: what a station's prices were (command `H`).

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery};

use super::station::station_id;
use crate::accept::TakesJson;
use crate::exchange::Exchange;
use crate::openapi::SearchProblems;
use crate::parameters::{AskingRequest, HistoryQuery, StationPath};
use crate::problem::Problem;
use crate::shapes::{History, now};
use crate::survey;

/// A station's price history
///
/// Every price that was ever recorded for a station, newest first.
#[utoipa::path(
    get, path = "/stations/{id}/prices", operation_id = "history", tag = "stations",
    params(StationPath, HistoryQuery, AskingRequest),
    responses(
        (status = 200, description = "The prices; none is an empty list", body = History,
            example = json!(crate::examples::history())),
        SearchProblems,
        (status = 404, description = "No station has this id", body = crate::problem::Body,
            content_type = "application/problem+json", example = json!(crate::examples::unknown_station())),
    ),
)]
pub(crate) async fn history(
    _: TakesJson,
    exchange: Exchange,
    id: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Result<Json<History>, Problem> {
    let history = survey::history(station_id(id)?, query.as_deref(), now())?;
    let past = exchange.ask(|pool, errand| async move { pool.history(errand.call(), history).await }).await?;
    Ok(Json(History::from(past)))
}
