//! The table of live sessions: by peer, by how long they have been silent, and counted by host.

use std::collections::{BTreeSet, HashMap};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::time::Instant;

use super::Port;
use crate::cookie::Tick;
use crate::limits::{EVICTABLE_AFTER, V1_SILENCE};
use crate::received::Received;

/// One live session.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) number: u64,
    pub(super) port: Port,
    /// When its cookie was made.
    pub(super) tick: Tick,
    pub(super) received: Received,
    heard: Instant,
}

#[derive(Debug)]
pub(super) struct Table {
    max_sessions: usize,
    max_per_host: u32,
    next_number: u64,
    by_peer: HashMap<SocketAddr, Session>,
    by_silence: BTreeSet<(Instant, SocketAddr)>,
    by_host: HashMap<IpAddr, u32>,
}

impl Table {
    pub(super) fn new(max_sessions: usize, max_per_host: u32) -> Self {
        Self {
            max_sessions,
            max_per_host,
            next_number: 1,
            by_peer: HashMap::new(),
            by_silence: BTreeSet::new(),
            by_host: HashMap::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.by_peer.len()
    }

    pub(super) fn get(&self, peer: SocketAddr) -> Option<&Session> {
        self.by_peer.get(&peer)
    }

    pub(super) fn get_mut(&mut self, peer: SocketAddr) -> Option<&mut Session> {
        self.by_peer.get_mut(&peer)
    }

    /// The session of this peer on this port, which has just been heard.
    pub(super) fn touch(&mut self, now: Instant, peer: SocketAddr, port: Port) -> Option<&mut Session> {
        let session = self.by_peer.get_mut(&peer).filter(|session| session.port == port)?;
        self.by_silence.remove(&(session.heard, peer));
        self.by_silence.insert((now, peer));
        session.heard = now;
        Some(session)
    }

    /// Whether a session can be opened for this peer, if need be in the place of another: of its
    /// own, or of the longest silent.
    pub(super) fn has_room(&self, now: Instant, peer: SocketAddr) -> bool {
        if self.by_peer.contains_key(&peer) {
            return true;
        }
        let of_host = self.by_host.get(&host(peer)).copied().unwrap_or(0);
        if of_host >= self.max_per_host {
            return false;
        }
        let evictable = |(heard, _): &(Instant, SocketAddr)| now.saturating_duration_since(*heard) >= EVICTABLE_AFTER;
        self.len() < self.max_sessions || self.by_silence.first().is_some_and(evictable)
    }

    /// The longest-silent session, where one must go before another is opened.
    pub(super) fn to_evict(&self) -> Option<SocketAddr> {
        let full = self.len() >= self.max_sessions;
        self.by_silence.first().filter(|_| full).map(|(_, peer)| *peer)
    }

    pub(super) fn open(&mut self, now: Instant, peer: SocketAddr, port: Port, tick: Tick) -> u64 {
        let number = self.next_number;
        self.next_number += 1;
        let session = Session { number, port, tick, received: Received::default(), heard: now };
        if self.by_peer.insert(peer, session).is_none() {
            *self.by_host.entry(host(peer)).or_default() += 1;
        }
        self.by_silence.insert((now, peer));
        number
    }

    pub(super) fn remove(&mut self, peer: SocketAddr) -> Option<Session> {
        let session = self.by_peer.remove(&peer)?;
        self.by_silence.remove(&(session.heard, peer));
        if let Some(count) = self.by_host.get_mut(&host(peer)) {
            *count -= 1;
            if *count == 0 {
                self.by_host.remove(&host(peer));
            }
        }
        Some(session)
    }

    /// When the longest-silent session has been silent for too long.
    pub(super) fn next_silence(&self) -> Option<Instant> {
        self.by_silence.first().map(|(heard, _)| *heard + V1_SILENCE)
    }

    /// A session that has been silent for too long.
    pub(super) fn silent_since(&self, now: Instant) -> Option<SocketAddr> {
        let (_, peer) = self.by_silence.first()?;
        self.next_silence().filter(|silent| *silent <= now).map(|_| *peer)
    }

    /// The three views hold the same sessions (asserted in debug builds; the sum only while small).
    pub(super) fn is_consistent(&self) -> bool {
        let counted = || self.by_host.values().map(|count| u64::from(*count)).sum::<u64>();
        self.by_peer.len() == self.by_silence.len()
            && self.by_peer.len() <= self.max_sessions
            && (self.by_host.len() > 16 || u64::try_from(self.by_peer.len()).is_ok_and(|len| len == counted()))
    }
}

/// Whom a peer is counted under: an IPv4 address, or an IPv6 /64, which one host can fill.
fn host(peer: SocketAddr) -> IpAddr {
    match peer.ip().to_canonical() {
        IpAddr::V4(ip) => IpAddr::V4(ip),
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}
