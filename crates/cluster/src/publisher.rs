//! Entries published until the log acknowledges them, each under one name, so that however often it is
//! tried the log keeps it once.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Instant;

use async_nats::jetstream::context::{PublishAckFuture, PublishError, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::{self, ErrorCode};
use posto_store::JournalError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{sleep, timeout_at};

use crate::limits::{ATTEMPT_PAUSE, MAX_IN_FLIGHT};
use crate::link::Link;
use crate::meters::Attempt;
use crate::sequencer::{Proposal, Shared};

/// Publishes what is proposed, in its order, many at once.
pub(crate) struct Publisher {
    link: Link,
    shared: Arc<Shared>,
    room: Arc<Semaphore>,
}

/// What the log said to one attempt.
enum Word {
    /// It has it as this message; `duplicate`: it had one of that name before.
    Kept { sequence: u64, duplicate: bool },
    /// It did not take it.
    Refused,
    /// It did not take it, and will take none for a while.
    Full,
    /// Nothing: it may have it or not.
    None,
}

impl Publisher {
    pub(crate) fn new(link: Link, shared: Arc<Shared>) -> Arc<Self> {
        Arc::new(Self { link, shared, room: Arc::new(Semaphore::new(MAX_IN_FLIGHT)) })
    }

    /// Works until nothing more is proposed.
    pub(crate) async fn run(self: Arc<Self>, mut queue: mpsc::Receiver<Proposal>) {
        while let Some(proposal) = queue.recv().await {
            let until = proposal.until.into();
            let room = timeout_at(until, Arc::clone(&self.room).acquire_owned()).await;
            let Ok(Ok(room)) = room else {
                self.not_sent(&proposal);
                continue;
            };
            let connected = timeout_at(until, self.connected()).await;
            if connected.is_err() {
                self.not_sent(&proposal);
                continue;
            }
            // Both waits above look at what they wait for before they look at the clock.
            if proposal.until <= Instant::now() {
                self.not_sent(&proposal);
                continue;
            }
            let name = proposal.named.clone().unwrap_or_else(|| proposal.id.message_id());
            self.shared.standing.published(Instant::now());
            // Handed to the connection here, so that they go out in their order; the rest beside one another.
            let first = self.publish(&proposal, &name).await;
            let publisher = Arc::clone(&self);
            tokio::spawn(async move { publisher.see_through(proposal, (name, first), room).await });
        }
    }

    /// Publishes what an empty stream starts with, unless it is empty no more.
    pub(crate) async fn begin_with(&self, seed: Proposal) {
        let name = seed.id.message_id();
        while !*self.shared.closed.borrow() {
            let message = self.message(&seed, &name).expected_last_sequence(0);
            let publishing = self.link.context().send_publish(seed.subject.clone(), message).await;
            let acknowledged = match publishing {
                Ok(publishing) => publishing.await,
                Err(error) => Err(error),
            };
            match acknowledged {
                Ok(_) => return,
                Err(error) if error.kind() == PublishErrorKind::WrongLastSequence => return,
                Err(error) => tracing::debug!(%error, "the stream is not begun yet"),
            }
            sleep(ATTEMPT_PAUSE).await;
        }
    }

    /// Its time is over, and it was not published.
    fn not_sent(&self, proposal: &Proposal) {
        self.shared.in_flight.conclude(proposal.id.number, Err(JournalError::Unreachable));
        self.shared.meters.refused(false);
    }

    async fn connected(&self) {
        while !self.link.is_connected() {
            sleep(ATTEMPT_PAUSE / 4).await;
        }
    }

    /// From the first attempt to the acknowledgement, or to the end of its time.
    async fn see_through(
        self: Arc<Self>,
        proposal: Proposal,
        (mut name, first): (String, Result<PublishAckFuture, PublishError>),
        _room: OwnedSemaphorePermit,
    ) {
        let began = Instant::now();
        let until = tokio::time::Instant::from_std(proposal.until);
        let (mut attempt, mut sent) = (Some(first), began);
        // The log may have it, as far as is known.
        let mut perhaps = false;
        loop {
            let publishing = match attempt.take() {
                Some(publishing) => publishing,
                None => {
                    sent = Instant::now();
                    self.publish(&proposal, &name).await
                }
            };
            let word = match timeout_at(until, self.word(publishing)).await {
                Ok(word) => word,
                Err(_) => Word::None,
            };
            match word {
                Word::Kept { duplicate: false, .. } => break self.kept(&proposal, (began, sent)),
                Word::Kept { sequence, duplicate: true } => {
                    let ours = proposal.id.message_id();
                    // An earlier attempt had come through.
                    if name == ours {
                        break self.kept(&proposal, (began, sent));
                    }
                    let came = timeout_at(until, self.came(sequence)).await.is_ok();
                    if self.shared.in_flight.is_handed(proposal.id.number) {
                        break self.kept(&proposal, (began, sent));
                    }
                    // Another message has this name: a repeat by another server, or another report under
                    // the same id. Under a name of our own this one goes to the journals, which compare.
                    if came {
                        self.shared.standing.answered(sent, Instant::now());
                        name = ours;
                        continue;
                    }
                }
                Word::Full => break self.give_up(&proposal, perhaps),
                Word::Refused => {}
                Word::None => perhaps = true,
            }
            if self.is_over(&proposal).await {
                break self.give_up(&proposal, perhaps);
            }
        }
    }

    /// After a pause and once there is a connection: whether the time is over.
    async fn is_over(&self, proposal: &Proposal) -> bool {
        let until = proposal.until.into();
        let again = async {
            sleep(ATTEMPT_PAUSE).await;
            self.connected().await;
        };
        *self.shared.closed.borrow() || timeout_at(until, again).await.is_err()
    }

    fn kept(&self, proposal: &Proposal, (began, sent): (Instant, Instant)) {
        let now = Instant::now();
        self.shared.standing.acknowledged(sent, now);
        self.shared.meters.acknowledged(now - began);
        self.shared.in_flight.acknowledge(proposal.id.number);
    }

    /// Who gave it a name of their own may ask again under it, whatever happened; others are told that
    /// it may have happened.
    fn give_up(&self, proposal: &Proposal, perhaps: bool) {
        self.shared.standing.gave_up(perhaps);
        self.shared.meters.refused(false);
        let error = if perhaps && proposal.named.is_none() { JournalError::Unsure } else { JournalError::Unreachable };
        self.shared.in_flight.conclude(proposal.id.number, Err(error));
    }

    /// Until this message of the log, and those before it, have been handed on to be executed.
    async fn came(&self, sequence: u64) {
        // The sender lives as long as this.
        let _ = self.shared.handed.subscribe().wait_for(|handed| *handed >= sequence).await;
    }

    async fn publish(&self, proposal: &Proposal, name: &str) -> Result<PublishAckFuture, PublishError> {
        self.link.context().send_publish(proposal.subject.clone(), self.message(proposal, name)).await
    }

    fn message(&self, proposal: &Proposal, name: &str) -> PublishMessage {
        let message = PublishMessage::build().payload(proposal.payload.clone().into());
        message.message_id(name).expected_stream(self.link.stream())
    }

    /// The log's word.
    async fn word(&self, publishing: Result<PublishAckFuture, PublishError>) -> Word {
        let acknowledged = match publishing {
            Ok(publishing) => publishing.await,
            Err(error) => Err(error),
        };
        let (attempt, word) = match acknowledged {
            Ok(ack) => {
                self.shared.standing.has(ack.sequence);
                let attempt = if ack.duplicate { Attempt::Duplicate } else { Attempt::Acknowledged };
                (attempt, Word::Kept { sequence: ack.sequence, duplicate: ack.duplicate })
            }
            Err(error) => self.refusal(&error),
        };
        self.shared.meters.attempt(attempt);
        word
    }

    fn refusal(&self, error: &PublishError) -> (Attempt, Word) {
        let said = error.source().and_then(|source| source.downcast_ref::<jetstream::Error>());
        match (error.kind(), said.map(jetstream::Error::error_code)) {
            (
                PublishErrorKind::Other,
                Some(
                    ErrorCode::STREAM_STORE_FAILED
                    | ErrorCode::ACCOUNT_RESOURCES_EXCEEDED
                    | ErrorCode::INSUFFICIENT_RESOURCES
                    | ErrorCode::STORAGE_RESOURCES_EXCEEDED,
                ),
            ) => {
                if self.shared.standing.full(Instant::now()) {
                    tracing::error!(%error, "the stream takes no more reports");
                }
                (Attempt::Refused, Word::Full)
            }
            // Nobody listened there: the stream has no leader.
            (PublishErrorKind::StreamNotFound | PublishErrorKind::MaxPayloadExceeded, _) => {
                (Attempt::Refused, Word::Refused)
            }
            (PublishErrorKind::Other, Some(_)) => {
                tracing::debug!(%error, "the log refuses an entry");
                (Attempt::Refused, Word::None)
            }
            _ => (Attempt::TimedOut, Word::None),
        }
    }
}
