//! Who waits for changes (`W`): one request of a session, so many in all; each ends at its time, with
//! its session, and with the server.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::limits::MAX_WAITING;

/// Everybody who waits.
#[derive(Debug, Clone, Default)]
pub(crate) struct Waitings(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// By the number of the session. Dropping its end of the channel ends a waiting.
    by_session: HashMap<u64, (u64, oneshot::Sender<()>)>,
    last: u64,
    stopped: bool,
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
    /// Counts one more; one that waited in the same session ends. `None` where too many wait.
    pub(crate) fn enter(&self, session: u64) -> Option<Waiting> {
        let (end, ended) = oneshot::channel();
        let mut state = self.0.lock();
        if state.by_session.len() >= MAX_WAITING && !state.by_session.contains_key(&session) {
            return None;
        }
        state.last += 1;
        let number = state.last;
        if !state.stopped {
            state.by_session.insert(session, (number, end));
        }
        Some(Waiting { all: self.clone(), session, number, ended })
    }

    /// The session has ended, and with it who waits in it.
    pub(crate) fn end(&self, session: u64) {
        self.0.lock().by_session.remove(&session);
    }

    /// The server stops: everybody's waiting ends, and nobody waits any more.
    pub(crate) fn stop(&self) {
        let mut state = self.0.lock();
        state.stopped = true;
        state.by_session.clear();
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
        if state.by_session.get(&self.session).is_some_and(|(number, _)| *number == self.number) {
            state.by_session.remove(&self.session);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn later() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    #[tokio::test]
    async fn a_waiting_ends_with_its_session_with_the_next_one_there_and_with_the_server() {
        let all = Waitings::default();
        let (mut first, mut other) = (all.enter(1).unwrap(), all.enter(2).unwrap());
        let mut second = all.enter(1).unwrap();
        first.until(later()).await;
        drop(first);
        all.end(2);
        other.until(later()).await;
        second.until(Instant::now()).await;
        assert_eq!(all.0.lock().by_session.len(), 1, "the second still waits");
        all.stop();
        second.until(later()).await;
        all.enter(3).unwrap().until(later()).await;
    }

    #[test]
    fn so_many_wait_and_no_more() {
        let all = Waitings::default();
        let mut waiting: Vec<_> = (0..).map_while(|session| all.enter(session)).collect();
        assert_eq!(waiting.len(), MAX_WAITING);
        assert!(all.enter(0).is_some(), "in the place of its own");
        waiting.pop();
        assert!(all.enter(u64::MAX).is_some());
    }
}
