//! The server's side of v2 (PROTOCOL §8): sealed datagrams, windows, resets.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use posto_wire::limits::{MAX_FRAME, MAX_V2_DATA};
use posto_wire::v2::{
    self, DatagramWriter, Direction, Ext, Fragment, Frame, FrameError, Key, Nonce, Opening, Seal, Sealed, SessionId,
};
use posto_wire::{Packet, Received as ReceivedPacket, Value, python};

use super::event::Told;
use super::replies::{Replies, Reply, Verdict};
use super::table::Level;
use super::{AnswerTooLarge, CloseReason, Order, Port, RequestKey, Server, ServerEvent, Transmit, Trust};
use crate::cookie::Tick;
use crate::limits::{BUSY_RETRY, EARLY_ACK_AFTER, RESET_RATE, V2_LEAST_IDLE};

/// What a v2 session is, beside what every session is.
#[derive(Debug)]
pub(super) struct V2 {
    id: SessionId,
    trust: Trust,
    to_server: Key,
    to_client: Key,
    pub(super) idle: Duration,
    replies: Replies,
    writer: DatagramWriter,
    /// Whether its peer is among those with something to send.
    unsent: bool,
}

/// One request frame, with where and when it came.
struct Asked {
    now: Instant,
    peer: SocketAddr,
    frame: Frame,
}

impl Server {
    /// SYN of v2: an answer without memory, from which the client learns its session.
    pub(super) fn handle_v2_syn(
        &mut self,
        now: Instant,
        (peer, port): (SocketAddr, Port),
        received: &ReceivedPacket,
        bytes: &[u8],
    ) {
        let Some((ext, keyed)) = self.proven_syn(received, bytes) else {
            self.counters.wrong_seal += 1;
            return;
        };
        if let Some(words) = self.refuses_syn(now, peer) {
            return self.send(port, peer, &Packet { data: words.into(), ..Packet::EMPTY });
        }
        let nonce = ext.nonce.0.to_be_bytes();
        let number = self.cookies.make(now, peer, &nonce);
        let session = SessionId(self.cookies.session(peer, &nonce, number));
        let packet = Packet {
            syn: true,
            ack: true,
            ack_number: 1,
            sequence: number,
            next_sequence: number.saturating_add(1),
            ..Packet::EMPTY
        };
        let idle_ms = u32::try_from(self.idle_of(ext.idle_ms).as_millis()).unwrap_or(u32::MAX);
        let answer =
            Ext { nonce: ext.nonce, session: Some(session), window: Some(self.window), idle_ms: Some(idle_ms) };
        let key = self.key(keyed, ext.nonce, session, Direction::ToClient);
        let bytes = v2::handshake(&packet, &answer, &key.unwrap_or(Key::Crc)).into();
        self.transmits.push_back(Transmit { port, to: peer, bytes });
    }

    /// The `ext` of a SYN whose seal fits, and whether that was made with our pre-shared key.
    fn proven_syn(&self, received: &ReceivedPacket, bytes: &[u8]) -> Option<(Ext, bool)> {
        let ext = Ext::of(received)?;
        let (signed, seal) = v2::handshake_seal(bytes)?;
        let key = match (seal, &self.psk) {
            (Seal::Crc(_), _) => Key::Crc,
            (Seal::Mac(_), Some(psk)) => psk.syn_key(ext.nonce),
            (Seal::Mac(_), None) => return None,
        };
        key.fits(signed, seal).then_some((ext, matches!(seal, Seal::Mac(_))))
    }

    /// The key of a session's datagrams; `None` where one is needed that we do not have.
    fn key(&self, keyed: bool, nonce: Nonce, session: SessionId, direction: Direction) -> Option<Key> {
        match (keyed, &self.psk) {
            (false, _) => Some(Key::Crc),
            (true, Some(psk)) => Some(psk.session_key(nonce, session, direction)),
            (true, None) => None,
        }
    }

    fn idle_of(&self, wish_ms: Option<u32>) -> Duration {
        let wish = wish_ms.map_or(self.idle, |wish| Duration::from_millis(u64::from(wish)));
        wish.clamp(V2_LEAST_IDLE.min(self.idle), self.idle)
    }

