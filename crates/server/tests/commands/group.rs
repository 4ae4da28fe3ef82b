//! Servers that follow one log: reads that wait for what their asker has seen, or are refused; what an
//! answer says of the server's place; writes that the log does not take (PROTOCOL §7.21).

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use posto_client::{Client, ClientError, Seen};
use posto_market::{Area, Circle, Currency, Fuel, Timestamp};
use posto_store::{
    Done, Entry, Follower, Journal, JournalError, LogStanding, Ordered, Origin, Sequencer, StreamId, SubmitError,
};
use posto_wire::command::{ChangesRequest, JournalPlace};
use posto_wire::{ErrorCode, Mistake, Search};
use tempfile::TempDir;
use tokio::sync::{mpsc, oneshot};

use crate::support::{NOW, Serving, at, id, options, record, soon};

const BOOK: &str = "00112233445566778899aabbccddeeff";

/// A log in this process: what is submitted comes at once, unless the test says otherwise.
#[derive(Debug)]
struct Log {
    standing: Mutex<LogStanding>,
    refusal: Mutex<Option<SubmitError>>,
    failure: Mutex<Option<JournalError>>,
    next: AtomicU64,
    apply: mpsc::UnboundedSender<Ordered>,
}

impl Log {
    fn feeding(follower: Follower) -> Arc<Self> {
        let (apply, mut entries) = mpsc::unbounded_channel::<Ordered>();
        let next = AtomicU64::new(follower.position() + 1);
        tokio::spawn(async move {
            while let Some(entry) = entries.recv().await {
                if follower.apply(entry).await.is_err() {
                    return;
                }
            }
        });
        let standing = LogStanding { behind: Some(0), silent_for: Duration::ZERO, caught_up: true, writable: true };
        let (refusal, failure) = (Mutex::default(), Mutex::default());
        Arc::new(Self { standing: Mutex::new(standing), refusal, failure, next, apply })
    }

    fn stands(&self, change: impl FnOnce(&mut LogStanding)) {
        change(&mut self.standing.lock().expect("no panics"));
    }

    fn put(&self, entry: Entry, done: Option<Done>) {
        let position = self.next.fetch_add(1, Ordering::SeqCst);
        let (at, default_currency) = (Timestamp::from_millis(NOW), Currency::EUR);
        let ordered = Ordered { position, at, default_currency, entry, done };
        self.apply.send(ordered).unwrap_or_else(|_| panic!("the journal has ended"));
    }

    /// Another server of the group was told this price, newer than all before it.
    fn hears(&self, thousandths: u32) {
        let mut record = record("it-1", at(45.46, 9.19), thousandths);
        let later = i64::try_from(self.next.load(Ordering::SeqCst)).expect("few");
        record.prices.iter_mut().for_each(|it| it.quote.reported_at = Some(Timestamp::from_millis(NOW + later)));
        self.put(Entry::Import(Box::new(record), Origin::Feed("it".to_owned())), None);
    }
}

impl Sequencer for Log {
    fn submit(&self, entry: Entry, _: Option<Instant>, done: Done) -> Result<(), SubmitError> {
        if let Some(refusal) = *self.refusal.lock().expect("no panics") {
            return Err(refusal);
        }
        match self.failure.lock().expect("no panics").clone() {
            Some(failure) => done(Err(failure)),
            None => self.put(entry, Some(done)),
        }
        Ok(())
    }

    fn standing(&self) -> LogStanding {
        *self.standing.lock().expect("no panics")
    }

    fn close(&self) {}
}

/// A server of a group, with the log that it follows.
fn following() -> (Serving, Arc<Log>, TempDir) {
    let directory = tempfile::tempdir().expect("a directory");
    let stream = StreamId::new("posto", BOOK);
    let (mut opened, follower) = Journal::open_following(options(directory.path()), &stream).expect("a journal");
    let log = Log::feeding(follower);
    opened.journal = opened.journal.sequenced_by(Arc::<Log>::clone(&log));
    let (failure, failed) = oneshot::channel();
    // It never fails here.
    std::mem::forget(failure);
    (Serving::of(opened, failed, "127.0.0.1:0"), log, directory)
}

