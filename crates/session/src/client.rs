//! The client's state machine: one session with one server, opened, asked and closed.
//!
//! Opening and what v1 and v2 share are here; an open v1 session is in `client/v1.rs`, one of v2 in
//! `client/v2.rs`; what the program sees of all in `client/event.rs`.

mod event;
mod opening;
mod reassembly;
mod v1;
mod v2;
mod window;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use posto_wire::v2::{Nonce, Psk};
use posto_wire::{Value, packet, python};
use sha2::{Digest as _, Sha256};

pub use event::{
    Answer, ClientEvent, ConnectError, Protocol, RequestError, RequestId, Retransmission, ServerKind, Spoken,
};

use crate::limits::{MAX_WAITING_REQUESTS, V1_CONNECT_TIMEOUT};
use crate::retransmit::Jitter;
use crate::rtt::Rtt;
use opening::Opening;

/// What a client session is made with.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// How long to try to open the session; 25 s by default (PROTOCOL §3).
    pub connect_timeout: Duration,
    /// The seed of the jitter in time-outs.
    pub seed: u64,
    /// 32 random bytes: the session's nonces are made of them.
    pub secret: [u8; 32],
    /// Which levels may be spoken.
    pub protocol: Protocol,
    /// With it, only a server that has it too is believed, and only v2 is spoken.
    pub psk: Option<Psk>,
    /// How long the session may be silent, if the server allows as much; in v2 only.
    pub idle: Option<Duration>,
    /// Whether a silent v2 session is kept alive by pings.
    pub keep_alive: bool,
    /// Whether requests ready at the same time travel in one datagram (v2).
    pub share_datagrams: bool,
    /// The first time-out of each datagram, doubled with each repeat, without jitter and whatever is
    /// measured: for a person who watches. `None`: as PROTOCOL §6 has it.
    pub first_timeout: Option<Duration>,
}

impl ClientConfig {
    /// The defaults with this seed. Its secret follows from the seed: for a real session, set random
    /// bytes.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            connect_timeout: V1_CONNECT_TIMEOUT,
            seed,
            secret: Sha256::digest(seed.to_be_bytes()).into(),
            protocol: Protocol::Any,
            psk: None,
            idle: None,
            keep_alive: false,
            share_datagrams: true,
            first_timeout: None,
        }
    }
}

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// `dados`.
    pub data: Value,
    /// When it must have ended.
    pub deadline: Instant,
    /// Whether it may be sent again in another session, where it could be executed a second time: a
    /// read, or a report with an `id`. In v2 only.
    pub repeatable: bool,
}

/// The client's state machine: one session with one server.
pub struct Client {
    state: State,
    shared: Shared,
}

enum State {
    Opening(Opening),
    V1(v1::Open),
    V2(Box<v2::Open>),
    Closed,
}

/// What every state needs.
struct Shared {
    server: SocketAddr,
    config: ClientConfig,
    rtt: Rtt,
    jitter: Jitter,
    nonces: u64,
    next_id: u64,
    waiting: VecDeque<Waiting>,
    transmits: VecDeque<(SocketAddr, Vec<u8>)>,
    events: VecDeque<ClientEvent>,
}

#[derive(Debug, Clone)]
struct Waiting {
    id: RequestId,
    ask: Ask,
    /// `ask.data` as v2 sends it, where it has been written already.
    json: Option<String>,
}

/// What becomes of the state after something happened in it.
enum Next {
    Stay,
    /// The server does not know the session: another one is opened.
    Reopen,
    /// The session is over, and what was asked has failed.
    Close(RequestError),
}

impl Client {
    /// A session with the server at this address; its SYN is ready to be sent.
    #[must_use]
    pub fn new(now: Instant, server: SocketAddr, config: &ClientConfig) -> Self {
        let mut shared = Shared {
            server,
            config: config.clone(),
            rtt: Rtt::towards(server).beginning_with(config.first_timeout),
            jitter: if config.first_timeout.is_some() { Jitter::none() } else { Jitter::new(config.seed) },
            nonces: 0,
            next_id: 1,
            waiting: VecDeque::new(),
            transmits: VecDeque::new(),
            events: VecDeque::new(),
        };
        let opening = Opening::start(now, &mut shared);
        Self { state: State::Opening(opening), shared }
    }

