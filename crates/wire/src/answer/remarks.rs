//! What an answer says beside its `ok` or `erro` (PROTOCOL §7.21).

use serde::{Deserialize, Serialize};

use crate::bridge;
use crate::json::{Object, Value};
use crate::limits::MAX_INTEGER;

/// What stands beside `ok` or `erro`; each absent where there is nothing to say.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Remarks {
    /// `posicao`: everything that the answer is made of was recorded up to here, 0..=2^53. Told to whoever
    /// names a position.
    #[serde(rename = "posicao", default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    /// `book`: the book that the position is one of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub book: Option<String>,
    /// `sem_contato_s`: for so many seconds the server has heard nothing of the log that it follows, so
    /// the answer may be as much out of date.
    #[serde(rename = "sem_contato_s", default, skip_serializing_if = "Option::is_none")]
    pub silent_s: Option<u64>,
}

impl Remarks {
    /// What an answer may say of this; nothing where it says none, or what cannot be read.
    #[must_use]
    pub fn of(answer: &Value) -> Self {
        let Value::Object(object) = answer else { return Self::default() };
        let mut remarks = Object::new();
        for name in ["posicao", "book", "sem_contato_s"] {
            if let Some(value) = object.get(name) {
                remarks.set(name, value.clone());
            }
        }
        bridge::from_value(remarks.into()).unwrap_or_default()
    }

    /// The answer with these remarks; a text stays as it is.
    #[must_use]
    pub fn beside(&self, answer: Value) -> Value {
        let Value::Object(mut answer) = answer else { return answer };
        let number = |number: u64| Value::Integer(i64::try_from(number).unwrap_or(MAX_INTEGER).min(MAX_INTEGER));
        if let Some(position) = self.position {
            answer.set("posicao", number(position));
        }
        if let Some(book) = &self.book {
            answer.set("book", book.as_str().into());
        }
        if let Some(silent_s) = self.silent_s {
            answer.set("sem_contato_s", number(silent_s));
        }
        answer.into()
    }

    /// How many bytes of an answer they take at most, whatever the position and the silence will be.
    #[must_use]
    pub fn most_bytes(&self) -> usize {
        const LONGEST_NUMBER: usize = "9007199254740992".len();
        let number = |is_told: bool, before: &str| if is_told { before.len() + LONGEST_NUMBER } else { 0 };
        number(self.position.is_some(), ", \"posicao\": ")
            + self.book.as_ref().map_or(0, |book| ", \"book\": \"\"".len() + book.len())
            + number(self.silent_s.is_some(), ", \"sem_contato_s\": ")
    }
}
