//! One request in the air: its attempts, and what has been heard of it.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use posto_wire::v2::{Frame, FrameError};
use posto_wire::{Value, json, python};

use super::super::reassembly::Reassembly;
use super::super::{RequestId, Shared, Waiting};
use crate::limits::REMEMBERED_ATTEMPTS;
use crate::retransmit::Repeat;

/// A request that has been sent.
pub(super) struct InFlight {
    waiting: Waiting,
    json: String,
    /// The newest attempt, from 1.
    attempt: u32,
    /// When the last attempts were sent.
    sent: VecDeque<(u32, Instant)>,
    repeat: Repeat,
    /// When it is due, where the server has said something of it.
    told_due: Option<Instant>,
    announced: bool,
    parts: Option<Reassembly>,
}

/// What a frame says of a request.
pub(super) enum Told {
    /// It is being worked on.
    Announced,
    /// Part of the answer; more is missing.
    Part,
    Answered(Value),
    /// It was not taken; it may be asked again after this time.
    Busy(Duration),
    Failed(FrameError),
    /// The answer is not JSON.
    Unreadable,
}

impl InFlight {
    /// The request has just been sent.
    pub(super) fn new(mut waiting: Waiting, repeat: Repeat, now: Instant) -> Self {
        let json = waiting.json.take().unwrap_or_else(|| python::dumps(&waiting.ask.data));
        let sent = VecDeque::from([(1, now)]);
        Self { waiting, json, attempt: 1, sent, repeat, told_due: None, announced: false, parts: None }
    }

    pub(super) const fn id(&self) -> RequestId {
        self.waiting.id
    }

    pub(super) fn json(&self) -> &str {
        &self.json
    }

    pub(super) const fn deadline(&self) -> Instant {
        self.waiting.ask.deadline
    }

    /// When something must be done about it.
    pub(super) fn due(&self) -> Instant {
        self.told_due.unwrap_or(self.repeat.due()).min(self.deadline())
    }

    pub(super) const fn set_due(&mut self, due: Instant) {
        self.told_due = Some(due);
    }

    /// Whether the server has said nothing of it yet.
    pub(super) const fn is_unheard(&self) -> bool {
        !self.announced && self.parts.is_none()
    }

    /// The next attempt is about to be sent; returns how many repeats there were.
    pub(super) fn again(&mut self, now: Instant, shared: &mut Shared) -> u32 {
        self.attempt = self.attempt.saturating_add(1);
        if self.sent.len() >= REMEMBERED_ATTEMPTS {
            self.sent.pop_front();
        }
        self.sent.push_back((self.attempt, now));
        self.told_due = None;
        let repeats = self.repeat.again(now, &shared.rtt, &mut shared.jitter);
        if self.announced {
            self.told_due = Some(now + crate::limits::PROBE_EVERY);
        }
        repeats
    }

    /// The members of this attempt that are not the session's.
    pub(super) fn write_head(&self, frame: &mut Frame, now: Instant) {
        let left = self.deadline().saturating_duration_since(now).as_millis();
        frame.attempt = self.attempt;
        frame.time_left_ms = Some(u32::try_from(left).unwrap_or(u32::MAX).max(1));
        frame.missing = self.parts.as_ref().map_or_else(Vec::new, Reassembly::missing);
    }

    /// The round trip that an answer to this attempt shows: `None` where that was never sent, and
    /// `Some(None)` where the time went into working on it or is not known any more.
    pub(super) fn round_trip(&self, attempt: u32, now: Instant) -> Option<Option<Duration>> {
        if attempt == 0 || attempt > self.attempt {
            return None;
        }
        let sent = self.sent.iter().find(|(number, _)| *number == attempt);
        let measured = sent.map(|(_, sent)| now.saturating_duration_since(*sent));
        Some(measured.filter(|_| self.is_unheard()))
    }

    /// What this frame says.
    pub(super) fn told(&mut self, frame: Frame) -> Told {
        if let Some(busy_ms) = frame.busy_ms {
            return Told::Busy(Duration::from_millis(u64::from(busy_ms)));
        }
        if let Some(error) = frame.error {
            return Told::Failed(error);
        }
        match (frame.fragment, frame.data) {
            (None, Value::Null) => {
                self.announced = true;
                Told::Announced
            }
            (None, data) => Told::Answered(data),
            (Some(fragment), Value::Text(slice)) => {
                let parts = self.parts.get_or_insert_with(|| Reassembly::new(fragment.count));
                match parts.add(fragment, &slice) {
                    None => Told::Part,
                    Some(text) => json::parse(text.as_bytes()).map_or(Told::Unreadable, Told::Answered),
                }
            }
            (Some(_), _) => Told::Unreadable,
        }
    }

    /// What is to be asked again in another session; else the id of what must not be.
    pub(super) fn into_repeatable(self) -> Result<Waiting, RequestId> {
        let Self { waiting, json, .. } = self;
        if waiting.ask.repeatable { Ok(Waiting { json: Some(json), ..waiting }) } else { Err(waiting.id) }
    }
}
