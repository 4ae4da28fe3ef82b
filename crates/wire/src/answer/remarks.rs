//! What an answer says beside its `ok` or `erro` (PROTOCOL §7.21).

use serde::{Deserialize, Serialize};

use crate::bridge;
use crate::json::{Object, Value};
use crate::limits::MAX_INTEGER;
use crate::python;

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
        match (answer, bridge::to_value(self)) {
            (Value::Object(mut answer), Value::Object(remarks)) => {
                for (name, value) in remarks {
                    answer.set(&name, value);
                }
                answer.into()
            }
            (answer, _) => answer,
        }
    }

    /// How many bytes of an answer they take at most, whatever the position and the silence will be.
    #[must_use]
    pub fn most_bytes(&self) -> usize {
        let most = |number: Option<u64>| number.map(|_| MAX_INTEGER.unsigned_abs());
        let longest = Self { position: most(self.position), book: self.book.clone(), silent_s: most(self.silent_s) };
        // Two braces less, and a comma with its blank more.
        python::dumps(&bridge::to_value(&longest)).len()
    }
}
