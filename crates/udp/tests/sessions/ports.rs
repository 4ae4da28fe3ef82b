//! Which ports a server has, and what is said where one is taken.

use std::net::SocketAddr;

use posto_session::ServerConfig;
use posto_udp::{ConnectOptions, OpenError, SessionPorts, Sockets, connect};
use posto_wire::Value;

use crate::support::{ANY, Fake, Serving, ask, bound, echo, open, soon, v1};

/// A server with this many session ports, wherever so many are free side by side.
fn with_session_ports(count: u16) -> (Sockets, SessionPorts) {
    let bound_somewhere = (0..100).find_map(|_| {
        let probe = std::net::UdpSocket::bind(ANY).ok()?;
        let first = probe.local_addr().ok()?.port();
        drop(probe);
        let sessions = SessionPorts::Range { first, last: first.checked_add(count - 1)? };
        Some((Sockets::bind(ANY.parse().ok()?, sessions, 2).ok()?, sessions))
    });
    bound_somewhere.expect("free ports side by side")
}

#[tokio::test]
async fn sessions_of_a_range_live_on_its_ports_one_after_the_other() {
    let (sockets, sessions) = with_session_ports(3);
    let SessionPorts::Range { first, last } = sessions else { panic!("{sessions}") };
    let serving = Serving::on(sockets, ServerConfig::new([7; 32]), echo);
    let mut peers = Vec::new();
    for number in 0..6 {
        let session = open(serving.address).await;
        let text = number.to_string();
        assert_eq!(ask(&session, &text).await, Value::from(text));
        peers.push(session.peer().port());
        session.close().await;
    }
    let mut expected: Vec<u16> = (first..=last).collect();
    assert_eq!(peers[..3], peers[3..], "round robin");
    peers.truncate(3);
    peers.sort_unstable();
    expected.sort_unstable();
    assert_eq!(peers, expected);
    assert!(!expected.contains(&serving.address.port()));
}

#[tokio::test]
async fn sessions_may_share_a_port_of_a_range() {
    let (sockets, _) = with_session_ports(1);
    let serving = Serving::on(sockets, ServerConfig::new([7; 32]), echo);
    let (a, b) = (open(serving.address).await, open(serving.address).await);
    assert_eq!(a.peer(), b.peer());
    let answers = tokio::join!(ask(&a, "a"), ask(&b, "b"));
    assert_eq!(answers, (Value::from("a"), Value::from("b")));
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let taken = Fake::bind().await.socket;
    let address = taken.local_addr().unwrap();
    let error = Sockets::bind(address, SessionPorts::Shared, 2).unwrap_err();
    assert_eq!(error.address, address);
    assert!(error.to_string().starts_with(&format!("cannot bind UDP {address}: ")), "{error}");
    assert_eq!(error.cause.kind(), std::io::ErrorKind::AddrInUse);
}

#[tokio::test]
async fn a_session_port_in_use_is_named() {
    let taken = Fake::bind().await.socket;
    let address = taken.local_addr().unwrap();
    let sessions = SessionPorts::Range { first: address.port(), last: address.port() };
    let error = Sockets::bind(ANY.parse().unwrap(), sessions, 2).unwrap_err();
    assert_eq!(error.address, address);
}

#[tokio::test]
async fn a_client_whose_own_port_is_in_use_is_told_so() {
    let taken = Fake::bind().await.socket;
    let bind = Some(taken.local_addr().unwrap());
    let server: SocketAddr = bound(SessionPorts::Shared).local_address().unwrap();
    let error = soon(connect(server, ConnectOptions { bind, ..v1() })).await.unwrap_err();
    assert!(matches!(error, OpenError::Bind(_)), "{error}");
    assert!(error.to_string().starts_with("cannot bind UDP 127.0.0.1:"), "{error}");
}

#[test]
fn session_ports_read_back_as_they_are_written() {
    for ports in [SessionPorts::Shared, SessionPorts::Range { first: 5001, last: 5010 }] {
        assert_eq!(ports.to_string().parse(), Ok(ports));
    }
}
