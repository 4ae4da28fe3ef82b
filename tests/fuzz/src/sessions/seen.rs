//! What happened in a run.

use posto_session::{ClientConfig, ClientEvent, RequestError};
use posto_wire::Value;
use posto_wire::limits::MAX_DATAGRAM;

/// What happened in a run, so that a test can tell that runs get far.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Requests answered in v1.
    pub answered_v1: u64,
    /// Requests answered in v2.
    pub answered_v2: u64,
    /// Requests answered in v2 under a pre-shared key.
    pub answered_keyed: u64,
    /// Answers that came in parts.
    pub in_parts: u64,
    /// Requests sent again.
    pub retransmitted: u64,
    /// Requests that were told `busy`.
    pub busy: u64,
    /// Requests whose answer was told to be lost, too long or too late.
    pub failed_for_good: u64,
    /// Requests that failed with their session.
    pub session_lost: u64,
    /// Sessions opened again after a reset.
    pub reopened: u64,
    /// Clients told that the server is about to stop.
    pub going_away: u64,
}

impl Seen {
    /// Counts this event of a client with this configuration.
    pub(super) fn count(&mut self, event: &ClientEvent, config: &ClientConfig) {
        let count = match event {
            ClientEvent::Answered { answer, .. } => {
                let pad = answer.data.as_object().and_then(|object| object.get("pad")).and_then(Value::as_text);
                self.in_parts += u64::from(pad.is_some_and(|pad| pad.len() > MAX_DATAGRAM));
                match (&answer.packet, &config.psk) {
                    (Some(_), _) => &mut self.answered_v1,
                    (None, None) => &mut self.answered_v2,
                    (None, Some(_)) => &mut self.answered_keyed,
                }
            }
            ClientEvent::Retransmitted { .. } => &mut self.retransmitted,
            ClientEvent::Reopening => &mut self.reopened,
            ClientEvent::GoingAway => &mut self.going_away,
            ClientEvent::Failed { error, .. } => match error {
                RequestError::Busy { .. } => &mut self.busy,
                RequestError::Expired | RequestError::AnswerLost(_) => &mut self.failed_for_good,
                RequestError::SessionLost => &mut self.session_lost,
                _ => return,
            },
            _ => return,
        };
        *count += 1;
    }
}

impl std::ops::AddAssign for Seen {
    fn add_assign(&mut self, other: Self) {
        self.answered_v1 += other.answered_v1;
        self.answered_v2 += other.answered_v2;
        self.answered_keyed += other.answered_keyed;
        self.in_parts += other.in_parts;
        self.retransmitted += other.retransmitted;
        self.busy += other.busy;
        self.failed_for_good += other.failed_for_good;
        self.session_lost += other.session_lost;
        self.reopened += other.reopened;
        self.going_away += other.going_away;
    }
}
