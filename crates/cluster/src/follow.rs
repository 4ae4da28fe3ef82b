//! The log followed: every message handed to the journal, in its place, none left out.

use std::sync::Arc;
use std::time::Instant;

use async_nats::jetstream::Message as Delivered;
use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::consumer::pull::{Ordered as Consumer, OrderedConfig};
use futures_util::StreamExt as _;
use posto_market::Timestamp;
use posto_store::{Entry, Follower, Ordered};
use tokio::time::{sleep, timeout};

use crate::error::ClusterError;
use crate::limits::{CONSUMER_PATIENCE, CONSUMER_PAUSE, PULL_FOR};
use crate::link::Link;
use crate::message::{Message, MessageError};
use crate::sequencer::Shared;

/// Hands the log's messages on.
pub(crate) struct Follow {
    pub(crate) link: Link,
    pub(crate) shared: Arc<Shared>,
    pub(crate) follower: Follower,
    /// The last message handed on, and when it was published: nanoseconds of the Unix epoch.
    last: Option<(u64, i128)>,
}

/// Why a consumer is not read on.
enum End {
    /// The journal takes nothing more.
    JournalStopped,
    /// It brings nothing, or not what it should: another one may.
    Consumer,
}

impl Follow {
    pub(crate) const fn new(link: Link, shared: Arc<Shared>, follower: Follower) -> Self {
        Self { link, shared, follower, last: None }
    }

    /// Follows for ever.
    ///
    /// # Errors
    /// [`ClusterError`]: a message is missing or cannot be executed. Without an error: the journal was
    /// closed.
    pub(crate) async fn run(mut self) -> Result<(), ClusterError> {
        let mut first = true;
        loop {
            let next = self.next();
            let (consumer, last) = (self.consumer(next).await, self.shared.standing.last());
            self.shared.meters.consumer(first);
            first = false;
            let ended = match consumer {
                Ok(consumer) => self.read(consumer).await?,
                Err(problem) => {
                    tracing::debug!(problem, "no consumer of the stream");
                    End::Consumer
                }
            };
            match ended {
                End::JournalStopped => return Ok(()),
                End::Consumer => tracing::debug!(next, ?last, "following the stream anew"),
            }
            tokio::select! {
                () = sleep(CONSUMER_PAUSE) => {}
                () = self.shared.closed() => return Ok(()),
            }
        }
    }

    /// The message to be executed next.
    fn next(&self) -> u64 {
        self.shared.handed.borrow().saturating_add(1)
    }

    /// Begins with the last message executed, where there is one: that it is the same is seen then.
    async fn consumer(&self, next: u64) -> Result<Consumer, String> {
        let config = OrderedConfig {
            description: Some("a server of Posto".to_owned()),
            deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: next.saturating_sub(1).max(1) },
            max_expires: PULL_FOR,
            ..OrderedConfig::default()
        };
        let made = async {
            let context = self.link.context();
            let consumer = context.create_consumer_on_stream(config, self.link.stream()).await;
            consumer.map_err(|error| error.to_string())?.messages().await.map_err(|error| error.to_string())
        };
        timeout(CONSUMER_PATIENCE, made).await.unwrap_or_else(|_| Err("no answer".to_owned()))
    }

    /// Reads a consumer until it ends or brings nothing although there is something.
    async fn read(&mut self, mut consumer: Consumer) -> Result<End, ClusterError> {
        let mut heard = Instant::now();
        loop {
            let delivered = tokio::select! {
                delivered = timeout(CONSUMER_PATIENCE / 2, consumer.next()) => delivered,
                () = self.shared.anew.notified() => return Ok(End::Consumer),
                () = self.shared.closed() => return Ok(End::JournalStopped),
            };
            match delivered {
                Ok(Some(Ok(message))) => {
                    heard = Instant::now();
                    if let Some(end) = self.hand_on(&message).await? {
                        return Ok(end);
                    }
                }
                Ok(Some(Err(error))) => {
                    tracing::debug!(%error, "the consumer of the stream failed");
                    return Ok(End::Consumer);
                }
                Ok(None) => return Ok(End::Consumer),
                Err(_) => {
                    let missing = self.shared.standing.last().is_some_and(|last| last >= self.next());
                    if missing && heard.elapsed() >= CONSUMER_PATIENCE {
                        return Ok(End::Consumer);
                    }
                }
            }
        }
    }

    async fn hand_on(&mut self, delivered: &Delivered) -> Result<Option<End>, ClusterError> {
        let Ok(info) = delivered.info() else { return Ok(Some(End::Consumer)) };
        let (position, next) = (info.stream_sequence, self.next());
        let published = info.published.unix_timestamp_nanos();
        if position < next {
            if is_another(self.last, self.follower.told(), (position, published)) {
                let stream = self.link.stream().to_owned();
                return Err(ClusterError::Replaced { stream, position });
            }
            // A consumer that was made anew on the way begins with what is long executed.
            return Ok((position.saturating_add(1) < next).then_some(End::Consumer));
        }
        if position > next {
            return Err(ClusterError::Missing { stream: self.link.stream().to_owned(), needed: next, first: position });
        }
        let millis = published.div_euclid(1_000_000);
        let at = Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX));
        self.shared.standing.has(position.saturating_add(info.pending));
        let ordered = self.ordered(delivered, (position, at))?;
        let taken = self.follower.apply(ordered).await;
        self.shared.handed.send_replace(position);
        self.last = Some((position, published));
        Ok(taken.err().map(|_| End::JournalStopped))
    }

    /// The message as the journal executes it.
    fn ordered(&self, delivered: &Delivered, (position, at): (u64, Timestamp)) -> Result<Ordered, ClusterError> {
        let message = match Message::decode(&delivered.payload) {
            Ok(message) => message,
            Err(MessageError::Foreign) => {
                tracing::warn!(position, "the stream holds a message that is not Posto's: it does nothing");
                let (entry, done) = (Entry::Seed(Vec::new()), None);
                return Ok(Ordered { position, at, default_currency: posto_market::Currency::BRL, entry, done });
            }
            Err(cause) => {
                return Err(ClusterError::Message { stream: self.link.stream().to_owned(), position, cause });
            }
        };
        let Message { proposal, default_currency, entry } = message;
        let ours = proposal.instance == self.shared.instance;
        let done = ours.then(|| self.shared.in_flight.hand(proposal.number)).flatten();
        Ok(Ordered { position, at, default_currency, entry, done })
    }
}

/// Whether a message is not the one that was executed in its place: the log has lost that one, and given its
/// number to another. `last`: what was executed last since the start; `told`: the latest time that the log
/// had told before.
fn is_another(last: Option<(u64, i128)>, told: Timestamp, (position, published): (u64, i128)) -> bool {
    match last {
        Some((known, at)) => known == position && at != published,
        // Nothing that was executed before was published later.
        None => published.div_euclid(1_000_000) > i128::from(told.millis()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_given_to_another_message_is_found_out() {
        let told = Timestamp::from_millis(7);
        assert!(!is_another(Some((3, 7_000_001)), told, (3, 7_000_001)), "the same again");
        assert!(is_another(Some((3, 7_000_001)), told, (3, 9_000_000)));
        assert!(!is_another(Some((5, 9_000_000)), told, (3, 8_000_000)), "of that one nothing is known");
        assert!(!is_another(None, told, (3, 7_999_999)), "of the millisecond that the file knows, or before");
        assert!(is_another(None, told, (3, 8_000_000)));
    }
}
