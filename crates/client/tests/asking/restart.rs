//! A server started again on the same port knows no session: what may be asked again is, and nobody
//! notices; what may not is told as lost.

use std::sync::Arc;

use posto_client::{ClientError, Pool};
use posto_udp::Reply;
use posto_wire::answer::{self, Imported, Reported, StationDetail, Stations};
use posto_wire::{Command, Request};
use tokio::task::JoinSet;

use crate::support::{CALL, Serving, a_record, a_report, a_search, a_time, facts, found, soon};

fn execute(command: Command, reply: Reply) {
    let reported = Reported {
        station: "6u119dk9y0t4".to_owned(),
        new_station: false,
        replaced: None,
        price: 4999,
        currency: "BRL".to_owned(),
        unit: "l".to_owned(),
        at: "2026-08-21T06:00:00Z".to_owned(),
    };
    reply.send(match command {
        Command::Report(_) => answer::ok(&reported),
        Command::Cheapest(_) | Command::List(_) => answer::ok(&Stations { stations: vec![found(1)], next: None }),
        Command::Station { .. } => answer::ok(&StationDetail {
            opening: Default::default(),
            station: facts(1),
            address: None,
            prices: Vec::new(),
            next: None,
        }),
        Command::Time => answer::ok(&a_time()),
        Command::Map(_) | Command::History(_) | Command::Statistics(_) | Command::Changes(_) => {
            unreachable!("no test here asks it")
        }
        Command::Flag(_) | Command::Moderate(_) | Command::Oversee(_) => unreachable!("no test here asks it"),
        Command::Import(_) => answer::ok(&Imported {
            new_station: false,
            changed_station: false,
            prices_changed: 0,
            prices_ended: 0,
            prices_unchanged: 1,
            hidden: false,
        }),
    });
}

/// A pool with a session that the server, started again, does not know.
async fn with_a_stale_session() -> (Arc<Pool>, Serving) {
    let before = Serving::start(execute);
    let pool = Arc::new(before.pool(16));
    soon(pool.time(CALL)).await.expect("an answer");
    let address = before.address;
    // Killed, not drained: nobody tells the session that it is over.
    before.kill().await;
    (pool, Serving::at(address, execute))
}

#[tokio::test]
async fn a_read_succeeds_in_a_stale_session() {
    let (pool, again) = with_a_stale_session().await;
    for _ in 0..3 {
        soon(pool.time(CALL)).await.unwrap();
    }
    assert_eq!((again.seen.opened(), again.seen.requests().len()), (1, 3));
}

#[tokio::test]
async fn reads_side_by_side_succeed_in_a_stale_session() {
    let (pool, again) = with_a_stale_session().await;
    let mut calls = JoinSet::new();
    for _ in 0..48 {
        let pool = Arc::clone(&pool);
        calls.spawn(async move { pool.cheapest(CALL, a_search()).await.unwrap() });
    }
    assert_eq!(soon(calls.join_all()).await, vec![Some(found(1)); 48]);
    assert_eq!(again.seen.requests().len(), 48, "each was executed once");
}

#[tokio::test]
async fn every_command_that_changes_nothing_twice_is_asked_again() {
    let (pool, again) = with_a_stale_session().await;
    soon(pool.list(CALL, a_search())).await.unwrap();
    drop((pool, again));
    let (pool, again) = with_a_stale_session().await;
    soon(pool.station(CALL, posto_market::StationId::parse("it-1").unwrap())).await.unwrap();
    drop((pool, again));
    let (pool, _again) = with_a_stale_session().await;
    soon(pool.import(CALL, a_record("IP", 1))).await.unwrap();
}

#[tokio::test]
async fn a_report_with_an_id_is_sent_again() {
    let (pool, again) = with_a_stale_session().await;
    soon(pool.report(CALL, a_report(Some("r1")))).await.unwrap();
    assert_eq!(again.seen.requests(), [Request::json(Command::Report(a_report(Some("r1"))))]);
}

#[tokio::test]
async fn a_report_without_an_id_is_not_sent_again() {
    let (pool, again) = with_a_stale_session().await;
    let error = soon(pool.report(CALL, a_report(None))).await.unwrap_err();
    assert!(matches!(error, ClientError::SessionLost), "{error}");
    assert_eq!(error.to_string(), "the session was lost; the command may have been executed");
    assert_eq!(again.seen.requests(), []);
    // But the session has opened itself again: the next one is stored at once.
    soon(pool.report(CALL, a_report(None))).await.unwrap();
    assert_eq!(again.seen.requests().len(), 1);
}
