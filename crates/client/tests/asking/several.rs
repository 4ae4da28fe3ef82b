//! A pool of several servers, and of several paths to one: who is asked when books differ, when a
//! server is new, and when a path is dead.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use posto_client::{Call, ClientError, Pool, PoolOptions, Told};
use posto_udp::Reply;
use posto_wire::Command;
use posto_wire::answer::{self, ServerTime};
use tokio::net::UdpSocket;

use crate::support::{CALL, Serving, a_report, a_time, reported, soon, tell_time};

/// A server of this book.
fn serving(book: &'static str) -> Serving {
    Serving::start(move |command, reply: Reply| match command {
        Command::Report(_) => reply.send(answer::ok(&reported())),
        _ => reply.send(answer::ok(&ServerTime { book: book.to_owned(), ..a_time() })),
    })
}

fn pool(servers: &[SocketAddr], fallbacks: &[SocketAddr]) -> Pool {
    let names = |addresses: &[SocketAddr]| addresses.iter().map(ToString::to_string).collect();
    Pool::new(PoolOptions { servers: names(servers), fallbacks: names(fallbacks), ..PoolOptions::new("") })
}

/// An address where nobody is.
fn nowhere() -> SocketAddr {
    std::net::UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port")
}

#[tokio::test]
async fn a_server_of_another_book_is_met_but_never_asked() {
    let (first, stranger) = (serving("a"), serving("b"));
    let pool = pool(&[first.address, stranger.address], &[]);
    for _ in 0..50 {
        assert_eq!(soon(pool.time(CALL)).await.unwrap().book, "a");
        soon(pool.report(CALL, a_report(Some("r1")))).await.unwrap();
    }
    assert!(stranger.seen.requests().len() <= 1, "only for its book");
    first.kill().await;
    let error = soon(pool.time(CALL)).await.unwrap_err();
    assert!(matches!(error, ClientError::Silent { .. } | ClientError::Deadline), "{error}");
}

#[tokio::test]
async fn copies_share_what_is_read_and_only_the_first_is_written_to() {
    let (first, copy) = (serving("a"), serving("a"));
    let pool = pool(&[first.address, copy.address], &[]);
    for _ in 0..200 {
        soon(pool.time(CALL)).await.unwrap();
        soon(pool.report(CALL, a_report(Some("r1")))).await.unwrap();
    }
    let reads = |serving: &Serving| serving.seen.requests().len();
    let writes = |serving: &Serving| {
        serving.seen.requests().iter().filter(|request| matches!(request.command, Command::Report(_))).count()
    };
    // Which of the two is the quicker, and so asked more, is not for this test to say.
    assert!(reads(&copy) > 0 && reads(&first) > writes(&first), "{} {}", reads(&copy), reads(&first));
    assert_eq!((writes(&first), writes(&copy)), (200, 0));
}

#[tokio::test]
async fn where_the_first_was_never_seen_another_answers_and_it_is_told() {
    let (copy, fallback) = (serving("a"), serving("b"));
    let pool = pool(&[nowhere(), copy.address], &[fallback.address]);
    let told = Told::default();
    let call = Call { told: Some(&told), ..CALL };
    assert_eq!(soon(pool.time(call)).await.unwrap().book, "a");
    assert!(told.fell_back(), "nobody knows whether it is a copy");
    let error = soon(pool.report(CALL, a_report(Some("r1")))).await.unwrap_err();
    assert!(matches!(error, ClientError::Silent { .. }), "{error}");
}

/// Hands datagrams to and fro, but none of those clients that are cut off.
struct Cutting {
    address: SocketAddr,
    clients: Arc<Mutex<Vec<(SocketAddr, bool)>>>,
}

impl Cutting {
    async fn start(to: SocketAddr) -> Self {
        let door = Arc::new(UdpSocket::bind("127.0.0.1:0").await.expect("a free port"));
        let address = door.local_addr().expect("an address");
        let clients: Arc<Mutex<Vec<(SocketAddr, bool)>>> = Arc::default();
        let known = Arc::clone(&clients);
        tokio::spawn(async move {
            let mut paths: Vec<(SocketAddr, Arc<UdpSocket>)> = Vec::new();
            let mut bytes = [0; 2048];
            while let Ok((length, client)) = door.recv_from(&mut bytes).await {
                if !paths.iter().any(|(known, _)| *known == client) {
                    let path = Arc::new(UdpSocket::bind("127.0.0.1:0").await.expect("a free port"));
                    tokio::spawn(hand_back(Arc::clone(&path), Arc::clone(&door), client));
                    paths.push((client, path));
                    known.lock().expect("no panic").push((client, false));
                }
                let is_cut = known.lock().expect("no panic").contains(&(client, true));
                let path = paths.iter().find(|(known, _)| *known == client).filter(|_| !is_cut);
                if let Some((_, path)) = path {
                    path.send_to(&bytes[..length], to).await.expect("it is sent");
                }
            }
        });
        Self { address, clients }
    }

    /// Cuts off all who are there now.
    fn cut(&self) -> usize {
        let mut clients = self.clients.lock().expect("no panic");
        clients.iter_mut().for_each(|(_, is_cut)| *is_cut = true);
        clients.len()
    }
}

async fn hand_back(path: Arc<UdpSocket>, door: Arc<UdpSocket>, client: SocketAddr) {
    let mut bytes = [0; 2048];
    while let Ok((length, _)) = path.recv_from(&mut bytes).await {
        door.send_to(&bytes[..length], client).await.expect("it is sent");
    }
}

/// A server whose only session has a dead path is alive for every new one.
#[tokio::test]
async fn a_session_whose_path_is_dead_is_replaced_while_the_server_lives() {
    let serving = Serving::start(tell_time);
    let cutting = Cutting::start(serving.address).await;
    let pool = pool(&[cutting.address], &[]);
    soon(pool.time(CALL)).await.unwrap();
    assert_eq!(cutting.cut(), 1);
    let back = async {
        let mut failed = 0;
        while pool.time(Call::within(Duration::from_secs(1))).await.is_err() {
            failed += 1;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        failed
    };
    assert!(soon(back).await > 0, "the dead path was tried");
    for _ in 0..20 {
        soon(pool.time(CALL)).await.unwrap();
    }
}
