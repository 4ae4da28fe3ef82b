//! A JSON body: its bytes within the limits, its members as [`Fields`], and how they are read.

use std::fmt;
use std::ops::{Deref, RangeInclusive};

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use posto_market::{Fuel, Price};
use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;
use tokio::time::Instant;

use crate::code::Code;
use crate::fault::Refusal;
use crate::fields::{Fields, Given};
use crate::inbound;
use crate::money;
use crate::problem::Problem;
use crate::query;

/// One member's value, unread.
#[derive(Debug)]
pub(crate) struct Member {
    raw: Box<RawValue>,
    /// The text of a string, for errors; else the JSON itself.
    shown: String,
}

impl Deref for Member {
    type Target = RawValue;

    fn deref(&self) -> &RawValue {
        &self.raw
    }
}

impl Given for Member {
    fn shown(&self) -> &str {
        &self.shown
    }

    /// Null says what a missing member says.
    fn is_blank(&self) -> bool {
        self.raw.get() == "null"
    }
}

/// The bytes of a body that says that it is JSON.
///
/// # Errors
/// Another media type than JSON (415); else as [`inbound::arrived`].
pub(crate) async fn bytes(headers: &HeaderMap, body: Body, deadline: Instant) -> Result<Vec<u8>, Problem> {
    let is_plain = headers.get(CONTENT_ENCODING).is_none_or(|encoding| encoding == "identity");
    if !is_plain || !headers.get(CONTENT_TYPE).is_some_and(|media_type| is_json(media_type.as_bytes())) {
        return Err(not_json());
    }
    Ok(inbound::arrived(headers, body, deadline).await?.into())
}

/// The body is announced as something else than JSON.
pub(crate) fn not_json() -> Problem {
    Problem::new(Code::UnsupportedMediaType, "send application/json, without Content-Encoding")
}

/// The members of a JSON object.
///
/// # Errors
/// Not JSON (400, with line and column), or not an object (422). Unknown and duplicate members are
/// told with the others at the end of the reading.
pub(crate) fn members(bytes: &[u8], known: &[&str]) -> Result<Fields<Member>, Problem> {
    let text =
        std::str::from_utf8(bytes).map_err(|_| Problem::new(Code::UnreadableRequest, "the body is not UTF-8"))?;
    let malformed = |error: serde_json::Error| {
        let detail = format!("the body is not JSON: {error}");
        Problem::new(Code::UnreadableRequest, &detail)
    };
    let whole: &RawValue = serde_json::from_str(text).map_err(malformed)?;
    if !whole.get().starts_with('{') {
        return Err(Problem::new(Code::NotAllowed, "the body is not a JSON object"));
    }
    let members: Members = serde_json::from_str(text).map_err(malformed)?;
    Ok(Fields::new(members.0, known))
}

/// A JSON number as a price.
pub(crate) fn price(raw: &RawValue) -> Result<Price, Refusal> {
    if is_number(raw) {
        money::price(raw.get())
    } else {
        Err(Refusal::not_allowed("not a JSON number", money::PRICE_ALLOWED))
    }
}

/// A fuel by its slug or alias.
pub(crate) fn fuel(raw: &RawValue) -> Result<Fuel, Refusal> {
    query::fuel(&text(raw)?)
}

/// A number in the range.
pub(crate) fn number(raw: &RawValue, range: RangeInclusive<f64>, allowed: &str) -> Result<f64, Refusal> {
    if !is_number(raw) {
        return Err(Refusal::not_allowed("not a JSON number", allowed));
    }
    query::number(raw.get(), range, allowed)
}

/// `true` or `false`.
pub(crate) fn flag(raw: &RawValue) -> Result<bool, Refusal> {
    match raw.get() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Refusal::not_allowed("neither true nor false", "true, false")),
    }
}

/// A string.
pub(crate) fn text(raw: &RawValue) -> Result<String, Refusal> {
    if !raw.get().starts_with('"') {
        return Err(Refusal::not_allowed("not a JSON string", "a string"));
    }
    serde_json::from_str(raw.get()).map_err(|_| Refusal::unreadable("not Unicode", "a string of Unicode characters"))
}

fn is_number(raw: &RawValue) -> bool {
    raw.get().starts_with(|first: char| first == '-' || first.is_ascii_digit())
}

/// `application/json`, with parameters or without; the charset is always UTF-8 (RFC 8259 §8.1).
fn is_json(media_type: &[u8]) -> bool {
    let essence = media_type.split(|byte| *byte == b';').next().unwrap_or_default();
    essence.trim_ascii().eq_ignore_ascii_case(b"application/json")
}

/// Every member in its order, duplicates too.
struct Members(Vec<(String, Member)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;

        impl<'de> Visitor<'de> for Each {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some((name, raw)) = map.next_entry::<String, Box<RawValue>>()? {
                    let shown = serde_json::from_str(raw.get()).unwrap_or_else(|_| raw.get().to_owned());
                    members.push((name, Member { raw, shown }));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Each)
    }
}
