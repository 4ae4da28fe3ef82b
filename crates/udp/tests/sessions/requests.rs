//! Requests: each executed once, whoever answers it, whenever.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use posto_session::{RequestError, ServerKind};
use posto_udp::{ConnectOptions, Notice, Reply, connect};
use posto_wire::{Value, text};
use tokio::sync::mpsc;

use crate::support::{ENOUGH, Fake, Serving, answer_to, ask, echo, open, soon, v1};

#[tokio::test]
async fn a_request_is_answered_with_what_the_handler_says() {
    let requests = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&requests);
    let serving = Serving::start(move |request, reply| {
        seen.lock().unwrap().push((request.peer, request.order.data.clone()));
        reply.send("stored".into());
    });
    let session = open(serving.address).await;
    assert_eq!((session.peer(), session.kind()), (serving.address, ServerKind::Posto));
    let answer = soon(session.request("a price".into(), ENOUGH)).await.unwrap();
    assert_eq!(answer.data, "stored".into());
    let requests = requests.lock().unwrap();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].1, Value::from("a price"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_clients_side_by_side_get_their_own_answers() {
    let runs = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&runs);
    let serving = Serving::start(move |request, reply| {
        count.fetch_add(1, Ordering::Relaxed);
        echo(request, reply);
    });
    let server = serving.address;
    let clients: Vec<_> = (0..40)
        .map(|client| {
            tokio::spawn(async move {
                let session = open(server).await;
                for number in 0..25 {
                    let text = format!("{client}/{number}");
                    assert_eq!(ask(&session, &text).await, Value::from(text));
                }
                session.close().await;
            })
        })
        .collect();
    for client in clients {
        soon(client).await.unwrap();
    }
    assert_eq!(runs.load(Ordering::Relaxed), 40 * 25, "each ran once");
}

#[tokio::test]
async fn requests_asked_at_once_in_one_session_are_all_answered() {
    let serving = Serving::start(echo);
    let session = open(serving.address).await;
    let (a, b, c) = tokio::join!(ask(&session, "a"), ask(&session, "b"), ask(&session, "c"));
    assert_eq!([a, b, c], ["a", "b", "c"].map(Value::from));
}

#[tokio::test]
async fn a_dropped_reply_leaves_its_request_unanswered_and_it_does_not_run_again() {
    let runs = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&runs);
    let serving = Serving::start(move |_, reply| {
        count.fetch_add(1, Ordering::Relaxed);
        drop(reply);
    });
    let (options, mut notices) = noticing();
    let session = soon(connect(serving.address, options)).await.unwrap();
    let outcome = soon(session.request("?".into(), Duration::from_millis(900))).await;
    assert_eq!(outcome.unwrap_err(), RequestError::Deadline);
    assert!(matches!(notices.try_recv(), Ok(Notice::Retransmitted(_))), "it was repeated");
    assert_eq!(runs.load(Ordering::Relaxed), 1);
    serving.stop_at_once().await;
}

#[tokio::test]
async fn a_request_that_was_not_executed_runs_when_it_is_repeated() {
    let runs = AtomicUsize::new(0);
    let serving = Serving::start(move |_, reply: Reply| match runs.fetch_add(1, Ordering::Relaxed) {
        0 | 1 => reply.not_executed(),
        before => reply.send(format!("run {}", before + 1).into()),
    });
    let session = open(serving.address).await;
    assert_eq!(ask(&session, "?").await, Value::from("run 3"));
}

#[tokio::test]
async fn an_answer_may_come_later_and_from_another_thread() {
    let (hand_over, mut replies) = mpsc::unbounded_channel();
    let serving = Serving::start(move |_, reply| hand_over.send(reply).unwrap());
    let (options, mut notices) = noticing();
    let session = soon(connect(serving.address, options)).await.unwrap();
    let asked = tokio::spawn(async move { ask(&session, "?").await });
    let reply = soon(replies.recv()).await.unwrap();
    // Only once the client has asked again: the repeat must not run.
    soon(notices.recv()).await.unwrap();
    std::thread::spawn(move || reply.send("at last".into())).join().unwrap();
    assert_eq!(soon(asked).await.unwrap(), Value::from("at last"));
    assert!(replies.try_recv().is_err(), "it ran once");
}

#[tokio::test]
async fn an_answer_longer_than_a_peer_reads_is_replaced() {
    let serving = Serving::start(|_, reply| reply.send("x".repeat(1000).into()));
    let session = open(serving.address).await;
    assert_eq!(ask(&session, "?").await, Value::from(text::TOO_LARGE));
}

#[tokio::test]
async fn a_request_longer_than_a_server_reads_is_not_sent() {
    let serving = Serving::start(echo);
    let session = open(serving.address).await;
    let outcome = soon(session.request("x".repeat(1000).into(), ENOUGH)).await;
    assert!(matches!(outcome.unwrap_err(), RequestError::TooLarge { bytes, limit: 1024 } if bytes > 1024));
    assert_eq!(ask(&session, "short").await, Value::from("short"), "the session goes on");
}

#[tokio::test]
async fn a_request_that_the_network_lost_is_repeated_byte_for_byte() {
    let fake = Fake::bind().await;
    let (options, mut notices) = noticing();
    let asking = async {
        let session = soon(connect(fake.address, options)).await.unwrap();
        ask(&session, "?").await
    };
    let answering = async {
        let client = fake.accept().await;
        let (lost, _) = fake.receive().await;
        let (repeated, from) = fake.receive().await;
        assert_eq!((&repeated, from), (&lost, client));
        fake.send(client, &answer_to(&repeated, "!")).await;
    };
    let (answer, ()) = tokio::join!(asking, answering);
    assert_eq!(answer, Value::from("!"));
    let Some(Notice::Retransmitted(told)) = soon(notices.recv()).await else { panic!("not told") };
    assert_eq!((told.number, told.of), (1, Some(5)));
}

#[tokio::test]
async fn a_session_that_a_restarted_server_does_not_know_is_lost() {
    let serving = Serving::start(echo);
    let address = serving.address;
    let session = open(address).await;
    ask(&session, "?").await;
    soon(serving.stop()).await.unwrap();
    let sockets = posto_udp::Sockets::bind(address, posto_udp::SessionPorts::Shared, 2).unwrap();
    let _again = Serving::on(sockets, posto_session::ServerConfig::new([8; 32]), echo);
    let outcome = soon(session.request("?".into(), ENOUGH)).await;
    assert_eq!(outcome.unwrap_err(), RequestError::SessionLost);
    let outcome = soon(session.request("?".into(), ENOUGH)).await;
    assert_eq!(outcome.unwrap_err(), RequestError::Closed);
    assert!(session.is_closed());
}

/// Options that pass the notices on.
fn noticing() -> (ConnectOptions, mpsc::UnboundedReceiver<Notice>) {
    let (sender, notices) = mpsc::unbounded_channel();
    let notify = Box::new(move |notice| {
        // A test that looks no more has seen enough.
        let _ = sender.send(notice);
    });
    (ConnectOptions { notify, ..v1() }, notices)
}