    /// A datagram with a seal: every v2 datagram but SYN and SYN+ACK.
    pub(super) fn handle_sealed(&mut self, now: Instant, peer: SocketAddr, sealed: &Sealed<'_>) {
        // Before the session is known a CRC can be checked, and whose MAC it is cannot.
        if matches!(sealed.seal(), Seal::Crc(_)) && !sealed.fits(&Key::Crc) {
            self.counters.wrong_seal += 1;
            return;
        }
        match sealed.read() {
            Err(refusal) => self.counters.refuse(refusal),
            Ok((session, frames)) => self.handle_frames(now, peer, (session, frames), sealed),
        }
    }

    fn handle_frames(
        &mut self,
        now: Instant,
        peer: SocketAddr,
        (session, frames): (SessionId, Vec<Frame>),
        sealed: &Sealed<'_>,
    ) {
        let known = self.sessions.v2(peer).is_some_and(|(_, v2)| v2.id == session);
        if !known && !self.open_by_frames(now, peer, (session, &frames), sealed) {
            return self.handle_unknown(now, peer, (session, &frames), sealed);
        }
        let fits = |v2: &V2| matches!(v2.to_server, Key::Crc) == matches!(sealed.seal(), Seal::Crc(_));
        let proven = self
            .sessions
            .v2(peer)
            .is_some_and(|(_, v2)| fits(v2) && (matches!(v2.to_server, Key::Crc) || sealed.fits(&v2.to_server)));
        if !proven {
            self.counters.wrong_seal += 1;
            return;
        }
        self.sessions.touch(now, peer);
        for frame in frames {
            self.handle_frame(Asked { now, peer, frame });
        }
    }

    /// Opens the session that these frames belong to, if they carry what the server needs to know it.
    fn open_by_frames(
        &mut self,
        now: Instant,
        peer: SocketAddr,
        (session, frames): (SessionId, &[Frame]),
        sealed: &Sealed<'_>,
    ) -> bool {
        let Some((frame, opening)) = frames.iter().find_map(|frame| Some((frame, frame.opening?))) else {
            return false;
        };
        let Some((tick, v2)) = self.opened(now, peer, session, (frame, opening), sealed) else {
            self.counters.wrong_cookie += 1;
            return false;
        };
        self.open(now, (peer, Port::Server), tick, Level::V2(Box::new(v2)))
    }

    fn opened(
        &self,
        now: Instant,
        peer: SocketAddr,
        session: SessionId,
        (frame, Opening { nonce, idle_ms }): (&Frame, Opening),
        sealed: &Sealed<'_>,
    ) -> Option<(Tick, V2)> {
        let number = frame.ack_number.checked_sub(1)?;
        let nonce_bytes = nonce.0.to_be_bytes();
        let tick = self.cookies.check(now, peer, &nonce_bytes, number)?;
        let keyed = matches!(sealed.seal(), Seal::Mac(_));
        let to_server = self.key(keyed, nonce, session, Direction::ToServer)?;
        let to_client = self.key(keyed, nonce, session, Direction::ToClient)?;
        let ours = self.cookies.session(peer, &nonce_bytes, number) == session.0 && sealed.fits(&to_server);
        let v2 = V2 {
            id: session,
            trust: if keyed { Trust::Keyed } else { Trust::V2 },
            to_server,
            to_client,
            idle: self.idle_of(idle_ms),
            replies: Replies::new(),
            writer: DatagramWriter::default(),
            unsent: false,
        };
        ours.then_some((tick, v2))
    }

    fn handle_frame(&mut self, asked: Asked) {
        let Asked { now, peer, frame } = &asked;
        if frame.fin {
            let answer = Frame { fin: true, ack: true, ..Frame::default() };
            self.push(*peer, &answer);
            self.flush_session(*peer);
            return self.close(*now, *peer, CloseReason::Finished);
        }
        let Some((_, session)) = self.sessions.v2(*peer) else { return };
        if frame.base > 0 {
            session.replies.advance(frame.base);
        }
        if let Some(number) = frame.ping {
            self.push(*peer, &Frame { pong: Some(number), ..Frame::default() });
        }
        if frame.sequence > 0 && (frame.data != Value::Null || !frame.missing.is_empty()) {
            self.handle_v2_request(asked);
        }
    }

