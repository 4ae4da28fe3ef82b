//! Where the journal hands in its entries: what cannot be taken now is refused at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use posto_market::Currency;
use posto_store::{Done, Entry, JournalError, LogStanding, ReportId, Sequencer, SubmitError};
use sha2::{Digest, Sha256};
use tokio::sync::{mpsc, watch};

use crate::in_flight::InFlight;
use crate::limits::{ANSWER_BEFORE, MAX_WAITING, PROPOSE_FOR};
use crate::message::Message;
use crate::meters::Meters;
use crate::proposal::{Instance, ProposalId};
use crate::standing::Standing;
use crate::subject;

/// What the parts of a cluster's server share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) instance: Instance,
    pub(crate) in_flight: Arc<InFlight>,
    pub(crate) standing: Standing,
    pub(crate) meters: Meters,
    /// The last message that is durable and in the book.
    pub(crate) applied: watch::Receiver<u64>,
    /// The last message handed on to be executed.
    pub(crate) handed: watch::Sender<u64>,
    /// Nothing more is proposed.
    pub(crate) closed: watch::Sender<bool>,
}

/// An entry on its way into the log.
#[derive(Debug)]
pub(crate) struct Proposal {
    pub(crate) id: ProposalId,
    pub(crate) subject: String,
    pub(crate) payload: Vec<u8>,
    /// What its reporter called it, as the log is told: another server may have published it, too.
    pub(crate) named: Option<String>,
    /// Until then it is tried.
    pub(crate) until: Instant,
}

/// Proposes entries to the log.
#[derive(Debug)]
pub(crate) struct Proposer {
    pub(crate) shared: Arc<Shared>,
    pub(crate) queue: mpsc::Sender<Proposal>,
    pub(crate) next: AtomicU64,
    pub(crate) stream: String,
    pub(crate) default_currency: Currency,
}

impl Proposer {
    /// A name for the next proposal.
    pub(crate) fn name(&self) -> ProposalId {
        ProposalId { instance: self.shared.instance, number: self.next.fetch_add(1, Ordering::Relaxed) }
    }

    /// The message of an entry. A report that its reporter gave no name is named as the proposal is, so
    /// that it cannot count twice whatever happens on the way.
    pub(crate) fn proposal(&self, entry: Entry, until: Instant) -> Option<Proposal> {
        let id = self.name();
        let (entry, named) = match entry {
            Entry::Report(mut report) if report.id.is_none() => {
                let key = id.message_id();
                let digest = Sha256::digest(key.as_bytes()).into();
                report.id = ReportId::new(key, digest);
                (Entry::Report(report), None)
            }
            Entry::Report(report) => {
                let named = report.id.as_ref().map(|id| subject::token(id.key()));
                (Entry::Report(report), named)
            }
            entry => (entry, None),
        };
        let subject = subject::of(&self.stream, &entry);
        let message = Message { proposal: id, default_currency: self.default_currency, entry };
        match message.encode() {
            Ok(payload) => Some(Proposal { id, subject, payload, named, until }),
            Err(error) => {
                tracing::error!(%error, "an entry cannot be written as a message, and was refused");
                None
            }
        }
    }

    fn refuse(&self, error: SubmitError) -> SubmitError {
        self.shared.meters.refused(true);
        error
    }
}

impl Sequencer for Proposer {
    fn submit(&self, entry: Entry, deadline: Option<Instant>, done: Done) -> Result<(), SubmitError> {
        if *self.shared.closed.borrow() {
            return Err(SubmitError::Stopped);
        }
        let now = Instant::now();
        if !self.shared.standing.takes(*self.shared.applied.borrow(), now) {
            return Err(self.refuse(SubmitError::Unreachable));
        }
        let patience = deadline.map_or(PROPOSE_FOR, |deadline| {
            let patience = deadline.saturating_duration_since(now);
            patience.saturating_sub(ANSWER_BEFORE.min(patience / 10))
        });
        let proposal = self.proposal(entry, now + patience);
        let Some(proposal) = proposal else { return Err(self.refuse(SubmitError::Busy)) };
        let number = proposal.id.number;
        if self.shared.in_flight.add(number, done, MAX_WAITING).is_err() {
            return Err(self.refuse(SubmitError::Busy));
        }
        if let Err(refused) = self.queue.try_send(proposal) {
            self.shared.in_flight.forget(number);
            return Err(match refused {
                mpsc::error::TrySendError::Full(_) => self.refuse(SubmitError::Busy),
                mpsc::error::TrySendError::Closed(_) => SubmitError::Stopped,
            });
        }
        Ok(())
    }

    fn standing(&self) -> LogStanding {
        self.shared.standing.of(*self.shared.applied.borrow(), Instant::now())
    }

    fn close(&self) {
        self.shared.closed.send_replace(true);
    }
}

impl Shared {
    /// Until nothing more is proposed.
    pub(crate) async fn closed(&self) {
        // The sender lives as long as this.
        let _ = self.closed.subscribe().wait_for(|closed| *closed).await;
    }

    /// Nothing will come any more.
    pub(crate) fn end(&self) {
        self.closed.send_replace(true);
        self.in_flight.give_up_all(&JournalError::Unsure);
    }
}
