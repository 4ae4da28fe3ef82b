//! An open v2 session: a window of requests, answered in any order (PROTOCOL §8).

mod request;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use posto_wire::limits::{MAX_FRAME, MAX_V2_REQUEST};
use posto_wire::v2::{DatagramWriter, Direction, Frame, FrameError, Key, Nonce, Opening, Psk, Seal, Sealed, SessionId};

use super::opening;
use super::window::Window;
use super::{Answer, ClientEvent, Next, RequestError, RequestId, Retransmission, Shared};
use crate::limits::{MAX_FINS, MAX_REOPEN_PAUSE, PROBE_EVERY, REMEMBERED_SEALS, REOPEN_PAUSE, V2_LEAST_IDLE, V2_SPAN};
use crate::retransmit::Repeat;
use request::{InFlight, Told};

/// Why a request of v2 cannot be sent, if it is too long.
pub(super) fn too_large(json: &str) -> Option<RequestError> {
    let bytes = json.len();
    (bytes > MAX_V2_REQUEST).then_some(RequestError::TooLarge { bytes, limit: MAX_V2_REQUEST })
}

/// What the handshake made.
pub(super) struct Made {
    pub(super) peer: SocketAddr,
    pub(super) session: SessionId,
    pub(super) nonce: Nonce,
    /// N.
    pub(super) number: u64,
    pub(super) window: u32,
    pub(super) idle: Duration,
    /// Sessions opened before this one since the last answer.
    pub(super) reopened: u32,
}

/// An open session.
pub(super) struct Open {
    peer: SocketAddr,
    session: SessionId,
    to_server: Key,
    to_client: Key,
    reset: Key,
    nonce: Nonce,
    /// N + 1, until the first answer: the server may not know the session yet.
    unconfirmed: Option<u64>,
    idle: Duration,
    window: Window,
    next_sequence: u64,
    in_flight: BTreeMap<u64, InFlight>,
    due: BTreeSet<(Instant, u64)>,
    writer: DatagramWriter,
    seals: VecDeque<Seal>,
    /// When something of this session was last heard or sent.
    active: Instant,
    ping: Option<Repeat>,
    pings: u64,
    going_away: bool,
    reopened: u32,
    closing: Option<Closing>,
}

struct Closing {
    repeat: Repeat,
    fins: u32,
}

impl Open {
    pub(super) fn new(now: Instant, made: &Made, psk: Option<&Psk>) -> Self {
        let key = |direction| psk.map_or(Key::Crc, |psk| psk.session_key(made.nonce, made.session, direction));
        Self {
            peer: made.peer,
            session: made.session,
            to_server: key(Direction::ToServer),
            to_client: key(Direction::ToClient),
            reset: psk.map_or(Key::Crc, |psk| psk.reset_key(made.session)),
            nonce: made.nonce,
            unconfirmed: Some(made.number.saturating_add(1)),
            idle: made.idle.max(V2_LEAST_IDLE),
            window: Window::new(made.window),
            next_sequence: 1,
            in_flight: BTreeMap::new(),
            due: BTreeSet::new(),
            writer: DatagramWriter::default(),
            seals: VecDeque::new(),
            active: now,
            ping: None,
            pings: 0,
            going_away: false,
            reopened: made.reopened,
            closing: None,
        }
    }

    pub(super) const fn peer(&self) -> SocketAddr {
        self.peer
    }

    pub(super) const fn is_closing(&self) -> bool {
        self.closing.is_some()
    }

    pub(super) fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// Whether there is a request of which the server has said nothing yet.
    pub(super) fn expects_a_word(&self) -> bool {
        self.in_flight.values().any(InFlight::is_unheard)
    }

    /// What has not been answered.
    pub(super) fn into_asked(self) -> Vec<RequestId> {
        self.in_flight.into_values().map(|request| request.id()).collect()
    }

