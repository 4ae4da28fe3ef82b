//! Subjects of the log's messages: what a message is about, for those who look at the log with the
//! tools of NATS. Nothing here is read back by Posto.

use std::fmt::Write as _;

use posto_market::{Position, StationId, geohash};
use posto_store::Entry;

/// Characters of the geohash in a subject: a cell of some 20 by 40 km.
const CELL_CHARACTERS: usize = 4;

/// The subject of an entry in this stream: `posto.price.6gyf.new.gasoline`.
pub(crate) fn of(stream: &str, entry: &Entry) -> String {
    match entry {
        Entry::Report(report) => {
            let wish = &report.wish;
            let station = wish.station.as_ref().map_or_else(|| "new".to_owned(), token_of);
            format!("{stream}.price.{}.{station}.{}", cell(wish.position), token(wish.fuel.slug()))
        }
        Entry::Import(record, _) => {
            let station = &record.station;
            format!("{stream}.station.{}.{}", cell(station.position), token_of(&station.id))
        }
        Entry::Flag(flag) => format!("{stream}.flag.{}", token_of(&flag.station)),
        Entry::Moderate(order) => format!("{stream}.act.{}", token(order.act.name())),
        Entry::Seed(_) => format!("{stream}.seed"),
    }
}

/// All subjects of a stream.
pub(crate) fn all(stream: &str) -> String {
    format!("{stream}.>")
}

/// Whether a stream may be called so: the name begins its subjects, too.
pub(crate) fn is_stream_name(name: &str) -> bool {
    (1..=32).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// A text as one token: letters, digits, `-` and `_` as they are, every other byte as `%2E`.
pub(crate) fn token(text: &str) -> String {
    let mut token = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_' {
            token.push(char::from(byte));
        } else {
            // Writing to a String does not fail.
            let _ = write!(token, "%{byte:02X}");
        }
    }
    token
}

fn token_of(station: &StationId) -> String {
    token(station.as_str())
}

fn cell(position: Position) -> String {
    geohash(position).chars().take(CELL_CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_subject_means_something_by_is_encoded() {
        assert_eq!(token("it-12_3"), "it-12_3");
        assert_eq!(token("a.b *>\r\né"), "a%2Eb%20%2A%3E%0D%0A%C3%A9");
    }

    #[test]
    fn a_streams_name_is_one_token() {
        assert!(is_stream_name("posto") && is_stream_name("posto-2_a"));
        for bad in ["", "a.b", "a b", "*", ">", "é", &"x".repeat(33)] {
            assert!(!is_stream_name(bad), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn different_texts_have_different_tokens(one in ".{0,12}", two in ".{0,12}") {
            let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-_%".contains(&byte);
            prop_assert!(token(&one).bytes().all(safe));
            prop_assert_eq!(token(&one) == token(&two), one == two);
        }
    }
}
