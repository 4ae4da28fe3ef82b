//! `GET /time`: the server's date and time, and what it holds (command `T`).

use axum::extract::RawQuery;

use crate::accept::TakesJson;
use crate::answered::Answered;
use crate::exchange::Exchange;
use crate::openapi::ServerProblems;
use crate::parameters::AskingRequest;
use crate::problem::Problem;
use crate::query;
use crate::shapes::ServerTime;

/// The server's time
///
/// Date and time of the fuel-price server, its version, and how much it holds.
#[utoipa::path(
    get, path = "/time", operation_id = "time", tag = "reference",
    params(AskingRequest),
    responses(
        (status = 200, description = "The time", body = ServerTime, example = json!(crate::examples::time())),
        ServerProblems,
    ),
)]
pub(crate) async fn time(
    _: TakesJson,
    exchange: Exchange,
    RawQuery(query): RawQuery,
) -> Result<Answered<ServerTime>, Problem> {
    query::refuse_all(query.as_deref())?;
    let time = exchange.ask(|pool, errand| async move { pool.time(errand.call()).await }).await?;
    Ok(Answered(ServerTime::from(time)))
}
