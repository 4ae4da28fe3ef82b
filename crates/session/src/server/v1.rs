//! The server's side of v1 (PROTOCOL §3 and §4): handshakes without memory, each request once.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use posto_wire::limits::{MAX_V1_DATA, MAX_V1_DATAGRAM};
use posto_wire::v2::{self, Ext};
use posto_wire::{Packet, Received as ReceivedPacket, Value, text};

use super::event::Told;
use super::table::Level;
use super::{AnswerTooLarge, CloseReason, Order, Port, Ports, RequestKey, Server, ServerEvent, Transmit, Trust};
use crate::cookie::Tick;
use crate::received::{Digest, Received, Verdict};

impl Server {
    pub(super) fn handle_packet(
        &mut self,
        now: Instant,
        from: (SocketAddr, Port),
        received: &ReceivedPacket,
        bytes: &[u8],
    ) {
        let packet = &received.packet;
        let without_data = packet.data == Value::Null;
        if packet.syn && packet.ack {
            // Another server's: to answer it would make the two answer each other for ever.
            self.counters.unknown_session += 1;
        } else if packet.syn && self.has_too_many_syns(now, from.0) {
            // Silence: an answer to each would be what a flood wants.
        } else if packet.syn
            && self.serves_v2_on(from.1)
            && (Ext::of(received).is_some() || v2::is_damaged(received, bytes))
        {
            // One that was meant as v2 is never taken for v1, whatever was damaged in it.
            self.handle_v2_syn(now, from, received, bytes);
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
            if self.sessions.touch_v1(now, peer, port).is_some() {
                self.send(port, peer, &Packet { data: text::ALREADY_CONNECTED.into(), ..Packet::EMPTY });
            } else {
                self.counters.unknown_session += 1;
            }
            return;
        }
        let unserved = (!self.v1).then_some(text::V2_ONLY);
        if let Some(words) = unserved.or_else(|| self.refuses_syn(now, peer)) {
            return self.send(port, peer, &Packet { data: words.into(), ..Packet::EMPTY });
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
        if self.v1 {
            self.open(now, (peer, port), tick, Level::V1(Received::default()));
        }
    }

    /// Opens the session of a cookie that is good, unless it was used before, there is no
    /// room, or the server is about to stop.
    pub(super) fn open(&mut self, now: Instant, from: (SocketAddr, Port), tick: Tick, level: Level) -> bool {
        let peer = from.0;
        if self.draining {
            return false;
        }
        let live = self.sessions.get(peer).map(|session| session.tick);
        if live.is_some_and(|live| tick <= live) || self.ended.refuses(peer, tick) {
            self.counters.replayed_handshakes += 1;
            return false;
        }
        if live.is_some() {
            self.close(now, peer, CloseReason::Replaced);
        }
        if !self.sessions.has_room(now, peer) {
            self.counters.table_full += 1;
            return false;
        }
        if let Some(longest_silent) = self.sessions.longest_silent_if_full() {
            self.close(now, longest_silent, CloseReason::Evicted);
        }
        let session = self.sessions.open(now, from, tick, level);
        self.counters.opened += 1;
        self.events.push_back(ServerEvent::Opened { peer, session });
        true
    }

    fn handle_fin(&mut self, now: Instant, (peer, port): (SocketAddr, Port)) {
        if self.sessions.touch_v1(now, peer, port).is_some() {
            self.close(now, peer, CloseReason::Finished);
        } else {
            self.counters.unknown_session += 1;
        }
    }

    fn handle_no_data(&mut self, now: Instant, (peer, port): (SocketAddr, Port)) {
        if self.sessions.touch_v1(now, peer, port).is_some() {
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
        let Some((session, requests)) = self.sessions.touch_v1(now, peer, port) else {
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
        match requests.receive(sequence, digest) {
            Verdict::Done(answer) => {
                self.counters.repeats += 1;
                self.transmits.push_back(Transmit { port, to: peer, bytes: answer });
            }
            Verdict::Running | Verdict::Forgotten => self.counters.repeats += 1,
            Verdict::Full => self.counters.overloaded += 1,
            Verdict::New if self.in_flight >= self.max_in_flight || self.draining => {
                requests.forget(sequence, digest);
                self.counters.overloaded += 1;
            }
            Verdict::New => {
                let key = RequestKey { peer, session, sequence, told: Told::V1 { digest, checksum: computed } };
                let data = received.packet.data.clone();
                let order = Order { data, trust: Trust::V1, deadline: None, answer_bytes: MAX_V1_DATA };
                self.in_flight += 1;
                self.counters.requests += 1;
                self.events.push_back(ServerEvent::Request { key, order });
            }
        }
    }

    /// Answers a request of v1, given what it must quote.
    pub(super) fn answer_v1(
        &mut self,
        key: RequestKey,
        (digest, checksum): (Digest, u8),
        data: Value,
    ) -> Result<(), AnswerTooLarge> {
        let Some(session) = self.sessions.numbered(key.peer, key.session) else { return Ok(()) };
        let Level::V1(requests) = &mut session.level else { return Ok(()) };
        let ack_number = key.sequence.saturating_add(1);
        let answer = Packet { data, ack: true, ack_number, checksum: Some(checksum), ..Packet::EMPTY };
        let mut bytes: Arc<[u8]> = answer.to_bytes().into();
        let length = bytes.len();
        if length > MAX_V1_DATAGRAM {
            bytes = Packet { data: text::TOO_LARGE.into(), ..answer }.to_bytes().into();
        }
        requests.answered(key.sequence, digest, Arc::clone(&bytes));
        let port = session.port;
        self.transmits.push_back(Transmit { port, to: key.peer, bytes });
        if length > MAX_V1_DATAGRAM {
            self.counters.answers_too_large += 1;
            return Err(AnswerTooLarge { bytes: length, limit: MAX_V1_DATAGRAM });
        }
        Ok(())
    }
}
