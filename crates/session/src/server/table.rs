//! The table of live sessions: by peer, by how long they have been silent, and counted by host.

use std::collections::{BTreeSet, HashMap};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

use super::Port;
use super::v2::V2;
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
    pub(super) level: Level,
    heard: Instant,
    /// Under which moments it stands in the two orders: earlier than the truth, put right when looked at.
    filed: Filed,
}

/// What a session speaks.
#[derive(Debug)]
pub(super) enum Level {
    V1(Received),
    V2(Box<V2>),
}

#[derive(Debug, Clone, Copy)]
struct Filed {
    heard: Instant,
    expiry: Instant,
}

impl Session {
    fn silence(&self) -> Duration {
        match &self.level {
            Level::V1(_) => V1_SILENCE,
            Level::V2(v2) => v2.idle,
        }
    }

    fn expiry(&self) -> Instant {
        self.heard + self.silence()
    }
}

/// Which numbers sessions get: several tables of one process share them out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Numbers {
    pub(super) next: u64,
    pub(super) step: u64,
}

#[derive(Debug)]
pub(super) struct Table {
    max_sessions: usize,
    max_per_host: u32,
    numbers: Numbers,
    by_peer: HashMap<SocketAddr, Session>,
    by_silence: BTreeSet<(Instant, SocketAddr)>,
    by_expiry: BTreeSet<(Instant, SocketAddr)>,
    by_host: HashMap<IpAddr, u32>,
}

impl Table {
    pub(super) fn new(max_sessions: usize, max_per_host: u32, numbers: Numbers) -> Self {
        Self {
            max_sessions,
            max_per_host,
            numbers,
            by_peer: HashMap::new(),
            by_silence: BTreeSet::new(),
            by_expiry: BTreeSet::new(),
            by_host: HashMap::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.by_peer.len()
    }

    pub(super) fn get(&self, peer: SocketAddr) -> Option<&Session> {
        self.by_peer.get(&peer)
    }

    /// The session of this number, if it is the peer's live one.
    pub(super) fn numbered(&mut self, peer: SocketAddr, number: u64) -> Option<&mut Session> {
        self.by_peer.get_mut(&peer).filter(|session| session.number == number)
    }

    /// The v1 session of this peer on this port, which has just been heard, and its number.
    pub(super) fn touch_v1(&mut self, now: Instant, peer: SocketAddr, port: Port) -> Option<(u64, &mut Received)> {
        let session = self.by_peer.get_mut(&peer).filter(|session| session.port == port)?;
        let Level::V1(received) = &mut session.level else { return None };
        session.heard = now;
        Some((session.number, received))
    }

    /// The v2 session of this peer.
    pub(super) fn v2(&mut self, peer: SocketAddr) -> Option<(u64, &mut V2)> {
        let session = self.by_peer.get_mut(&peer)?;
        match &mut session.level {
            Level::V2(v2) => Some((session.number, v2)),
            Level::V1(_) => None,
        }
    }

    /// The peers of every v2 session.
    pub(super) fn v2_peers(&self) -> Vec<SocketAddr> {
        let v2 = self.by_peer.iter().filter(|(_, session)| matches!(session.level, Level::V2(_)));
        v2.map(|(peer, _)| *peer).collect()
    }

    /// This peer has just been heard.
    pub(super) fn touch(&mut self, now: Instant, peer: SocketAddr) {
        if let Some(session) = self.by_peer.get_mut(&peer) {
            session.heard = now;
        }
    }

    /// Whether a session can be opened for this peer, if need be in the place of another: of its
    /// own, or of the longest silent.
    pub(super) fn has_room(&mut self, now: Instant, peer: SocketAddr) -> bool {
        if self.by_peer.contains_key(&peer) {
            return true;
        }
        let of_host = self.by_host.get(&host(peer)).copied().unwrap_or(0);
        if of_host >= self.max_per_host {
            return false;
        }
        let evictable = |(heard, _): (Instant, SocketAddr)| now.saturating_duration_since(heard) >= EVICTABLE_AFTER;
        self.len() < self.max_sessions || self.longest_silent().is_some_and(evictable)
    }

    /// The longest-silent session, where one must go before another is opened.
    pub(super) fn longest_silent_if_full(&mut self) -> Option<SocketAddr> {
        let full = self.len() >= self.max_sessions;
        if full { self.longest_silent().map(|(_, peer)| peer) } else { None }
    }

    /// The session that has been silent longest. Sessions heard since they were filed are filed anew.
    fn longest_silent(&mut self) -> Option<(Instant, SocketAddr)> {
        loop {
            let (filed, peer) = *self.by_silence.first()?;
            let session = self.by_peer.get_mut(&peer)?;
            if session.heard <= filed {
                return Some((filed, peer));
            }
            session.filed.heard = session.heard;
            self.by_silence.remove(&(filed, peer));
            self.by_silence.insert((session.heard, peer));
        }
    }

    pub(super) fn open(&mut self, now: Instant, (peer, port): (SocketAddr, Port), tick: Tick, level: Level) -> u64 {
        let number = self.numbers.next;
        self.numbers.next = number.saturating_add(self.numbers.step);
        let filed = Filed { heard: now, expiry: now };
        let mut session = Session { number, port, tick, level, heard: now, filed };
        session.filed.expiry = session.expiry();
        self.by_silence.insert((now, peer));
        self.by_expiry.insert((session.filed.expiry, peer));
        if self.by_peer.insert(peer, session).is_none() {
            *self.by_host.entry(host(peer)).or_default() += 1;
        }
        number
    }

    pub(super) fn remove(&mut self, peer: SocketAddr) -> Option<Session> {
        let session = self.by_peer.remove(&peer)?;
        self.by_silence.remove(&(session.filed.heard, peer));
        self.by_expiry.remove(&(session.filed.expiry, peer));
        if let Some(count) = self.by_host.get_mut(&host(peer)) {
            *count -= 1;
            if *count == 0 {
                self.by_host.remove(&host(peer));
            }
        }
        Some(session)
    }

    /// When a session may have been silent for too long.
    pub(super) fn next_silence(&self) -> Option<Instant> {
        self.by_expiry.first().map(|(expiry, _)| *expiry)
    }

    /// A session that has been silent for too long.
    pub(super) fn silent_since(&mut self, now: Instant) -> Option<SocketAddr> {
        loop {
            let (filed, peer) = *self.by_expiry.first()?;
            if filed > now {
                return None;
            }
            let session = self.by_peer.get_mut(&peer)?;
            let expiry = session.expiry();
            if expiry <= now {
                return Some(peer);
            }
            session.filed.expiry = expiry;
            self.by_expiry.remove(&(filed, peer));
            self.by_expiry.insert((expiry, peer));
        }
    }

    /// The views hold the same sessions (asserted in debug builds; the sum only while small).
    pub(super) fn is_consistent(&self) -> bool {
        let counted = || self.by_host.values().map(|count| u64::from(*count)).sum::<u64>();
        self.by_peer.len() == self.by_silence.len()
            && self.by_peer.len() == self.by_expiry.len()
            && self.by_peer.len() <= self.max_sessions
            && (self.by_host.len() > 16 || u64::try_from(self.by_peer.len()).is_ok_and(|len| len == counted()))
    }
}

/// Whom a peer is counted under: an IPv4 address, or an IPv6 /64, which one host can fill.
pub(super) fn host(peer: SocketAddr) -> IpAddr {
    match peer.ip().to_canonical() {
        IpAddr::V4(ip) => IpAddr::V4(ip),
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}
