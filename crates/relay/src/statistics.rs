//! What a link has done, counted.

use crate::link::{Fate, Loss};

/// What became of the datagrams of one direction.
///
/// Nothing is missing: `received + repeated = lost() + delivered + ` what is still on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Handed to the link.
    pub received: u64,
    /// Their bytes.
    pub received_bytes: u64,
    /// Lost by chance.
    pub dropped: u64,
    /// Lost in a blackout.
    pub blacked_out: u64,
    /// Lost because too many waited.
    pub overflowed: u64,
    /// Given a second copy.
    pub repeated: u64,
    /// Copies held back so that another overtakes them.
    pub held_back: u64,
    /// Copies that came much later than the others.
    pub straggled: u64,
    /// Copies in which bits were flipped.
    pub corrupted: u64,
    /// Copies that arrived.
    pub delivered: u64,
    /// Their bytes.
    pub delivered_bytes: u64,
}

impl Counters {
    /// Lost for any reason.
    #[must_use]
    pub const fn lost(&self) -> u64 {
        self.dropped + self.blacked_out + self.overflowed
    }

    pub(crate) fn push(&mut self, length: usize, fate: &Fate) {
        self.received += 1;
        self.received_bytes += bytes(length);
        match fate.lost {
            Some(Loss::Dropped) => self.dropped += 1,
            Some(Loss::BlackedOut) => self.blacked_out += 1,
            Some(Loss::QueueFull) => self.overflowed += 1,
            None => {}
        }
        self.repeated += u64::from(fate.is_repeated());
        for passage in fate.passages() {
            self.held_back += u64::from(passage.held_back);
            self.straggled += u64::from(passage.straggles);
            self.corrupted += u64::from(passage.corrupted);
        }
    }

    pub(crate) fn deliver(&mut self, length: usize) {
        self.delivered += 1;
        self.delivered_bytes += bytes(length);
    }
}

fn bytes(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
