//! A relay between real sockets: every client is a peer of its own to the server, answers find
//! their way back, and nobody else's do.

use std::net::SocketAddr;
use std::time::Duration;

use posto_relay::{Both, Chance, Faults, Options, Relay, Report, Summary};
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(10);

/// A relay that runs.
struct Running {
    address: SocketAddr,
    reports: mpsc::UnboundedReceiver<Report>,
    stop: oneshot::Sender<()>,
    done: JoinHandle<Summary>,
}

impl Running {
    async fn start(to: SocketAddr, faults: Both<Faults>, rebind: Option<Duration>) -> Self {
        let options = Options { listen: any(), to, faults, seed: 7, rebind };
        let relay = Relay::bind(options).await.expect("a free port");
        let address = relay.local_address();
        let (reporting, reports) = mpsc::unbounded_channel();
        let (stop, stopped) = oneshot::channel();
        let done = tokio::spawn(async move {
            let shutdown = async { drop(stopped.await) };
            relay.run(move |report| drop(reporting.send(report)), shutdown).await
        });
        Self { address, reports, stop, done }
    }

    async fn stop(self) -> Summary {
        self.stop.send(()).expect("it runs");
        timeout(PATIENCE, self.done).await.expect("in time").expect("no panic")
    }
}

fn any() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

fn faultless() -> Both<Faults> {
    Both::same(Faults::none(Duration::ZERO))
}

async fn socket() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind(any()).await.expect("a free port");
    let address = socket.local_addr().expect("an address");
    (socket, address)
}

async fn receive(socket: &UdpSocket) -> (Vec<u8>, SocketAddr) {
    let mut buffer = [0; 2048];
    let (length, from) = timeout(PATIENCE, socket.recv_from(&mut buffer)).await.expect("in time").expect("readable");
    (buffer[..length].to_vec(), from)
}

#[tokio::test]
async fn each_client_is_a_peer_of_its_own_and_gets_its_own_answers() {
    let (server, to) = socket().await;
    let relay = Running::start(to, faultless(), None).await;
    let (first, second) = (socket().await.0, socket().await.0);
    first.send_to(b"from first", relay.address).await.unwrap();
    let (bytes, peer_of_first) = receive(&server).await;
    assert_eq!(bytes, b"from first");
    second.send_to(b"from second", relay.address).await.unwrap();
    let (_, peer_of_second) = receive(&server).await;
    assert_ne!(peer_of_first, peer_of_second);
    first.send_to(b"again", relay.address).await.unwrap();
    assert_eq!(receive(&server).await, (b"again".to_vec(), peer_of_first), "the same port as before");
    server.send_to(b"to second", peer_of_second).await.unwrap();
    server.send_to(b"to first", peer_of_first).await.unwrap();
    assert_eq!(receive(&first).await, (b"to first".to_vec(), relay.address));
    assert_eq!(receive(&second).await, (b"to second".to_vec(), relay.address));
    let summary = relay.stop().await;
    assert_eq!((summary.clients, summary.counters.up.delivered, summary.counters.down.delivered), (2, 3, 2));
}

/// The server goes on from another port, as v1's session ports do: the client sees another port
/// too, and what it sends there reaches that port of the server.
#[tokio::test]
async fn another_port_of_the_server_is_another_port_of_the_relay() {
    let (server, to) = socket().await;
    let (session, session_address) = socket().await;
    let relay = Running::start(to, faultless(), None).await;
    let (client, _) = socket().await;
    client.send_to(b"open", relay.address).await.unwrap();
    let (_, peer) = receive(&server).await;
    session.send_to(b"opened", peer).await.unwrap();
    let (bytes, door) = receive(&client).await;
    assert_eq!(bytes, b"opened");
    assert!(door != relay.address && door != session_address);
    client.send_to(b"request", door).await.unwrap();
    assert_eq!(receive(&session).await, (b"request".to_vec(), peer));
    relay.stop().await;
}

/// 127.0.0.2 is another address of this machine on Linux, as good as a stranger's.
#[tokio::test]
async fn what_is_not_from_the_server_is_not_relayed() {
    let (server, to) = socket().await;
    let relay = Running::start(to, faultless(), None).await;
    let (client, _) = socket().await;
    client.send_to(b"open", relay.address).await.unwrap();
    let (_, peer) = receive(&server).await;
    let Ok(stranger) = UdpSocket::bind("127.0.0.2:0").await else {
        return eprintln!("SKIPPED: 127.0.0.2 cannot be bound here");
    };
    stranger.send_to(b"forged", peer).await.unwrap();
    server.send_to(b"answer", peer).await.unwrap();
    assert_eq!(receive(&client).await.0, b"answer");
    assert_eq!(relay.stop().await.strangers, 1);
}

