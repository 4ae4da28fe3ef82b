//! What a server counted: nothing that is refused or repeated passes unseen.

use posto_wire::Refusal;

/// Counts since the server started.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counters {
    /// Datagrams that were no packet, by reason.
    refused: [u64; Refusal::ALL.len()],
    /// Sessions opened.
    pub opened: u64,
    /// Sessions closed, for whatever reason.
    pub closed: u64,
    /// Requests handed on to be executed.
    pub requests: u64,
    /// Repeats answered from memory, still running, or so old that their answer is forgotten.
    pub repeats: u64,
    /// Requests whose checksum did not match.
    pub wrong_checksum: u64,
    /// Handshake ACKs with a number that was never given to that peer, or is too old.
    pub wrong_cookie: u64,
    /// Handshake ACKs of a live or an ended session.
    pub replayed_handshakes: u64,
    /// Packets of no session.
    pub unknown_session: u64,
    /// SYNs and ACKs that found no room for a session.
    pub table_full: u64,
    /// Requests dropped because too many were being worked on.
    pub overloaded: u64,
    /// Answers that were longer than the peer reads.
    pub answers_too_large: u64,
}

impl Counters {
    /// Datagrams refused for this reason.
    #[must_use]
    pub fn refused(&self, reason: Refusal) -> u64 {
        Refusal::ALL.iter().zip(&self.refused).find(|(known, _)| **known == reason).map_or(0, |(_, count)| *count)
    }

    /// Datagrams refused for any reason.
    #[must_use]
    pub fn refused_in_all(&self) -> u64 {
        self.refused.iter().sum()
    }

    pub(crate) fn refuse(&mut self, reason: Refusal) {
        let counts = Refusal::ALL.iter().zip(&mut self.refused);
        counts.filter(|(known, _)| **known == reason).for_each(|(_, count)| *count += 1);
    }
}
