//! The server's state machine: datagrams in, requests to execute once, answers out.
//!
//! v1 is in `server/v1.rs`, v2 in `server/v2.rs`; what the program sees of both in `server/event.rs`,
//! the table of sessions in `server/table.rs`, what was executed in `received.rs` and
//! `server/replies.rs`.

mod event;
mod replies;
mod table;
mod v1;
mod v2;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use posto_wire::v2::{FrameError, Psk, Sealed};
use posto_wire::{Packet, Value, packet, text};

use crate::bucket::{Bucket, Buckets};
use crate::cookie::CookieMaker;
use crate::counters::Counters;
use crate::ended::Ended;
use crate::limits::{MAX_WINDOW, RESET_BUCKETS, SESSION_RESET_RATE, SYN_BUCKETS, SYN_RATE};
use event::Told;
pub use event::{
    AnswerTooLarge, CloseReason, Order, Port, Ports, RequestKey, ServerConfig, ServerEvent, Transmit, Trust,
};
use table::{Level, Numbers, Session, Table, host};

/// The server's state machine.
pub struct Server {
    ports: Ports,
    next_port: usize,
    cookies: CookieMaker,
    sessions: Table,
    ended: Ended,
    in_flight: usize,
    max_in_flight: usize,
    v1: bool,
    psk: Option<Psk>,
    window: u32,
    idle: Duration,
    draining: bool,
    syns: Buckets,
    resets: Bucket,
    session_resets: Buckets,
    /// Bytes of answers kept in all v2 sessions.
    reply_bytes: usize,
    max_reply_bytes: usize,
    /// Requests of v2 handed on, and when to announce that they take long, in that order.
    slow: VecDeque<(Instant, RequestKey)>,
    /// Peers whose session has frames to send.
    unsent: VecDeque<SocketAddr>,
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
            sessions: Table::new(
                config.max_sessions,
                config.max_sessions_per_host,
                Numbers { next: config.worker.0 + 1, step: config.worker.1.max(1) },
            ),
            ended: Ended::default(),
            in_flight: 0,
            max_in_flight: config.max_in_flight,
            v1: config.v1,
            psk: config.psk.clone(),
            window: config.window.clamp(1, MAX_WINDOW),
            idle: config.idle,
            draining: false,
            syns: Buckets::new(SYN_BUCKETS, SYN_RATE, config.secret),
            resets: Bucket::default(),
            session_resets: Buckets::new(RESET_BUCKETS, SESSION_RESET_RATE, config.secret),
            reply_bytes: 0,
            max_reply_bytes: config.max_reply_bytes,
            slow: VecDeque::new(),
            unsent: VecDeque::new(),
            counters: Counters::default(),
            transmits: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    /// A datagram came from `peer` to one of our ports.
    pub fn handle_datagram(&mut self, now: Instant, peer: SocketAddr, port: Port, bytes: &[u8]) {
        if let Some(sealed) = Sealed::of(bytes).filter(|_| self.serves_v2_on(port)) {
            self.handle_sealed(now, peer, &sealed);
        } else {
            match packet::parse(bytes) {
                Err(refusal) => self.counters.refuse(refusal),
                Ok(received) => self.handle_packet(now, (peer, port), &received, bytes),
            }
        }
        debug_assert!(self.sessions.is_consistent());
    }

    /// Answers a request; to be called exactly once for each.
    ///
    /// # Errors
    /// [`AnswerTooLarge`] where the peer could not read it; it gets `resposta_grande` instead.
    pub fn answer(&mut self, key: RequestKey, data: Value) -> Result<(), AnswerTooLarge> {
        self.in_flight = self.in_flight.saturating_sub(1);
        match key.told {
            Told::V1 { digest, checksum } => self.answer_v1(key, (digest, checksum), data),
            Told::V2 => self.answer_v2(key, &data),
        }
    }

    /// The request was not executed and will not be: a repeat of it is new again.
    pub fn not_executed(&mut self, key: RequestKey) {
        self.in_flight = self.in_flight.saturating_sub(1);
        match key.told {
            Told::V1 { digest, .. } => {
                if let Some(Level::V1(requests)) =
                    self.sessions.numbered(key.peer, key.session).map(|session| &mut session.level)
                {
                    requests.forget(key.sequence, digest);
                }
            }
            Told::V2 => self.busy_v2(key),
        }
    }

    /// A request that was handed on waits for something that may not happen for long: until
    /// [`Server::unpark`] it does not count among those in flight.
    pub fn park(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// One that was parked is about to be answered.
    pub const fn unpark(&mut self) {
        self.in_flight = self.in_flight.saturating_add(1);
    }

    /// Its deadline passed before it could be executed, and it will not be.
    pub fn expired(&mut self, key: RequestKey) {
        match key.told {
            Told::V1 { .. } => self.not_executed(key),
            Told::V2 => self.fail_v2(key, FrameError::Expired),
        }
    }

    /// Nobody will answer the request, and nobody knows whether it was executed: it must not run
    /// twice. A v1 client's repeats stay unanswered, a v2 client is told.
    pub fn lost(&mut self, key: RequestKey) {
        match key.told {
            Told::V1 { .. } => self.in_flight = self.in_flight.saturating_sub(1),
            Told::V2 => self.fail_v2(key, FrameError::Lost),
        }
    }

    /// The server is about to stop: no session is opened any more, and every v2 session is told so,
    /// now and with every answer.
    pub fn drain(&mut self) {
        self.draining = true;
        self.say_going_away();
    }

    /// v2 lives on the port everyone knows.
    fn serves_v2_on(&self, port: Port) -> bool {
        port == Port::Server
    }

    /// Why this peer gets no session, in the words of v1; counted.
    fn refuses_syn(&mut self, now: Instant, peer: SocketAddr) -> Option<&'static str> {
        if self.draining {
            return Some(text::GOING_AWAY);
        }
        if self.sessions.has_room(now, peer) {
            return None;
        }
        self.counters.table_full += 1;
        Some(text::SERVER_FULL)
    }

    /// Whether a SYN of this peer is one too many, and is to be passed over in silence; counted.
    fn has_too_many_syns(&mut self, now: Instant, peer: SocketAddr) -> bool {
        let many = !peer.ip().to_canonical().is_loopback() && !self.syns.take(now, host(peer));
        self.counters.syn_floods += u64::from(many);
        many
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.announce_slow(now);
        self.ended.forget_expired(now);
        while let Some(peer) = self.sessions.silent_since(now) {
            self.close(now, peer, CloseReason::Silent);
        }
        debug_assert!(self.sessions.is_consistent());
    }

    /// When [`Server::handle_timeout`] should be called next, if nothing else happens.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let slow = self.slow.front().map(|(due, _)| *due);
        self.sessions.next_silence().into_iter().chain(self.ended.next_expiry()).chain(slow).min()
    }

    /// The next datagram to send.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.transmits.pop_front().or_else(|| self.next_unsent())
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
        let Some(Session { number, tick, level, .. }) = self.sessions.remove(peer) else { return };
        if let Level::V2(v2) = level {
            self.reply_bytes = self.reply_bytes.saturating_sub(v2.reply_bytes());
        }
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