    /// Confirms the handshake, unless a request that does it is on its way already.
    pub(super) fn confirm(&mut self, shared: &mut Shared, now: Instant) {
        if self.in_flight.is_empty() {
            let frame = Frame { ack: true, ..self.head() };
            self.push_frame(shared, now, &frame);
        }
    }

    /// What every frame begins with while the server may not know the session.
    fn head(&self) -> Frame {
        let Some(ack_number) = self.unconfirmed else { return Frame::default() };
        let opening = Some(Opening { nonce: self.nonce, idle_ms: u32::try_from(self.idle.as_millis()).ok() });
        Frame { ack_number, opening, ..Frame::default() }
    }

    /// The lowest number not yet answered.
    fn base(&self) -> u64 {
        self.in_flight.first_key_value().map_or(self.next_sequence, |(sequence, _)| *sequence)
    }

    /// Sends what waits, as far as the window goes.
    pub(super) fn send_next(&mut self, shared: &mut Shared, now: Instant) {
        while self.closing.is_none()
            && self.window.has_room(self.in_flight.len())
            && self.next_sequence < self.base() + V2_SPAN
        {
            let Some(waiting) = shared.next_in_time(now) else { return };
            let sequence = self.next_sequence;
            self.next_sequence += 1;
            let request = InFlight::new(waiting, Repeat::start(now, &shared.rtt, &mut shared.jitter), now);
            self.due.insert((request.due(), sequence));
            self.in_flight.insert(sequence, request);
            self.transmit(shared, now, sequence);
        }
    }

    /// Sends a request, its newest attempt.
    fn transmit(&mut self, shared: &mut Shared, now: Instant, sequence: u64) {
        let (head, base) = (self.head(), self.base());
        let Some(request) = self.in_flight.get(&sequence) else { return };
        let mut frame = Frame { sequence, base, ..head };
        request.write_head(&mut frame, now);
        let mut members = String::with_capacity(request.json().len() + 96);
        Frame::write_answer(&mut members, &frame, request.json());
        // Fewer missing parts are named where they do not fit beside the request, which always goes
        // too: a server that has forgotten the session resets nothing else.
        while members.len() > MAX_FRAME && !frame.missing.is_empty() {
            frame.missing.truncate(frame.missing.len() / 2);
            members.clear();
            Frame::write_answer(&mut members, &frame, request.json());
        }
        self.push(shared, now, &members);
    }

    fn push_frame(&mut self, shared: &mut Shared, now: Instant, frame: &Frame) {
        let mut members = String::with_capacity(96);
        frame.write(&mut members);
        self.push(shared, now, &members);
    }

    fn push(&mut self, shared: &mut Shared, now: Instant, members: &str) {
        if !self.writer.has_room(members) {
            self.flush(shared);
        }
        self.writer.push(members);
        self.active = now;
        if !shared.config.share_datagrams {
            self.flush(shared);
        }
    }

    /// Closes the datagram being filled.
    pub(super) fn flush(&mut self, shared: &mut Shared) {
        if self.writer.is_empty() {
            return;
        }
        let bytes = self.writer.close(self.session, &self.to_server);
        if let Some(sealed) = Sealed::of(&bytes) {
            if self.seals.len() >= REMEMBERED_SEALS {
                self.seals.pop_front();
            }
            self.seals.push_back(sealed.seal());
        }
        shared.transmits.push_back((self.peer, bytes));
    }

