//! `GET /statistics`: what an area's prices are like (command `E`).

use axum::extract::RawQuery;

use crate::accept::TakesJson;
use crate::answered::Answered;
use crate::exchange::Exchange;
use crate::openapi::SearchProblems;
use crate::parameters::{AskingRequest, StatisticsQuery};
use crate::problem::Problem;
use crate::shapes::Statistics;
use crate::survey;

/// An area's prices
///
/// Is this a good price? How many prices of a fuel a circle (radius, lat, lon) or a box (bbox) has,
/// the lowest, the quartiles by nearest rank, the highest, and when the newest was reported. Without
/// any price the count is 0 and the rest null.
#[utoipa::path(
    get, path = "/statistics", operation_id = "statistics", tag = "stations",
    params(StatisticsQuery, AskingRequest),
    responses(
        (status = 200, description = "The statistics", body = Statistics,
            example = json!(crate::examples::statistics())),
        SearchProblems,
    ),
)]
pub(crate) async fn statistics(
    _: TakesJson,
    exchange: Exchange,
    RawQuery(query): RawQuery,
) -> Result<Answered<Statistics>, Problem> {
    let survey = survey::statistics(query.as_deref())?;
    let known = exchange.ask(|pool, errand| async move { pool.statistics(errand.call(), survey).await }).await?;
    Ok(Answered(Statistics::from(known)))
}
