//! The client's side of v1 (PROTOCOL §3, §4 and §6): one session, one request at a time, each
//! repeated until it is answered, refused or out of time.
//!
//! What the program sees of it is in `client/event.rs`.

mod event;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use posto_wire::limits::MAX_V1_DATAGRAM;
use posto_wire::{Packet, Received, Value, packet};

pub use event::{ClientEvent, ConnectError, RequestError, RequestId, Retransmission, ServerKind};

use crate::limits::{
    CONNECT_NOTICE, COOKIE_LIFETIME, MAX_DOUBTS, MAX_REPEATED_ACKS, MAX_WAITING_REQUESTS, V1_CONNECT_TIMEOUT,
    V1_RETRANSMISSIONS,
};
use crate::retransmit::{Jitter, Repeat};
use crate::rtt::Rtt;

/// What a client session is made with.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// How long to try to open the session; 25 s by default (PROTOCOL §3).
    pub connect_timeout: Duration,
    /// The seed of the jitter in time-outs.
    pub seed: u64,
}

impl ClientConfig {
    /// The defaults with this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { connect_timeout: V1_CONNECT_TIMEOUT, seed }
    }
}

/// The client's state machine: one session with one server.
pub struct Client {
    server: SocketAddr,
    state: State,
    rtt: Rtt,
    jitter: Jitter,
    next_id: u64,
    next_sequence: u64,
    waiting: VecDeque<Waiting>,
    in_flight: Option<InFlight>,
    transmits: VecDeque<(SocketAddr, Vec<u8>)>,
    events: VecDeque<ClientEvent>,
}

enum State {
    Opening { since: Instant, give_up: Instant, repeat: Repeat, notices: u32 },
    Open(Open),
    Closed,
}

struct Open {
    /// Where the SYN+ACK came from: the session goes on with that port.
    peer: SocketAddr,
    kind: ServerKind,
    handshake_ack: Vec<u8>,
    /// Until then the server still takes the handshake's cookie.
    cookie_ends: Instant,
    repeated_acks: u32,
    answered: bool,
}

struct Waiting {
    id: RequestId,
    data: Value,
    deadline: Instant,
}

struct InFlight {
    id: RequestId,
    sequence: u64,
    checksum: Option<u8>,
    bytes: Vec<u8>,
    deadline: Instant,
    repeat: Repeat,
    mismatches: u32,
    /// Times the server seemed not to know the session any more, and was asked again.
    doubts: u32,
}

impl Client {
    /// A session with the server at this address; its SYN is ready to be sent.
    #[must_use]
    pub fn new(now: Instant, server: SocketAddr, config: &ClientConfig) -> Self {
        let rtt = Rtt::towards(server);
        let mut jitter = Jitter::new(config.seed);
        let repeat = Repeat::start(now, &rtt, &mut jitter);
        let state = State::Opening { since: now, give_up: now + config.connect_timeout, repeat, notices: 0 };
        Self {
            server,
            state,
            rtt,
            jitter,
            next_id: 1,
            next_sequence: 1,
            waiting: VecDeque::new(),
            in_flight: None,
            transmits: VecDeque::from([(server, syn())]),
            events: VecDeque::new(),
        }
    }

    /// Sends a request as soon as the ones before it have ended; exactly one event will tell how
    /// it ended, by its deadline at the latest.
    ///
    /// # Errors
    /// [`RequestError::Closed`], [`RequestError::TooManyWaiting`], or [`RequestError::TooLarge`]
    /// where the server would not read it whole.
    pub fn request(&mut self, now: Instant, data: Value, deadline: Instant) -> Result<RequestId, RequestError> {
        if matches!(self.state, State::Closed) {
            return Err(RequestError::Closed);
        }
        if self.waiting.len() >= MAX_WAITING_REQUESTS {
            return Err(RequestError::TooManyWaiting);
        }
        let bytes = self.longest_datagram(&data);
        if bytes > MAX_V1_DATAGRAM {
            return Err(RequestError::TooLarge { bytes });
        }
        let id = RequestId(self.next_id);
        self.next_id += 1;
        self.waiting.push_back(Waiting { id, data, deadline });
        self.send_next(now);
        Ok(id)
    }

    /// The length of a request's datagram at most: its number is given when it is sent, after
    /// those that wait before it, and the digits of its checksum follow from that.
    fn longest_datagram(&self, data: &Value) -> usize {
        let before = u64::try_from(self.waiting.len()).unwrap_or(u64::MAX);
        let sequence = self.next_sequence.saturating_add(before);
        Packet { checksum: Some(u8::MAX), ..Packet::request(sequence, data.clone()) }.to_bytes().len()
    }

    /// Ends the session: FIN, and every request that has not been answered fails.
    pub fn close(&mut self) {
        if let State::Open(open) = &self.state {
            let fin = Packet { fin: true, ..Packet::EMPTY };
            self.transmits.push_back((open.peer, fin.to_bytes()));
        }
        self.end(RequestError::Closed);
    }

