//! The requests of one v2 session, by number: each is executed at most once, and its answer kept
//! until the client says that it has it (PROTOCOL §8.5).

use std::collections::VecDeque;
use std::sync::Arc;

use posto_wire::v2::FrameError;

use crate::limits::{MAX_REPLY_BYTES, V2_SPAN};

/// What a request was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reply {
    /// `dados`, as JSON text.
    Data(Arc<str>),
    /// `erro`.
    Error(FrameError),
}

impl Reply {
    fn bytes(&self) -> usize {
        match self {
            Self::Data(json) => json.len(),
            Self::Error(_) => 0,
        }
    }
}

/// What is known of a request that arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Not seen before.
    New,
    /// Being worked on.
    Running,
    /// Answered, with this.
    Done(Reply),
    /// Below the client's base: it has the answer, or wants none any more.
    Old,
    /// Further above the base than a client may go.
    Beyond,
    /// Not seen before, but too many answers wait for their client to fetch them.
    Full,
}

#[derive(Debug, Clone)]
enum Slot {
    New,
    Running { attempt: u32 },
    Done(Reply),
}

/// The window of one session.
#[derive(Debug)]
pub(super) struct Replies {
    base: u64,
    /// The requests from `base` on.
    slots: VecDeque<Slot>,
    bytes: usize,
}

impl Replies {
    pub(super) const fn new() -> Self {
        Self { base: 1, slots: VecDeque::new(), bytes: 0 }
    }

    /// Bytes of the answers that are kept.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// The client has the answers of all requests below this one, or wants them no more.
    pub(super) fn advance(&mut self, base: u64) {
        while self.base < base {
            match self.slots.pop_front() {
                Some(Slot::Done(reply)) => self.bytes -= reply.bytes(),
                Some(_) => {}
                None => {
                    self.base = base;
                    break;
                }
            }
            self.base += 1;
        }
        debug_assert!(!self.slots.is_empty() || self.bytes == 0);
    }

    /// What is known of this request; a running one remembers its newest attempt.
    pub(super) fn look_up(&mut self, sequence: u64, attempt: u32) -> Verdict {
        let Some(above) = sequence.checked_sub(self.base) else { return Verdict::Old };
        if above >= V2_SPAN {
            return Verdict::Beyond;
        }
        let full = self.bytes > MAX_REPLY_BYTES;
        match self.slot(sequence) {
            None | Some(Slot::New) if full => Verdict::Full,
            None | Some(Slot::New) => Verdict::New,
            Some(Slot::Running { attempt: newest }) => {
                *newest = attempt.max(*newest);
                Verdict::Running
            }
            Some(Slot::Done(reply)) => Verdict::Done(reply.clone()),
        }
    }

    /// The request is being worked on from now on.
    pub(super) fn start(&mut self, sequence: u64, attempt: u32) {
        let above = sequence.checked_sub(self.base).filter(|above| *above < V2_SPAN);
        let Some(index) = above.and_then(|above| usize::try_from(above).ok()) else { return };
        if self.slots.len() <= index {
            self.slots.resize(index + 1, Slot::New);
        }
        if let Some(slot) = self.slots.get_mut(index) {
            *slot = Slot::Running { attempt };
        }
    }

    /// The request has been answered; returns the newest attempt of it, or `None` where nobody waits
    /// for the answer any more.
    pub(super) fn answered(&mut self, sequence: u64, reply: Reply) -> Option<u32> {
        let slot = self.slot(sequence)?;
        let Slot::Running { attempt } = *slot else { return None };
        let bytes = reply.bytes();
        *slot = Slot::Done(reply);
        self.bytes += bytes;
        Some(attempt)
    }

    /// The newest attempt of a request that is being worked on.
    pub(super) fn running(&mut self, sequence: u64) -> Option<u32> {
        match self.slot(sequence)? {
            Slot::Running { attempt } => Some(*attempt),
            _ => None,
        }
    }

    /// The request was not executed after all: a repeat of it is new. Returns its newest attempt.
    pub(super) fn forget(&mut self, sequence: u64) -> Option<u32> {
        let attempt = self.running(sequence)?;
        if let Some(slot) = self.slot(sequence) {
            *slot = Slot::New;
        }
        Some(attempt)
    }

    fn slot(&mut self, sequence: u64) -> Option<&mut Slot> {
        let index = usize::try_from(sequence.checked_sub(self.base)?).ok()?;
        self.slots.get_mut(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(text: &str) -> Reply {
        Reply::Data(text.into())
    }

    #[test]
    fn a_request_runs_once_and_its_answer_is_kept_until_the_base_passes_it() {
        let mut replies = Replies::new();
        assert_eq!(replies.look_up(2, 1), Verdict::New);
        replies.start(2, 1);
        assert_eq!(replies.look_up(2, 2), Verdict::Running);
        assert_eq!(replies.answered(2, data("a")), Some(2), "the newest attempt is answered");
        assert_eq!(replies.look_up(2, 3), Verdict::Done(data("a")));
        assert_eq!(replies.look_up(1, 1), Verdict::New, "a gap below is no loss");
        replies.advance(3);
        assert_eq!(replies.look_up(2, 4), Verdict::Old);
        assert_eq!(replies.answered(1, data("b")), None);
    }

    #[test]
    fn the_span_ends_256_above_the_base_and_too_many_bytes_take_nothing_new() {
        let mut replies = Replies::new();
        assert_eq!([replies.look_up(256, 1), replies.look_up(257, 1)], [Verdict::New, Verdict::Beyond]);
        assert_eq!(replies.look_up(u64::MAX, 1), Verdict::Beyond);
        let long = "x".repeat(MAX_REPLY_BYTES + 1);
        replies.start(1, 1);
        replies.answered(1, data(&long));
        assert_eq!(replies.look_up(2, 1), Verdict::Full);
        assert_eq!(replies.look_up(1, 1), Verdict::Done(data(&long)), "what was answered stays answered");
        replies.advance(2);
        assert_eq!(replies.look_up(2, 1), Verdict::New);
    }

    #[test]
    fn a_base_far_ahead_forgets_everything_below_it() {
        let mut replies = Replies::new();
        (1..=5).for_each(|sequence| replies.start(sequence, 1));
        replies.advance(u64::MAX);
        assert_eq!(replies.look_up(5, 2), Verdict::Old);
        assert_eq!(replies.look_up(u64::MAX, 1), Verdict::New);
    }

    #[test]
    fn what_was_not_executed_is_new_again() {
        let mut replies = Replies::new();
        replies.start(1, 1);
        replies.look_up(1, 2);
        assert_eq!(replies.forget(1), Some(2));
        assert_eq!(replies.look_up(1, 3), Verdict::New);
        assert_eq!(replies.forget(1), None);
    }
}
