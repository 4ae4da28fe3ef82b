//! Servers that are not there, say nothing, or will not; and addresses that are none.

use std::time::{Duration, Instant};

use posto_client::limits::RECONNECT_PAUSE;
use posto_client::{Call, Client, ClientError, ConnectOptions, Pool, PoolOptions};
use posto_session::ServerConfig;
use posto_udp::{SessionPorts, Sockets};
use tokio::net::UdpSocket;

use crate::support::{CALL, ENOUGH, Serving, a_report, soon, tell_time};

async fn silent_server() -> (UdpSocket, String) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
    let address = socket.local_addr().expect("an address").to_string();
    (socket, address)
}

/// Takes what has arrived and says how much that was.
fn drain(socket: &UdpSocket) -> usize {
    std::iter::from_fn(|| socket.try_recv(&mut [0; 2048]).ok()).count()
}

#[tokio::test]
async fn a_request_without_an_answer_ends_with_the_patience() {
    let serving = Serving::start(|_, reply| drop(reply));
    let client = serving.client().await.with_patience(Duration::from_millis(200));
    let error = soon(client.report(a_report(None))).await.unwrap_err();
    assert!(matches!(error, ClientError::SessionLost), "v2 tells at once that nobody knows: {error}");
    assert_eq!(error.to_string(), "the session was lost; the command may have been executed");
    assert!(!client.is_closed());
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    let (_silent, server) = silent_server().await;
    let options = ConnectOptions { timeout: Duration::from_millis(200), ..ConnectOptions::default() };
    let error = soon(Client::connect(server.parse().unwrap(), options)).await.unwrap_err();
    assert_eq!(error.to_string(), format!("the server at {server} does not answer"));
    assert!(matches!(error, ClientError::Silent { server: named, with_key: false } if named == server));
}

#[tokio::test]
async fn a_server_without_room_is_quoted() {
    let sockets = Sockets::bind("127.0.0.1:0".parse().unwrap(), SessionPorts::Shared, 2).unwrap();
    let server = sockets.local_address().unwrap();
    let full = ServerConfig { max_sessions_per_host: 0, ..ServerConfig::new([7; 32]) };
    let serving = tokio::spawn(posto_udp::serve(sockets, full, Nobody, std::future::pending()));
    let error = soon(Client::connect(server, ConnectOptions::default())).await.unwrap_err();
    let ClientError::NoSession(words) = &error else { panic!("{error}") };
    assert_eq!(words, "Servidor cheio, tente mais tarde");
    serving.abort();
}

struct Nobody;

impl posto_udp::Handler for Nobody {
    fn handle(&self, _: posto_udp::Request, _: posto_udp::Reply) {}
    fn notify(&self, _: posto_udp::Notification) {}
}

#[tokio::test]
async fn our_own_address_in_use_is_told_as_our_own_trouble() {
    let (_taken, address) = silent_server().await;
    let options = ConnectOptions { bind: Some(address.parse().unwrap()), ..ConnectOptions::default() };
    let error = soon(Client::connect("127.0.0.1:9".parse().unwrap(), options)).await.unwrap_err();
    assert!(matches!(&error, ClientError::Local(text) if text.starts_with("cannot bind UDP")), "{error}");
}

#[tokio::test]
async fn an_address_that_cannot_be_resolved_is_named() {
    for server in ["127.0.0.1", "no port", "a..b:5000", ""] {
        let error = soon(Pool::new(PoolOptions::new(server)).time(CALL)).await.unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with(&format!("cannot resolve {server}: ")), "{text}");
        assert!(matches!(error, ClientError::Local(_)));
    }
}

/// A pause that is over, because the machine had other things to do, proves nothing: then again.
#[tokio::test]
async fn a_dead_server_costs_one_connect_timeout_and_then_nothing_for_a_while() {
    let (dead, server) = silent_server().await;
    let pool = Pool::new(PoolOptions::new(&server));
    for _ in 0..5 {
        let error = soon(pool.time(CALL)).await.unwrap_err();
        assert!(matches!(error, ClientError::Silent { .. }), "{error}");
        assert!(drain(&dead) > 0, "it was asked");
        let paused = Instant::now();
        let error = soon(pool.time(CALL)).await.unwrap_err();
        assert!(matches!(error, ClientError::Silent { server: named, with_key: false } if named == server));
        if paused.elapsed() < RECONNECT_PAUSE / 2 {
            assert_eq!(drain(&dead), 0, "it was asked again");
            return;
        }
    }
    panic!("no request failed at once");
}

#[tokio::test]
async fn a_server_that_comes_back_is_found_after_the_pause() {
    let (dead, server) = silent_server().await;
    let address = dead.local_addr().unwrap();
    let pool = Pool::new(PoolOptions::new(&server));
    soon(pool.time(CALL)).await.unwrap_err();
    drop(dead);
    let serving = Serving::at(address, tell_time);
    let found = async {
        while pool.time(CALL).await.is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    soon(found).await;
    assert_eq!(serving.seen.opened(), 1);
}

/// More callers than sessions in front of a dead server: none waits for all before it.
#[tokio::test]
async fn callers_of_a_dead_server_do_not_queue_up_behind_each_other() {
    let (_dead, server) = silent_server().await;
    let pool = Pool::new(PoolOptions { sessions: 1, ..PoolOptions::new(&server) });
    let call = Call::within(ENOUGH);
    let calls = async {
        let ask = || async { assert!(matches!(pool.time(call).await.unwrap_err(), ClientError::Silent { .. })) };
        let asks = [ask(), ask(), ask(), ask(), ask(), ask(), ask(), ask()];
        let [a, b, c, d, e, f, g, h] = asks;
        tokio::join!(a, b, c, d, e, f, g, h)
    };
    // One after the other they would take eight connect timeouts.
    tokio::time::timeout(Duration::from_secs(5), calls).await.expect("they queued up");
}

#[tokio::test]
async fn a_caller_in_a_hurry_does_not_close_the_door_for_others() {
    let (busy, server) = silent_server().await;
    let address = busy.local_addr().unwrap();
    let pool = Pool::new(PoolOptions::new(&server));
    let hurried = Call::within(Duration::from_millis(50));
    let error = soon(pool.time(hurried)).await.unwrap_err();
    assert!(matches!(error, ClientError::Silent { .. }), "{error}");
    drop(busy);
    let _serving = Serving::at(address, tell_time);
    soon(pool.time(CALL)).await.unwrap();
}
