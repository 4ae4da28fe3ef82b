//! Sessions opened, refused, and not answered.

use std::time::Duration;

use posto_session::{ConnectError, ServerConfig, ServerKind};
use posto_udp::{ConnectOptions, Notification, OpenError, SessionPorts, Sockets, connect};
use posto_wire::{Packet, Refusal, Value, text};

use crate::support::{ANY, Fake, Serving, answer_to, ask, echo, open, soon, syn_ack, v1};

/// The first SYN is repeated after 333 ms, so who may wait for less depends on it. It was lost once:
/// a socket just made does not know yet that it can be written to.
#[tokio::test]
async fn the_first_datagram_of_a_fresh_socket_is_sent() {
    let fake = Fake::bind().await;
    let server = fake.address;
    let answering = tokio::spawn(async move {
        // Counted, not told apart by port: the system may give a port out again.
        let (mut syns, mut fins) = (0, 0);
        while fins < 50 {
            let (packet, from) = fake.receive().await;
            if packet.syn {
                syns += 1;
                fake.send(from, &syn_ack(1)).await;
            }
            fins += i32::from(packet.fin);
        }
        syns
    });
    let mut opened = 0;
    for _ in 0..50 {
        let timeout = Duration::from_millis(300);
        if let Ok(session) = soon(connect(server, ConnectOptions { timeout, ..v1() })).await {
            opened += 1;
            session.close().await;
        }
    }
    // More than half: a machine that has other things to do may stall a few.
    assert!(opened > 25, "{opened} of 50 opened by their first SYN");
    if opened == 50 {
        assert_eq!(soon(answering).await.unwrap(), 50, "each SYN once");
    }
}

#[tokio::test]
async fn a_silent_server_is_asked_again_and_given_up_after_the_timeout() {
    let fake = Fake::bind().await;
    let timeout = Duration::from_millis(700);
    let started = std::time::Instant::now();
    let outcome = soon(connect(fake.address, ConnectOptions { timeout, ..v1() })).await;
    let error = outcome.unwrap_err();
    assert!(matches!(error, OpenError::Connect(ConnectError::Silence)), "{error}");
    assert_eq!(error.to_string(), "no answer from the server");
    assert!(started.elapsed() >= timeout);
    let (first, from) = fake.receive().await;
    assert_eq!(first, Packet { syn: true, next_sequence: 1, ..Packet::EMPTY });
    assert_eq!(fake.receive().await, (first, from));
}

#[tokio::test]
async fn a_handshake_that_the_network_lost_is_repeated() {
    let fake = Fake::bind().await;
    let answering = async {
        let (lost, _) = fake.receive().await;
        assert!(lost.syn);
        let client = fake.accept().await;
        let (request, _) = fake.receive().await;
        fake.send(client, &answer_to(&request, "!")).await;
    };
    let asking = async { ask(&open(fake.address).await, "?").await };
    let (answer, ()) = tokio::join!(asking, answering);
    assert_eq!(answer, Value::from("!"));
}

#[tokio::test]
async fn an_original_server_is_known_by_its_zero() {
    let fake = Fake::bind().await;
    let answering = async {
        let (_, client) = fake.receive().await;
        fake.send(client, &syn_ack(0)).await;
        let (ack, _) = fake.receive().await;
        assert_eq!(ack, Packet { ack: true, ack_number: 1, sequence: 1, ..Packet::EMPTY });
    };
    let (session, ()) = tokio::join!(open(fake.address), answering);
    assert_eq!(session.kind(), ServerKind::Original);
}

#[tokio::test]
async fn a_server_without_room_refuses_in_words() {
    let config = ServerConfig { max_sessions_per_host: 1, ..ServerConfig::new([7; 32]) };
    // Several workers share the limit out; one has it all.
    let sockets = Sockets::bind(ANY.parse().unwrap(), SessionPorts::Shared, 1).unwrap();
    let mut serving = Serving::on(sockets, config, echo);
    let first = open(serving.address).await;
    assert_eq!(ask(&first, "?").await, Value::from("?"));
    let error = soon(connect(serving.address, v1())).await.unwrap_err();
    let OpenError::Connect(ConnectError::Refused(words)) = &error else { panic!("{error}") };
    assert_eq!(words, text::SERVER_FULL);
    assert!(matches!(serving.told().await, Notification::Opened { .. }));
    let Notification::Refused { counters, .. } = serving.told().await else { panic!("not counted") };
    assert_eq!((counters.table_full, counters.opened), (1, 1));
    assert_eq!(ask(&first, "still there").await, Value::from("still there"));
}

#[tokio::test]
async fn a_datagram_that_is_no_packet_is_counted_and_not_answered() {
    let mut serving = Serving::start(echo);
    let stranger = Fake::bind().await;
    stranger.socket.send_to(b"GET / HTTP/1.1", serving.address).await.unwrap();
    let Notification::Refused { counters, .. } = serving.told().await else { panic!("not counted") };
    assert_eq!(counters.refused(Refusal::NotJson), 1);
    stranger.socket.send_to(&vec![b' '; 1300], serving.address).await.unwrap();
    let Notification::Refused { counters, .. } = serving.told().await else { panic!("not counted") };
    assert_eq!(counters.refused(Refusal::TooLong), 1);
    assert_eq!(ask(&open(serving.address).await, "?").await, Value::from("?"));
    assert!(stranger.socket.try_recv(&mut [0; 1]).is_err());
}

#[tokio::test]
async fn a_session_starts_from_the_address_that_was_asked_for() {
    let mut serving = Serving::start(echo);
    let free = Fake::bind().await.address;
    let session = soon(connect(serving.address, ConnectOptions { bind: Some(free), ..v1() }));
    let session = session.await.unwrap();
    assert!(matches!(serving.told().await, Notification::Opened { peer, .. } if peer == free));
    session.close().await;
}