#[tokio::test]
async fn rebinding_changes_the_port_that_the_server_sees() {
    let (server, to) = socket().await;
    let mut relay = Running::start(to, faultless(), Some(Duration::from_millis(20))).await;
    let (client, address) = socket().await;
    client.send_to(b"first", relay.address).await.unwrap();
    let (_, before) = receive(&server).await;
    let Report::Rebound { client: rebound, .. } = timeout(PATIENCE, relay.reports.recv()).await.unwrap().unwrap()
    else {
        panic!("a rebinding")
    };
    assert_eq!(rebound, address);
    client.send_to(b"second", relay.address).await.unwrap();
    let (_, after) = receive(&server).await;
    assert_ne!(before, after);
    // An answer to the newest port reaches the client, unless that has changed once more.
    let mut tries = 0;
    let answered = loop {
        client.send_to(b"again", relay.address).await.unwrap();
        let (_, newest) = receive(&server).await;
        server.send_to(b"answer", newest).await.unwrap();
        let mut buffer = [0; 16];
        if timeout(Duration::from_millis(200), client.recv_from(&mut buffer)).await.is_ok() {
            break true;
        }
        tries += 1;
        assert!(tries < 50);
    };
    assert!(answered && relay.stop().await.rebound >= 1);
}

#[tokio::test]
async fn the_clients_silent_longest_give_up_their_places() {
    let (server, to) = socket().await;
    let relay = Running::start(to, faultless(), None).await;
    let limit = posto_relay::limits::MAX_CLIENTS;
    // All stay open: a port given out again would be the same client.
    let mut clients = Vec::new();
    let mut peers = Vec::new();
    for _ in 0..=limit {
        let (client, _) = socket().await;
        client.send_to(b"x", relay.address).await.unwrap();
        peers.push(receive(&server).await.1);
        clients.push(client);
    }
    let first = &clients[0];
    first.send_to(b"x", relay.address).await.unwrap();
    assert_ne!(receive(&server).await.1, peers[0], "its old port was given up");
    let summary = relay.stop().await;
    assert_eq!((summary.evicted, summary.clients), (2, u64::try_from(limit).unwrap() + 2));
}

#[tokio::test]
async fn what_the_link_does_is_reported_and_counted() {
    let (server, to) = socket().await;
    let faults = Both {
        up: Faults { loss: Chance::per_mille(500), ..Faults::none(Duration::ZERO) },
        down: Faults { repeat: Chance::ALWAYS, ..Faults::none(Duration::from_millis(1)) },
    };
    let mut relay = Running::start(to, faults, None).await;
    let (client, address) = socket().await;
    // One after the other: no kernel buffer overflows.
    let (mut arrived, mut lost) = (0, 0);
    for _ in 0..200 {
        client.send_to(b"0123456789", relay.address).await.unwrap();
        let mut buffer = [0; 16];
        tokio::select! {
            received = server.recv_from(&mut buffer) => {
                arrived += 1;
                server.send_to(b"answer", received.unwrap().1).await.unwrap();
                assert_eq!(receive(&client).await.0, b"answer");
                assert_eq!(receive(&client).await.0, b"answer");
                // The repetition and the two delays.
                for _ in 0..3 {
                    assert!(matches!(relay.reports.recv().await, Some(Report::Fault { from, length: 6, .. }) if from == to));
                }
            }
            report = relay.reports.recv() => {
                lost += 1;
                assert!(matches!(report, Some(Report::Fault { from, length: 10, .. }) if from == address));
            }
        }
    }
    let Both { up, down } = relay.stop().await.counters;
    assert_eq!((up.received, up.dropped, up.delivered), (200, lost, arrived));
    assert_eq!((down.received, down.repeated, down.delivered), (arrived, arrived, 2 * arrived));
    assert!((60..140).contains(&lost), "{lost}");
}

#[tokio::test]
async fn an_address_in_use_is_told() {
    let (_taken, address) = socket().await;
    let options = Options { listen: address, to: any(), faults: faultless(), seed: 1, rebind: None };
    let error = Relay::bind(options).await.unwrap_err();
    assert!(error.to_string().starts_with(&format!("cannot bind UDP {address}: ")), "{error}");
}
