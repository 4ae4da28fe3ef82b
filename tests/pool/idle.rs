//! A session that the server has forgotten because it was idle: whoever asks in it never learns.

use std::net::SocketAddr;
use std::time::Duration;

use posto_client::{Call, Client, ConnectOptions, Pool, PoolOptions};
use posto_session::{Protocol, ServerConfig};
use posto_udp::{Handler, Notification, Reply, Request, SessionPorts, Sockets, serve};
use posto_wire::answer::{self, GroupStanding, ServerTime};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

/// Sessions side by side, and how often each is left idle until the server has forgotten it.
const SESSIONS: usize = 100;
const ROUNDS: u32 = 4;

const IDLE: Duration = Duration::from_millis(300);
const CALL: Call<'static> = Call::within(Duration::from_secs(10));

struct Clock;

impl Handler for Clock {
    fn handle(&self, _: Request, reply: Reply) {
        reply.send(answer::ok(&ServerTime {
            ahead_of_utc_s: None,
            now: "2026-08-21T06:00:00Z".to_owned(),
            version: "0.1.0".to_owned(),
            uptime_s: 1,
            stations: 2,
            prices: 3,
            book: "5d41402abc4b2a76".to_owned(),
            position: None,
            group: GroupStanding::default(),
        }));
    }

    fn notify(&self, _: Notification) {}
}

/// A server that forgets soon.
fn forgetful() -> (SocketAddr, oneshot::Sender<()>) {
    let sockets = Sockets::bind(SocketAddr::from(([127, 0, 0, 1], 0)), SessionPorts::Shared, 2).expect("a free port");
    let address = sockets.local_address().expect("an address");
    let (stop, stopped) = oneshot::channel::<()>();
    let config = ServerConfig { idle: IDLE, ..ServerConfig::new([7; 32]) };
    tokio::spawn(serve(sockets, config, Clock, async { drop(stopped.await) }));
    (address, stop)
}

/// The moment of the next question, spread around the moment at which the server forgets.
fn pause(session: usize, round: u32) -> Duration {
    let session = u32::try_from(session).expect("few");
    IDLE - Duration::from_millis(20) + Duration::from_millis(u64::from(session * 7 + round * 3) % 60)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_hundred_sessions_forgotten_by_the_server_fail_nobody() {
    let (server, stop) = forgetful();
    let mut trials = JoinSet::new();
    for session in 0..SESSIONS {
        trials.spawn(async move {
            let options = ConnectOptions { protocol: Protocol::V2, ..ConnectOptions::default() };
            let client = Client::connect(server, options).await.expect("a session");
            for round in 0..ROUNDS {
                tokio::time::sleep(pause(session, round)).await;
                client.time().await.unwrap_or_else(|error| panic!("session {session}, round {round}: {error}"));
            }
        });
    }
    let ended = tokio::time::timeout(Duration::from_secs(30), trials.join_all()).await;
    assert_eq!(ended.expect("seconds are enough").len(), SESSIONS);
    drop(stop);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_hundred_idle_pools_fail_nobody_in_either_version() {
    let (server, stop) = forgetful();
    let mut trials = JoinSet::new();
    for session in 0..SESSIONS {
        trials.spawn(async move {
            let protocol = if session % 2 == 0 { Protocol::V1 } else { Protocol::Any };
            let pool = Pool::new(PoolOptions { protocol, sessions: 2, ..PoolOptions::new(server.to_string()) });
            for round in 0..ROUNDS {
                pool.time(CALL).await.unwrap_or_else(|error| panic!("pool {session}, round {round}: {error}"));
                tokio::time::sleep(pause(session, round)).await;
            }
        });
    }
    let ended = tokio::time::timeout(Duration::from_secs(30), trials.join_all()).await;
    assert_eq!(ended.expect("seconds are enough").len(), SESSIONS);
    drop(stop);
}
