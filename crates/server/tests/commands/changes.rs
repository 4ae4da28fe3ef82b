//! `W`: what changed is told once, in order, as much as fits; waiting for it holds nobody up (PROTOCOL
//! §7.18).

use std::time::{Duration, Instant};

use posto_market::EndedPrice;
use posto_market::{Fuel, ImportedStation, Timestamp};
use posto_wire::Value;
use posto_wire::answer::Changes;
use posto_wire::command::{ChangesRequest, JournalPlace};

use crate::support::{NOW, Peer, Serving, at, record, soon};

fn after(changes: &Changes, wait: Duration) -> ChangesRequest {
    let place = JournalPlace { book: changes.book.clone(), position: changes.position };
    ChangesRequest { after: Some(place), wait }
}

const BEGINNING: ChangesRequest = ChangesRequest { after: None, wait: Duration::ZERO };
const LONG: Duration = Duration::from_secs(20);

fn positions(changes: &Changes) -> Vec<u64> {
    changes.changes.iter().map(|change| change.position).collect()
}

#[tokio::test]
async fn a_change_wakes_who_waits_and_says_all_that_a_list_would() {
    let serving = Serving::start();
    let client = serving.client().await;
    let beginning = soon(client.changes(BEGINNING)).await.unwrap();
    let told = (beginning.position, beginning.from, beginning.changes.len(), beginning.resync);
    assert_eq!((told, beginning.book.as_str()), ((0, Some(0), 0, false), serving.journal.book_id()));
    let waiting = client.changes(after(&beginning, LONG));
    let reporting = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        serving.put(record("it-1", at(45.46, 9.19), 1799));
    };
    let (changes, ()) = soon(async { tokio::join!(waiting, reporting) }).await;
    let changes = changes.unwrap();
    assert_eq!((changes.position, positions(&changes), changes.from), (1, vec![1], None));
    let change = &changes.changes[0];
    let told = (change.station.id.as_str(), change.price, change.currency.as_str(), change.unit.as_str());
    assert_eq!(told, ("it-1", Some(1799), "EUR", "l"));
    assert_eq!((change.at.as_deref(), change.stale, change.fuel), (Some("2026-08-21T06:00:00.123Z"), false, 2));

    let ended = vec![EndedPrice { fuel: Fuel::Gasoline, at: Timestamp::from_millis(NOW + 1) }];
    serving.put(ImportedStation { prices: Vec::new(), ended, ..record("it-1", at(45.46, 9.19), 1) });
    let changes = soon(client.changes(after(&changes, LONG))).await.unwrap();
    assert_eq!((positions(&changes), changes.changes[0].price), (vec![2], None));
    assert_eq!(changes.changes[0].at.as_deref(), Some("2026-08-21T06:00:00.124Z"));
}

#[tokio::test]
async fn a_waiting_ends_at_its_time_and_with_the_next_one() {
    let serving = Serving::start();
    let client = serving.client().await;
    let beginning = soon(client.changes(BEGINNING)).await.unwrap();
    let short = soon(client.changes(after(&beginning, Duration::from_millis(80)))).await.unwrap();
    assert_eq!((short.position, short.changes.len(), short.resync), (0, 0, false));
    let (first, second) = (client.changes(after(&beginning, LONG)), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        client.changes(after(&beginning, Duration::from_millis(50))).await
    });
    let (first, second) = soon(async { tokio::join!(first, second) }).await;
    assert_eq!((first.unwrap().changes.len(), second.unwrap().changes.len()), (0, 0));
}

