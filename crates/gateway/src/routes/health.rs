//! `GET /healthz`: this process is alive. `GET /readyz`: it can reach a server.

use axum::{Extension, Json};
use posto_client::ClientError;
use serde::Serialize;
use utoipa::ToSchema;

use crate::code::Code;
use crate::exchange::Exchange;
use crate::limits::READY_PATIENCE;
use crate::openapi::{HealthProblems, ReadyProblems};
use crate::parameters::{AskingRequest, EveryRequest};
use crate::problem::Problem;
use crate::serve::Leaving;

/// That all is well.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// Always `ok`: anything else is a problem.
    #[schema(example = "ok")]
    status: &'static str,
}

const WELL: Health = Health { status: "ok" };

/// Alive
///
/// The gateway runs; nothing is asked of the fuel-price server.
#[utoipa::path(
    get, path = "/healthz", operation_id = "healthz", tag = "operation",
    params(EveryRequest),
    responses((status = 200, description = "Alive", body = Health, example = json!({ "status": "ok" })), HealthProblems),
)]
pub(crate) async fn healthz() -> Json<Health> {
    Json(WELL)
}

/// Ready
///
/// The fuel-price server answers, and the gateway is not about to stop. An original server counts as
/// ready if it opens a session.
#[utoipa::path(
    get, path = "/readyz", operation_id = "readyz", tag = "operation",
    params(AskingRequest),
    responses((status = 200, description = "Ready", body = Health, example = json!({ "status": "ok" })), ReadyProblems),
)]
pub(crate) async fn readyz(exchange: Exchange, leaving: Option<Extension<Leaving>>) -> Result<Json<Health>, Problem> {
    if leaving.is_some() {
        return Err(Problem::new(Code::Draining, "this gateway finishes what it has begun and then ends"));
    }
    match exchange.ask_for(READY_PATIENCE, |pool, errand| async move { pool.time(errand.call()).await }).await? {
        Ok(_) | Err(ClientError::NotSupported) => Ok(Json(WELL)),
        Err(error) => Err(error.into()),
    }
}