fn seen(position: u64) -> Seen {
    Seen { position, book: Some(BOOK.to_owned()) }
}

fn a_search() -> Search {
    Search::new(Fuel::Gasoline, Area::Circle(Circle::new(at(45.46, 9.19), 5.0).expect("a circle")))
}

fn refused(error: &ClientError) -> &Mistake {
    let ClientError::Refused(mistake) = error else { panic!("{error}") };
    mistake
}

async fn price(client: &Client) -> Option<u32> {
    soon(client.cheapest(a_search())).await.expect("an answer").map(|found| found.price.price)
}

#[tokio::test]
async fn a_report_tells_its_place_and_a_read_that_names_it_waits_until_the_server_has_come_there() {
    let (serving, log, _directory) = following();
    let client = serving.client().await.having_seen(Seen::default());
    let reported = soon(client.report(crate::reports::a_report(Some("r1")))).await.unwrap();
    let told = client.remarks();
    assert_eq!((told.position, told.book.as_deref(), told.silent_s), (Some(1), Some(BOOK), None));
    log.hears(1799);
    let reader = serving.client().await.having_seen(seen(3));
    let (found, ()) = tokio::join!(price(&reader), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        log.hears(1699);
    });
    assert_eq!((found, reader.remarks().position), (Some(1699), Some(3)));
    // The same report again is the first one, wherever the server is by now.
    assert_eq!(soon(client.report(crate::reports::a_report(Some("r1")))).await.unwrap(), reported);
    assert_eq!(client.remarks().position, Some(4), "the log has it twice; it counts once");
}

#[tokio::test]
async fn a_read_of_what_does_not_come_is_refused_while_there_is_time_to_ask_elsewhere() {
    let (serving, log, _directory) = following();
    log.hears(1799);
    let reader = serving.client().await.with_patience(Duration::from_millis(600)).having_seen(seen(2));
    let error = soon(reader.cheapest(a_search())).await.unwrap_err();
    assert_eq!(refused(&error).code, ErrorCode::Atrasado, "and no deadline");
    let told = reader.remarks();
    assert_eq!((told.position, told.book.as_deref()), (Some(1), Some(BOOK)));
    assert_eq!(soon(reader.station(id("it-1"))).await.map_err(|error| refused(&error).code), Err(ErrorCode::Atrasado));
    assert_eq!(soon(reader.time()).await.map_err(|error| refused(&error).code), Err(ErrorCode::Atrasado));

    // A place of another book says nothing here, and nobody waits for less than there is.
    let other = Seen { book: Some("ffee".to_owned()), ..seen(99) };
    assert_eq!(price(&serving.client().await.having_seen(other)).await, Some(1799));
    assert_eq!(price(&serving.client().await.having_seen(Seen { book: None, ..seen(1) })).await, Some(1799));
}

#[tokio::test]
async fn alone_a_server_refuses_at_once_what_it_will_never_have() {
    let serving = Serving::start();
    serving.put(record("it-1", at(45.46, 9.19), 1799));
    let book = Some(serving.journal.book_id().to_owned());
    let reader = serving.client().await.having_seen(Seen { position: 1, book: book.clone() });
    assert_eq!(price(&reader).await, Some(1799));
    assert_eq!((reader.remarks().position, reader.remarks().book), (Some(1), book.clone()));
    let late = serving.client().await.with_patience(Duration::from_secs(60)).having_seen(Seen { position: 2, book });
    let error = soon(late.cheapest(a_search())).await.unwrap_err();
    assert_eq!(refused(&error).code, ErrorCode::Atrasado);
    let time = soon(serving.client().await.time()).await.unwrap();
    assert_eq!((time.position, time.group.member), (Some(1), false));
}

