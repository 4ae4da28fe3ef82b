//! Where the journal hands in its entries: what cannot be taken now is refused at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use posto_market::{Book, Currency, Pending, View};
use posto_store::{Done, Entry, JournalError, LogStanding, Outcome, ReportId, Sequencer, SubmitError};
use sha2::{Digest, Sha256};
use tokio::sync::{Notify, mpsc, watch};

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
    /// The log is to be followed anew, beginning with what was executed last.
    pub(crate) anew: Notify,
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
    /// What this server has executed so far.
    pub(crate) book: Arc<Book>,
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

    /// What comes of an entry that changes nothing: a feed's records are mostly those that it sent
    /// before, and would fill the log. Who is not up to date may take some of them for news.
    fn nothing_new(&self, entry: &Entry) -> Option<Outcome> {
        let Entry::Import(record, _) = entry else { return None };
        let (changes, effect) = View { book: &self.book, pending: &Pending::new() }.import(record);
        changes.is_empty().then_some(Outcome::Imported(effect))
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
        if let Some(outcome) = self.nothing_new(&entry) {
            done(Ok(outcome));
            return Ok(());
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
        if *self.shared.closed.borrow() {
            // Everybody who waited may have been told already.
            self.shared.in_flight.conclude(number, Err(JournalError::Unsure));
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

#[cfg(test)]
mod tests {
    use posto_market::{
        Fuel, ImportedPrice, ImportedStation, Position, Price, Quote, Station, StationId, StationWish, Timestamp, Unit,
    };
    use posto_store::{Follower, Journal, Options, Ordered, Origin, Report, StreamId};

    use super::*;
    use crate::standing::Figures;

    /// A server that follows a log, and has heard of it.
    struct Server {
        proposer: Proposer,
        proposals: mpsc::Receiver<Proposal>,
        follower: Follower,
        journal: Journal,
        _directory: tempfile::TempDir,
    }

    fn server() -> Server {
        let directory = tempfile::tempdir().unwrap();
        let stream = StreamId::new("posto", "0".repeat(32));
        let (opened, follower) = Journal::open_following(Options::new(directory.path()), &stream).unwrap();
        let shared = Arc::new(Shared {
            instance: Instance::of(1),
            in_flight: Arc::default(),
            standing: Standing::new(Instant::now()),
            meters: Meters::new(),
            applied: follower.applied(),
            handed: watch::Sender::new(0),
            closed: watch::Sender::new(false),
            anew: Notify::new(),
        });
        shared.standing.connected(true);
        shared.standing.heard(Instant::now(), 0, Figures::default());
        let (queue, proposals) = mpsc::channel(MAX_WAITING);
        let (stream, default_currency) = ("posto".to_owned(), Currency::BRL);
        let book = Arc::clone(follower.book());
        let proposer = Proposer { shared, queue, next: AtomicU64::new(1), stream, default_currency, book };
        Server { proposer, proposals, follower, journal: opened.journal, _directory: directory }
    }

    fn record(price: u32) -> Entry {
        let position = Position::from_degrees(45.0, 9.0).unwrap();
        let quote = Quote {
            price: Price::from_thousandths(price).unwrap(),
            currency: Currency::EUR,
            unit: Unit::Litre,
            reported_at: Some(Timestamp::from_millis(i64::from(price))),
            coordinates: None,
        };
        let station = Station::at(StationId::parse("it-1").unwrap(), position);
        let prices = vec![ImportedPrice { fuel: Fuel::Gasoline, quote }];
        let record = ImportedStation { prices, ..ImportedStation::new(station) };
        Entry::Import(Box::new(record), Origin::Feed("it".to_owned()))
    }

    fn report(id: Option<ReportId>) -> Entry {
        let wish = StationWish {
            fuel: Fuel::Gasoline,
            position: Position::from_degrees(1.0, 2.0).unwrap(),
            station: None,
            radius_km: 0.0,
            new: false,
            name: None,
            brand: None,
        };
        let price = Price::from_thousandths(5000).unwrap();
        let origin = Origin::V1("192.0.2.7:1".to_owned());
        Entry::Report(Report { wish, price, currency: None, coordinates: None, id, origin, witness: None })
    }

    fn proposed(server: &mut Server) -> Proposal {
        server.proposals.try_recv().expect("a proposal")
    }

    #[tokio::test]
    async fn a_record_that_says_nothing_new_is_answered_and_not_proposed() {
        let mut server = server();
        server.proposer.submit(record(1500), None, Box::new(|_| {})).unwrap();
        let Message { default_currency, entry, .. } = Message::decode(&proposed(&mut server).payload).unwrap();
        let at = Timestamp::from_millis(9);
        server.follower.apply(Ordered { position: 1, at, default_currency, entry, done: None }).await.unwrap();
        assert!(server.journal.wait_for(1).await);
        server.proposer.shared.standing.has(1);

        let (told, answer) = std::sync::mpsc::channel();
        let done: Done = Box::new(move |result| drop(told.send(result)));
        server.proposer.submit(record(1500), None, done).unwrap();
        assert!(matches!(answer.try_recv(), Ok(Ok(Outcome::Imported(effect))) if effect.prices_unchanged == 1));
        assert!(server.proposals.try_recv().is_err());
        server.proposer.submit(record(1600), None, Box::new(|_| {})).unwrap();
        assert_eq!(proposed(&mut server).subject, "posto.station.u0n2.it-1");
    }

    #[tokio::test]
    async fn a_report_without_a_name_gets_the_proposals() {
        let mut server = server();
        server.proposer.submit(report(None), None, Box::new(|_| {})).unwrap();
        let proposal = proposed(&mut server);
        let Entry::Report(named) = Message::decode(&proposal.payload).unwrap().entry else { panic!("a report") };
        assert_eq!((named.id.unwrap().key(), proposal.named), (&*proposal.id.message_id(), None));

        let id = ReportId::new("posto:a.1", [7; 32]);
        server.proposer.submit(report(id), None, Box::new(|_| {})).unwrap();
        let named = proposed(&mut server).named.unwrap();
        assert_eq!(named, "posto%3Aa%2E1", "it never is a name of ours");
    }

    #[tokio::test]
    async fn what_cannot_be_taken_is_refused_at_once_and_nobody_waits_for_it() {
        let server = server();
        let submit = || server.proposer.submit(report(None), None, Box::new(|_| {}));
        server.proposer.shared.standing.connected(false);
        assert_eq!(submit(), Err(SubmitError::Unreachable));
        server.proposer.shared.standing.connected(true);
        for _ in 0..MAX_WAITING {
            submit().unwrap();
        }
        assert_eq!((submit(), server.proposer.shared.in_flight.len()), (Err(SubmitError::Busy), MAX_WAITING));
        server.proposer.close();
        assert_eq!(submit(), Err(SubmitError::Stopped));
    }
}
