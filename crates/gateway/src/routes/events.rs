//! `GET /events`: changes of prices as they happen, Server-Sent Events (command `W`).

use axum::extract::RawQuery;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::sse::Sse;
use axum::response::{IntoResponse, Response};

use crate::accept::TakesEvents;
use crate::code::Code;
use crate::events::{Listener, Wish};
use crate::exchange::Exchange;
use crate::openapi::SearchProblems;
use crate::parameters::{AskingRequest, EventsQuery};
use crate::problem::Problem;

/// Tells a proxy (nginx) to hand on each event as it comes.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Changes as they happen
///
/// A stream of Server-Sent Events that lasts until one side ends it. `price`: a price was reported
/// or imported; its data is a StationPrice. `ended`: a price holds no more; its data is an EndedPrice.
/// `resync`: changes are missing, so whatever is shown must be asked for anew, and the stream goes on
/// from there; its data is a Resync. Each event is told once, in the order in which the server recorded
/// them, as soon as searches find the price. Its id names its place: a client that comes back with it
/// in Last-Event-ID, as an EventSource does by itself, hears what it missed, also after a restart of the
/// gateway or the server; where that is no longer known it hears a resync. So does a client that reads
/// too slowly. A comment every 15 seconds keeps the connection alive. All parameters may be left out:
/// then every change is told.
#[utoipa::path(
    get, path = "/events", operation_id = "events", tag = "stations",
    params(EventsQuery, AskingRequest),
    responses(
        (status = 200, description = "The stream", body = String, content_type = "text/event-stream",
            example = json!(crate::examples::events())),
        SearchProblems,
    ),
)]
pub(crate) async fn events(
    _: TakesEvents,
    exchange: Exchange,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let wish = Wish::read(query.as_deref(), &headers)?;
    let (hub, attributions) = (&exchange.state.events, &exchange.state.attributions);
    let seat = hub.seat(Some(exchange.visitor().address()))?;
    let begun = hub.clone();
    exchange.ask(|_, _| async move { begun.begun().await }).await?;
    let listener = Listener::new(hub, seat, wish, attributions);
    let listener = listener.ok_or_else(|| Problem::new(Code::Busy, "the gateway is about to stop"))?;
    let mut response = Sse::new(listener.into_stream()).into_response();
    response.headers_mut().insert(X_ACCEL_BUFFERING, HeaderValue::from_static("no"));
    Ok(response)
}
