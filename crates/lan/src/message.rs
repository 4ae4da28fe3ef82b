//! A remark: `{"user": "motorista-7", "data": "fila grande na bomba 2"}`, one JSON object in one datagram.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::limits::{MAX_DATA_CHARACTERS, MAX_DATAGRAM, MAX_USER_CHARACTERS};

/// What a talker says when it leaves.
pub const LEAVE: &str = "sair";

/// Who says what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who, by a name that anyone could have taken.
    pub user: String,
    /// What.
    pub data: String,
}

/// Why a datagram is no remark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unreadable {
    /// It is too long, or its members are.
    #[error(
        "longer than a remark may be: {MAX_DATAGRAM} bytes, {MAX_USER_CHARACTERS} characters of user, \
         {MAX_DATA_CHARACTERS} of data"
    )]
    TooLong,
    /// It is not a JSON object with the texts `user` and `data`, neither of them blank.
    #[error("no JSON object with the texts user and data")]
    NoMessage,
}

impl Message {
    /// Reads a datagram.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Unreadable> {
        if bytes.len() > MAX_DATAGRAM {
            return Err(Unreadable::TooLong);
        }
        let message: Self = serde_json::from_slice(bytes).map_err(|_| Unreadable::NoMessage)?;
        message.checked()
    }

    /// The datagram.
    ///
    /// # Errors
    /// [`Unreadable`], where nobody would read it.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Unreadable> {
        let message = self.clone().checked()?;
        let bytes = serde_json::to_vec(&message).map_err(|_| Unreadable::NoMessage)?;
        if bytes.len() > MAX_DATAGRAM { Err(Unreadable::TooLong) } else { Ok(bytes) }
    }

    /// Whether its user leaves with it.
    #[must_use]
    pub fn leaves(&self) -> bool {
        self.data.trim().eq_ignore_ascii_case(LEAVE)
    }

    /// `user: data`, on one line, in which nothing moves a terminal's cursor or turns its text around.
    #[must_use]
    pub fn shown(&self) -> String {
        format!("{}: {}", harmless(&self.user), harmless(&self.data))
    }

    /// Its user, shown harmlessly.
    #[must_use]
    pub fn shown_user(&self) -> String {
        harmless(&self.user)
    }

    fn checked(self) -> Result<Self, Unreadable> {
        if self.user.trim().is_empty() || self.data.trim().is_empty() {
            return Err(Unreadable::NoMessage);
        }
        let longer = |text: &str, most| text.chars().nth(most).is_some();
        if longer(&self.user, MAX_USER_CHARACTERS) || longer(&self.data, MAX_DATA_CHARACTERS) {
            return Err(Unreadable::TooLong);
        }
        Ok(self)
    }
}

/// A JSON text with the same content, in which nothing moves a terminal's cursor or turns its text around.
#[must_use]
pub fn harmless_json(json: &str) -> String {
    // All of them are below U+10000, so one escape of JSON is enough.
    escaped(json, |character| format!("\\u{:04x}", u32::from(character)))
}

/// Control characters and those that change the direction of text, as `\u{1b}`.
fn harmless(text: &str) -> String {
    escaped(text, |character| character.escape_unicode().to_string())
}

fn escaped(text: &str, escape: impl Fn(char) -> String) -> String {
    let is_harmful = |character: char| {
        let turns = matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        character.is_control() || turns || matches!(character, '\u{2028}' | '\u{2029}')
    };
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_harmful(character) {
            shown.push_str(&escape(character));
        } else {
            shown.push(character);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn message(user: &str, data: &str) -> Message {
        Message { user: user.to_owned(), data: data.to_owned() }
    }

    #[test]
    fn what_python_sends_is_read() {
        let sent = br#"{"user": "motorista-7", "data": "fila grande na bomba 2 \u00e9"}"#;
        assert_eq!(Message::parse(sent), Ok(message("motorista-7", "fila grande na bomba 2 é")));
        assert!(message("a", " SAIR ").leaves() && !message("a", "sair daqui").leaves());
    }

    #[test]
    fn what_is_no_remark_is_refused() {
        for bad in ["", "{}", "[]", r#"{"user": 1, "data": "x"}"#, r#"{"user": "x"}"#, r#"{"user": " ", "data": "x"}"#]
        {
            assert_eq!(Message::parse(bad.as_bytes()), Err(Unreadable::NoMessage), "{bad}");
        }
        assert_eq!(message("x", &"é".repeat(281)).to_bytes(), Err(Unreadable::TooLong));
        assert_eq!(message(&"x".repeat(41), "y").to_bytes(), Err(Unreadable::TooLong));
        assert_eq!(Message::parse(&[b' '; 1_201]), Err(Unreadable::TooLong));
    }

    #[test]
    fn nothing_in_a_remark_moves_the_cursor_or_turns_the_text() {
        let shown = message("\u{1b}[2Ja", "b\r\nc\u{202e}d\u{2028}e").shown();
        assert_eq!(shown, r"\u{1b}[2Ja: b\u{d}\u{a}c\u{202e}d\u{2028}e");
    }

    #[test]
    fn json_keeps_its_content_and_loses_what_would_do_harm() {
        let said = message("\u{1b}[2Ja", "b\r\nc\u{202e}d\u{9b}e é");
        let shown = harmless_json(&serde_json::to_string(&said).unwrap());
        assert_eq!(shown, r#"{"user":"\u001b[2Ja","data":"b\r\nc\u202ed\u009be é"}"#);
        assert_eq!(Message::parse(shown.as_bytes()), Ok(said));
    }

    proptest! {
        #[test]
        fn any_datagram_is_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Message::parse(&bytes);
        }

        #[test]
        fn a_written_remark_reads_back(user in "[^ ]\\PC{0,30}", data in "[^ ].{0,100}") {
            let message = Message { user, data };
            if let Ok(bytes) = message.to_bytes() {
                prop_assert_eq!(Message::parse(&bytes), Ok(message));
            }
        }
    }
}