    /// Sends a request as soon as there is room for it; exactly one event will tell how it ended, by
    /// its deadline at the latest.
    ///
    /// # Errors
    /// [`RequestError::Closed`], [`RequestError::TooManyWaiting`], or [`RequestError::TooLarge`]
    /// where the server would not read it whole.
    pub fn request(&mut self, now: Instant, ask: Ask) -> Result<RequestId, RequestError> {
        let mut json = None;
        let too_large = match &self.state {
            State::Closed => return Err(RequestError::Closed),
            State::V2(open) if open.is_closing() => return Err(RequestError::Closed),
            State::V2(_) => v2::too_large(json.insert(python::dumps(&ask.data))),
            State::V1(open) => open.too_large(&ask.data, self.shared.waiting.len()),
            State::Opening(_) => v1::Open::too_large_at(1, &ask.data, self.shared.waiting.len()),
        };
        if let Some(too_large) = too_large {
            return Err(too_large);
        }
        if self.shared.waiting.len() >= MAX_WAITING_REQUESTS {
            return Err(RequestError::TooManyWaiting);
        }
        let id = RequestId(self.shared.next_id);
        self.shared.next_id += 1;
        self.shared.waiting.push_back(Waiting { id, ask, json });
        self.send_next(now);
        Ok(id)
    }

    /// Ends the session with FIN, and every request that has not been answered fails. In v2 it is
    /// over when the server has said so too, or not after three tries.
    pub fn close(&mut self, now: Instant) {
        match &mut self.state {
            State::V1(open) => open.say_fin(&mut self.shared),
            State::V2(open) => return open.close(&mut self.shared, now),
            State::Opening(_) | State::Closed => {}
        }
        self.end(RequestError::Closed);
    }

    /// A datagram came from somewhere.
    pub fn handle_datagram(&mut self, now: Instant, from: SocketAddr, bytes: &[u8]) {
        let Self { state, shared } = self;
        let next = match state {
            State::V2(open) if from == open.peer() => open.handle_datagram(shared, now, bytes),
            State::V1(open) if from == open.peer() => match packet::parse(bytes) {
                Ok(received) => open.handle_answer(shared, now, received),
                Err(_) => Next::Stay,
            },
            State::Opening(_) if from.ip() == shared.server.ip() => return self.handle_opening(now, from, bytes),
            _ => Next::Stay,
        };
        self.go(now, next);
    }

    fn handle_opening(&mut self, now: Instant, from: SocketAddr, bytes: &[u8]) {
        let State::Opening(opening) = &mut self.state else { return };
        match opening.handle_datagram(&mut self.shared, now, from, bytes) {
            opening::Outcome::Nothing => {}
            opening::Outcome::V1(open) => self.state = State::V1(open),
            opening::Outcome::V2(open) => self.state = State::V2(open),
            opening::Outcome::Refused(error) => return self.fail_opening(error),
        }
        self.send_next(now);
        if let State::V2(open) = &mut self.state {
            open.confirm(&mut self.shared, now);
        }
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        let Self { state, shared } = self;
        let next = match state {
            State::Opening(opening) => match opening.handle_timeout(shared, now) {
                Some(error) => return self.fail_opening(error),
                None => Next::Stay,
            },
            State::V1(open) => {
                open.handle_timeout(shared, now);
                Next::Stay
            }
            State::V2(open) => open.handle_timeout(shared, now),
            State::Closed => Next::Stay,
        };
        self.shared.fail_late(now);
        self.go(now, next);
    }

