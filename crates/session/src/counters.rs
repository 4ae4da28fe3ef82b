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
    /// v2 datagrams whose CRC or MAC does not fit, or is of the wrong kind.
    pub wrong_seal: u64,
    /// v2 frames whose numbers do not fit their session.
    pub wrong_numbers: u64,
    /// SYNs passed over because their host sent too many.
    pub syn_floods: u64,
    /// Resets sent.
    pub resets: u64,
    /// Resets not sent because there were too many.
    pub resets_withheld: u64,
    /// Requests announced as taking long.
    pub early_acks: u64,
    /// Requests answered `busy`.
    pub busy: u64,
    /// Requests whose deadline had passed.
    pub expired: u64,
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

    /// Everything that was turned away, for whatever reason.
    #[must_use]
    pub fn refusals(&self) -> u64 {
        let others = self.wrong_checksum + self.wrong_cookie + self.table_full + self.wrong_seal + self.wrong_numbers;
        self.refused_in_all() + others + self.syn_floods
    }

    /// Adds what another has counted.
    pub fn add(&mut self, other: &Self) {
        let Self {
            refused,
            opened,
            closed,
            requests,
            repeats,
            wrong_checksum,
            wrong_cookie,
            replayed_handshakes,
            unknown_session,
            wrong_seal,
            wrong_numbers,
            syn_floods,
            resets,
            resets_withheld,
            early_acks,
            busy,
            expired,
            table_full,
            overloaded,
            answers_too_large,
        } = other;
        for (ours, theirs) in self.refused.iter_mut().zip(refused) {
            *ours += theirs;
        }
        self.opened += opened;
        self.closed += closed;
        self.requests += requests;
        self.repeats += repeats;
        self.wrong_checksum += wrong_checksum;
        self.wrong_cookie += wrong_cookie;
        self.replayed_handshakes += replayed_handshakes;
        self.unknown_session += unknown_session;
        self.wrong_seal += wrong_seal;
        self.wrong_numbers += wrong_numbers;
        self.syn_floods += syn_floods;
        self.resets += resets;
        self.resets_withheld += resets_withheld;
        self.early_acks += early_acks;
        self.busy += busy;
        self.expired += expired;
        self.table_full += table_full;
        self.overloaded += overloaded;
        self.answers_too_large += answers_too_large;
    }

    pub(crate) fn refuse(&mut self, reason: Refusal) {
        let counts = Refusal::ALL.iter().zip(&mut self.refused);
        counts.filter(|(known, _)| **known == reason).for_each(|(_, count)| *count += 1);
    }
}
