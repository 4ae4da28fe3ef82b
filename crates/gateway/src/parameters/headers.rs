//! The headers that requests may carry.

use serde_json::json;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter as Documented, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use super::{Parameter, documented, may, text};
use crate::limits::REQUEST_DEADLINE;

static REQUEST_ID: Parameter = Parameter {
    name: "X-Request-Id",
    place: ParameterIn::Header,
    description: "Names the request, here and in the server's log; the answer repeats it. Another one is made where \
                  it is missing or longer than 64 of [A-Za-z0-9._-].",
    schema: || text().into(),
    is_list: false,
    example: Some(|| json!("check-7")),
};

static DEADLINE: Parameter = Parameter {
    name: "X-Deadline-Ms",
    place: ParameterIn::Header,
    description: "How long the answer may take, in milliseconds.",
    schema: || {
        let longest = u32::try_from(REQUEST_DEADLINE.as_millis()).unwrap_or(u32::MAX);
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(1.0))
            .maximum(Some(longest))
            .default(Some(json!(longest)))
            .into()
    },
    is_list: false,
    example: Some(|| json!(2000)),
};

static IDEMPOTENCY_KEY: Parameter = Parameter {
    name: "Idempotency-Key",
    place: ParameterIn::Header,
    description: "Names the report: sent again with the same key and body it counts once and gets the same answer, for \
                  24 hours.",
    schema: || text().pattern(Some("^[A-Za-z0-9_-]{16,64}$")).into(),
    is_list: false,
    example: Some(|| json!("0b8f6c1e-5d0e-4a39-9b0e-2f6a8e1f7c55")),
};

pub(super) static LAST_EVENT_ID: Parameter = Parameter {
    name: "Last-Event-ID",
    place: ParameterIn::Header,
    description: "The id of the last event that was heard, to hear what came after it; an EventSource that comes back \
                  sends it by itself.",
    schema: || text().pattern(Some("^([A-Za-z0-9._-]{1,64}\\.[0-9]{1,16})?$")).into(),
    is_list: false,
    example: None,
};

/// The documented headers of every request.
pub(crate) struct EveryRequest;
/// The documented headers of requests that ask the server.
pub(crate) struct AskingRequest;
/// The documented headers of a report.
pub(crate) struct ReportHeaders;

impl IntoParams for EveryRequest {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Documented> {
        vec![documented(&may(&REQUEST_ID))]
    }
}

impl IntoParams for AskingRequest {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Documented> {
        [may(&REQUEST_ID), may(&DEADLINE)].iter().map(documented).collect()
    }
}

impl IntoParams for ReportHeaders {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Documented> {
        vec![documented(&may(&IDEMPOTENCY_KEY))]
    }
}
