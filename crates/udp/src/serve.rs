//! The server's task: datagrams in, requests to the [`Handler`], answers out.

use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::task::Poll;
use std::time::Instant;

use posto_session::{CloseReason, Counters, RequestKey, Server, ServerConfig, ServerEvent};
use posto_wire::Value;
use tokio::sync::mpsc;

use crate::driver;
use crate::limits::DRAIN_TIMEOUT;
use crate::sockets::Sockets;

/// One request, to be executed once.
#[derive(Debug)]
pub struct Request {
    /// The peer.
    pub peer: SocketAddr,
    /// The number of its session, unique in this process.
    pub session: u64,
    /// `dados`, unread.
    pub data: Value,
}

/// What happened to a session, or to the server.
#[derive(Debug, Clone, PartialEq)]
pub enum Notification {
    /// A session was opened.
    Opened {
        /// The peer.
        peer: SocketAddr,
        /// The session's number.
        session: u64,
    },
    /// A session ended.
    Closed {
        /// The peer.
        peer: SocketAddr,
        /// The session's number.
        session: u64,
        /// Why.
        reason: CloseReason,
    },
    /// What was counted changed by refusals since the last such notification.
    Refused(Box<Counters>),
}

/// Executes requests. Called on the server's own task: what takes long answers later.
pub trait Handler: Send + Sync + 'static {
    /// Executes a request and answers it through `reply`, now or from elsewhere.
    fn handle(&self, request: Request, reply: Reply);

    /// Something happened to a session.
    fn notify(&self, notification: Notification);
}

/// The way back of one request.
#[derive(Debug)]
pub struct Reply {
    key: RequestKey,
    outcomes: mpsc::UnboundedSender<(RequestKey, Outcome)>,
    told: bool,
}

#[derive(Debug)]
enum Outcome {
    Answer(Value),
    NotExecuted,
    Lost,
}

impl Reply {
    /// Answers the request.
    pub fn send(self, answer: Value) {
        self.tell(Outcome::Answer(answer));
    }

    /// The request was not executed: nothing is answered, and a repeat of it is executed.
    pub fn not_executed(self) {
        self.tell(Outcome::NotExecuted);
    }

    fn tell(mut self, outcome: Outcome) {
        self.told = true;
        // Nobody listens any more once the server has stopped.
        let _ = self.outcomes.send((self.key, outcome));
    }
}

/// A reply dropped unsent leaves its request unanswered: nobody knows what became of it.
impl Drop for Reply {
    fn drop(&mut self) {
        if !self.told {
            let _ = self.outcomes.send((self.key, Outcome::Lost));
        }
    }
}

/// Serves until `shutdown` is ready, then waits for the requests under way (5 s at most).
///
/// `config.ports` follows from the sockets. The queue of outcomes is bounded by the requests in
/// flight ([`posto_session::limits::MAX_REQUESTS_IN_FLIGHT`]).
pub async fn serve(
    sockets: Sockets,
    mut config: ServerConfig,
    handler: impl Handler,
    shutdown: impl Future<Output = ()>,
) {
    config.ports = sockets.ports();
    let (outcomes, mut answers) = mpsc::unbounded_channel();
    let mut driver = Driver { server: Server::new(driver::now(), &config), sockets, handler, outcomes, refusals: 0 };
    let mut shutdown = std::pin::pin!(shutdown);
    let mut stop: Option<Instant> = None;
    loop {
        driver.flush().await;
        if stop.is_some_and(|stop| driver.server.requests_in_flight() == 0 || stop <= driver::now()) {
            return;
        }
        let due = stop.or(driver.server.poll_timeout());
        tokio::select! {
            () = readable(&driver.sockets), if stop.is_none() => driver.read(),
            Some(outcome) = answers.recv() => {
                driver.conclude(outcome);
                while let Ok(outcome) = answers.try_recv() {
                    driver.conclude(outcome);
                }
            }
            () = driver::sleep_until(due) => driver.server.handle_timeout(driver::now()),
            () = &mut shutdown, if stop.is_none() => stop = Some(driver::now() + DRAIN_TIMEOUT),
        }
    }
}

struct Driver<H> {
    server: Server,
    sockets: Sockets,
    handler: H,
    outcomes: mpsc::UnboundedSender<(RequestKey, Outcome)>,
    refusals: u64,
}

impl<H: Handler> Driver<H> {
    fn read(&mut self) {
        let now = driver::now();
        for (port, socket) in self.sockets.all() {
            driver::drain(socket, |peer, bytes| self.server.handle_datagram(now, peer, port, bytes));
        }
    }

    fn conclude(&mut self, (key, outcome): (RequestKey, Outcome)) {
        match outcome {
            Outcome::Answer(answer) => {
                if let Err(error) = self.server.answer(key, answer) {
                    tracing::warn!(peer = %key.peer, %error, "answer replaced");
                }
            }
            Outcome::NotExecuted => self.server.not_executed(key),
            Outcome::Lost => self.server.lost(key),
        }
    }

    /// Hands on what happened and sends what is ready.
    async fn flush(&mut self) {
        while let Some(event) = self.server.poll_event() {
            match event {
                ServerEvent::Request { key, data } => {
                    let reply = Reply { key, outcomes: self.outcomes.clone(), told: false };
                    self.handler.handle(Request { peer: key.peer, session: key.session, data }, reply);
                }
                ServerEvent::Opened { peer, session } => self.handler.notify(Notification::Opened { peer, session }),
                ServerEvent::Closed { peer, session, reason } => {
                    self.handler.notify(Notification::Closed { peer, session, reason });
                }
            }
        }
        while let Some(transmit) = self.server.poll_transmit() {
            driver::send(self.sockets.get(transmit.port), transmit.to, &transmit.bytes).await;
        }
        let counters = self.server.counters();
        let refusals =
            counters.refused_in_all() + counters.wrong_checksum + counters.wrong_cookie + counters.table_full;
        if refusals != self.refusals {
            self.refusals = refusals;
            self.handler.notify(Notification::Refused(Box::new(counters.clone())));
        }
    }
}

/// Ready as soon as one of the sockets has something to read.
async fn readable(sockets: &Sockets) {
    poll_fn(|context| {
        let ready = sockets.all().filter(|(_, socket)| socket.poll_recv_ready(context).is_ready()).count();
        if ready > 0 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}
