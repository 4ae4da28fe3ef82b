//! The pool: sessions lent and taken back, callers who wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use posto_client::limits::V1_FULL;
use posto_client::{Call, ClientError, ServerKind};
use posto_udp::Reply;
use posto_wire::{Command, ErrorCode, Mistake, answer};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::support::{CALL, ENOUGH, Serving, a_report, a_search, a_time, soon, tell_time};

#[tokio::test]
async fn a_session_is_used_again() {
    let serving = Serving::start(tell_time);
    let pool = serving.pool(16);
    for _ in 0..20 {
        assert_eq!(soon(pool.time(CALL)).await.unwrap(), a_time());
    }
    assert_eq!(soon(pool.kind(CALL)).await.unwrap(), ServerKind::Posto);
    assert_eq!((serving.seen.opened(), serving.seen.requests().len()), (1, 20));
    soon(pool.close()).await;
    serving.until_closed(1).await;
}

#[tokio::test]
async fn a_refusal_does_not_cost_the_session() {
    let serving = Serving::start(|_, reply| {
        reply.send(answer::error(&Mistake::new(ErrorCode::Ocupado, "tente de novo")));
    });
    let pool = serving.pool(1);
    for _ in 0..3 {
        let error = soon(pool.report(CALL, a_report(Some("r1")))).await.unwrap_err();
        assert!(matches!(error, ClientError::Refused(_)), "{error}");
    }
    assert_eq!((serving.seen.opened(), serving.seen.requests().len()), (1, 3), "and is not asked again");
}

#[tokio::test]
async fn there_are_never_more_sessions_than_allowed() {
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let highest = Arc::clone(&most);
    let serving = Serving::start(move |_, reply: Reply| {
        highest.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        let running = Arc::clone(&running);
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(5));
            running.fetch_sub(1, Ordering::SeqCst);
            reply.send(answer::ok(&a_time()));
        });
    });
    let pool = Arc::new(serving.pool_of_v1(3));
    let mut calls = JoinSet::new();
    for _ in 0..30 {
        let pool = Arc::clone(&pool);
        calls.spawn(async move { pool.time(CALL).await.unwrap() });
    }
    assert_eq!(soon(calls.join_all()).await.len(), 30);
    assert!(serving.seen.opened() <= 3, "{}", serving.seen.opened());
    assert!(most.load(Ordering::SeqCst) <= 3, "{most:?}");
}

/// A server that hands its replies to the test.
fn holding() -> (Serving, mpsc::UnboundedReceiver<Reply>) {
    let (hand_over, replies) = mpsc::unbounded_channel();
    (Serving::start(move |_, reply| hand_over.send(reply).expect("the test waits")), replies)
}

#[tokio::test]
async fn in_v1_who_waits_longer_than_the_patience_is_never_sent() {
    let (serving, mut replies) = holding();
    let pool = Arc::new(serving.pool_of_v1(1));
    let first = tokio::spawn({
        let pool = Arc::clone(&pool);
        async move { pool.time(CALL).await }
    });
    let reply = soon(replies.recv()).await.unwrap();
    let error = soon(pool.time(Call::within(Duration::from_millis(50)))).await.unwrap_err();
    assert!(matches!(error, ClientError::Deadline), "{error}");
    reply.send(answer::ok(&a_time()));
    soon(first).await.unwrap().unwrap();
    assert_eq!(serving.seen.requests().len(), 1, "the second was never sent");
}

#[tokio::test]
async fn who_comes_after_too_many_others_is_sent_away_at_once() {
    let (serving, mut replies) = holding();
    let pool = Arc::new(serving.pool_of_v1(1));
    let mut calls = JoinSet::new();
    let patient = Call::within(ENOUGH);
    for _ in 0..V1_FULL {
        let pool = Arc::clone(&pool);
        calls.spawn(async move { pool.time(patient).await.unwrap() });
    }
    let first = soon(replies.recv()).await.unwrap();
    let error = soon(pool.time(patient)).await.unwrap_err();
    assert!(matches!(error, ClientError::Busy), "{error}");
    // Everybody who was there before is served, and then there is room again.
    let answering = tokio::spawn(async move {
        first.send(answer::ok(&a_time()));
        while let Some(reply) = replies.recv().await {
            reply.send(answer::ok(&a_time()));
        }
    });
    assert_eq!(soon(calls.join_all()).await.len(), V1_FULL);
    soon(pool.time(CALL)).await.unwrap();
    answering.abort();
}

#[tokio::test]
async fn a_named_report_whose_fate_nobody_knows_is_asked_once_more() {
    let serving = Serving::start(|command, reply| match command {
        Command::Report(_) => drop(reply),
        command => tell_time(command, reply),
    });
    let pool = serving.pool(1);
    let error = soon(pool.report(CALL, a_report(Some("r1")))).await.unwrap_err();
    assert!(matches!(error, ClientError::SessionLost), "{error}");
    assert_eq!(serving.seen.requests().len(), 2);
    soon(pool.report(CALL, a_report(None))).await.unwrap_err();
    assert_eq!(serving.seen.requests().len(), 3, "without a name it is not");
    soon(pool.time(CALL)).await.unwrap();
}

#[tokio::test]
async fn a_session_whose_answer_made_no_sense_is_not_lent_again() {
    let serving = Serving::start(|command, reply| match command {
        Command::Time => tell_time(command, reply),
        _ => reply.send("?".into()),
    });
    let pool = serving.pool(1);
    soon(pool.cheapest(CALL, a_search())).await.unwrap_err();
    soon(pool.time(CALL)).await.unwrap();
    assert_eq!(serving.seen.opened(), 2);
}

#[tokio::test]
async fn a_caller_who_goes_away_leaves_the_pool_whole() {
    let (serving, mut replies) = holding();
    let pool = Arc::new(serving.pool(1));
    let caller = tokio::spawn({
        let pool = Arc::clone(&pool);
        async move { pool.time(CALL).await }
    });
    let unwanted = soon(replies.recv()).await.unwrap();
    caller.abort();
    assert!(soon(caller).await.unwrap_err().is_cancelled());
    unwanted.send(answer::ok(&a_time()));
    let (answer, ()) = tokio::join!(pool.time(CALL), async {
        soon(replies.recv()).await.unwrap().send(answer::ok(&a_time()));
    });
    assert_eq!(answer.unwrap(), a_time());
    assert_eq!(serving.seen.opened(), 1, "and its session");
}

#[tokio::test]
async fn a_pool_of_no_sessions_has_one() {
    let serving = Serving::start(tell_time);
    soon(serving.pool(0).time(CALL)).await.unwrap();
}
