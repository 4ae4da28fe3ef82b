//! The client's task: one session with a server, asked through a [`Session`] handle.

use std::collections::HashMap;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use posto_session::{
    Answer, Ask, Client, ClientConfig, ClientEvent, ConnectError, Protocol, Psk, RequestError, RequestId,
    Retransmission, ServerKind, Spoken,
};
use posto_wire::Value;
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, oneshot};

use crate::driver;
use crate::health::Health;
use crate::known;
use crate::limits::MAX_ASKS_PER_WAKE;
use crate::sockets;

/// Something worth showing to a person who waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// Still no answer to the SYN; told every 5 s, from 1.
    StillConnecting(u32),
    /// A request was sent again.
    Retransmitted(Retransmission),
    /// The server had forgotten the session; another one is being opened.
    Reopening,
}

/// How to connect.
pub struct ConnectOptions {
    /// Our own address; by default any, on a port that the system chooses.
    pub bind: Option<SocketAddr>,
    /// How long to try; 25 s by default (PROTOCOL §3).
    pub timeout: Duration,
    /// Which levels may be spoken. A server that this process has heard speak v2 is not asked in v1
    /// unless this says so.
    pub protocol: Protocol,
    /// With it, only a server that has it too is believed.
    pub psk: Option<Psk>,
    /// Whether a silent session is kept alive (v2).
    pub keep_alive: bool,
    /// Whether requests ready at the same time travel in one datagram (v2).
    pub share_datagrams: bool,
    /// Called for each [`Notice`].
    pub notify: Box<dyn FnMut(Notice) + Send>,
}

impl Default for ConnectOptions {
    fn default() -> Self {
        Self {
            bind: None,
            timeout: posto_session::limits::V1_CONNECT_TIMEOUT,
            protocol: Protocol::Any,
            psk: None,
            keep_alive: false,
            share_datagrams: true,
            notify: Box::new(|_| ()),
        }
    }
}

/// An open session. It ends with FIN when it is closed or dropped.
#[derive(Debug)]
pub struct Session {
    asks: mpsc::Sender<Asked>,
    peer: SocketAddr,
    kind: ServerKind,
    spoken: Spoken,
    health: Arc<Health>,
    task: tokio::task::JoinHandle<()>,
}

struct Asked {
    ask: Ask,
    answer: oneshot::Sender<Result<Answer, RequestError>>,
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
    let (mut seed, mut secret) = ([0; 8], [0; 32]);
    // Without random bytes there is only less jitter, and a nonce that an attacker may guess.
    let _ = getrandom::fill(&mut seed).and_then(|()| getrandom::fill(&mut secret));
    let known = options.protocol == Protocol::Any && known::speaks_v2(server);
    let config = ClientConfig {
        connect_timeout: options.timeout,
        secret,
        protocol: if known { Protocol::V2 } else { options.protocol },
        psk: options.psk,
        keep_alive: options.keep_alive,
        share_datagrams: options.share_datagrams,
        ..ClientConfig::new(u64::from_le_bytes(seed))
    };
    let client = Client::new(driver::now(), server, &config);
    let (asks, asked) = mpsc::channel(MAX_ASKS_PER_WAKE);
    let (connected, outcome) = oneshot::channel();
    let health = Arc::new(Health::new(driver::now()));
    let driver = Driver {
        client,
        socket,
        notify: options.notify,
        connected: Some(connected),
        answers: HashMap::new(),
        health: Arc::clone(&health),
    };
    let task = tokio::spawn(driver.run(asked));
    match outcome.await {
        Ok(Ok((peer, kind, spoken))) => {
            if spoken != Spoken::V1 {
                known::heard_v2(server);
            }
            Ok(Session { asks, peer, kind, spoken, health, task })
        }
        Ok(Err(error)) => Err(error.into()),
        Err(_) => Err(ConnectError::Silence.into()),
    }
}

