//! Entity tags: what an answer says in one word, so that a client that has it already is told so in
//! few bytes (RFC 9110 §8.8.3 and §13.1.2).

use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LINK};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use memchr::memmem;
use sha2::{Digest, Sha256};

use crate::random::hexadecimal;

/// How the age of a price begins in our JSON. Nothing else looks like it: inside of a text every
/// quotation mark has a backslash before it.
const AGE: &[u8] = b"\"age_s\":";

/// Bytes of the hash that a tag keeps: by chance no two answers of one address ever share them.
const TAG_BYTES: usize = 16;

/// The tag of an answer: weak, because it is sent compressed, too, and because ages are left out of
/// it. They grow by themselves, and an answer that has only grown older says nothing new.
pub(crate) fn of(media_type: &str, json: &[u8]) -> HeaderValue {
    let mut hash = Sha256::new_with_prefix(media_type.as_bytes());
    let mut rest = json;
    while let Some(place) = memmem::find(rest, AGE) {
        let (before, age) = rest.split_at(place);
        hash.update(before);
        let digits = age.get(AGE.len()..).unwrap_or_default();
        let end = digits.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(digits.len());
        rest = digits.get(end..).unwrap_or_default();
    }
    hash.update(rest);
    weak(&hash.finalize())
}

/// The tag of a file.
pub(crate) fn of_file(bytes: &[u8]) -> HeaderValue {
    weak(&Sha256::digest(bytes))
}

fn weak(hash: &[u8]) -> HeaderValue {
    let tag = format!("W/\"{}\"", hexadecimal(hash.get(..TAG_BYTES).unwrap_or(hash)));
    HeaderValue::try_from(tag).unwrap_or(HeaderValue::from_static("W/\"\""))
}

/// The answer, or 304 where the client has it already.
pub(crate) fn unless_known(request_tags: &[HeaderValue], response: Response) -> Response {
    let is_known = response.status() == StatusCode::OK
        && response.headers().get(ETAG).is_some_and(|tag| request_tags.iter().any(|tags| names(tags, tag)));
    if !is_known {
        return response;
    }
    let (mut head, _) = response.into_parts();
    for of_the_content in [CONTENT_TYPE, CONTENT_LENGTH, LINK] {
        head.headers.remove(of_the_content);
    }
    head.status = StatusCode::NOT_MODIFIED;
    Response::from_parts(head, ().into_response().into_body())
}

/// The tags that a request names.
pub(crate) fn of_request(headers: &HeaderMap) -> Vec<HeaderValue> {
    headers.get_all(IF_NONE_MATCH).iter().cloned().collect()
}

/// Whether the list of a request has this tag; strong and weak ones compare alike.
fn names(tags: &HeaderValue, tag: &HeaderValue) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let Ok((tags, ours)) = tags.to_str().and_then(|tags| Ok((tags, opaque(tag.to_str()?)))) else {
        return false;
    };
    tags.split(',').any(|tag| tag.trim() == "*" || opaque(tag) == ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_has_only_grown_older_keeps_its_tag() {
        let tag = |json: &str| of("application/json", json.as_bytes());
        let young = tag(r#"{"price":4.999,"age_s":7,"stale":false,"age_s":null}"#);
        assert_eq!(young, tag(r#"{"price":4.999,"age_s":123456,"stale":false,"age_s":9}"#));
        assert_ne!(young, tag(r#"{"price":4.998,"age_s":7,"stale":false,"age_s":null}"#));
        assert_ne!(young, tag(r#"{"price":4.999,"age_s":7,"stale":true,"age_s":null}"#));
        assert_ne!(young, of("text/csv", br#"{"price":4.999,"age_s":7,"stale":false,"age_s":null}"#));
    }

    #[test]
    fn a_name_that_looks_like_an_age_counts() {
        let tag = |name: &str| of("application/json", serde_json::json!({ "name": name }).to_string().as_bytes());
        assert_ne!(tag(r#""age_s":1"#), tag(r#""age_s":2"#));
    }

    #[test]
    fn what_is_cut_short_after_an_age_has_a_tag_too() {
        for json in [&b"\"age_s\":"[..], b"\"age_s\":12", b"", b"\"age_s\":\"age_s\":"] {
            assert_eq!(of("a", json).len(), 36);
        }
    }
}
