//! A watch tells every change once and in order, whatever happens to the server meanwhile.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use posto_client::{ClientError, Pool, PoolOptions};
use posto_udp::Reply;
use posto_wire::answer::{self, Changes, GroupStanding, OpeningFacts, PriceChange, ServerTime};
use posto_wire::{Command, ErrorCode, Mistake};

use crate::support::{Serving, a_time, facts, soon};

/// What the server would tell: its book, and up to which position.
#[derive(Debug, Clone)]
struct Journal {
    book: &'static str,
    from: u64,
    newest: u64,
}

fn change(position: u64) -> PriceChange {
    PriceChange {
        position,
        station: facts(1),
        fuel: 2,
        price: Some(1799),
        currency: "EUR".to_owned(),
        unit: "l".to_owned(),
        at: None,
        stale: true,
        suspect: false,
        opening: OpeningFacts::default(),
    }
}

/// Answers `W` as a server with this journal does, at most two changes at a time, and drops what would
/// have to wait.
fn server_of(journal: &Arc<Mutex<Journal>>) -> impl Fn(Command, Reply) + Send + Sync + use<> {
    let journal = Arc::clone(journal);
    move |command, reply| {
        let Command::Changes(request) = command else { panic!("{command:?}") };
        let Journal { book, from, newest } = journal.lock().expect("no panics").clone();
        let known =
            request.after.as_ref().filter(|place| place.book == book && (from..=newest).contains(&place.position));
        let changes = match known {
            Some(place) => (place.position + 1..=newest).take(2).map(change).collect(),
            None => Vec::new(),
        };
        if known.is_some() && changes.is_empty() {
            return std::mem::forget(reply); // it waits
        }
        let position = changes.last().map_or(newest, |last: &PriceChange| last.position);
        let (resync, from) = (known.is_none() && request.after.is_some(), known.is_none().then_some(from));
        reply.send(answer::ok(&Changes { book: book.to_owned(), position, changes, from, resync }));
    }
}

fn positions(changes: &Changes) -> Vec<u64> {
    changes.changes.iter().map(|change| change.position).collect()
}

#[tokio::test]
async fn it_begins_where_it_is_told_to_and_goes_on_through_a_restart_of_the_server() {
    let journal = Arc::new(Mutex::new(Journal { book: "b", from: 3, newest: 9 }));
    let serving = Serving::start(server_of(&journal));
    let mut watch = serving.pool(1).watch().going_back(4);
    let begun = soon(watch.next()).await.unwrap();
    assert_eq!((begun.from, begun.position, positions(&begun), begun.book.as_str()), (Some(5), 9, vec![], "b"));
    for expected in [[6, 7], [8, 9]] {
        assert_eq!(positions(&soon(watch.next()).await.unwrap()), expected);
    }
    let waiting = tokio::spawn(async move { (watch.next().await, watch) });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let address = serving.address;
    serving.kill().await;
    journal.lock().unwrap().newest = 10;
    let again = Serving::at(address, server_of(&journal));
    let (next, mut watch) = soon(waiting).await.unwrap();
    assert_eq!(positions(&next.unwrap()), [10], "it asked again in a new session");
    assert_eq!(again.seen.opened(), 1);

    // Further back than the server remembers, and another book.
    *journal.lock().unwrap() = Journal { book: "c", from: 0, newest: 2 };
    again.kill().await;
    let _third = Serving::at(address, server_of(&journal));
    let resync = loop {
        // The old session may fail first.
        if let Ok(next) = soon(watch.next()).await {
            break next;
        }
    };
    assert_eq!((resync.resync, resync.position, resync.book.as_str()), (true, 2, "c"));
    let begun = soon(serving_pool(address).watch().going_back(99).next()).await.unwrap();
    assert_eq!(begun.from, Some(0), "not before the beginning");
}

fn serving_pool(address: std::net::SocketAddr) -> Pool {
    Pool::new(PoolOptions::new(address.to_string()))
}

#[tokio::test]
async fn a_server_that_knows_no_changes_or_is_not_there_is_told_as_such() {
    let serving = Serving::start(|_, reply| {
        reply.send(answer::error(&Mistake::new(ErrorCode::AcaoDesconhecida, "Ação não conhecida: w")));
    });
    let refused = soon(serving.pool(1).watch().next()).await.unwrap_err();
    assert!(matches!(refused, ClientError::Refused(mistake) if mistake.code == ErrorCode::AcaoDesconhecida));
    let nobody = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut watch = serving_pool(nobody.local_addr().unwrap()).watch();
    assert!(matches!(soon(watch.next()).await, Err(ClientError::Silent { .. })));
}

/// Answers `T` as a member of a group, the rest as [`server_of`] its journal; drops what should be known
/// and is not yet.
fn member_of(journal: &Arc<Mutex<Journal>>, is_ready: bool) -> impl Fn(Command, Reply) + Send + Sync + use<> {
    let (changes, of) = (server_of(journal), Arc::clone(journal));
    move |command, reply| match &command {
        Command::Time => {
            let group = GroupStanding { member: true, caught_up: Some(is_ready), ..GroupStanding::default() };
            let book = of.lock().expect("no panics").book.to_owned();
            reply.send(answer::ok(&ServerTime { group, book, ..a_time() }));
        }
        _ => changes(command, reply),
    }
}

#[tokio::test]
async fn it_goes_on_at_another_server_of_the_group_when_the_one_watched_falls_silent() {
    let journal = Arc::new(Mutex::new(Journal { book: "b", from: 0, newest: 3 }));
    let stranger = Arc::new(Mutex::new(Journal { book: "x", from: 0, newest: 9 }));
    let watched = Serving::start(member_of(&journal, true));
    let starting = Serving::start(member_of(&journal, false));
    let foreign = Serving::start(member_of(&stranger, true));
    let other = Serving::start(member_of(&journal, true));
    let all = [&watched, &starting, &foreign, &other].map(|serving| serving.address.to_string());
    let pool = Pool::new(PoolOptions { servers: all.to_vec(), ..PoolOptions::new("") });
    // The watch hears of the others from themselves.
    let mut watch = pool.watch();
    assert_eq!(soon(watch.next()).await.unwrap().position, 3);
    let waiting = tokio::spawn(async move {
        loop {
            if let Ok(changes) = watch.next().await {
                return (changes, watch);
            }
        }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    watched.kill().await;
    journal.lock().unwrap().newest = 4;
    let (changes, _watch) = soon(waiting).await.unwrap();
    assert_eq!((positions(&changes), changes.resync), (vec![4], false));
    let asked_for_changes = |serving: &Serving| {
        serving.seen.requests().iter().filter(|it| matches!(it.command, Command::Changes(_))).count()
    };
    assert_eq!((asked_for_changes(&starting), asked_for_changes(&foreign)), (0, 0));
    assert!(asked_for_changes(&other) > 0);
}

#[tokio::test]
async fn it_begins_at_another_server_of_the_group_where_the_first_was_never_seen() {
    let journal = Arc::new(Mutex::new(Journal { book: "b", from: 0, newest: 3 }));
    let (other, nobody) =
        (Serving::start(member_of(&journal, true)), std::net::UdpSocket::bind("127.0.0.1:0").unwrap());
    let names = [nobody.local_addr().unwrap(), other.address].map(|address| address.to_string());
    let pool = Pool::new(PoolOptions { servers: names.to_vec(), ..PoolOptions::new("") });
    assert_eq!(soon(pool.watch().next()).await.unwrap().position, 3);
}
