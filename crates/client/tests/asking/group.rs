//! A pool of servers of one group: any of them takes what is to be stored, one that is dead, busy or
//! behind is passed over, and a name with several addresses is as many servers.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use posto_client::{ClientError, Pool, PoolOptions, Remarks, Resolver, Seen, Told};
use posto_udp::Reply;
use posto_wire::answer::{self, Answer, GroupStanding, ServerTime, Stations};
use posto_wire::{Command, ErrorCode, Mistake};

use crate::support::{CALL, Serving, a_report, a_search, a_time, reported, soon};

const BOOK: &str = "5d41402abc4b2a76";

fn group_time() -> ServerTime {
    ServerTime { group: GroupStanding { member: true, caught_up: Some(true), ..Default::default() }, ..a_time() }
}

/// A server of the group that has come to this position.
fn member(position: u64) -> Serving {
    Serving::start(move |command, reply| answer_as_member(position, &command, reply))
}

fn answer_as_member(position: u64, command: &Command, reply: Reply) {
    match command {
        Command::Report(_) => reply.send(at(position, &reported())),
        Command::Time => reply.send(at(position, &group_time())),
        _ => reply.send(at(position, &Stations { stations: Vec::new(), next: None })),
    }
}

fn at(position: u64, answer: &impl Answer) -> posto_wire::Value {
    Remarks { position: Some(position), book: Some(BOOK.to_owned()), silent_s: None }.beside(answer::ok(answer))
}

fn pool(servers: &[&Serving]) -> Pool {
    let servers = servers.iter().map(|serving| serving.address.to_string()).collect();
    Pool::new(PoolOptions { servers, ..PoolOptions::new("") })
}

fn writes(serving: &Serving) -> usize {
    serving.seen.requests().iter().filter(|request| matches!(request.command, Command::Report(_))).count()
}

fn reads(serving: &Serving) -> usize {
    serving.seen.requests().iter().filter(|request| matches!(request.command, Command::Cheapest(_))).count()
}

#[tokio::test]
async fn every_server_of_a_group_is_written_to_and_when_one_dies_the_others_take_over() {
    let servers = [member(1), member(1), member(1)];
    let pool = pool(&servers.each_ref());
    for _ in 0..300 {
        soon(pool.report(CALL, a_report(Some("r1")))).await.unwrap();
    }
    assert!(servers.iter().all(|server| writes(server) > 0), "{:?}", servers.each_ref().map(writes));
    let [first, second, third] = servers;
    first.kill().await;
    for _ in 0..50 {
        soon(pool.report(CALL, a_report(Some("r1")))).await.unwrap();
        soon(pool.cheapest(CALL, a_search())).await.unwrap();
    }
    second.kill().await;
    for _ in 0..50 {
        soon(pool.report(CALL, a_report(Some("r1")))).await.unwrap();
        soon(pool.cheapest(CALL, a_search())).await.unwrap();
    }
    assert!(reads(&third) >= 50, "it is the last");
}

#[tokio::test]
async fn a_group_takes_reports_although_its_first_server_was_never_seen() {
    let servers = [member(1), member(1)];
    let nobody = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let names = [nobody, servers[0].address, servers[1].address].map(|address| address.to_string());
    let pool = Pool::new(PoolOptions { servers: names.to_vec(), ..PoolOptions::new("") });
    let told = Told::default();
    let call = posto_client::Call { told: Some(&told), ..CALL };
    soon(pool.report(call, a_report(None))).await.unwrap();
    assert!(!told.fell_back(), "their book is the pool's");
    assert_eq!(told.seen(), Some(Seen { position: 1, book: Some(BOOK.to_owned()) }));
}

#[tokio::test]
async fn a_report_without_a_name_is_never_told_twice_but_to_whom_it_certainly_was_not_executed() {
    let unsure = Serving::start(|command, reply| match command {
        Command::Report(_) => drop(reply),
        command => answer_as_member(1, &command, reply),
    });
    let busy = Serving::start(|command, reply| match command {
        Command::Report(_) => reply.not_executed(),
        command => answer_as_member(1, &command, reply),
    });
    let good = member(1);
    let pool_of_unsure = pool(&[&unsure]);
    soon(pool_of_unsure.report(CALL, a_report(None))).await.unwrap_err();
    assert_eq!(writes(&unsure), 1);
    let pool = pool(&[&busy, &good]);
    for _ in 0..20 {
        soon(pool.report(CALL, a_report(None))).await.unwrap();
    }
    assert_eq!(writes(&good), 20);
    assert!(writes(&busy) < 20, "it was left in peace meanwhile: {}", writes(&busy));
}

/// One that has not come so far says so, and the other one is asked at once.
#[tokio::test]
async fn a_read_goes_on_to_a_server_that_has_what_its_asker_has_seen() {
    let behind = Serving::start(|command, reply| match command {
        Command::Cheapest(_) => reply.send(answer::error(&Mistake::new(ErrorCode::Atrasado, "ainda não"))),
        command => answer_as_member(6, &command, reply),
    });
    let (good, told, seen) = (member(9), Told::default(), Seen { position: 7, book: Some(BOOK.to_owned()) });
    let pool = pool(&[&behind, &good]);
    let call = posto_client::Call { seen: Some(&seen), told: Some(&told), ..CALL };
    for _ in 0..100 {
        soon(pool.cheapest(call, a_search())).await.unwrap();
    }
    assert_eq!(told.seen(), Some(Seen { position: 9, book: Some(BOOK.to_owned()) }));
    assert_eq!(reads(&good), 100);
    assert!((1..20).contains(&reads(&behind)), "it rested: {}", reads(&behind));
    let asked = good.seen.requests();
    assert!(asked.iter().all(|it| it.seen == Some(seen.clone()) || matches!(it.command, Command::Time)), "{asked:?}");

    good.kill().await;
    let error = soon(pool.cheapest(call, a_search())).await.unwrap_err();
    let is_told = matches!(&error, ClientError::Refused(mistake) if mistake.code == ErrorCode::Atrasado);
    assert!(is_told || matches!(error, ClientError::Silent { .. }), "{error}");
}

