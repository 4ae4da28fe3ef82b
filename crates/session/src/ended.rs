//! Sessions that have ended: their cookies stay refused until they expire (PROTOCOL §3), so that a
//! replayed handshake never opens a session that has forgotten what it executed.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::time::Instant;

use crate::cookie::Tick;
use crate::limits::{COOKIE_LIFETIME, MAX_ENDED};

/// The newest cookie of each peer whose session ended less than a cookie's lifetime ago.
#[derive(Debug, Default)]
pub(crate) struct Ended {
    newest: HashMap<SocketAddr, Tick>,
    order: VecDeque<(Instant, SocketAddr, Tick)>,
    /// Whatever was made up to this tick is refused, for everyone.
    floor: Option<Tick>,
}

impl Ended {
    pub(crate) fn add(&mut self, now: Instant, peer: SocketAddr, tick: Tick) {
        self.newest.insert(peer, tick);
        self.order.push_back((now, peer, tick));
        if self.order.len() > MAX_ENDED
            && let Some((_, _, oldest)) = self.forget_first()
        {
            self.floor = self.floor.max(Some(oldest));
        }
    }

    /// Whether a cookie of this tick must not open a session for this peer.
    pub(crate) fn refuses(&self, peer: SocketAddr, tick: Tick) -> bool {
        let ended = self.newest.get(&peer).is_some_and(|newest| tick <= *newest);
        ended || self.floor.is_some_and(|floor| tick <= floor)
    }

    /// When the first entry has nothing more to refuse.
    pub(crate) fn next_expiry(&self) -> Option<Instant> {
        self.order.front().map(|(ended, ..)| *ended + COOKIE_LIFETIME)
    }

    pub(crate) fn forget_expired(&mut self, now: Instant) {
        while self.next_expiry().is_some_and(|expiry| expiry <= now) {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) -> Option<(Instant, SocketAddr, Tick)> {
        let first = self.order.pop_front()?;
        // The peer may have ended a later session meanwhile; that entry has its own turn.
        if self.newest.get(&first.1) == Some(&first.2) {
            self.newest.remove(&first.1);
        }
        Some(first)
    }
}

#[cfg(test)]
mod tests;
