//! `Posto-Position`: up to where the answer's book was seen, told with answers and given back with
//! questions, which then are answered from there on (PROTOCOL §7.21); and `Posto-Book-Age`.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use posto_client::{Seen, Told};
use posto_wire::limits::{MAX_ID_BYTES, MAX_INTEGER};

use crate::fault::Refusal;
use crate::problem::Problem;

/// A book and a position in it: `5d41402abc4b2a76.48471`.
pub(crate) const POSITION_HEADER: HeaderName = HeaderName::from_static("posto-position");

/// For how many seconds the server that answered had heard nothing of the others.
pub(crate) const AGE_HEADER: HeaderName = HeaderName::from_static("posto-book-age");

/// What the header may look like.
pub(crate) const PATTERN: &str = "^[A-Za-z0-9._-]{1,64}\\.[0-9]{1,16}$";

/// What the client has seen; nothing where it does not say.
///
/// # Errors
/// `Posto-Position` is none.
pub(crate) fn seen(headers: &HeaderMap) -> Result<Seen, Problem> {
    let mut given = headers.get_all(&POSITION_HEADER).iter().map(|value| value.to_str().unwrap_or("?"));
    match (given.next(), given.next()) {
        (None, _) => Ok(Seen::default()),
        (Some(given), None) => read(given).ok_or_else(|| refused(given)),
        (Some(first), Some(_)) => Err(refused(first)),
    }
}

fn read(given: &str) -> Option<Seen> {
    let (book, position) = given.rsplit_once('.')?;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let is_book = (1..=MAX_ID_BYTES).contains(&book.len()) && book.bytes().all(allowed);
    let is_number = position.len() <= 16 && position.bytes().all(|byte| byte.is_ascii_digit());
    let position: u64 = position.parse().ok().filter(|_| is_book && is_number)?;
    (position <= MAX_INTEGER.unsigned_abs()).then(|| Seen { position, book: Some(book.to_owned()) })
}

fn refused(given: &str) -> Problem {
    let allowed = "the header Posto-Position of an earlier answer, once";
    Problem::from(("Posto-Position", Some(given), Refusal::unreadable("not a position", allowed)))
}

/// Tells what was found out with the answer.
pub(crate) fn tell(told: &Told, headers: &mut HeaderMap) {
    if let Some(Seen { position, book: Some(book) }) = told.seen()
        && let Ok(value) = HeaderValue::try_from(format!("{book}.{position}"))
    {
        headers.insert(POSITION_HEADER, value);
    }
    if let Some(seconds) = told.silent_s() {
        headers.insert(AGE_HEADER, HeaderValue::from(seconds));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_read_and_nothing_else() {
        let with = |values: &[&str]| {
            let headers = values.iter().map(|value| (POSITION_HEADER, HeaderValue::from_str(value).unwrap()));
            seen(&HeaderMap::from_iter(headers))
        };
        let read = with(&["5d41.402a.9007199254740992"]).unwrap();
        assert_eq!(read, Seen { position: 1 << 53, book: Some("5d41.402a".to_owned()) });
        assert_eq!(with(&[]).unwrap(), Seen::default());
        for bad in ["", "7", ".7", "b.", "b.7a", "b.-7", "b.+7", "b c.7", "b.9007199254740993", "b.00000000000000007"] {
            assert!(with(&[bad]).is_err(), "{bad:?}");
        }
        let mut headers = HeaderMap::new();
        headers.append(POSITION_HEADER, HeaderValue::from_static("b.1"));
        headers.append(POSITION_HEADER, HeaderValue::from_static("b.2"));
        assert!(seen(&headers).is_err(), "which of the two?");
    }
}
