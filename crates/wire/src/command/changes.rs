//! Command `W`: what changed after a place in the journal, waited for if need be (PROTOCOL §7.18),
//! written and read.

use std::time::Duration;

use super::Command;
use super::fields::Fields;
use crate::json::{Object, Value};
use crate::limits::{MAX_INTEGER, MAX_WAIT};
use crate::mistake::Mistake;

const WAIT_RANGE: &str = "milissegundos de 0 a 20000";

/// Which changes are wanted, and how long one may be waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangesRequest {
    /// The place after which; `None`: only the newest one is asked for.
    pub after: Option<JournalPlace>,
    /// `espera_ms`: how long to wait for a change where there is none yet, at most [`MAX_WAIT`].
    pub wait: Duration,
}

/// A place in a journal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct JournalPlace {
    /// `book`: the journal's random id.
    pub book: String,
    /// `desde`: the position of the last change that is known, 0..=2^53.
    pub position: u64,
}

pub(super) fn write(object: Object, request: &ChangesRequest) -> Object {
    let wait_ms = i64::try_from(request.wait.as_millis()).unwrap_or(i64::MAX);
    let object = match &request.after {
        None => object,
        Some(JournalPlace { book, position }) => object
            .with("desde", Value::Integer(i64::try_from(*position).unwrap_or(MAX_INTEGER)))
            .with("book", book.as_str()),
    };
    object.with_some("espera_ms", (wait_ms > 0).then_some(Value::Integer(wait_ms)))
}

pub(super) fn read(fields: &Fields<'_>) -> Result<Command, Mistake> {
    let position = fields.position("desde")?;
    let book = fields.identifier("book")?;
    let after = match (position, book) {
        (None, None) => None,
        (None, Some(_)) => return Err(Mistake::empty("desde")),
        (Some(_), None) => return Err(Mistake::empty("book")),
        (Some(position), Some(book)) => Some(JournalPlace { book, position }),
    };
    let wait = fields.integer("espera_ms", WAIT_RANGE)?.unwrap_or(0);
    let wait = u64::try_from(wait).ok().map(Duration::from_millis).filter(|wait| *wait <= MAX_WAIT);
    let wait = wait.ok_or_else(|| Mistake::not_allowed("espera_ms", WAIT_RANGE))?;
    Ok(Command::Changes(ChangesRequest { after, wait }))
}
