//! An open v1 session: one request at a time (PROTOCOL §4).

use std::net::SocketAddr;
use std::time::Instant;

use posto_wire::limits::MAX_V1_DATAGRAM;
use posto_wire::{Packet, Received, Value};

use super::{Answer, ClientEvent, Next, RequestError, RequestId, Retransmission, ServerKind, Shared, Waiting};
use crate::limits::{COOKIE_LIFETIME, MAX_DOUBTS, MAX_REPEATED_ACKS, V1_RETRANSMISSIONS};
use crate::retransmit::Repeat;

/// An open session.
#[derive(Debug)]
pub(super) struct Open {
    /// Where the SYN+ACK came from: the session goes on with that port.
    peer: SocketAddr,
    kind: ServerKind,
    handshake_ack: Vec<u8>,
    /// Until then the server still takes the handshake's cookie.
    cookie_ends: Instant,
    repeated_acks: u32,
    answered: bool,
    next_sequence: u64,
    in_flight: Option<InFlight>,
}

#[derive(Debug)]
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

impl Open {
    /// The session that a SYN+ACK with this number opens.
    pub(super) fn new(now: Instant, peer: SocketAddr, kind: ServerKind, number: u64) -> Self {
        let ack = Packet { ack: true, ack_number: number.saturating_add(1), sequence: 1, ..Packet::EMPTY };
        Self {
            peer,
            kind,
            handshake_ack: ack.to_bytes(),
            cookie_ends: now + COOKIE_LIFETIME,
            repeated_acks: 0,
            answered: false,
            next_sequence: 1,
            in_flight: None,
        }
    }

    /// Sends the handshake ACK.
    pub(super) fn confirm(&self, shared: &mut Shared) {
        shared.transmits.push_back((self.peer, self.handshake_ack.clone()));
    }

    pub(super) const fn peer(&self) -> SocketAddr {
        self.peer
    }

    pub(super) fn in_flight(&self) -> usize {
        usize::from(self.in_flight.is_some())
    }

    /// What has not been answered.
    pub(super) fn into_asked(self) -> Vec<RequestId> {
        self.in_flight.into_iter().map(|in_flight| in_flight.id).collect()
    }

    /// Why this request cannot be sent after those that wait, if it is too long: its number is given
    /// when it is sent, and the digits of its checksum follow from that.
    pub(super) fn too_large(&self, data: &Value, waiting: usize) -> Option<RequestError> {
        Self::too_large_at(self.next_sequence, data, waiting)
    }

    /// The same before the session is open.
    pub(super) fn too_large_at(next_sequence: u64, data: &Value, waiting: usize) -> Option<RequestError> {
        let sequence = next_sequence.saturating_add(u64::try_from(waiting).unwrap_or(u64::MAX));
        let longest = Packet { checksum: Some(u8::MAX), ..Packet::request(sequence, data.clone()) };
        let bytes = longest.to_bytes().len();
        (bytes > MAX_V1_DATAGRAM).then_some(RequestError::TooLarge { bytes, limit: MAX_V1_DATAGRAM })
    }

    pub(super) fn say_fin(&self, shared: &mut Shared) {
        let fin = Packet { fin: true, ..Packet::EMPTY };
        shared.transmits.push_back((self.peer, fin.to_bytes()));
    }

    /// A packet came from the session's port.
    pub(super) fn handle_answer(&mut self, shared: &mut Shared, now: Instant, received: Received) -> Next {
        let packet = &received.packet;
        let Some(in_flight) = &self.in_flight else { return Next::Stay };
        if packet.syn {
            return Next::Stay; // the SYN was repeated, and so was its answer
        }
        let expected = in_flight.sequence.saturating_add(1);
        let ours = packet.ack_number == expected;
        if packet.ack && ours && packet.checksum == in_flight.checksum {
            self.finish(shared, now, received);
        } else if *packet == Packet::EMPTY {
            return self.handle_unknown_session(shared, now);
        } else if !(packet.ack && ours || (1..expected).contains(&packet.ack_number)) {
            self.handle_mismatch(shared, now);
        }
        // What is left is an answer to another request: a late one, or one of an earlier session.
        Next::Stay
    }

