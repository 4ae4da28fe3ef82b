//! What an answer says beside itself: its position, where the asker wants to know it, and for how long
//! nothing was heard of the log that the server follows (PROTOCOL §7.21).

use posto_store::Journal;
use posto_wire::Value;
use posto_wire::answer::Remarks;

/// What is to be said beside an answer.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    /// Where the position is found, if it is wanted.
    journal: Option<Journal>,
    /// The position of what was asked, where it has one of its own.
    position: Option<u64>,
    silent_s: Option<u64>,
}

impl Beside {
    /// The position of whatever the answer is made of.
    pub(crate) fn position_of(journal: &Journal) -> Self {
        Self { journal: Some(journal.clone()), ..Self::default() }
    }

    /// The same of an answer that has a position of its own.
    pub(crate) fn at(&mut self, position: u64) {
        self.position = Some(position);
    }

    /// The same of a server that has heard nothing for so many seconds.
    pub(crate) fn silent_for(&mut self, seconds: u64) {
        self.silent_s = Some(seconds);
    }

    /// How many bytes of the answer it takes at most.
    pub(crate) fn most_bytes(&self) -> usize {
        if self.journal.is_none() && self.silent_s.is_none() { 0 } else { self.remarks().most_bytes() }
    }

    /// The answer with what is said beside it. It has been made: what it shows came before the position.
    pub(crate) fn put(&self, answer: Value) -> Value {
        if self.journal.is_none() && self.silent_s.is_none() { answer } else { self.remarks().beside(answer) }
    }

    fn remarks(&self) -> Remarks {
        let journal = self.journal.as_ref();
        Remarks {
            position: journal.map(|journal| self.position.unwrap_or_else(|| journal.visible())),
            book: journal.map(|journal| journal.book_id().to_owned()),
            silent_s: self.silent_s,
        }
    }
}
