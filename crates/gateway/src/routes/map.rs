//! `GET /map`: the cells of a map (command `M`).

use axum::Json;
use axum::extract::RawQuery;

use crate::accept::TakesJson;
use crate::exchange::Exchange;
use crate::openapi::SearchProblems;
use crate::parameters::{AskingRequest, MapQuery};
use crate::problem::Problem;
use crate::shapes::Map;
use crate::survey;

/// A map's cells
///
/// At most 500 cells for drawing however many stations: each stands for the stations around it,
/// with their lowest price. An empty map is an answer, not an error.
#[utoipa::path(
    get, path = "/map", operation_id = "map", tag = "stations",
    params(MapQuery, AskingRequest),
    responses(
        (status = 200, description = "The cells", body = Map, example = json!(crate::examples::map())),
        SearchProblems,
    ),
)]
pub(crate) async fn map(_: TakesJson, exchange: Exchange, RawQuery(query): RawQuery) -> Result<Json<Map>, Problem> {
    let map = survey::map(query.as_deref())?;
    let cells = exchange.ask(|pool, errand| async move { pool.map(errand.call(), map).await }).await?;
    Ok(Json(Map::from(cells)))
}