#[tokio::test]
async fn until_it_has_caught_up_a_server_puts_readers_off_and_says_so() {
    let (serving, log, _directory) = following();
    log.stands(|standing| (standing.caught_up, standing.behind) = (false, Some(7)));
    let client = serving.client().await;
    let time = soon(client.time()).await.unwrap();
    assert_eq!((time.group.member, time.group.caught_up, time.group.behind), (true, Some(false), Some(7)));
    let error = soon(client.cheapest(a_search())).await.unwrap_err();
    assert!(matches!(error, ClientError::ServerBusy { .. }), "{error}");
    let ready = client.having_seen(Seen::default());
    assert!(matches!(soon(ready.time()).await, Err(ClientError::ServerBusy { .. })), "the time of a book");
    log.stands(|standing| standing.caught_up = true);
    soon(ready.time()).await.unwrap();
    let mut v1 = serving.peer().await;
    assert!(v1.told(r#"{"acao": "P", "tipoCombustivel": "2", "coordenadas": "(1;1)", "raio": 1}"#).await.len() > 1);
}

#[tokio::test]
async fn a_server_out_of_touch_answers_and_says_for_how_long() {
    let (serving, log, _directory) = following();
    log.hears(1799);
    log.stands(|standing| standing.silent_for = Duration::from_millis(17_900));
    let client = serving.client().await;
    let settled = async { while price(&client).await.is_none() {} };
    soon(settled).await;
    assert_eq!(client.remarks().silent_s, Some(17));
    soon(client.station(id("it-2"))).await.unwrap_err();
    assert_eq!(client.remarks().silent_s, Some(17), "beside a no, too");
    // It does not wait for what it cannot hear of.
    let late = serving.client().await.with_patience(Duration::from_secs(60)).having_seen(seen(2));
    let error = soon(late.cheapest(a_search())).await.unwrap_err();
    assert_eq!(refused(&error).code, ErrorCode::Atrasado);
    let mut v1 = serving.peer().await;
    let told = v1.ask(r#"{"acao": "S", "posto": "it-1", "posicao": 0, "formato": "json"}"#).await;
    assert!(told.ends_with(&format!(r#"}}, "posicao": 1, "book": "{BOOK}", "sem_contato_s": 17}}"#)), "{told}");
}

#[tokio::test]
async fn what_the_log_does_not_take_is_busy_and_what_nobody_knows_is_told_as_such() {
    let (serving, log, _directory) = following();
    let client = serving.client().await;
    for refusal in [SubmitError::Busy, SubmitError::Unreachable] {
        *log.refusal.lock().expect("no panics") = Some(refusal);
        let error = soon(client.report(crate::reports::a_report(None))).await.unwrap_err();
        assert!(matches!(error, ClientError::ServerBusy { .. }), "{error}");
    }
    *log.refusal.lock().expect("no panics") = None;
    *log.failure.lock().expect("no panics") = Some(JournalError::Unreachable);
    let error = soon(client.report(crate::reports::a_report(Some("r1")))).await.unwrap_err();
    assert!(matches!(error, ClientError::ServerBusy { .. }), "{error}");
    *log.failure.lock().expect("no panics") = Some(JournalError::Unsure);
    let error = soon(client.report(crate::reports::a_report(None))).await.unwrap_err();
    assert_eq!(refused(&error).code, ErrorCode::Incerto);
    assert_eq!(price(&client).await, None, "and reads go on");
}

#[tokio::test]
async fn a_listener_may_go_on_at_a_server_that_has_not_come_so_far() {
    let (serving, log, _directory) = following();
    let client = serving.client().await;
    let place = |position| Some(JournalPlace { book: BOOK.to_owned(), position });
    let ahead = ChangesRequest { after: place(2), wait: Duration::ZERO };
    let changes = soon(client.changes(ahead.clone())).await.unwrap();
    assert_eq!((changes.position, changes.changes.len(), changes.resync), (2, 0, false));
    let waiting = ChangesRequest { wait: Duration::from_secs(20), ..ahead };
    let (changes, ()) = tokio::join!(soon(client.changes(waiting)), async {
        for thousandths in [1799, 1699, 1599] {
            tokio::time::sleep(Duration::from_millis(30)).await;
            log.hears(thousandths);
        }
    });
    let changes = changes.unwrap();
    assert_eq!((changes.position, changes.changes[0].price, changes.resync), (3, Some(1599), false));
    let alone = Serving::start();
    let book = alone.journal.book_id().to_owned();
    let ahead = ChangesRequest { after: Some(JournalPlace { book, position: 2 }), wait: Duration::ZERO };
    assert!(soon(alone.client().await.changes(ahead)).await.unwrap().resync, "alone it never comes");
}
