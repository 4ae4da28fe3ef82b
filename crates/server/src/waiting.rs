//! Who waits for changes (`W`): one request of a session, so many of one host and in all; each ends at
//! its time, with its session, and with the server.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::limits::{MAX_WAITING, MAX_WAITING_PER_HOST};

/// Everybody who waits.
#[derive(Debug, Clone, Default)]
pub(crate) struct Waitings(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// By the number of the session.
    by_session: HashMap<u64, Entered>,
    by_host: HashMap<IpAddr, usize>,
    last: u64,
    stopped: bool,
}

#[derive(Debug)]
struct Entered {
    number: u64,
    host: IpAddr,
    /// Dropping it ends the waiting.
    _end: oneshot::Sender<()>,
}

/// One who waits, among those counted as long as this lives.
#[derive(Debug)]
pub(crate) struct Waiting {
    all: Waitings,
    session: u64,
    number: u64,
    ended: oneshot::Receiver<()>,
}

impl Waitings {
    /// Counts one more; one that waited in the same session ends. `None` where too many wait, or too
    /// many of its host.
    pub(crate) fn enter(&self, session: u64, peer: IpAddr) -> Option<Waiting> {
        let (end, ended) = oneshot::channel();
        let mut state = self.0.lock();
        state.remove(session);
        let host = host(peer);
        let of_host = state.by_host.get(&host).copied().unwrap_or(0);
        if state.by_session.len() >= MAX_WAITING || of_host >= MAX_WAITING_PER_HOST {
            return None;
        }
        state.last += 1;
        let number = state.last;
        if !state.stopped {
            state.by_host.insert(host, of_host + 1);
            state.by_session.insert(session, Entered { number, host, _end: end });
        }
        Some(Waiting { all: self.clone(), session, number, ended })
    }

    /// The session has ended, and with it who waits in it.
    pub(crate) fn end(&self, session: u64) {
        self.0.lock().remove(session);
    }

    /// The server stops: everybody's waiting ends, and nobody waits any more.
    pub(crate) fn stop(&self) {
        let mut state = self.0.lock();
        state.stopped = true;
        state.by_session.clear();
        state.by_host.clear();
    }
}

impl State {
    fn remove(&mut self, session: u64) {
        let Some(Entered { host, .. }) = self.by_session.remove(&session) else { return };
        match self.by_host.get_mut(&host) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(self.by_host.remove(&host)),
        }
    }
}

impl Waiting {
    /// Until this moment, or until the waiting is ended.
    pub(crate) async fn until(&mut self, moment: Instant) {
        // Nothing is ever sent: it ends when the other half is dropped.
        let _ = tokio::time::timeout_at(moment.into(), &mut self.ended).await;
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut state = self.all.0.lock();
        if state.by_session.get(&self.session).is_some_and(|entered| entered.number == self.number) {
            state.remove(self.session);
        }
    }
}

/// Whom a peer is counted under: an IPv4 address, or an IPv6 /64, which one host can fill.
fn host(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn later() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    #[tokio::test]
    async fn a_waiting_ends_with_its_session_with_the_next_one_there_and_with_the_server() {
        let all = Waitings::default();
        let (mut first, mut other) = (all.enter(1, HERE).unwrap(), all.enter(2, HERE).unwrap());
        let mut second = all.enter(1, HERE).unwrap();
        first.until(later()).await;
        drop(first);
        all.end(2);
        other.until(later()).await;
        second.until(Instant::now()).await;
        assert_eq!(all.0.lock().by_session.len(), 1, "the second still waits");
        all.stop();
        second.until(later()).await;
        all.enter(3, HERE).unwrap().until(later()).await;
    }

    #[test]
    fn so_many_wait_and_no_more() {
        let all = Waitings::default();
        let of_host = |last: u8| {
            let peer = IpAddr::from([192, 0, 2, last]);
            let sessions = u64::from(last) << 32..;
            sessions.map_while(|session| all.enter(session, peer)).collect::<Vec<_>>()
        };
        let mut waiting = of_host(1);
        assert_eq!(waiting.len(), MAX_WAITING_PER_HOST);
        assert!(all.enter(1 << 32, IpAddr::from([192, 0, 2, 1])).is_some(), "in the place of its own");
        (2..=255).for_each(|last| waiting.extend(of_host(last)));
        assert_eq!(all.0.lock().by_session.len(), MAX_WAITING);
        waiting.pop();
        assert!(all.enter(u64::MAX, HERE).is_some());
        drop(waiting);
        assert!(all.0.lock().by_host.is_empty());
    }
}
