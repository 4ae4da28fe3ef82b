//! Reports with an `Idempotency-Key` that are being worked on: another one with the same key waits for
//! the first, so that nobody is told two things of one report.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;
use tokio::time::Instant;

/// The reports at work, by their ids; clones are handles of the same ones. There are no more than
/// requests at once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Running(Arc<Mutex<HashMap<String, watch::Receiver<()>>>>);

/// The right to work on a report; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    id: String,
    running: Running,
    /// Dropped with this, it tells those who wait.
    _over: watch::Sender<()>,
}

impl Running {
    /// The turn of this report, once nobody else works on it; `None`: not by the deadline.
    pub(crate) async fn turn(&self, id: &str, deadline: Instant) -> Option<Turn> {
        loop {
            let mut at_work = match self.take(id) {
                Ok(turn) => return Some(turn),
                Err(at_work) => at_work,
            };
            // Nothing is ever sent: it ends when the sender is dropped.
            drop(tokio::time::timeout_at(deadline, at_work.changed()).await.ok()?);
        }
    }

    fn take(&self, id: &str) -> Result<Turn, watch::Receiver<()>> {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at_work) = running.get(id) {
            return Err(at_work.clone());
        }
        let (over, at_work) = watch::channel(());
        running.insert(id.to_owned(), at_work);
        Ok(Turn { id: id.to_owned(), running: self.clone(), _over: over })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.running.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test]
    async fn a_second_one_waits_for_the_first_and_not_beyond_its_deadline() {
        let running = Running::default();
        let soon = || Instant::now() + Duration::from_secs(20);
        let first = running.turn("a", soon()).await.unwrap();
        assert!(running.turn("b", soon()).await.is_some(), "another report");
        assert!(running.turn("a", Instant::now() + Duration::from_millis(20)).await.is_none());
        let waiting = tokio::spawn({
            let running = running.clone();
            async move { running.turn("a", soon()).await.is_some() }
        });
        tokio::task::yield_now().await;
        drop(first);
        assert!(waiting.await.unwrap());
        assert!(running.0.lock().unwrap().is_empty());
    }
}
