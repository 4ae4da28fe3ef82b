//! What the document says of every read alike: its tag, 304, its position, and where lists go on.

use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{OpenApi, RefOr, Required};

use crate::place::PATTERN;

/// Operations whose answer is news every time.
const NEVER_THE_SAME: [&str; 3] = ["healthz", "readyz", "metrics"];

/// Operations whose answers go on.
const IN_PARTS: [&str; 2] = ["list", "history"];

/// Operations that ask a server, each time.
const ASKING: [&str; 7] = ["list", "cheapest", "station", "history", "map", "statistics", "time"];

/// Our tags; a request may name any.
const TAG: &str = "^W/\"[0-9a-f]{32}\"$";

/// Completes every read.
pub(super) fn complete(document: &mut OpenApi) {
    for operation in document.paths.paths.values_mut().filter_map(|path| path.get.as_mut()) {
        let id = operation.operation_id.clone().unwrap_or_default();
        if !NEVER_THE_SAME.contains(&id.as_str()) && serves_data(operation) {
            conditional(operation);
        }
        if ASKING.contains(&id.as_str()) {
            placed(operation);
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

/// Where the answer's book is, and where it must have come to.
fn placed(operation: &mut Operation) {
    answer(operation, |response| {
        response.headers.insert("Posto-Position".to_owned(), header(POSITION_TOLD, Some(PATTERN)).into());
        let seconds = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(2.0));
        let age = HeaderBuilder::new().schema(Some(seconds)).description(Some(AGE_TOLD)).build();
        response.headers.insert("Posto-Book-Age".to_owned(), age.into());
    });
    operation.parameters.get_or_insert_default().push(position().into());
}

/// Of another book than any that a reader of the document asks.
const EXAMPLE: &str = "0c6bd1e2a1f04f3a9f7d1d6f2a3b4c5d.10";
const POSITION_TOLD: &str = "Up to where the book was seen; not told by every server";
const AGE_TOLD: &str = "Only where the server that answered is cut off from the others: for how many seconds it has \
                        heard nothing of them";

fn position() -> Parameter {
    ParameterBuilder::new()
        .name("Posto-Position")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "The header of an earlier answer: only a server that has come as far answers, or it is a 503 (behind). One \
             of another book is passed over.",
        ))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).pattern(Some(PATTERN))))
        .example(Some(EXAMPLE.into()))
        .build()
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