/// One that is put off by its start, as the rest live, costs no reader an error.
#[tokio::test]
async fn a_server_that_has_not_caught_up_yet_fails_no_read() {
    let ready = Arc::new(AtomicBool::new(false));
    let is_ready = Arc::clone(&ready);
    let starting = Serving::start(move |command, reply| match command {
        Command::Time => answer_as_member(1, &command, reply),
        command if is_ready.load(Ordering::SeqCst) => answer_as_member(1, &command, reply),
        _ => reply.not_executed(),
    });
    let good = member(1);
    let pool = pool(&[&starting, &good]);
    for _ in 0..500 {
        soon(pool.cheapest(CALL, a_search())).await.unwrap();
    }
    assert_eq!(reads(&good), 500);
    ready.store(true, Ordering::SeqCst);
    let before = reads(&starting);
    let used = async {
        while reads(&starting) < before + 50 {
            soon(pool.cheapest(CALL, a_search())).await.unwrap();
        }
    };
    soon(used).await;
}

#[tokio::test]
async fn a_server_out_of_touch_is_asked_only_where_there_is_no_other_and_its_silence_is_told() {
    let silent = Serving::start(|command, reply| match command {
        Command::Cheapest(_) => {
            let remarks = Remarks { silent_s: Some(17), ..Remarks::default() };
            reply.send(remarks.beside(answer::ok(&Stations { stations: Vec::new(), next: None })));
        }
        command => answer_as_member(1, &command, reply),
    });
    let good = member(1);
    let pool = pool(&[&silent, &good]);
    for _ in 0..100 {
        soon(pool.cheapest(CALL, a_search())).await.unwrap();
    }
    assert!(reads(&silent) < 20, "{}", reads(&silent));
    good.kill().await;
    let told = Told::default();
    let call = posto_client::Call { told: Some(&told), ..CALL };
    let answered = async { while pool.cheapest(call, a_search()).await.is_err() {} };
    soon(answered).await;
    assert_eq!(told.silent_s(), Some(17));
}

/// Names and where they are, which a test may change.
type Names = Arc<Mutex<HashMap<String, Vec<SocketAddr>>>>;

fn resolver(names: &Names) -> Resolver {
    let names = Arc::clone(names);
    Resolver::new(move |name| {
        let found = names.lock().expect("no panics").get(&name).cloned();
        async move { found.ok_or_else(|| std::io::Error::other("no such name")) }
    })
}

#[tokio::test]
async fn a_name_with_several_addresses_is_as_many_servers_and_one_that_moved_is_found() {
    let servers = [member(1), member(1), member(1)];
    let addresses = servers.each_ref().map(|server| server.address);
    let names: Names = Arc::default();
    names.lock().unwrap().insert("posto.test:5000".to_owned(), addresses[..2].to_vec());
    let options = PoolOptions { resolver: resolver(&names), ..PoolOptions::new("posto.test:5000") };
    let pool = Pool::new(options);
    for _ in 0..100 {
        soon(pool.report(CALL, a_report(Some("r1")))).await.unwrap();
    }
    assert!(writes(&servers[0]) > 0 && writes(&servers[1]) > 0 && writes(&servers[2]) == 0);
    let told: Vec<_> = pool.server_statistics().into_iter().map(|server| server.server).collect();
    assert_eq!(told.len(), 2);
    assert!(told.iter().all(|name| addresses.iter().any(|address| address.to_string() == *name)), "{told:?}");

    // Both die; the third has taken their place.
    let [first, second, third] = servers;
    names.lock().unwrap().insert("posto.test:5000".to_owned(), vec![third.address]);
    first.kill().await;
    second.kill().await;
    let started = Instant::now();
    while pool.report(CALL, a_report(Some("r2"))).await.is_err() {
        assert!(started.elapsed() < Duration::from_secs(10), "it is found");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(pool.server_statistics().len(), 1);
    // The name is lost, the servers are not.
    names.lock().unwrap().clear();
    soon(pool.report(CALL, a_report(Some("r3")))).await.unwrap();
}

#[tokio::test]
async fn a_name_whose_look_up_never_ends_holds_up_one_request_and_not_each() {
    let serving = member(1);
    let looked_up = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&looked_up);
    let never = Resolver::new(move |name: String| {
        let address = name.parse().ok();
        counted.fetch_add(usize::from(address.is_none()), Ordering::Relaxed);
        async move {
            match address {
                Some(address) => Ok(vec![address]),
                None => std::future::pending().await,
            }
        }
    });
    // A fallback, which nobody asks as long as the server answers: only the looking up is left.
    let fallbacks = vec!["never.test:5000".to_owned()];
    let pool = Pool::new(PoolOptions { resolver: never, fallbacks, ..PoolOptions::new(serving.address.to_string()) });
    for _ in 0..5 {
        soon(pool.cheapest(CALL, a_search())).await.unwrap();
    }
    // At the first request, and, where these took long, once more beside one of them.
    assert!((1..=2).contains(&looked_up.load(Ordering::Relaxed)), "{looked_up:?}");
}