    /// A datagram came from the server's address.
    pub(super) fn handle_datagram(&mut self, shared: &mut Shared, now: Instant, bytes: &[u8]) -> Next {
        let Some(sealed) = Sealed::of(bytes) else { return Next::Stay };
        let ours = sealed.fits(&self.to_client);
        if !ours && !sealed.fits(&self.reset) {
            return Next::Stay;
        }
        let Ok((session, frames)) = sealed.read() else { return Next::Stay };
        if session != self.session {
            return Next::Stay;
        }
        // With a key a reset has a key of its own, and proves nothing else.
        if let [Frame { reset: Some(quoted), .. }] = frames[..] {
            let believed = sealed.fits(&self.reset) && self.seals.contains(&quoted);
            return if believed && self.closing.is_none() { Next::Reopen } else { Next::Stay };
        }
        if !ours {
            return Next::Stay;
        }
        self.active = now;
        self.ping = None;
        for frame in frames {
            if frame.fin && frame.ack && self.closing.is_some() {
                return Next::Close(RequestError::Closed);
            }
            self.handle_frame(shared, now, frame);
        }
        debug_assert_eq!(self.in_flight.len(), self.due.len());
        Next::Stay
    }

    fn handle_frame(&mut self, shared: &mut Shared, now: Instant, frame: Frame) {
        if frame.going_away && !self.going_away {
            self.going_away = true;
            shared.events.push_back(ClientEvent::GoingAway);
        }
        if frame.pong.is_some() {
            self.unconfirmed = None;
        }
        let Some(sequence) = frame.ack_number.checked_sub(1) else { return };
        let Some(request) = self.in_flight.get_mut(&sequence) else { return };
        let Some(sample) = request.round_trip(frame.attempt, now) else { return };
        self.unconfirmed = None;
        self.reopened = 0;
        if let Some(round_trip) = sample {
            shared.rtt.sample(round_trip);
        }
        match request.told(frame) {
            Told::Announced => self.reschedule(now + PROBE_EVERY, sequence),
            Told::Part => self.reschedule(now + shared.rtt.timeout(), sequence),
            Told::Answered(data) => {
                self.window.grow();
                if let Some(request) = self.remove(sequence) {
                    let answer = Answer { data, packet: None };
                    shared.events.push_back(ClientEvent::Answered { id: request.id(), answer });
                }
            }
            Told::Busy(retry_after) => {
                self.window.shrink(now, shared.rtt.smoothed().unwrap_or_default());
                self.fail(shared, sequence, RequestError::Busy { retry_after });
            }
            Told::Failed(error) => {
                let error = match error {
                    FrameError::Expired => RequestError::Expired,
                    FrameError::TooLarge => RequestError::AnswerLost("longer than 64 KiB"),
                    FrameError::Lost => RequestError::Unknown,
                };
                self.fail(shared, sequence, error);
            }
            Told::Unreadable => self.fail(shared, sequence, RequestError::AnswerLost("unreadable")),
        }
    }

    fn reschedule(&mut self, due: Instant, sequence: u64) {
        if let Some(request) = self.in_flight.get_mut(&sequence) {
            self.due.remove(&(request.due(), sequence));
            request.set_due(due);
            self.due.insert((request.due(), sequence));
        }
    }

    fn remove(&mut self, sequence: u64) -> Option<InFlight> {
        let request = self.in_flight.remove(&sequence)?;
        self.due.remove(&(request.due(), sequence));
        Some(request)
    }

    fn fail(&mut self, shared: &mut Shared, sequence: u64, error: RequestError) {
        if let Some(request) = self.remove(sequence) {
            shared.fail(request.id(), error);
        }
    }

    /// Time has passed.
    pub(super) fn handle_timeout(&mut self, shared: &mut Shared, now: Instant) -> Next {
        while let Some((_, sequence)) = self.due.first().copied().filter(|(due, _)| *due <= now) {
            let late = self.in_flight.get(&sequence).is_none_or(|request| request.deadline() <= now);
            if late {
                self.fail(shared, sequence, RequestError::Deadline);
            } else {
                self.send_again(shared, now, sequence);
            }
        }
        self.ping_if_silent(shared, now);
        let Some(closing) = &mut self.closing else { return Next::Stay };
        if closing.repeat.due() > now {
            return Next::Stay;
        }
        if closing.fins >= MAX_FINS {
            return Next::Close(RequestError::Closed);
        }
        closing.fins += 1;
        closing.repeat.again(now, &shared.rtt, &mut shared.jitter);
        self.push_frame(shared, now, &Frame { fin: true, ..Frame::default() });
        Next::Stay
    }

