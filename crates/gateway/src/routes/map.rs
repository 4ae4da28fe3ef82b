//! `GET /map`: the cells of a map (command `M`), as JSON or GeoJSON.

use axum::extract::RawQuery;
use axum::response::Response;

use crate::accept::{Accept, Form};
use crate::answered::in_form;
use crate::exchange::Exchange;
use crate::openapi::SearchProblems;
use crate::parameters::{AskingRequest, MapQuery};
use crate::problem::Problem;
use crate::shapes::{Map, MapFeatures};
use crate::survey;

/// A map's cells
///
/// At most 500 cells for drawing however many stations: each stands for the stations around it,
/// with their lowest price. An empty map is an answer, not an error. By the header Accept it
/// is JSON or GeoJSON (RFC 7946: a FeatureCollection of points, whose properties are the cells).
#[utoipa::path(
    get, path = "/map", operation_id = "map", tag = "stations",
    params(MapQuery, AskingRequest),
    responses(
        (status = 200, description = "The cells", content(
            (Map = "application/json", example = json!(crate::examples::map())),
            (MapFeatures = "application/geo+json", example = json!(crate::examples::map_geojson())),
        )),
        SearchProblems,
    ),
)]
pub(crate) async fn map(accept: Accept, exchange: Exchange, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let form = accept.choose(&[Form::Json, Form::GeoJson])?;
    let map = survey::map(query.as_deref())?;
    let cells = exchange.ask(|pool, errand| async move { pool.map(errand.call(), map).await }).await?;
    let written = |map: &Map| serde_json::to_vec(&MapFeatures::from(map)).ok();
    Ok(in_form(form, &Map::from(cells), written))
}
