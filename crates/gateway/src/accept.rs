//! Which media type the client takes (RFC 9110 §12.5.1): ours is JSON.

use axum::extract::FromRequestParts;
use axum::http::header::ACCEPT;
use axum::http::request::Parts;

use crate::code::Code;
use crate::problem::Problem;

/// The client takes JSON; extracting it is the check.
pub(crate) struct TakesJson;

impl<S: Sync> FromRequestParts<S> for TakesJson {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let given = parts.headers.get_all(ACCEPT).iter().filter_map(|accept| accept.to_str().ok());
        let accept = given.collect::<Vec<_>>().join(",");
        if takes(&accept, "application", "json") {
            Ok(Self)
        } else {
            Err(Problem::new(Code::NotAcceptable, "this is served as application/json only"))
        }
    }
}

/// The client takes Server-Sent Events; extracting it is the check.
pub(crate) struct TakesEvents;

impl<S: Sync> FromRequestParts<S> for TakesEvents {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let given = parts.headers.get_all(ACCEPT).iter().filter_map(|accept| accept.to_str().ok());
        let accept = given.collect::<Vec<_>>().join(",");
        if takes(&accept, "text", "event-stream") {
            Ok(Self)
        } else {
            Err(Problem::new(Code::NotAcceptable, "this is served as text/event-stream only"))
        }
    }
}

/// Whether the most specific range that the type falls under has a weight above 0. An absent header
/// takes everything; ranges that cannot be read say nothing.
fn takes(accept: &str, kind: &str, subtype: &str) -> bool {
    let mut best: Option<(u8, bool)> = None;
    let mut is_silent = true;
    for range in accept.split(',').map(str::trim).filter(|range| !range.is_empty()) {
        is_silent = false;
        let mut parts = range.split(';').map(str::trim);
        let Some((range_kind, range_subtype)) = parts.next().and_then(|essence| essence.split_once('/')) else {
            continue;
        };
        let specificity = match (range_kind, range_subtype) {
            ("*", "*") => 0,
            (range_kind, "*") if range_kind.eq_ignore_ascii_case(kind) => 1,
            (range_kind, range_subtype)
                if range_kind.eq_ignore_ascii_case(kind) && range_subtype.eq_ignore_ascii_case(subtype) =>
            {
                2
            }
            _ => continue,
        };
        let weight = parts.find_map(|parameter| parameter.strip_prefix("q=").or(parameter.strip_prefix("Q=")));
        let is_wanted = weight.is_none_or(|weight| weight.parse::<f32>().is_ok_and(|weight| weight > 0.0));
        if best.is_none_or(|(known, _)| specificity >= known) {
            best = Some((specificity, is_wanted));
        }
    }
    is_silent || best.is_some_and(|(_, is_wanted)| is_wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_taken_unless_every_range_leaves_it_out() {
        for accept in
            ["", "*/*", "application/json", "APPLICATION/*", "text/html, */*;q=0.1", "application/json;q=0.5, text/csv"]
        {
            assert!(takes(accept, "application", "json"), "{accept}");
        }
        for accept in ["text/csv", "application/json;q=0", "application/json;q=0, */*", "image/*", "nonsense"] {
            assert!(!takes(accept, "application", "json"), "{accept}");
        }
    }
}