    fn handle_v2_request(&mut self, Asked { now, peer, frame }: Asked) {
        let full = self.in_flight >= self.max_in_flight || self.draining;
        let Some((number, session)) = self.sessions.v2(peer) else { return };
        let (sequence, attempt) = (frame.sequence, frame.attempt);
        match session.replies.look_up(sequence, attempt) {
            Verdict::Done(reply) => {
                self.counters.repeats += 1;
                self.send_reply(peer, (sequence, attempt), &reply, &frame.missing);
            }
            Verdict::Running => {
                self.counters.repeats += 1;
                self.counters.early_acks += 1;
                self.push(peer, &head(sequence, attempt));
            }
            Verdict::Old => self.counters.repeats += 1,
            Verdict::Beyond => self.counters.wrong_numbers += 1,
            Verdict::New if frame.data == Value::Null => self.counters.wrong_numbers += 1,
            Verdict::New if frame.time_left_ms == Some(0) => {
                session.replies.start(sequence, attempt);
                let key = RequestKey { peer, session: number, sequence, told: Told::V2 };
                self.in_flight += 1; // what has failed is not in flight
                self.fail_v2(key, FrameError::Expired);
            }
            Verdict::New if !full => {
                session.replies.start(sequence, attempt);
                let (trust, time_left) = (session.trust, frame.time_left_ms);
                let deadline = time_left.map(|left| now + Duration::from_millis(u64::from(left)));
                let order = Order { data: frame.data, trust, deadline, answer_bytes: MAX_V2_DATA };
                let key = RequestKey { peer, session: number, sequence, told: Told::V2 };
                self.in_flight += 1;
                self.counters.requests += 1;
                self.slow.push_back((now + EARLY_ACK_AFTER, key));
                self.events.push_back(ServerEvent::Request { key, order });
            }
            Verdict::New | Verdict::Full => {
                self.counters.overloaded += 1;
                self.push_busy(peer, sequence, attempt);
            }
        }
    }

    /// A datagram of a session that is not there. Who asked something in it is told, so that it opens
    /// another one; whatever else it says gets silence, or two servers would never end.
    fn handle_unknown(
        &mut self,
        now: Instant,
        peer: SocketAddr,
        (session, frames): (SessionId, &[Frame]),
        sealed: &Sealed<'_>,
    ) {
        self.counters.unknown_session += 1;
        let asks = |frame: &Frame| {
            let says_else = frame.reset.is_some() || frame.busy_ms.is_some() || frame.error.is_some();
            matches!(frame.data, Value::Object(_)) && frame.sequence >= 1 && !says_else
        };
        if !frames.iter().any(asks) {
            return;
        }
        let key = match (sealed.seal(), &self.psk) {
            (Seal::Crc(_), _) => Key::Crc,
            (Seal::Mac(_), Some(psk)) => psk.reset_key(session),
            (Seal::Mac(_), None) => return,
        };
        if !self.session_resets.take_number(now, session.0) || !self.resets.take(now, RESET_RATE) {
            self.counters.resets_withheld += 1;
            return;
        }
        let mut members = String::new();
        Frame { reset: Some(sealed.seal()), ..Frame::default() }.write(&mut members);
        let mut writer = DatagramWriter::default();
        writer.push(&members);
        let bytes = writer.close(session, &key);
        if bytes.len() <= sealed.length() {
            self.counters.resets += 1;
            self.transmits.push_back(Transmit { port: Port::Server, to: peer, bytes: bytes.into() });
        }
    }

    /// Answers a request of v2.
    pub(super) fn answer_v2(&mut self, key: RequestKey, data: &Value) -> Result<(), AnswerTooLarge> {
        let json = python::dumps(data);
        let bytes = json.len();
        let too_large = bytes > MAX_V2_DATA;
        let reply = match data {
            // An answer of nothing could not be told from an early ACK.
            Value::Null => Reply::Error(FrameError::Lost),
            _ if too_large => Reply::Error(FrameError::TooLarge),
            _ => Reply::Data(Arc::from(json)),
        };
        self.conclude(key, reply);
        if too_large {
            self.counters.answers_too_large += 1;
            return Err(AnswerTooLarge { bytes, limit: MAX_V2_DATA });
        }
        Ok(())
    }

