//! What the document says of every read alike: its tag, 304, and where lists go on.

use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{OpenApi, RefOr, Required};

/// Operations whose answer is news every time.
const NEVER_THE_SAME: [&str; 3] = ["healthz", "readyz", "metrics"];

/// Operations whose answers go on.
const IN_PARTS: [&str; 2] = ["list", "history"];

/// Our tags; a request may name any.
const TAG: &str = "^W/\"[0-9a-f]{32}\"$";

/// Completes every read.
pub(super) fn complete(document: &mut OpenApi) {
    for operation in document.paths.paths.values_mut().filter_map(|path| path.get.as_mut()) {
        let id = operation.operation_id.clone().unwrap_or_default();
        if !NEVER_THE_SAME.contains(&id.as_str()) && serves_data(operation) {
            conditional(operation);
        }
        if IN_PARTS.contains(&id.as_str()) {
            let link = header("The address of the next part, rel=\"next\" (RFC 8288); missing at the end", None);
            answer(operation, |response| drop(response.headers.insert("Link".to_owned(), link.into())));
        }
    }
}

/// A stream has no tag: only what is answered as a whole is.
fn serves_data(operation: &mut Operation) -> bool {
    let mut is_whole = false;
    answer(operation, |response| is_whole = !response.content.contains_key("text/event-stream"));
    is_whole
}

fn conditional(operation: &mut Operation) {
    let tag = || header("Names the answer; ages (age_s) do not count", Some(TAG));
    answer(operation, |response| drop(response.headers.insert("ETag".to_owned(), tag().into())));
    let unchanged = ResponseBuilder::new()
        .description("The answer is still the one that If-None-Match names; it has no body")
        .header("ETag", tag());
    operation.responses.responses.insert("304".to_owned(), RefOr::T(unchanged.build()));
    operation.parameters.get_or_insert_default().push(if_none_match().into());
}

fn answer(operation: &mut Operation, change: impl FnOnce(&mut Response)) {
    if let Some(RefOr::T(response)) = operation.responses.responses.get_mut("200") {
        change(response);
    }
}

fn header(description: &str, pattern: Option<&str>) -> Header {
    let text = ObjectBuilder::new().schema_type(Type::String).pattern(pattern);
    HeaderBuilder::new().schema(Some(text)).description(Some(description)).build()
}

fn if_none_match() -> Parameter {
    ParameterBuilder::new()
        .name("If-None-Match")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "The ETag of an answer that the client has: if it is still the same, 304 without a body. A list \
                           of tags and * are read too.",
        ))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build()
}
