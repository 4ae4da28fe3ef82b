//! Sessions and servers that end: nothing is left open, nothing under way is cut off.

use posto_session::{CloseReason, RequestError};
use posto_udp::{Notification, connect};
use posto_wire::{Packet, Value};
use tokio::sync::mpsc;

use crate::support::{ENOUGH, Fake, Serving, ask, echo, open, soon, syn_ack, v1};

async fn assert_finished(serving: &mut Serving) {
    let Notification::Opened { peer, session } = serving.told().await else { panic!("not opened") };
    assert_eq!(serving.told().await, Notification::Closed { peer, session, reason: CloseReason::Finished });
}

#[tokio::test]
async fn closing_a_session_sends_fin_and_the_handler_is_told() {
    let mut serving = Serving::start(echo);
    let session = open(serving.address).await;
    ask(&session, "?").await;
    soon(session.close()).await;
    assert_finished(&mut serving).await;
}

#[tokio::test]
async fn a_dropped_session_ends_all_the_same() {
    let mut serving = Serving::start(echo);
    let session = open(serving.address).await;
    ask(&session, "?").await;
    drop(session);
    assert_finished(&mut serving).await;
}

#[tokio::test]
async fn a_session_dropped_under_its_request_ends_with_fin() {
    let (hand_over, mut replies) = mpsc::unbounded_channel();
    let mut serving = Serving::start(move |_, reply| hand_over.send(reply).unwrap());
    let session = open(serving.address).await;
    let asking = tokio::spawn(async move { session.request("?".into(), ENOUGH).await });
    let reply = soon(replies.recv()).await.unwrap();
    asking.abort();
    assert_finished(&mut serving).await;
    // The answer has nowhere to go, which is nobody's error.
    reply.send("!".into());
    soon(serving.stop()).await.unwrap();
}

#[tokio::test]
async fn who_stops_connecting_half_way_leaves_no_session() {
    let fake = Fake::bind().await;
    let server = fake.address;
    let connecting = tokio::spawn(async move { connect(server, v1()).await.map(drop) });
    let (_, client) = fake.receive().await;
    connecting.abort();
    assert!(soon(connecting).await.unwrap_err().is_cancelled());
    // The answer comes too late: it may find nobody, or somebody who ends the session at once.
    fake.send(client, &syn_ack(1)).await;
    let freed = async {
        while tokio::net::UdpSocket::bind(("0.0.0.0", client.port())).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    soon(freed).await;
}

#[tokio::test]
async fn fin_goes_to_where_the_session_lives() {
    let (known, other) = (Fake::bind().await, Fake::bind().await);
    let answering = async {
        let (_, client) = known.receive().await;
        other.send(client, &syn_ack(9)).await;
        let (ack, _) = other.receive().await;
        assert!(ack.ack && ack.ack_number == 10, "{ack:?}");
    };
    let (session, ()) = tokio::join!(open(known.address), answering);
    assert_eq!(session.peer(), other.address);
    session.close().await;
    assert_eq!(other.receive().await.0, Packet { fin: true, ..Packet::EMPTY });
}

#[tokio::test]
async fn shutdown_waits_for_what_is_in_flight() {
    let (hand_over, mut replies) = mpsc::unbounded_channel();
    let serving = Serving::start(move |_, reply| hand_over.send(reply).unwrap());
    let session = open(serving.address).await;
    let asking = tokio::spawn(async move { ask(&session, "?").await });
    let reply = soon(replies.recv()).await.unwrap();
    let mut ended = serving.stop();
    let early = tokio::time::timeout(std::time::Duration::from_millis(200), &mut ended).await;
    assert!(early.is_err(), "it left a request without an answer");
    reply.send("done".into());
    assert_eq!(soon(asking).await.unwrap(), Value::from("done"));
    soon(ended).await.unwrap();
}

#[tokio::test]
async fn a_stopping_server_takes_nothing_new() {
    let (hand_over, mut replies) = mpsc::unbounded_channel();
    let serving = Serving::start(move |_, reply| hand_over.send(reply).unwrap());
    let (busy, late) = (open(serving.address).await, open(serving.address).await);
    let asking = tokio::spawn(async move { ask(&busy, "?").await });
    let reply = soon(replies.recv()).await.unwrap();
    let ended = serving.stop();
    // The server has noticed by now, or at the latest with its next datagram.
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    let outcome = soon(late.request("too late".into(), std::time::Duration::from_millis(200))).await;
    assert_eq!(outcome.unwrap_err(), RequestError::Deadline);
    assert!(replies.try_recv().is_err(), "it was executed");
    reply.send("done".into());
    assert_eq!(soon(asking).await.unwrap(), Value::from("done"));
    soon(ended).await.unwrap();
}

#[tokio::test]
async fn shutdown_does_not_wait_for_ever_for_a_handler_that_never_answers() {
    let (hand_over, mut replies) = mpsc::unbounded_channel();
    let serving = Serving::start(move |_, reply| hand_over.send(reply).unwrap());
    let session = open(serving.address).await;
    let asking = tokio::spawn(async move { session.request("?".into(), ENOUGH).await });
    let never_sent = soon(replies.recv()).await.unwrap();
    soon(serving.stop()).await.unwrap();
    asking.abort();
    drop(never_sent);
}

#[tokio::test]
async fn a_server_without_work_stops_at_once_though_sessions_are_open() {
    let serving = Serving::start(echo);
    let session = open(serving.address).await;
    ask(&session, "?").await;
    serving.stop_at_once().await;
    let outcome = soon(session.request("?".into(), std::time::Duration::from_millis(200))).await;
    assert_eq!(outcome.unwrap_err(), RequestError::Deadline);
}
