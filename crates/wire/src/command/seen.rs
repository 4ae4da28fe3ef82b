//! What an asker has seen (`posicao`, `book`; PROTOCOL §7.21), written and read.

use super::fields::Fields;
use crate::json::{Object, Value};
use crate::limits::MAX_INTEGER;
use crate::mistake::Mistake;

/// Up to where an asker knows that things were recorded: whoever answers must have it, too. With it the
/// answer tells its own position ([`crate::answer::Remarks`]).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Seen {
    /// `posicao`: of an earlier answer, 0..=2^53; 0 waits for nothing.
    pub position: u64,
    /// `book`: of the same answer; `None`: that of whoever is asked. A position of another book is
    /// passed over.
    pub book: Option<String>,
}

impl Seen {
    pub(super) fn write(&self, object: Object) -> Object {
        let position = i64::try_from(self.position).unwrap_or(MAX_INTEGER);
        object.with("posicao", Value::Integer(position)).with_some("book", self.book.clone())
    }

    pub(super) fn read(fields: &Fields<'_>) -> Result<Option<Self>, Mistake> {
        let Some(position) = fields.position("posicao")? else { return Ok(None) };
        Ok(Some(Self { position, book: fields.identifier("book")? }))
    }
}