    fn send_again(&mut self, shared: &mut Shared, now: Instant, sequence: u64) {
        let Some(request) = self.in_flight.get_mut(&sequence) else { return };
        self.due.remove(&(request.due(), sequence));
        // What was announced or came in part is not lost: the server is asked how it stands.
        if request.is_unheard() {
            let round_trip = shared.rtt.smoothed().unwrap_or_else(|| shared.rtt.timeout());
            if self.window.shrink(now, round_trip) {
                shared.rtt.back_off();
            }
        }
        let number = request.again(now, shared);
        self.due.insert((request.due(), sequence));
        let id = request.id();
        let retransmission = Retransmission { number, of: None };
        shared.events.push_back(ClientEvent::Retransmitted { id, retransmission });
        self.transmit(shared, now, sequence);
    }

    fn next_ping(&self, shared: &Shared) -> Option<Instant> {
        if !shared.config.keep_alive || self.closing.is_some() {
            return None;
        }
        let quiet = self.active + self.idle / 3;
        Some(self.ping.as_ref().map_or(quiet, Repeat::due))
    }

    fn ping_if_silent(&mut self, shared: &mut Shared, now: Instant) {
        if self.next_ping(shared).is_none_or(|due| due > now) {
            return;
        }
        self.pings += 1;
        let frame = Frame { ping: Some(self.pings), ..self.head() };
        self.push_frame(shared, now, &frame);
        match &mut self.ping {
            Some(repeat) => drop(repeat.again(now, &shared.rtt, &mut shared.jitter)),
            None => self.ping = Some(Repeat::start(now, &shared.rtt, &mut shared.jitter)),
        }
    }

    pub(super) fn poll_timeout(&self, shared: &Shared) -> Option<Instant> {
        let due = self.due.first().map(|(due, _)| *due);
        let closing = self.closing.as_ref().map(|closing| closing.repeat.due());
        due.into_iter().chain(closing).chain(self.next_ping(shared)).min()
    }

    /// Ends the session: FIN, until the server confirms it.
    pub(super) fn close(&mut self, shared: &mut Shared, now: Instant) {
        if self.closing.is_some() {
            return;
        }
        let waiting = shared.waiting.drain(..).map(|waiting| waiting.id).collect::<Vec<_>>();
        let sent = std::mem::take(&mut self.in_flight).into_values().map(|request| request.id());
        let failed: Vec<_> = sent.chain(waiting).collect();
        self.due.clear();
        failed.into_iter().for_each(|id| shared.fail(id, RequestError::Closed));
        self.closing = Some(Closing { repeat: Repeat::start(now, &shared.rtt, &mut shared.jitter), fins: 1 });
        self.push_frame(shared, now, &Frame { fin: true, ..Frame::default() });
    }

    /// Opens another session in place of this one, which the server has forgotten. What may be asked
    /// twice is asked again in it; of the rest nobody knows whether it was executed.
    pub(super) fn reopen(&mut self, shared: &mut Shared, now: Instant) -> opening::Opening {
        shared.events.push_back(ClientEvent::Reopening);
        let sent = std::mem::take(&mut self.in_flight);
        for request in sent.into_values().rev() {
            match request.into_repeatable() {
                Ok(waiting) => shared.waiting.push_front(waiting),
                Err(id) => shared.fail(id, RequestError::SessionLost),
            }
        }
        let doubled = REOPEN_PAUSE.saturating_mul(1 << self.reopened.saturating_sub(1).min(16));
        let pause = if self.reopened == 0 { Duration::ZERO } else { doubled.min(MAX_REOPEN_PAUSE) };
        opening::Opening::again(now, pause, self.reopened.saturating_add(1), shared)
    }
}
