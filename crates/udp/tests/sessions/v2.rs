//! Sessions of v2 over real sockets: negotiated, many requests in the air, re-opened by themselves.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use posto_session::{Psk, RequestError, ServerConfig, Spoken, Trust};
use posto_udp::{ConnectOptions, OpenError, Question, SessionPorts, connect};
use posto_wire::{Object, Value};

use crate::support::{ENOUGH, Serving, bound, echo, open, soon};

fn asking(number: usize) -> Value {
    Object::new().with("acao", "T").with("numero", u32::try_from(number).expect("a small number")).into()
}

fn repeatable(data: Value) -> Question {
    Question { data, repeatable: true }
}

fn psk(byte: u8) -> Option<Psk> {
    Psk::from_bytes(&[byte; 32])
}

#[tokio::test]
async fn both_levels_live_side_by_side_on_one_port() {
    let serving = Serving::start(echo);
    let new = soon(connect(serving.address, ConnectOptions::default())).await.unwrap();
    let old = open(serving.address).await;
    assert_eq!((new.spoken(), old.spoken()), (Spoken::V2, Spoken::V1));
    for session in [&new, &old] {
        assert_eq!(soon(session.request(asking(1).into(), ENOUGH)).await.unwrap().data, asking(1));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_requests_at_once_in_one_session_get_their_own_answers() {
    let serving = Serving::start(echo);
    let session = Arc::new(soon(connect(serving.address, ConnectOptions::default())).await.unwrap());
    let asked: Vec<_> = (0..200)
        .map(|number| {
            let session = Arc::clone(&session);
            tokio::spawn(async move { session.request(repeatable(asking(number)), ENOUGH).await.unwrap().data })
        })
        .collect();
    for (number, answer) in asked.into_iter().enumerate() {
        assert_eq!(soon(answer).await.unwrap(), asking(number));
    }
}

#[tokio::test]
async fn a_long_answer_comes_whole() {
    let long: String = "\"pre\u{e7}o\" ".repeat(4000);
    let told = long.clone();
    let serving = Serving::start(move |_, reply| reply.send(Object::new().with("ok", told.clone()).into()));
    let session = soon(connect(serving.address, ConnectOptions::default())).await.unwrap();
    let answer = soon(session.request(repeatable(asking(1)), ENOUGH)).await.unwrap().data;
    assert_eq!(answer, Object::new().with("ok", long).into());
}

#[tokio::test]
async fn after_a_restart_the_session_opens_itself_again_and_repeats_only_what_may_be_repeated() {
    let serving = Serving::start(echo);
    let address = serving.address;
    let session = soon(connect(address, ConnectOptions::default())).await.unwrap();
    soon(session.request(asking(1).into(), ENOUGH)).await.unwrap();
    soon(serving.stop()).await.unwrap();
    let runs = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&runs);
    let sockets = posto_udp::Sockets::bind(address, SessionPorts::Shared, 2).unwrap();
    let _again = Serving::on(sockets, ServerConfig::new([8; 32]), move |request, reply| {
        count.fetch_add(1, Ordering::Relaxed);
        echo(request, reply);
    });
    let once = soon(session.request(asking(2).into(), ENOUGH)).await;
    assert_eq!(once.unwrap_err(), RequestError::SessionLost);
    assert_eq!(soon(session.request(repeatable(asking(3)), ENOUGH)).await.unwrap().data, asking(3));
    assert_eq!(runs.load(Ordering::Relaxed), 1, "what must not run twice did not run here");
}

#[tokio::test]
async fn who_has_the_key_is_trusted_and_who_has_another_gets_no_session() {
    let trusted = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&trusted);
    let config = ServerConfig { psk: psk(7), ..ServerConfig::new([7; 32]) };
    let serving = Serving::on(bound(SessionPorts::Shared), config, move |request, reply| {
        seen.lock().unwrap().push(request.order.trust);
        echo(request, reply);
    });
    for key in [psk(7), None] {
        let options = ConnectOptions { psk: key, ..ConnectOptions::default() };
        let session = soon(connect(serving.address, options)).await.unwrap();
        assert_eq!(soon(session.request(asking(1).into(), ENOUGH)).await.unwrap().data, asking(1));
    }
    assert_eq!(*trusted.lock().unwrap(), [Trust::Keyed, Trust::V2]);
    let wrong = ConnectOptions { psk: psk(8), timeout: Duration::from_millis(300), ..ConnectOptions::default() };
    assert!(matches!(soon(connect(serving.address, wrong)).await, Err(OpenError::Connect(_))));
}

#[tokio::test]
async fn a_request_that_could_not_be_taken_is_told_to_come_back() {
    let serving = Serving::start(|_, reply| reply.not_executed());
    let session = soon(connect(serving.address, ConnectOptions::default())).await.unwrap();
    let outcome = soon(session.request(asking(1).into(), ENOUGH)).await;
    assert_eq!(outcome.unwrap_err(), RequestError::Busy { retry_after: Duration::from_millis(100) });
}

#[tokio::test]
async fn a_stopping_server_says_so_and_finishes_what_it_has() {
    let (hand_over, mut replies) = tokio::sync::mpsc::unbounded_channel();
    let serving = Serving::start(move |_, reply| hand_over.send(reply).unwrap());
    let session = Arc::new(soon(connect(serving.address, ConnectOptions::default())).await.unwrap());
    let waiting = Arc::clone(&session);
    let asked = tokio::spawn(async move { waiting.request(asking(1).into(), ENOUGH).await });
    let reply = soon(replies.recv()).await.unwrap();
    let ended = serving.stop();
    soon(async {
        while !session.health().is_going_away() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    let late = soon(session.request(asking(2).into(), ENOUGH)).await;
    assert!(matches!(late.unwrap_err(), RequestError::Busy { .. }), "nothing new is taken");
    reply.send("done".into());
    assert_eq!(soon(asked).await.unwrap().unwrap().data, "done".into());
    soon(ended).await.unwrap();
}