    /// When [`Client::handle_timeout`] should be called next, if nothing else happens.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let state = match &self.state {
            State::Opening(opening) => Some(opening.poll_timeout()),
            State::V1(open) => open.poll_timeout(),
            State::V2(open) => open.poll_timeout(&self.shared),
            State::Closed => None,
        };
        let waiting = self.shared.waiting.iter().map(|waiting| waiting.ask.deadline);
        state.into_iter().chain(waiting).min()
    }

    /// The next datagram to send, and to whom.
    pub fn poll_transmit(&mut self) -> Option<(SocketAddr, Vec<u8>)> {
        if self.shared.transmits.is_empty()
            && let State::V2(open) = &mut self.state
        {
            open.flush(&mut self.shared);
        }
        self.shared.transmits.pop_front()
    }

    /// The next thing that happened.
    pub fn poll_event(&mut self) -> Option<ClientEvent> {
        self.shared.events.pop_front()
    }

    /// Whether the session is over: nothing can be asked any more.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }

    /// The server's address, as it was given.
    #[must_use]
    pub const fn server(&self) -> SocketAddr {
        self.shared.server
    }

    /// The smoothed round-trip time, once there is a sample.
    #[must_use]
    pub fn round_trip(&self) -> Option<Duration> {
        self.shared.rtt.smoothed()
    }

    /// The retransmission time-out that the round trips make, whatever was lost since.
    #[must_use]
    pub fn retransmission_timeout(&self) -> Duration {
        self.shared.rtt.base()
    }

    /// Whether the server owes us a word: an answer, or that it is working on one.
    #[must_use]
    pub fn expects_a_word(&self) -> bool {
        match &self.state {
            State::Opening(_) => !self.shared.waiting.is_empty(),
            State::V1(open) => open.in_flight() > 0,
            State::V2(open) => open.expects_a_word(),
            State::Closed => false,
        }
    }

    /// Requests sent and not yet ended.
    #[must_use]
    pub fn requests_in_flight(&self) -> usize {
        match &self.state {
            State::V1(open) => open.in_flight(),
            State::V2(open) => open.in_flight(),
            State::Opening(_) | State::Closed => 0,
        }
    }

    fn send_next(&mut self, now: Instant) {
        match &mut self.state {
            State::V1(open) => open.send_next(&mut self.shared, now),
            State::V2(open) => open.send_next(&mut self.shared, now),
            State::Opening(_) | State::Closed => {}
        }
    }

    fn go(&mut self, now: Instant, next: Next) {
        match next {
            Next::Stay => self.send_next(now),
            Next::Close(error) => self.end(error),
            Next::Reopen => {
                if let State::V2(open) = &mut self.state {
                    let opening = open.reopen(&mut self.shared, now);
                    self.state = State::Opening(opening);
                }
            }
        }
    }

    fn fail_opening(&mut self, error: ConnectError) {
        self.shared.events.push_back(ClientEvent::ConnectFailed(error));
        self.end(RequestError::Closed);
    }

    /// The session is over; everything asked fails.
    fn end(&mut self, error: RequestError) {
        let sent = match std::mem::replace(&mut self.state, State::Closed) {
            State::V1(open) => open.into_asked(),
            State::V2(open) => open.into_asked(),
            State::Opening(_) | State::Closed => Vec::new(),
        };
        let waiting = self.shared.waiting.drain(..).map(|waiting| waiting.id);
        let failed = sent.into_iter().chain(waiting).map(|id| ClientEvent::Failed { id, error });
        self.shared.events.extend(failed);
    }
}

impl Shared {
    /// A number that no earlier session of this client had.
    fn next_nonce(&mut self) -> Nonce {
        self.nonces += 1;
        let digest = Sha256::new().chain_update(self.config.secret).chain_update(self.nonces.to_be_bytes()).finalize();
        Nonce(digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// The first waiting request that is not out of time. One that is must not be sent any more:
    /// it would be executed after its asker was told that it failed.
    fn next_in_time(&mut self, now: Instant) -> Option<Waiting> {
        loop {
            let next = self.waiting.pop_front()?;
            if now < next.ask.deadline {
                return Some(next);
            }
            self.fail(next.id, RequestError::Deadline);
        }
    }

    /// Fails the requests that waited until their deadline.
    fn fail_late(&mut self, now: Instant) {
        while let Some(late) = self.waiting.iter().position(|waiting| waiting.ask.deadline <= now) {
            if let Some(Waiting { id, .. }) = self.waiting.remove(late) {
                self.fail(id, RequestError::Deadline);
            }
        }
    }

    fn fail(&mut self, id: RequestId, error: RequestError) {
        self.events.push_back(ClientEvent::Failed { id, error });
    }
}

#[cfg(test)]
mod tests;
