//! `GET /stations`: a ranked list of stations (command `L`).

use axum::Json;
use axum::extract::RawQuery;

use crate::accept::TakesJson;
use crate::exchange::Exchange;
use crate::openapi::SearchProblems;
use crate::parameters::{AskingRequest, ListQuery};
use crate::problem::Problem;
use crate::search;
use crate::shapes::StationList;

/// Stations, ranked
///
/// The stations of a circle (radius, lat, lon) or of a box (bbox) that sell a fuel, best first. An
/// empty list is an answer, not an error.
#[utoipa::path(
    get, path = "/stations", operation_id = "list", tag = "stations",
    params(ListQuery, AskingRequest),
    responses(
        (status = 200, description = "The stations; none is an empty list", body = StationList,
            example = json!(crate::examples::list())),
        SearchProblems,
    ),
)]
pub(crate) async fn list(
    _: TakesJson,
    exchange: Exchange,
    RawQuery(query): RawQuery,
) -> Result<Json<StationList>, Problem> {
    let search = search::list(query.as_deref())?;
    let page = exchange.ask(|pool, errand| async move { pool.list(errand.call(), search).await }).await?;
    Ok(Json(StationList::new(page, &exchange.state.attributions)?))
}
