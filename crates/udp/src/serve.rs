//! The server's task: datagrams in, requests to the [`Handler`], answers out.

use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use posto_session::{CloseReason, Counters, Order, RequestKey, Server, ServerConfig, ServerEvent};
use posto_wire::Value;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::driver;
use crate::kernel;
use crate::limits::{DRAIN_LINGER, DRAIN_TIMEOUT, KERNEL_DROPS_EVERY};
use crate::meters::Meters;
use crate::shortened::Shortened;
use crate::sockets::{Sockets, WorkerSockets};

/// One request, to be executed once.
#[derive(Debug)]
pub struct Request {
    /// The peer.
    pub peer: SocketAddr,
    /// The number of its session, unique in this process.
    pub session: u64,
    /// `dados`, how far the peer is trusted, until when, and how long an answer may be.
    pub order: Order,
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
    /// What a worker counted changed by refusals since its last such notification.
    Refused {
        /// Which worker, from 0.
        worker: u64,
        /// All that it has counted.
        counters: Box<Counters>,
    },
    /// The kernel dropped datagrams, for want of room in the receive buffer.
    KernelDropped {
        /// So many since the last such notification.
        datagrams: u64,
    },
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
    parked: bool,
}

#[derive(Debug)]
enum Outcome {
    Answer(Value),
    NotExecuted,
    Expired,
    Lost,
    Parked,
    /// What became of one that was parked.
    Unparked(Box<Outcome>),
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

    /// Its deadline passed before it could be executed, and it will not be.
    pub fn expired(self) {
        self.tell(Outcome::Expired);
    }

    /// The request waits for something that may not happen for long: until it is answered it does not
    /// count among those worked on, neither for the limit on them nor when the server stops.
    pub fn park(&mut self) {
        if !self.parked {
            self.hand_over(Outcome::Parked);
            self.parked = true;
        }
    }

    fn tell(mut self, outcome: Outcome) {
        self.told = true;
        self.hand_over(outcome);
    }

    fn hand_over(&self, outcome: Outcome) {
        let outcome = if self.parked { Outcome::Unparked(Box::new(outcome)) } else { outcome };
        // Nobody listens any more once the server has stopped.
        let _ = self.outcomes.send((self.key, outcome));
    }
}

/// A reply dropped unsent leaves its request unanswered: nobody knows what became of it.
impl Drop for Reply {
    fn drop(&mut self) {
        if !self.told {
            self.hand_over(Outcome::Lost);
        }
    }
}

/// Serves until `shutdown` is ready, then waits for the requests under way (5 s at most). Each of the
/// sockets' workers is a task of its own; a session stays with its worker.
///
/// `config.ports` and `config.worker` follow from the sockets, which share the limits of `config`
/// out. The queue of outcomes is bounded by the requests in flight
/// ([`posto_session::limits::MAX_REQUESTS_IN_FLIGHT`]).
pub async fn serve(sockets: Sockets, config: ServerConfig, handler: impl Handler, shutdown: impl Future<Output = ()>) {
    let handler = Arc::new(handler);
    let address = sockets.local_address().ok();
    let meters = sockets.meters();
    let workers = sockets.into_workers();
    let (stop, stopped) = watch::channel(false);
    let mut running = JoinSet::new();
    let count = workers.len();
    for (number, sockets) in workers.into_iter().enumerate() {
        let config = shared_out(&config, number, count);
        let told = (Arc::clone(&handler), Arc::clone(&meters));
        running.spawn(Worker::new((number, sockets), &config, told).run(stopped.clone()));
    }
    let counting = address.map(|address| running_drops(address, Arc::clone(&handler), meters));
    let counting = counting.map(tokio::spawn);
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown, if !*stop.borrow() => drop(stop.send_replace(true)),
            ended = running.join_next() => match ended {
                None => break,
                Some(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
                Some(_) => {}
            },
        }
    }
    if let Some(counting) = counting {
        counting.abort();
    }
}

/// One worker's share of the limits. The kernel deals peers out evenly, but not exactly: a host may
/// be refused a little before it has all the sessions that it may have.
fn shared_out(config: &ServerConfig, number: usize, count: usize) -> ServerConfig {
    let per_host = usize::try_from(config.max_sessions_per_host).unwrap_or(usize::MAX).div_ceil(count.max(1));
    let number_of = |index: usize| u64::try_from(index).unwrap_or(u64::MAX);
    ServerConfig {
        max_sessions: config.max_sessions.div_ceil(count.max(1)),
        max_sessions_per_host: u32::try_from(per_host).unwrap_or(u32::MAX),
        max_in_flight: config.max_in_flight.div_ceil(count.max(1)),
        worker: (number_of(number), number_of(count)),
        ..config.clone()
    }
}

