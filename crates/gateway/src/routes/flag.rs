//! `POST /stations/{id}/flags`: point out that something is wrong with a station (command `F`).

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request};
use axum::http::StatusCode;
use posto_market::{FlagReason, Fuel, Label, limits as market_limits};
use posto_wire::command::FlagRequest;
use utoipa::ToSchema;

use super::station::station_id;
use crate::body;
use crate::exchange::Exchange;
use crate::fault::{Kind, Refusal};
use crate::openapi::FlagProblems;
use crate::parameters::{AskingRequest, StationPath, optional_fuel_schema};
use crate::problem::Problem;
use crate::query;
use crate::writer::Writer;

/// The members of a flag's body.
const MEMBERS: [&str; 3] = ["reason", "fuel", "note"];

/// What is wrong with a station.
#[derive(Debug, ToSchema)]
#[schema(as = Flag, example = json!(crate::examples::flag()))]
pub(crate) struct FlagBody {
    /// What is wrong: a price does not hold any more, the station is closed for good, or it is elsewhere.
    #[schema(schema_with = reason_schema)]
    reason: FlagReason,
    /// With `price-gone`: the fuel whose price it is.
    #[schema(schema_with = optional_fuel_schema, required = false)]
    fuel: Option<Fuel>,
    /// What the operator should know. Blank counts as not given.
    #[schema(value_type = Option<String>, max_length = 80)]
    note: Option<Label>,
}

/// Point out that something is wrong with a station
///
/// It is kept for the operator and changes no answer by itself. Who says the same twice counts once.
#[utoipa::path(
    post, path = "/stations/{id}/flags", operation_id = "flag", tag = "stations",
    params(StationPath, AskingRequest),
    security((), ("token" = [])),
    request_body(content = FlagBody, description = "What is wrong"),
    responses(
        (status = 202, description = "Kept for the operator; an empty answer"),
        FlagProblems,
    ),
)]
pub(crate) async fn flag(
    writer: Writer,
    exchange: Exchange,
    id: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let (head, body) = request.into_parts();
    query::refuse_all(head.uri.query())?;
    let station = station_id(id)?;
    let bytes = body::bytes(&head.headers, body, exchange.deadline).await?;
    let FlagBody { reason, fuel, note } = read(&bytes)?;
    let flag = FlagRequest { station, reason, fuel, note, reporter: Some(writer.reporter()) };
    exchange.ask(|pool, errand| async move { pool.flag(errand.call(), flag).await }).await?;
    Ok(StatusCode::ACCEPTED)
}

fn read(bytes: &[u8]) -> Result<FlagBody, Problem> {
    let mut given = body::members(bytes, &MEMBERS)?;
    let reason = given.required("reason", |raw| {
        let allowed = FlagReason::ALL.map(FlagReason::slug).join(", ");
        FlagReason::from_slug(&body::text(raw)?).ok_or_else(|| Refusal::not_allowed("unknown", allowed))
    });
    let fuel = given.optional("fuel", body::fuel);
    let note = given.optional("note", note).flatten();
    if fuel.is_some() && reason.is_some_and(|reason| reason != FlagReason::PriceGone) {
        given.refuse("fuel", Refusal::new(Kind::Conflicting, "give it with reason price-gone only"));
    }
    let body = reason.map(|reason| FlagBody { reason, fuel, note });
    given.finish(body)
}

fn note(raw: &serde_json::value::RawValue) -> Result<Option<Label>, Refusal> {
    let text = body::text(raw)?;
    let longest = market_limits::MAX_LABEL_CHARACTERS;
    if text.chars().count() > longest {
        return Err(Refusal::not_allowed("too long", format!("at most {longest} characters")));
    }
    Ok(Label::new(&text))
}

fn reason_schema() -> utoipa::openapi::schema::Schema {
    utoipa::openapi::schema::ObjectBuilder::new()
        .schema_type(utoipa::openapi::schema::Type::String)
        .enum_values(Some(FlagReason::ALL.map(FlagReason::slug)))
        .into()
}