    /// A datagram came from somewhere.
    pub fn handle_datagram(&mut self, now: Instant, from: SocketAddr, bytes: &[u8]) {
        let Ok(received) = packet::parse(bytes) else { return };
        match &self.state {
            State::Opening { .. } if from.ip() == self.server.ip() => self.handle_opening(now, from, &received.packet),
            State::Open(open) if from == open.peer => self.handle_answer(now, received),
            _ => {}
        }
        debug_assert!(self.in_flight.is_none() || matches!(self.state, State::Open(_)));
    }

    fn handle_opening(&mut self, now: Instant, from: SocketAddr, packet: &Packet) {
        if packet.syn && packet.ack && packet.ack_number == 1 {
            let number = packet.sequence;
            let ack = Packet { ack: true, ack_number: number.saturating_add(1), sequence: 1, ..Packet::EMPTY };
            let kind = if number == 0 { ServerKind::Original } else { ServerKind::Posto };
            let open = Open {
                peer: from,
                kind,
                handshake_ack: ack.to_bytes(),
                cookie_ends: now + COOKIE_LIFETIME,
                repeated_acks: 0,
                answered: false,
            };
            self.transmits.push_back((from, open.handshake_ack.clone()));
            self.state = State::Open(open);
            self.events.push_back(ClientEvent::Connected { peer: from, kind });
            self.send_next(now);
        } else if from == self.server
            && !(packet.syn || packet.ack || packet.fin)
            && let Some(words) = packet.data.as_text().filter(|words| !words.is_empty())
        {
            // A server without room says so in words; what has none is left from another session.
            self.events.push_back(ClientEvent::ConnectFailed(ConnectError::Refused(words.to_owned())));
            self.end(RequestError::Closed);
        }
    }

    fn handle_answer(&mut self, now: Instant, received: Received) {
        let packet = &received.packet;
        let Some(in_flight) = &self.in_flight else { return };
        if packet.syn {
            return; // the SYN was repeated, and so was its answer
        }
        let expected = in_flight.sequence.saturating_add(1);
        let ours = packet.ack_number == expected;
        if packet.ack && ours && packet.checksum == in_flight.checksum {
            self.finish(now, received);
        } else if *packet == Packet::EMPTY {
            self.handle_unknown_session(now);
        } else if !(packet.ack && ours || (1..expected).contains(&packet.ack_number)) {
            self.handle_mismatch(now);
        }
        // What is left is an answer to another request: a late one, or one of an earlier session.
    }

    fn finish(&mut self, now: Instant, received: Received) {
        let Some(in_flight) = self.in_flight.take() else { return };
        match in_flight.repeat.round_trip(now) {
            Some(round_trip) => self.rtt.sample(round_trip),
            None => self.rtt.back_off(),
        }
        if let State::Open(open) = &mut self.state {
            open.answered = true;
        }
        self.events.push_back(ClientEvent::Answered { id: in_flight.id, answer: Box::new(received) });
        self.send_next(now);
    }

    /// v1: an answer with ACK false, or with a number never sent, asks for the request again, up
    /// to five times.
    fn handle_mismatch(&mut self, now: Instant) {
        let Some(in_flight) = &mut self.in_flight else { return };
        in_flight.mismatches += 1;
        if in_flight.mismatches > V1_RETRANSMISSIONS {
            self.fail_in_flight(now, RequestError::GaveUp);
        } else {
            self.send_again(now);
        }
    }

    /// The server does not know the session. If it never did, our handshake ACK was lost: it goes
    /// again, before the request. Otherwise the session is gone; but such a packet can be a
    /// straggler from before the ACK arrived, so the server is asked again a few times. An original
    /// server says no such thing, and must never get a second handshake ACK (PROTOCOL §3).
    fn handle_unknown_session(&mut self, now: Instant) {
        let (State::Open(open), Some(in_flight)) = (&mut self.state, &mut self.in_flight) else { return };
        if open.kind == ServerKind::Original {
            self.handle_mismatch(now);
        } else if !open.answered && open.repeated_acks < MAX_REPEATED_ACKS && now < open.cookie_ends {
            open.repeated_acks += 1;
            self.transmits.push_back((open.peer, open.handshake_ack.clone()));
            self.send_again(now);
        } else if open.answered && in_flight.doubts < MAX_DOUBTS {
            in_flight.doubts += 1;
            self.send_again(now);
        } else {
            self.end(RequestError::SessionLost);
        }
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.handle_opening_timeout(now);
        if let Some(in_flight) = &self.in_flight {
            if in_flight.deadline <= now {
                self.fail_in_flight(now, RequestError::Deadline);
            } else if in_flight.repeat.due() <= now {
                self.send_again(now);
            }
        }
        while let Some(late) = self.waiting.iter().position(|waiting| waiting.deadline <= now) {
            if let Some(Waiting { id, .. }) = self.waiting.remove(late) {
                self.events.push_back(ClientEvent::Failed { id, error: RequestError::Deadline });
            }
        }
    }