#[tokio::test]
async fn who_waits_does_not_hold_up_the_end_of_the_server_and_is_answered() {
    let serving = Serving::start();
    let client = serving.client().await;
    let beginning = soon(client.changes(BEGINNING)).await.unwrap();
    let started = Instant::now();
    let waiting = client.changes(after(&beginning, LONG));
    let stopping = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        serving.stop().await
    };
    let (changes, stopped) = soon(async { tokio::join!(waiting, stopping) }).await;
    stopped.unwrap();
    assert_eq!(changes.unwrap().changes.len(), 0);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_session_that_ends_ends_its_waiting() {
    let serving = Serving::start();
    let watcher = serving.client().await;
    let beginning = soon(watcher.changes(BEGINNING)).await.unwrap();
    let waiting = tokio::time::timeout(Duration::from_millis(50), watcher.changes(after(&beginning, LONG)));
    assert!(waiting.await.is_err());
    soon(watcher.close()).await;
    // Nobody waits any more; the server ends at once, and others are served meanwhile.
    soon(serving.client().await.time()).await.unwrap();
    soon(serving.stop()).await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_told_is_a_resync() {
    let serving = Serving::start();
    serving.put(record("it-1", at(1.0, 1.0), 1799));
    let client = serving.client().await;
    let now = soon(client.changes(BEGINNING)).await.unwrap();
    assert_eq!((now.position, now.from), (1, Some(0)));
    for wrong in
        [JournalPlace { book: "another".to_owned(), position: 1 }, JournalPlace { book: now.book.clone(), position: 2 }]
    {
        let request = ChangesRequest { after: Some(wrong), wait: LONG };
        let changes = soon(client.changes(request)).await.unwrap();
        assert!(changes.resync && changes.changes.is_empty());
        assert_eq!((changes.book, changes.position, changes.from), (now.book.clone(), 1, Some(0)));
    }
}

#[tokio::test]
async fn positions_go_on_after_a_restart() {
    let serving = Serving::start();
    let before = soon(serving.client().await.changes(BEGINNING)).await.unwrap();
    serving.put(record("it-1", at(1.0, 1.0), 1799));
    let serving = serving.restart().await;
    serving.put(record("it-2", at(2.0, 2.0), 1899));
    let changes = soon(serving.client().await.changes(after(&before, LONG))).await.unwrap();
    assert_eq!((changes.resync, positions(&changes)), (false, vec![1, 2]));
}

/// Every answer is looked at: no longer than its reader takes, and no change is missing or told twice.
#[tokio::test]
async fn many_changes_come_in_parts_that_fit() {
    let serving = Serving::start();
    let count = 700;
    for number in 0..count {
        serving.put(record(&format!("it-{number}"), at(45.0, f64::from(number) / 100.0), 1000 + number));
    }
    let all: Vec<_> = (1..=u64::from(count)).collect();
    let client = serving.client().await;
    let mut known = Changes { position: 0, ..soon(client.changes(BEGINNING)).await.unwrap() };
    let (mut told, mut parts) = (Vec::new(), 0);
    while told.len() < all.len() {
        known = soon(client.changes(after(&known, LONG))).await.unwrap();
        assert!(!known.resync && known.changes.last().map(|change| change.position) == Some(known.position));
        told.extend(positions(&known));
        parts += 1;
    }
    assert_eq!(told, all);
    assert!((2..20).contains(&parts), "{parts} parts");

    // The same for a peer of v1, whose datagrams are looked at by `Peer`.
    let (mut peer, mut position, mut told) = (serving.peer().await, 600, Vec::new());
    while told.len() < 100 {
        let (newest, part) = part_of_v1(&mut peer, &known.book, position).await;
        position = newest;
        assert!(!part.is_empty());
        told.extend(part);
    }
    assert_eq!(told, all[600..]);
}

async fn part_of_v1(peer: &mut Peer, book: &str, position: u64) -> (u64, Vec<u64>) {
    let data = format!(r#"{{"acao": "W", "desde": {position}, "book": "{book}", "formato": "json"}}"#);
    let Value::Object(answer) = peer.asked(&data).await else { panic!("JSON") };
    let Some(Value::Object(ok)) = answer.get("ok") else { panic!("{answer:?}") };
    let number = |value: Option<&Value>| match value {
        Some(Value::Integer(number)) => u64::try_from(*number).expect("a position"),
        other => panic!("{other:?}"),
    };
    let Some(Value::List(changes)) = ok.get("mudancas") else { panic!("{ok:?}") };
    let position_of = |change: &Value| number(change.as_object().expect("an object").get("posicao"));
    (number(ok.get("posicao")), changes.iter().map(position_of).collect())
}