    /// The request failed, for good.
    pub(super) fn fail_v2(&mut self, key: RequestKey, error: FrameError) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.counters.expired += u64::from(error == FrameError::Expired);
        self.conclude(key, Reply::Error(error));
    }

    fn conclude(&mut self, key: RequestKey, reply: Reply) {
        if self.slow.back().is_some_and(|(_, last)| *last == key) {
            self.slow.pop_back(); // answered at once, as most are
        }
        let Some(session) = self.sessions.numbered(key.peer, key.session) else { return };
        let Level::V2(v2) = &mut session.level else { return };
        if let Some(attempt) = v2.replies.answered(key.sequence, reply.clone()) {
            self.send_reply(key.peer, (key.sequence, attempt), &reply, &[]);
        }
    }

    /// The request could not be taken now: it may be asked again.
    pub(super) fn busy_v2(&mut self, key: RequestKey) {
        let Some(session) = self.sessions.numbered(key.peer, key.session) else { return };
        let Level::V2(v2) = &mut session.level else { return };
        if let Some(attempt) = v2.replies.forget(key.sequence) {
            self.push_busy(key.peer, key.sequence, attempt);
        }
    }

    /// Tells every session that the server is about to stop.
    pub(super) fn say_going_away(&mut self) {
        for peer in self.sessions.v2_peers() {
            self.push(peer, &Frame { going_away: true, ..Frame::default() });
        }
    }

    fn push_busy(&mut self, peer: SocketAddr, sequence: u64, attempt: u32) {
        self.counters.busy += 1;
        let busy_ms = u32::try_from(BUSY_RETRY.as_millis()).ok();
        self.push(peer, &Frame { busy_ms, going_away: self.draining, ..head(sequence, attempt) });
    }

    /// Announces the requests that take longer than 10 ms.
    pub(super) fn announce_slow(&mut self, now: Instant) {
        while let Some((_, key)) = self.slow.front().copied().filter(|(due, _)| *due <= now) {
            self.slow.pop_front();
            let Some(session) = self.sessions.numbered(key.peer, key.session) else { continue };
            let Level::V2(v2) = &mut session.level else { continue };
            if let Some(attempt) = v2.replies.running(key.sequence) {
                self.counters.early_acks += 1;
                self.push(key.peer, &head(key.sequence, attempt));
            }
        }
    }

    /// Sends an answer; of a long one the parts that are `missing`, or all where none is named.
    fn send_reply(&mut self, peer: SocketAddr, (sequence, attempt): (u64, u32), reply: &Reply, missing: &[u16]) {
        let mut head = Frame { going_away: self.draining, ..head(sequence, attempt) };
        match reply {
            Reply::Error(error) => self.push(peer, &Frame { error: Some(*error), ..head }),
            Reply::Data(json) => {
                let mut members = String::with_capacity(json.len() + 64);
                Frame::write_answer(&mut members, &head, json);
                if members.len() <= MAX_FRAME {
                    return self.push_members(peer, &members);
                }
                let slices = Frame::slices(json);
                let count = u16::try_from(slices.len()).unwrap_or(u16::MAX);
                for (index, slice) in (0..count).zip(slices) {
                    if missing.is_empty() || missing.contains(&index) {
                        head.fragment = Some(Fragment { index, count });
                        members.clear();
                        Frame::write_part(&mut members, &head, slice);
                        self.push_members(peer, &members);
                    }
                }
            }
        }
    }

    fn push(&mut self, peer: SocketAddr, frame: &Frame) {
        let mut members = String::with_capacity(64);
        frame.write(&mut members);
        self.push_members(peer, &members);
    }

    /// Adds a frame to what this peer is sent next; a datagram that is full goes first.
    fn push_members(&mut self, peer: SocketAddr, members: &str) {
        let full = self.sessions.v2(peer).is_some_and(|(_, session)| !session.writer.has_room(members));
        if full {
            self.flush_session(peer);
        }
        let Some((_, session)) = self.sessions.v2(peer) else { return };
        session.writer.push(members);
        if !session.unsent {
            session.unsent = true;
            self.unsent.push_back(peer);
        }
    }

    fn flush_session(&mut self, peer: SocketAddr) {
        let Some((_, session)) = self.sessions.v2(peer) else { return };
        if !session.writer.is_empty() {
            let bytes = session.writer.close(session.id, &session.to_client).into();
            self.transmits.push_back(Transmit { port: Port::Server, to: peer, bytes });
        }
    }

    /// The next datagram of those that were waiting for company.
    pub(super) fn next_unsent(&mut self) -> Option<Transmit> {
        while let Some(peer) = self.unsent.pop_front() {
            if let Some((_, session)) = self.sessions.v2(peer) {
                session.unsent = false;
            }
            self.flush_session(peer);
            if let Some(transmit) = self.transmits.pop_front() {
                return Some(transmit);
            }
        }
        None
    }
}

/// What an answer begins with: alone it is the early ACK.
fn head(sequence: u64, attempt: u32) -> Frame {
    Frame { ack_number: sequence.saturating_add(1), attempt, ..Frame::default() }
}
