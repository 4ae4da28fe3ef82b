//! The server's side of v2 (PROTOCOL §8): sealed datagrams, windows, resets. How a session opens is
//! in `server/v2/opening.rs`, how frames become datagrams in `server/v2/sending.rs`.

mod opening;
mod sending;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use posto_wire::limits::MAX_V2_DATA;
use posto_wire::v2::{DatagramWriter, Frame, FrameError, Key, Seal, Sealed, SessionId};
use posto_wire::{Value, python};

use super::event::Told;
use super::replies::{Replies, Reply, Verdict};
use super::table::Level;
use super::{AnswerTooLarge, CloseReason, Order, Port, RequestKey, Server, ServerEvent, Transmit, Trust};
use crate::limits::{EARLY_ACK_AFTER, RESET_RATE};
use sending::head;

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

impl V2 {
    /// Bytes of the answers that it keeps.
    pub(super) const fn reply_bytes(&self) -> usize {
        self.replies.bytes()
    }
}

/// A sealed datagram, with where and when it came, and the session that it names.
#[derive(Clone, Copy)]
struct Arrived<'a> {
    now: Instant,
    peer: SocketAddr,
    session: SessionId,
    sealed: &'a Sealed<'a>,
}

/// One request frame, with where and when it came.
struct Asked {
    now: Instant,
    peer: SocketAddr,
    frame: Frame,
}

impl Server {
    /// A datagram with a seal: every v2 datagram but SYN and SYN+ACK.
    pub(super) fn handle_sealed(&mut self, now: Instant, peer: SocketAddr, sealed: &Sealed<'_>) {
        // Before the session is known a CRC can be checked, and whose MAC it is cannot.
        if matches!(sealed.seal(), Seal::Crc(_)) && !sealed.fits(&Key::Crc) {
            self.counters.wrong_seal += 1;
            return;
        }
        match sealed.read() {
            Err(refusal) => self.counters.refuse(refusal),
            Ok((session, frames)) => self.handle_frames(Arrived { now, peer, session, sealed }, frames),
        }
    }

    fn handle_frames(&mut self, arrived: Arrived<'_>, frames: Vec<Frame>) {
        let Arrived { now, peer, session, sealed } = arrived;
        let known = self.sessions.v2(peer).is_some_and(|(_, v2)| v2.id == session);
        if !known && !self.open_by_frames(arrived, &frames) {
            return self.handle_unknown(arrived, &frames);
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
            let kept = session.replies.bytes();
            session.replies.advance(frame.base);
            let fetched = kept - session.replies.bytes();
            self.reply_bytes = self.reply_bytes.saturating_sub(fetched);
        }
        if let Some(number) = frame.ping {
            self.push(*peer, &Frame { pong: Some(number), ..Frame::default() });
        }
        if frame.sequence > 0 && (frame.data != Value::Null || !frame.missing.is_empty()) {
            self.handle_v2_request(asked);
        }
    }

    fn handle_v2_request(&mut self, Asked { now, peer, frame }: Asked) {
        let full = self.in_flight >= self.max_in_flight || self.reply_bytes > self.max_reply_bytes || self.draining;
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
    fn handle_unknown(&mut self, Arrived { now, peer, session, sealed }: Arrived<'_>, frames: &[Frame]) {
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
        let kept = v2.replies.bytes();
        let attempt = v2.replies.answered(key.sequence, reply.clone());
        self.reply_bytes += v2.replies.bytes() - kept;
        if let Some(attempt) = attempt {
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
}
