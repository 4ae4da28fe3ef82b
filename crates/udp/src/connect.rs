//! The client's task: one session with a server, asked through a [`Session`] handle.

use std::collections::HashMap;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

use posto_session::{
    Client, ClientConfig, ClientEvent, ConnectError, RequestError, RequestId, Retransmission, ServerKind,
};
use posto_wire::{Received, Value};
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, oneshot};

use crate::driver;
use crate::sockets;

/// Something worth showing to a person who waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// Still no answer to the SYN; told every 5 s, from 1.
    StillConnecting(u32),
    /// A request was sent again.
    Retransmitted(Retransmission),
}

/// How to connect.
pub struct ConnectOptions {
    /// Our own address; by default any, on a port that the system chooses.
    pub bind: Option<SocketAddr>,
    /// How long to try; 25 s by default (PROTOCOL §3).
    pub timeout: Duration,
    /// Called for each [`Notice`].
    pub notify: Box<dyn FnMut(Notice) + Send>,
}

impl Default for ConnectOptions {
    fn default() -> Self {
        Self { bind: None, timeout: posto_session::limits::V1_CONNECT_TIMEOUT, notify: Box::new(|_| ()) }
    }
}

/// An open session. It ends with FIN when it is closed or dropped.
#[derive(Debug)]
pub struct Session {
    asks: mpsc::Sender<Ask>,
    peer: SocketAddr,
    kind: ServerKind,
    task: tokio::task::JoinHandle<()>,
}

struct Ask {
    data: Value,
    deadline: Instant,
    answer: oneshot::Sender<Result<Received, RequestError>>,
}

/// Why a session could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Our own socket could not be bound.
    #[error(transparent)]
    Bind(#[from] sockets::BindError),
    /// The handshake failed.
    #[error(transparent)]
    Connect(#[from] ConnectError),
}

/// Opens a session with the server at this address.
///
/// # Errors
/// [`OpenError`]: our socket could not be bound, nobody answered in time, or the server refused.
pub async fn connect(server: SocketAddr, options: ConnectOptions) -> Result<Session, OpenError> {
    let any = if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = sockets::bind(options.bind.unwrap_or(SocketAddr::new(any, 0)))?;
    let mut seed = [0; 8];
    // Without random bytes there is only less jitter.
    let _ = getrandom::fill(&mut seed);
    let config = ClientConfig { connect_timeout: options.timeout, ..ClientConfig::new(u64::from_le_bytes(seed)) };
    let client = Client::new(driver::now(), server, &config);
    let (asks, asked) = mpsc::channel(1);
    let (connected, outcome) = oneshot::channel();
    let driver = Driver { client, socket, notify: options.notify, connected: Some(connected), answers: HashMap::new() };
    let task = tokio::spawn(driver.run(asked));
    match outcome.await {
        Ok(Ok((peer, kind))) => Ok(Session { asks, peer, kind, task }),
        Ok(Err(error)) => Err(error.into()),
        Err(_) => Err(ConnectError::Silence.into()),
    }
}

impl Session {
    /// Sends a request and waits for its answer, `patience` at most. It may have been executed
    /// even where there is no answer.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn request(&self, data: Value, patience: Duration) -> Result<Received, RequestError> {
        let (answer, answered) = oneshot::channel();
        let ask = Ask { data, deadline: driver::now() + patience, answer };
        self.asks.send(ask).await.map_err(|_| RequestError::Closed)?;
        answered.await.unwrap_or(Err(RequestError::Closed))
    }

    /// Ends the session with FIN and waits until that is sent.
    pub async fn close(self) {
        drop(self.asks);
        // The task ends by itself; that it panicked would be its own report.
        let _ = self.task.await;
    }

    /// Where the session lives on the server's side.
    #[must_use]
    pub const fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// What the server is.
    #[must_use]
    pub const fn kind(&self) -> ServerKind {
        self.kind
    }

    /// Whether nothing can be asked any more.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.asks.is_closed()
    }
}

type Connected = Result<(SocketAddr, ServerKind), ConnectError>;

struct Driver {
    client: Client,
    socket: UdpSocket,
    notify: Box<dyn FnMut(Notice) + Send>,
    connected: Option<oneshot::Sender<Connected>>,
    answers: HashMap<RequestId, oneshot::Sender<Result<Received, RequestError>>>,
}

impl Driver {
    async fn run(mut self, mut asked: mpsc::Receiver<Ask>) {
        loop {
            self.flush().await;
            if self.client.is_closed() {
                return;
            }
            let due = self.client.poll_timeout();
            tokio::select! {
                _ = self.socket.readable() => {
                    let now = driver::now();
                    driver::drain(&self.socket, |from, bytes| self.client.handle_datagram(now, from, bytes));
                }
                ask = asked.recv() => match ask {
                    Some(ask) => self.ask(ask),
                    None => self.client.close(),
                },
                () = driver::sleep_until(due) => self.client.handle_timeout(driver::now()),
            }
        }
    }

    fn ask(&mut self, Ask { data, deadline, answer }: Ask) {
        match self.client.request(driver::now(), data, deadline) {
            Ok(id) => drop(self.answers.insert(id, answer)),
            // Whoever asked may have stopped waiting; then nobody needs the answer.
            Err(error) => drop(answer.send(Err(error))),
        }
    }

    /// Hands on what happened and sends what is ready.
    async fn flush(&mut self) {
        while let Some((to, bytes)) = self.client.poll_transmit() {
            driver::send(&self.socket, to, &bytes).await;
        }
        while let Some(event) = self.client.poll_event() {
            match event {
                ClientEvent::StillConnecting { notice } => (self.notify)(Notice::StillConnecting(notice)),
                ClientEvent::Retransmitted { retransmission, .. } => {
                    (self.notify)(Notice::Retransmitted(retransmission))
                }
                ClientEvent::Connected { peer, kind } => self.connected(Ok((peer, kind))),
                ClientEvent::ConnectFailed(error) => self.connected(Err(error)),
                ClientEvent::Answered { id, answer } => self.answer(id, Ok(*answer)),
                ClientEvent::Failed { id, error } => self.answer(id, Err(error)),
            }
        }
    }

    fn connected(&mut self, outcome: Connected) {
        if let Some(connected) = self.connected.take() {
            // Whoever connected may have stopped waiting; the session then ends by itself.
            let _ = connected.send(outcome);
        }
    }

    fn answer(&mut self, id: RequestId, outcome: Result<Received, RequestError>) {
        if let Some(answer) = self.answers.remove(&id) {
            let _ = answer.send(outcome);
        }
    }
}