    fn handle_opening_timeout(&mut self, now: Instant) {
        let State::Opening { since, give_up, repeat, notices } = &mut self.state else { return };
        while *notices < notices_due(*since, now) && *since + CONNECT_NOTICE * (*notices + 1) <= *give_up {
            *notices += 1;
            self.events.push_back(ClientEvent::StillConnecting { notice: *notices });
        }
        if *give_up <= now {
            self.events.push_back(ClientEvent::ConnectFailed(ConnectError::Silence));
            self.end(RequestError::Closed);
        } else if repeat.due() <= now {
            repeat.again(now, &self.rtt, &mut self.jitter);
            self.transmits.push_back((self.server, syn()));
        }
    }

    /// When [`Client::handle_timeout`] should be called next, if nothing else happens.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let opening = match &self.state {
            State::Opening { since, give_up, repeat, notices } => {
                Some(repeat.due().min(*give_up).min(*since + CONNECT_NOTICE * (*notices + 1)))
            }
            _ => None,
        };
        let sent = self.in_flight.iter().map(|in_flight| in_flight.repeat.due().min(in_flight.deadline));
        let waiting = self.waiting.iter().map(|waiting| waiting.deadline);
        opening.into_iter().chain(sent).chain(waiting).min()
    }

    /// The next datagram to send, and to whom.
    pub fn poll_transmit(&mut self) -> Option<(SocketAddr, Vec<u8>)> {
        self.transmits.pop_front()
    }

    /// The next thing that happened.
    pub fn poll_event(&mut self) -> Option<ClientEvent> {
        self.events.pop_front()
    }

    /// Whether the session is over: nothing can be asked any more.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }

    /// The smoothed round-trip time, once there is a sample.
    #[must_use]
    pub fn round_trip(&self) -> Option<Duration> {
        self.rtt.smoothed()
    }

    fn send_next(&mut self, now: Instant) {
        let State::Open(Open { peer, .. }) = self.state else { return };
        if self.in_flight.is_some() {
            return;
        }
        let Some(Waiting { id, data, deadline }) = self.next_in_time(now) else { return };
        let sequence = self.next_sequence;
        self.next_sequence += 1;
        let packet = Packet::request(sequence, data);
        let bytes = packet.to_bytes();
        self.transmits.push_back((peer, bytes.clone()));
        let repeat = Repeat::start(now, &self.rtt, &mut self.jitter);
        self.in_flight = Some(InFlight {
            id,
            sequence,
            checksum: packet.checksum,
            bytes,
            deadline,
            repeat,
            mismatches: 0,
            doubts: 0,
        });
    }

    /// The first waiting request that is not out of time. One that is must not be sent any more:
    /// it would be executed after its asker was told that it failed.
    fn next_in_time(&mut self, now: Instant) -> Option<Waiting> {
        loop {
            let next = self.waiting.pop_front()?;
            if now < next.deadline {
                return Some(next);
            }
            self.events.push_back(ClientEvent::Failed { id: next.id, error: RequestError::Deadline });
        }
    }

    fn send_again(&mut self, now: Instant) {
        let (State::Open(open), Some(in_flight)) = (&self.state, &mut self.in_flight) else { return };
        self.transmits.push_back((open.peer, in_flight.bytes.clone()));
        let number = in_flight.repeat.again(now, &self.rtt, &mut self.jitter);
        let retransmission = Retransmission { number, of: V1_RETRANSMISSIONS };
        self.events.push_back(ClientEvent::Retransmitted { id: in_flight.id, retransmission });
    }

    fn fail_in_flight(&mut self, now: Instant, error: RequestError) {
        if let Some(InFlight { id, .. }) = self.in_flight.take() {
            self.events.push_back(ClientEvent::Failed { id, error });
        }
        self.send_next(now);
    }

    /// The session is over; everything asked fails.
    fn end(&mut self, error: RequestError) {
        self.state = State::Closed;
        let sent = self.in_flight.take().map(|in_flight| in_flight.id);
        let waiting = self.waiting.drain(..).map(|waiting| waiting.id);
        let failed = sent.into_iter().chain(waiting).map(|id| ClientEvent::Failed { id, error });
        self.events.extend(failed);
    }
}

fn syn() -> Vec<u8> {
    Packet { syn: true, next_sequence: 1, ..Packet::EMPTY }.to_bytes()
}

fn notices_due(since: Instant, now: Instant) -> u32 {
    let passed = now.saturating_duration_since(since).as_secs() / CONNECT_NOTICE.as_secs();
    u32::try_from(passed).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
