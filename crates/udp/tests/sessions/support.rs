//! What the tests share: a server whose handler is a closure, a peer without a mind of its own, and
//! an end to all waiting.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::Duration;

use posto_session::Protocol;
use posto_session::ServerConfig;
use posto_udp::limits::DRAIN_TIMEOUT;
use posto_udp::{
    ConnectOptions, Handler, Notification, Reply, Request, Session, SessionPorts, Sockets, connect, serve,
};
use posto_wire::{Packet, Value, packet};
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// Any port of this machine.
pub(crate) const ANY: &str = "127.0.0.1:0";

/// Longer than anything here takes, so that a test ends where it would hang.
pub(crate) const ENOUGH: Duration = Duration::from_secs(10);

/// Waits, but not for ever.
pub(crate) async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(ENOUGH, what).await.expect("nothing here takes this long")
}

/// A server under test; it ends with [`Serving::stop`], or with its test.
pub(crate) struct Serving {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// Its task.
    pub(crate) task: JoinHandle<()>,
    stop: oneshot::Sender<()>,
    notifications: mpsc::UnboundedReceiver<Notification>,
}

impl Serving {
    /// On a port of its own.
    pub(crate) fn start(handle: impl Fn(Request, Reply) + Send + Sync + 'static) -> Self {
        Self::on(bound(SessionPorts::Shared), ServerConfig::new([7; 32]), handle)
    }

    /// On these sockets.
    pub(crate) fn on(
        sockets: Sockets,
        config: ServerConfig,
        handle: impl Fn(Request, Reply) + Send + Sync + 'static,
    ) -> Self {
        let address = sockets.local_address().expect("an address");
        let (notify, notifications) = mpsc::unbounded_channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let handler = Told { handle, notify: Mutex::new(notify) };
        let task = tokio::spawn(serve(sockets, config, handler, async { drop(stopped.await) }));
        Self { address, task, stop, notifications }
    }

    /// What the handler is told next.
    pub(crate) async fn told(&mut self) -> Notification {
        soon(self.notifications.recv()).await.expect("the handler is there")
    }

    /// Tells the server to stop, which it does without waiting for anybody to be given up.
    pub(crate) async fn stop_at_once(self) {
        let ended = tokio::time::timeout(DRAIN_TIMEOUT / 2, self.stop()).await;
        ended.expect("it waited for nothing").expect("no panics");
    }

    /// Tells the server to stop; its task ends when it has.
    pub(crate) fn stop(self) -> JoinHandle<()> {
        drop(self.stop);
        self.task
    }
}

struct Told<F> {
    handle: F,
    notify: Mutex<mpsc::UnboundedSender<Notification>>,
}

impl<F: Fn(Request, Reply) + Send + Sync + 'static> Handler for Told<F> {
    fn handle(&self, request: Request, reply: Reply) {
        (self.handle)(request, reply);
    }

    fn notify(&self, notification: Notification) {
        // A test that looks no more has seen enough.
        drop(self.notify.lock().expect("no panics").send(notification));
    }
}

/// Sockets on a port that the system chooses.
pub(crate) fn bound(sessions: SessionPorts) -> Sockets {
    Sockets::bind(ANY.parse().expect("an address"), sessions, 2).expect("free ports")
}

/// The request back as its answer.
pub(crate) fn echo(request: Request, reply: Reply) {
    reply.send(request.order.data);
}

/// The options of a session that speaks v1.
pub(crate) fn v1() -> ConnectOptions {
    ConnectOptions { protocol: Protocol::V1, ..ConnectOptions::default() }
}

/// A v1 session.
pub(crate) async fn open(server: SocketAddr) -> Session {
    soon(connect(server, v1())).await.expect("a session")
}

/// What the server says to this text.
pub(crate) async fn ask(session: &Session, text: &str) -> Value {
    soon(session.request(text.into(), ENOUGH)).await.expect("an answer").data
}

/// A socket that does only what a test does with it.
pub(crate) struct Fake {
    /// The socket.
    pub(crate) socket: UdpSocket,
    /// Its address.
    pub(crate) address: SocketAddr,
}

impl Fake {
    /// On a port of its own.
    pub(crate) async fn bind() -> Self {
        let socket = UdpSocket::bind(ANY).await.expect("a port");
        let address = socket.local_addr().expect("an address");
        Self { socket, address }
    }

    /// The next datagram, which must be a packet.
    pub(crate) async fn receive(&self) -> (Packet, SocketAddr) {
        let mut buffer = [0; 2048];
        let (length, from) = soon(self.socket.recv_from(&mut buffer)).await.expect("a datagram");
        (packet::parse(&buffer[..length]).expect("a packet").packet, from)
    }

    /// Sends a packet.
    pub(crate) async fn send(&self, to: SocketAddr, packet: &Packet) {
        self.socket.send_to(&packet.to_bytes(), to).await.expect("sent");
    }

    /// Opens the session of whoever sends a SYN next.
    pub(crate) async fn accept(&self) -> SocketAddr {
        let (syn, client) = self.receive().await;
        assert!(syn.syn && !syn.ack, "{syn:?}");
        self.send(client, &syn_ack(4711)).await;
        let (ack, from) = self.receive().await;
        assert!(ack.ack && ack.ack_number == 4712 && from == client, "{ack:?}");
        client
    }
}

/// Packet 2 of the handshake with this N.
pub(crate) const fn syn_ack(number: u64) -> Packet {
    Packet { syn: true, ack: true, ack_number: 1, sequence: number, next_sequence: number + 1, ..Packet::EMPTY }
}

/// The answer to a request.
pub(crate) fn answer_to(request: &Packet, data: impl Into<Value>) -> Packet {
    Packet {
        data: data.into(),
        ack: true,
        ack_number: request.sequence + 1,
        checksum: request.checksum,
        ..Packet::EMPTY
    }
}