impl Session {
    /// Sends a request and waits for its answer, `patience` at most. It may have been executed
    /// even where there is no answer. Several may be asked at once.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn request(&self, question: Question, patience: Duration) -> Result<Answer, RequestError> {
        let (answer, answered) = oneshot::channel();
        let Question { data, repeatable } = question;
        let ask = Ask { data, deadline: driver::now() + patience, repeatable };
        self.asks.send(Asked { ask, answer }).await.map_err(|_| RequestError::Closed)?;
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

    /// What the session speaks.
    #[must_use]
    pub const fn spoken(&self) -> Spoken {
        self.spoken
    }

    /// How the session is doing.
    #[must_use]
    pub fn health(&self) -> &Arc<Health> {
        &self.health
    }

    /// Whether nothing can be asked any more.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.asks.is_closed()
    }
}

/// What is asked in a session.
#[derive(Debug, Clone)]
pub struct Question {
    /// `dados`.
    pub data: Value,
    /// Whether it may be sent again in another session, where it could be executed a second time: a
    /// read, or a report with an `id`.
    pub repeatable: bool,
}

impl<T: Into<Value>> From<T> for Question {
    /// What must not be executed twice.
    fn from(data: T) -> Self {
        Self { data: data.into(), repeatable: false }
    }
}

type Connected = Result<(SocketAddr, ServerKind, Spoken), ConnectError>;

struct Driver {
    client: Client,
    socket: UdpSocket,
    notify: Box<dyn FnMut(Notice) + Send>,
    connected: Option<oneshot::Sender<Connected>>,
    answers: HashMap<RequestId, oneshot::Sender<Result<Answer, RequestError>>>,
    health: Arc<Health>,
}

impl Driver {
    async fn run(mut self, mut asked: mpsc::Receiver<Asked>) {
        let mut open = true;
        loop {
            self.flush().await;
            if self.client.is_closed() {
                return;
            }
            let due = self.client.poll_timeout();
            tokio::select! {
                _ = self.socket.readable() => self.read(),
                ask = asked.recv(), if open => match ask {
                    Some(ask) => {
                        self.ask(ask);
                        // What is asked at the same time travels together.
                        for _ in 1..MAX_ASKS_PER_WAKE {
                            let Ok(ask) = asked.try_recv() else { break };
                            self.ask(ask);
                        }
                    }
                    None => {
                        open = false;
                        self.client.close(driver::now());
                    }
                },
                () = driver::sleep_until(due) => self.client.handle_timeout(driver::now()),
            }
        }
    }

    fn read(&mut self) {
        let now = driver::now();
        let server = self.client.server();
        driver::drain(&self.socket, |from, bytes| {
            if from.ip() == server.ip() {
                self.health.heard(now);
            }
            self.client.handle_datagram(now, from, bytes);
        });
    }

    fn ask(&mut self, Asked { ask, answer }: Asked) {
        match self.client.request(driver::now(), ask) {
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
                    self.health.retransmitted();
                    (self.notify)(Notice::Retransmitted(retransmission));
                }
                ClientEvent::Reopening => (self.notify)(Notice::Reopening),
                ClientEvent::GoingAway => self.health.going_away(),
                ClientEvent::Connected { peer, kind, spoken } => self.connected(Ok((peer, kind, spoken))),
                ClientEvent::ConnectFailed(error) => self.connected(Err(error)),
                ClientEvent::Answered { id, answer } => self.answer(id, Ok(answer)),
                ClientEvent::Failed { id, error } => self.answer(id, Err(error)),
            }
        }
        self.health.owes(driver::now, self.client.expects_a_word());
        self.health.measured(self.client.round_trip(), self.client.retransmission_timeout());
    }

    fn connected(&mut self, outcome: Connected) {
        if let Some(connected) = self.connected.take() {
            // Whoever connected may have stopped waiting; the session then ends by itself.
            let _ = connected.send(outcome);
        }
    }

    fn answer(&mut self, id: RequestId, outcome: Result<Answer, RequestError>) {
        if let Some(answer) = self.answers.remove(&id) {
            let _ = answer.send(outcome);
        }
    }
}