/// Looks up now and then what the kernel dropped, and tells when it was more.
async fn running_drops(address: SocketAddr, handler: Arc<impl Handler>, meters: Arc<Meters>) {
    let mut known = kernel::dropped(address).unwrap_or(0);
    loop {
        tokio::time::sleep(KERNEL_DROPS_EVERY).await;
        let dropped = kernel::dropped(address).unwrap_or(known);
        if dropped > known {
            meters.kernel_dropped(dropped - known);
            handler.notify(Notification::KernelDropped { datagrams: dropped - known });
        }
        known = dropped;
    }
}

struct Worker<H> {
    server: Server,
    sockets: WorkerSockets,
    handler: Arc<H>,
    outcomes: mpsc::UnboundedSender<(RequestKey, Outcome)>,
    answers: mpsc::UnboundedReceiver<(RequestKey, Outcome)>,
    refusals: u64,
    number: usize,
    meters: Arc<Meters>,
}

impl<H: Handler> Worker<H> {
    fn new(
        (number, sockets): (usize, WorkerSockets),
        config: &ServerConfig,
        (handler, meters): (Arc<H>, Arc<Meters>),
    ) -> Self {
        let config = ServerConfig { ports: sockets.ports(), ..config.clone() };
        let (outcomes, answers) = mpsc::unbounded_channel();
        let server = Server::new(driver::now(), &config);
        Self { server, sockets, handler, outcomes, answers, refusals: 0, number, meters }
    }

    async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        let mut stop: Option<Stopping> = None;
        loop {
            self.flush().await;
            if stop.is_some_and(|stop| stop.is_over(self.server.requests_in_flight())) {
                return;
            }
            let due = stop.map(|stop| stop.next_look()).or(self.server.poll_timeout());
            tokio::select! {
                () = readable(&self.sockets) => self.read(),
                Some(outcome) = self.answers.recv() => self.conclude(outcome),
                () = driver::sleep_until(due) => self.server.handle_timeout(driver::now()),
                _ = stopped.wait_for(|stopped| *stopped), if stop.is_none() => {
                    self.server.drain();
                    stop = Some(Stopping::begin(self.server.sessions() > 0));
                }
            }
        }
    }

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
                    tracing::warn!(peer = %Shortened::from(key.peer), %error, "answer replaced");
                }
            }
            Outcome::NotExecuted => self.server.not_executed(key),
            Outcome::Expired => self.server.expired(key),
            Outcome::Lost => self.server.lost(key),
            Outcome::Parked => self.server.park(),
            Outcome::Unparked(outcome) => {
                self.server.unpark();
                self.conclude((key, *outcome));
            }
        }
    }

    /// Hands on what happened and sends what is ready: all that was answered at once travels together.
    async fn flush(&mut self) {
        while let Some(event) = self.server.poll_event() {
            match event {
                ServerEvent::Request { key, order } => {
                    let reply = Reply { key, outcomes: self.outcomes.clone(), told: false, parked: false };
                    self.handler.handle(Request { peer: key.peer, session: key.session, order }, reply);
                }
                ServerEvent::Opened { peer, session } => self.handler.notify(Notification::Opened { peer, session }),
                ServerEvent::Closed { peer, session, reason } => {
                    self.handler.notify(Notification::Closed { peer, session, reason });
                }
            }
        }
        while let Ok(outcome) = self.answers.try_recv() {
            self.conclude(outcome);
        }
        while let Some(transmit) = self.server.poll_transmit() {
            driver::send(self.sockets.get(transmit.port), transmit.to, &transmit.bytes).await;
        }
        self.meters.publish(self.number, &self.server);
        let refusals = self.server.counters().refusals();
        if refusals != self.refusals {
            self.refusals = refusals;
            let counters = Box::new(self.server.counters().clone());
            self.handler
                .notify(Notification::Refused { worker: u64::try_from(self.number).unwrap_or(u64::MAX), counters });
        }
    }
}

/// A worker that is about to end.
#[derive(Debug, Clone, Copy)]
struct Stopping {
    /// Until then it goes on answering, though it has answered everything.
    linger: Instant,
    /// Then it ends, though it has not.
    give_up: Instant,
}

impl Stopping {
    fn begin(has_sessions: bool) -> Self {
        let now = driver::now();
        let linger = if has_sessions { now + DRAIN_LINGER } else { now };
        Self { linger, give_up: now + DRAIN_TIMEOUT }
    }

    fn is_over(self, in_flight: usize) -> bool {
        let now = driver::now();
        (in_flight == 0 && self.linger <= now) || self.give_up <= now
    }

    /// When to look again, if nothing happens meanwhile.
    fn next_look(self) -> Instant {
        if self.linger <= driver::now() { self.give_up } else { self.linger }
    }
}

/// Ready as soon as one of the sockets has something to read.
async fn readable(sockets: &WorkerSockets) {
    poll_fn(|context| {
        let ready = sockets.all().filter(|(_, socket)| socket.poll_recv_ready(context).is_ready()).count();
        if ready > 0 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}
