//! The server's side of v1 (PROTOCOL §3 and §4): handshakes without memory, each request once.
//!
//! What the program sees of it is in `server/event.rs`, the table of sessions in `server/table.rs`; what was executed in `received.rs`.

mod event;
mod table;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use posto_wire::limits::MAX_V1_DATAGRAM;
use posto_wire::{Packet, Received as ReceivedPacket, Value, packet, text};

use crate::cookie::CookieMaker;
use crate::counters::Counters;
use crate::ended::Ended;
use crate::limits::MAX_REQUESTS_IN_FLIGHT;
use crate::received::{Digest, Verdict};
pub use event::{AnswerTooLarge, CloseReason, Port, Ports, RequestKey, ServerConfig, ServerEvent, Transmit};
use table::{Session, Table};

/// The server's state machine.
pub struct Server {
    ports: Ports,
    next_port: usize,
    cookies: CookieMaker,
    sessions: Table,
    ended: Ended,
    in_flight: usize,
    counters: Counters,
    transmits: VecDeque<Transmit>,
    events: VecDeque<ServerEvent>,
}

impl Server {
    /// A server without sessions. `now` is where its cookies' ticks count from.
    #[must_use]
    pub fn new(now: Instant, config: &ServerConfig) -> Self {
        Self {
            ports: config.ports,
            next_port: 0,
            cookies: CookieMaker::new(now, config.secret),
            sessions: Table::new(config.max_sessions, config.max_sessions_per_host),
            ended: Ended::default(),
            in_flight: 0,
            counters: Counters::default(),
            transmits: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    /// A datagram came from `peer` to one of our ports.
    pub fn handle_datagram(&mut self, now: Instant, peer: SocketAddr, port: Port, bytes: &[u8]) {
        match packet::parse(bytes) {
            Err(refusal) => self.counters.refuse(refusal),
            Ok(received) => self.handle_packet(now, (peer, port), &received, bytes),
        }
        debug_assert!(self.sessions.is_consistent());
    }

    fn handle_packet(&mut self, now: Instant, from: (SocketAddr, Port), received: &ReceivedPacket, bytes: &[u8]) {
        let packet = &received.packet;
        let without_data = packet.data == Value::Null;
        if packet.syn && packet.ack {
            // Another server's: to answer it would make the two answer each other for ever.
            self.counters.unknown_session += 1;
        } else if packet.syn {
            self.handle_syn(now, from);
        } else if packet.fin {
            self.handle_fin(now, from);
        } else if packet.ack && without_data {
            self.handle_handshake_ack(now, from, packet.ack_number);
        } else if !packet.ack && packet.is_empty() {
            self.handle_no_data(now, from);
        } else {
            self.handle_request(now, from, received, bytes);
        }
    }

    fn handle_syn(&mut self, now: Instant, (peer, port): (SocketAddr, Port)) {
        if let Port::Session(_) = port {
            if self.sessions.touch(now, peer, port).is_some() {
                self.send(port, peer, &Packet { data: text::ALREADY_CONNECTED.into(), ..Packet::EMPTY });
            } else {
                self.counters.unknown_session += 1;
            }
            return;
        }
        if !self.sessions.has_room(now, peer) {
            self.counters.table_full += 1;
            return self.send(port, peer, &Packet { data: text::SERVER_FULL.into(), ..Packet::EMPTY });
        }
        let number = self.cookies.make(now, peer, b"");
        let answer = Packet {
            syn: true,
            ack: true,
            ack_number: 1,
            sequence: number,
            next_sequence: number.saturating_add(1),
            ..Packet::EMPTY
        };
        let port = self.session_port();
        self.send(port, peer, &answer);
    }

    /// The port a new session will live on: chosen without memory of the peer.
    fn session_port(&mut self) -> Port {
        match self.ports {
            Ports::Shared => Port::Server,
            Ports::Range(count) => {
                let index = self.next_port % count.max(1);
                self.next_port = index + 1;
                Port::Session(index)
            }
        }
    }

    fn handle_handshake_ack(&mut self, now: Instant, (peer, port): (SocketAddr, Port), ack_number: u64) {
        let number = ack_number.saturating_sub(1);
        let Some(tick) = self.cookies.check(now, peer, b"", number) else {
            self.counters.wrong_cookie += 1;
            return;
        };
        let live = self.sessions.get(peer).map(|session| session.tick);
        if live.is_some_and(|live| tick <= live) || self.ended.refuses(peer, tick) {
            self.counters.replayed_handshakes += 1;
            return;
        }
        if live.is_some() {
            self.close(now, peer, CloseReason::Replaced);
        }
        if !self.sessions.has_room(now, peer) {
            self.counters.table_full += 1;
            return;
        }
        if let Some(longest_silent) = self.sessions.to_evict() {
            self.close(now, longest_silent, CloseReason::Evicted);
        }
        let session = self.sessions.open(now, peer, port, tick);
        self.counters.opened += 1;
        self.events.push_back(ServerEvent::Opened { peer, session });
    }

    fn handle_fin(&mut self, now: Instant, (peer, port): (SocketAddr, Port)) {
        if self.sessions.touch(now, peer, port).is_some() {
            self.close(now, peer, CloseReason::Finished);
        } else {
            self.counters.unknown_session += 1;
        }
    }

    fn handle_no_data(&mut self, now: Instant, (peer, port): (SocketAddr, Port)) {
        if self.sessions.touch(now, peer, port).is_some() {
            self.send(port, peer, &Packet { data: text::NO_DATA.into(), ..Packet::EMPTY });
            self.close(now, peer, CloseReason::NoData);
        } else {
            self.counters.unknown_session += 1;
        }
    }

    fn handle_request(
        &mut self,
        now: Instant,
        (peer, port): (SocketAddr, Port),
        received: &ReceivedPacket,
        bytes: &[u8],
    ) {
        let Some(session) = self.sessions.touch(now, peer, port) else {
            self.counters.unknown_session += 1;
            return self.send(port, peer, &Packet::EMPTY);
        };
        let sequence = received.packet.sequence;
        let computed = received.computed_checksum;
        if received.packet.checksum != Some(computed) {
            self.counters.wrong_checksum += 1;
            let refusal = Packet { ack_number: sequence.saturating_add(1), checksum: Some(computed), ..Packet::EMPTY };
            return self.send(port, peer, &refusal);
        }
        let digest = Digest::of(bytes);
        match session.received.receive(sequence, digest) {
            Verdict::Done(answer) => {
                self.counters.repeats += 1;
                self.transmits.push_back(Transmit { port, to: peer, bytes: answer });
            }
            Verdict::Running | Verdict::Forgotten => self.counters.repeats += 1,
            Verdict::Full => self.counters.overloaded += 1,
            Verdict::New if self.in_flight >= MAX_REQUESTS_IN_FLIGHT => {
                session.received.forget(sequence, digest);
                self.counters.overloaded += 1;
            }
            Verdict::New => {
                let key = RequestKey { peer, session: session.number, sequence, digest, checksum: computed };
                self.in_flight += 1;
                self.counters.requests += 1;
                self.events.push_back(ServerEvent::Request { key, data: received.packet.data.clone() });
            }
        }
    }

    /// Answers a request; to be called exactly once for each.
    ///
    /// # Errors
    /// [`AnswerTooLarge`] where the peer could not read it; it gets `resposta_grande` instead.
    pub fn answer(&mut self, key: RequestKey, data: Value) -> Result<(), AnswerTooLarge> {
        self.in_flight = self.in_flight.saturating_sub(1);
        let Some(session) = self.sessions.get_mut(key.peer).filter(|session| session.number == key.session) else {
            return Ok(());
        };
        let answer = Packet {
            data,
            ack: true,
            ack_number: key.sequence.saturating_add(1),
            checksum: Some(key.checksum),
            ..Packet::EMPTY
        };
        let mut bytes: Arc<[u8]> = answer.to_bytes().into();
        let length = bytes.len();
        if length > MAX_V1_DATAGRAM {
            bytes = Packet { data: text::TOO_LARGE.into(), ..answer }.to_bytes().into();
        }
        session.received.answered(key.sequence, key.digest, Arc::clone(&bytes));
        let port = session.port;
        self.transmits.push_back(Transmit { port, to: key.peer, bytes });
        if length > MAX_V1_DATAGRAM {
            self.counters.answers_too_large += 1;
            return Err(AnswerTooLarge { bytes: length });
        }
        Ok(())
    }

    /// The request was not executed and will not be: a repeat of it is new again.
    pub fn not_executed(&mut self, key: RequestKey) {
        self.lost(key);
        if let Some(session) = self.sessions.get_mut(key.peer).filter(|session| session.number == key.session) {
            session.received.forget(key.sequence, key.digest);
        }
    }

    /// Nobody will answer the request, and nobody knows whether it was executed: repeats stay
    /// unanswered, as it must not run twice.
    pub fn lost(&mut self, _key: RequestKey) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.ended.forget_expired(now);
        while let Some(peer) = self.sessions.silent_since(now) {
            self.close(now, peer, CloseReason::Silent);
        }
        debug_assert!(self.sessions.is_consistent());
    }

    /// When [`Server::handle_timeout`] should be called next, if nothing else happens.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.sessions.next_silence().into_iter().chain(self.ended.next_expiry()).min()
    }

    /// The next datagram to send.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.transmits.pop_front()
    }

    /// The next thing that happened.
    pub fn poll_event(&mut self) -> Option<ServerEvent> {
        self.events.pop_front()
    }

    /// How many sessions are open.
    #[must_use]
    pub fn sessions(&self) -> usize {
        self.sessions.len()
    }

    /// Requests handed on and not yet answered.
    #[must_use]
    pub const fn requests_in_flight(&self) -> usize {
        self.in_flight
    }

    /// What was counted.
    #[must_use]
    pub const fn counters(&self) -> &Counters {
        &self.counters
    }

    fn close(&mut self, now: Instant, peer: SocketAddr, reason: CloseReason) {
        let Some(Session { number, tick, .. }) = self.sessions.remove(peer) else { return };
        self.ended.add(now, peer, tick);
        self.counters.closed += 1;
        self.events.push_back(ServerEvent::Closed { peer, session: number, reason });
    }

    fn send(&mut self, port: Port, to: SocketAddr, packet: &Packet) {
        self.transmits.push_back(Transmit { port, to, bytes: packet.to_bytes().into() });
    }
}

#[cfg(test)]
mod tests;