    fn finish(&mut self, shared: &mut Shared, now: Instant, received: Received) {
        let Some(in_flight) = self.in_flight.take() else { return };
        match in_flight.repeat.round_trip(now) {
            Some(round_trip) => shared.rtt.sample(round_trip),
            None => shared.rtt.back_off(),
        }
        self.answered = true;
        let answer = Answer { data: received.packet.data.clone(), packet: Some(Box::new(received)) };
        shared.events.push_back(ClientEvent::Answered { id: in_flight.id, answer });
    }

    /// v1: an answer with ACK false, or with a number never sent, asks for the request again, up
    /// to five times.
    fn handle_mismatch(&mut self, shared: &mut Shared, now: Instant) {
        let Some(in_flight) = &mut self.in_flight else { return };
        in_flight.mismatches += 1;
        if in_flight.mismatches > V1_RETRANSMISSIONS {
            self.fail_in_flight(shared, RequestError::GaveUp);
        } else {
            self.send_again(shared, now);
        }
    }

    /// The server does not know the session. If it never did, our handshake ACK was lost: it goes
    /// again, before the request. Otherwise the session is gone; but such a packet can be a
    /// straggler from before the ACK arrived, so the server is asked again a few times. An original
    /// server says no such thing, and must never get a second handshake ACK (PROTOCOL §3).
    fn handle_unknown_session(&mut self, shared: &mut Shared, now: Instant) -> Next {
        let Some(in_flight) = &mut self.in_flight else { return Next::Stay };
        if self.kind == ServerKind::Original {
            self.handle_mismatch(shared, now);
        } else if !self.answered && self.repeated_acks < MAX_REPEATED_ACKS && now < self.cookie_ends {
            self.repeated_acks += 1;
            self.confirm(shared);
            self.send_again(shared, now);
        } else if self.answered && in_flight.doubts < MAX_DOUBTS {
            in_flight.doubts += 1;
            self.send_again(shared, now);
        } else {
            return Next::Close(RequestError::SessionLost);
        }
        Next::Stay
    }

    /// Time has passed.
    pub(super) fn handle_timeout(&mut self, shared: &mut Shared, now: Instant) {
        if let Some(in_flight) = &self.in_flight {
            if in_flight.deadline <= now {
                self.fail_in_flight(shared, RequestError::Deadline);
            } else if in_flight.repeat.due() <= now {
                self.send_again(shared, now);
            }
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.in_flight.as_ref().map(|in_flight| in_flight.repeat.due().min(in_flight.deadline))
    }

    /// Sends the next request, if none is in the air.
    pub(super) fn send_next(&mut self, shared: &mut Shared, now: Instant) {
        if self.in_flight.is_some() {
            return;
        }
        let Some(Waiting { id, ask, .. }) = shared.next_in_time(now) else { return };
        let sequence = self.next_sequence;
        self.next_sequence += 1;
        let packet = Packet::request(sequence, ask.data);
        let bytes = packet.to_bytes();
        shared.transmits.push_back((self.peer, bytes.clone()));
        self.in_flight = Some(InFlight {
            id,
            sequence,
            checksum: packet.checksum,
            bytes,
            deadline: ask.deadline,
            repeat: Repeat::start(now, &shared.rtt, &mut shared.jitter),
            mismatches: 0,
            doubts: 0,
        });
    }

    fn send_again(&mut self, shared: &mut Shared, now: Instant) {
        let Some(in_flight) = &mut self.in_flight else { return };
        shared.transmits.push_back((self.peer, in_flight.bytes.clone()));
        let number = in_flight.repeat.again(now, &shared.rtt, &mut shared.jitter);
        let retransmission = Retransmission { number, of: Some(V1_RETRANSMISSIONS) };
        shared.events.push_back(ClientEvent::Retransmitted { id: in_flight.id, retransmission });
    }

    fn fail_in_flight(&mut self, shared: &mut Shared, error: RequestError) {
        if let Some(InFlight { id, .. }) = self.in_flight.take() {
            shared.fail(id, error);
        }
    }
}
