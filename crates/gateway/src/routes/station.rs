//! `GET /stations/{id}`: one station with all its prices (command `S`).

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery};
use posto_market::StationId;

use crate::accept::TakesJson;
use crate::answered::Answered;
use crate::code::Code;
use crate::exchange::Exchange;
use crate::fault::Refusal;
use crate::openapi::SearchProblems;
use crate::parameters::{AskingRequest, StationPath};
use crate::problem::Problem;
use crate::query;
use crate::shapes::StationDetail;

/// One station
///
/// What is known of a station, with the latest price of every fuel.
#[utoipa::path(
    get, path = "/stations/{id}", operation_id = "station", tag = "stations",
    params(StationPath, AskingRequest),
    responses(
        (status = 200, description = "The station", body = StationDetail, example = json!(crate::examples::station())),
        SearchProblems,
        (status = 404, description = "No station has this id", body = crate::problem::Body,
            content_type = "application/problem+json", example = json!(crate::examples::problem(Code::UnknownStation))),
    ),
)]
pub(crate) async fn station(
    _: TakesJson,
    exchange: Exchange,
    id: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Result<Answered<StationDetail>, Problem> {
    query::refuse_all(query.as_deref())?;
    let id = station_id(id)?;
    let detail = exchange.ask(|pool, errand| async move { pool.station(errand.call(), id).await }).await?;
    Ok(Answered(StationDetail::new(detail, &exchange.state.attributions)))
}

/// The id in a path.
pub(super) fn station_id(id: Result<Path<String>, PathRejection>) -> Result<StationId, Problem> {
    id.map_or_else(|_| Err(refused(None)), |Path(id)| StationId::parse(&id).ok_or_else(|| refused(Some(&id))))
}

fn refused(id: Option<&str>) -> Problem {
    Problem::from(("id", id, Refusal::not_allowed("not a station's id", "1 to 64 of A-Z a-z 0-9 . _ -")))
}
