//! The log asked again and again how it stands.

use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval};

use crate::error::ClusterError;
use crate::limits::{ASK_EVERY, SHORTER_FOR, SILENT_QUESTIONS, SILENT_QUESTIONS_OF_A_LIVE_NODE};
use crate::link::{AskError, Link, StreamInfo};
use crate::monitor::Versions;
use crate::sequencer::Shared;
use crate::standing::Figures;

/// Asks until the journal is closed.
pub(crate) struct Watch {
    pub(crate) link: Link,
    pub(crate) shared: Arc<Shared>,
}

impl Watch {
    /// # Errors
    /// [`ClusterError`]: the log has lost what this server has executed.
    pub(crate) async fn run(self) -> Result<(), ClusterError> {
        let (mut silent, mut trouble, mut versions) = (0, Trouble::default(), Versions::default());
        let mut lost = false;
        let mut ticks = interval(ASK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = self.shared.closed() => return Ok(()),
            }
            let connected = self.link.is_connected();
            self.shared.standing.connected(connected);
            if !connected {
                (silent, trouble, lost) = (0, Trouble::default(), true);
                continue;
            }
            if mem::take(&mut lost) {
                // Another node, perhaps, and another log: what was executed last is compared.
                self.shared.anew.notify_one();
            }
            versions.warn_if_old(self.link.node());
            // What comes between the question and its answer is not missing.
            let (asked, position) = (Instant::now(), *self.shared.handed.borrow());
            match self.link.stream_info().await {
                Ok(info) => {
                    silent = 0;
                    self.heard(asked, &info);
                    trouble.look(&self.link, (info.state.last, position))?;
                    self.shared.standing.shorter(trouble.since.is_some());
                    if trouble.since.is_some() {
                        self.shared.anew.notify_one();
                    }
                }
                Err(AskError::NotFound) => trouble.gone(&self.link)?,
                Err(AskError::Refused(error)) => tracing::warn!(%error, "the stream does not say how it stands"),
                Err(AskError::Silent(_)) => {
                    trouble = Trouble::default();
                    silent += 1;
                    let live = silent < SILENT_QUESTIONS || self.link.is_node_live().await;
                    let enough = if live { SILENT_QUESTIONS_OF_A_LIVE_NODE } else { SILENT_QUESTIONS };
                    if silent >= enough {
                        silent = 0;
                        self.link.leave_node().await;
                    }
                }
            }
        }
    }

    fn heard(&self, asked: Instant, info: &StreamInfo) {
        let figures = Figures {
            messages: info.state.messages,
            bytes: info.state.bytes,
            max_bytes: u64::try_from(info.config.max_bytes).ok(),
        };
        self.shared.standing.heard(asked, info.state.last, figures);
    }
}

/// What must not last: nodes that have just come back may not know better for a moment.
#[derive(Default)]
struct Trouble {
    since: Option<Instant>,
}

impl Trouble {
    fn look(&mut self, link: &Link, (last, position): (u64, u64)) -> Result<(), ClusterError> {
        if last >= position {
            self.since = None;
            return Ok(());
        }
        self.lasts().map_or(Ok(()), |_| Err(ClusterError::Shorter { stream: link.stream().to_owned(), last, position }))
    }

    fn gone(&mut self, link: &Link) -> Result<(), ClusterError> {
        self.lasts().map_or(Ok(()), |_| Err(ClusterError::Gone { stream: link.stream().to_owned() }))
    }

    fn lasts(&mut self) -> Option<Duration> {
        let since = *self.since.get_or_insert_with(Instant::now);
        Some(since.elapsed()).filter(|lasted| *lasted >= SHORTER_FOR)
    }
}
