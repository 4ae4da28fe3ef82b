//! A session being opened: SYN, and the SYN+ACK that tells what the server speaks (PROTOCOL §3, §8.1).

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use posto_wire::v2::{self as wire, Direction, Ext, Key, Nonce, SessionId};
use posto_wire::{Packet, Received, packet};

use super::{ClientEvent, ConnectError, Protocol, ServerKind, Shared, Spoken, v1, v2};
use crate::limits::{CONNECT_NOTICE, MAX_WINDOW, V2_IDLE, V2_LEAST_IDLE};
use crate::retransmit::Repeat;

/// A session being opened.
#[derive(Debug)]
pub(super) struct Opening {
    since: Instant,
    give_up: Instant,
    repeat: Repeat,
    notices: u32,
    /// The SYN, the same each time; `None` in v1, whose SYN says nothing of ours.
    nonce: Option<Nonce>,
    /// Sessions opened before this one since the last answer; 0 for the first.
    reopened: u32,
    /// SYNs sent.
    sent: u32,
    /// A server answered that does not have our key, or less than was asked for.
    unbelieved: bool,
}

/// What a datagram made of it.
pub(super) enum Outcome {
    Nothing,
    V1(v1::Open),
    V2(Box<v2::Open>),
    Refused(ConnectError),
}

impl Opening {
    /// The first one: its SYN goes at once.
    pub(super) fn start(now: Instant, shared: &mut Shared) -> Self {
        Self::begin(now, Duration::ZERO, 0, shared)
    }

    /// Another one, after the server forgot the session: its SYN goes after a pause.
    pub(super) fn again(now: Instant, pause: Duration, reopened: u32, shared: &mut Shared) -> Self {
        Self::begin(now, pause, reopened, shared)
    }

    fn begin(now: Instant, pause: Duration, reopened: u32, shared: &mut Shared) -> Self {
        let nonce = (shared.config.protocol != Protocol::V1).then(|| shared.next_nonce());
        let give_up = now + shared.config.connect_timeout;
        let repeat = Repeat::after(now, pause);
        let mut opening = Self { since: now, give_up, repeat, notices: 0, nonce, reopened, sent: 0, unbelieved: false };
        if pause.is_zero() {
            opening.send(now, shared);
        }
        opening
    }

    fn send(&mut self, now: Instant, shared: &mut Shared) {
        let packet = Packet { syn: true, next_sequence: 1, ..Packet::EMPTY };
        let bytes = match self.nonce {
            None => packet.to_bytes(),
            Some(nonce) => {
                let idle_ms = shared.config.idle.and_then(|idle| u32::try_from(idle.as_millis()).ok());
                let key = shared.config.psk.as_ref().map_or(Key::Crc, |psk| psk.syn_key(nonce));
                wire::handshake(&packet, &Ext { nonce, session: None, window: None, idle_ms }, &key)
            }
        };
        shared.transmits.push_back((shared.server, bytes));
        self.sent = self.sent.saturating_add(1);
        if self.sent == 1 {
            self.repeat = Repeat::start(now, &shared.rtt, &mut shared.jitter);
        } else {
            self.repeat.again(now, &shared.rtt, &mut shared.jitter);
        }
    }

    /// Something came from the server's host.
    pub(super) fn handle_datagram(
        &mut self,
        shared: &mut Shared,
        now: Instant,
        from: SocketAddr,
        bytes: &[u8],
    ) -> Outcome {
        let Ok(received) = packet::parse(bytes) else { return Outcome::Nothing };
        let packet = &received.packet;
        if packet.syn && packet.ack && packet.ack_number == 1 {
            return self.handle_syn_ack(shared, now, from, (&received, bytes));
        }
        let plain = !(packet.syn || packet.ack || packet.fin) && shared.config.psk.is_none();
        if from == shared.server
            && plain
            && let Some(words) = packet.data.as_text().filter(|words| !words.is_empty())
        {
            // A server without room says so in words; what has none is left from another session.
            return Outcome::Refused(ConnectError::Refused(words.to_owned()));
        }
        Outcome::Nothing
    }

    fn handle_syn_ack(
        &mut self,
        shared: &mut Shared,
        now: Instant,
        from: SocketAddr,
        (received, bytes): (&Received, &[u8]),
    ) -> Outcome {
        let number = received.packet.sequence;
        match (self.nonce, received.header.get("ext")) {
            (Some(nonce), Some(_)) => match self.proven(shared, (received, bytes), nonce) {
                Some((ext, session)) if from == shared.server => self.open_v2(shared, now, (ext, session), number),
                _ => Outcome::Nothing,
            },
            // Nobody who has our key says less than it proves; and what was meant as v2 is never taken
            // for v1, whatever was damaged in it.
            (_, None)
                if !wire::is_damaged(received, bytes)
                    && shared.config.psk.is_none()
                    && shared.config.protocol != Protocol::V2
                    && self.reopened == 0 =>
            {
                let kind = if number == 0 { ServerKind::Original } else { ServerKind::Posto };
                let open = v1::Open::new(now, from, kind, number);
                open.confirm(shared);
                let connected = ClientEvent::Connected { peer: from, kind, spoken: Spoken::V1 };
                shared.events.push_back(connected);
                Outcome::V1(open)
            }
            _ => {
                self.unbelieved |= received.header.get("ext").is_none();
                Outcome::Nothing
            }
        }
    }

    /// The `ext` of a SYN+ACK that answers our SYN, if its seal fits.
    fn proven(
        &mut self,
        shared: &Shared,
        (received, bytes): (&Received, &[u8]),
        nonce: Nonce,
    ) -> Option<(Ext, SessionId)> {
        let ext = Ext::of(received).filter(|ext| ext.nonce == nonce)?;
        let session = ext.session?;
        let (signed, seal) = wire::handshake_seal(bytes)?;
        let psk = shared.config.psk.as_ref();
        let key = psk.map_or(Key::Crc, |psk| psk.session_key(nonce, session, Direction::ToClient));
        let fits = key.fits(signed, seal);
        self.unbelieved |= !fits && psk.is_some();
        fits.then_some((ext, session))
    }

    fn open_v2(&mut self, shared: &mut Shared, now: Instant, (ext, session): (Ext, SessionId), number: u64) -> Outcome {
        if self.sent == 1
            && let Some(round_trip) = self.repeat.round_trip(now)
        {
            shared.rtt.sample(round_trip);
        }
        let idle = ext.idle_ms.map_or(V2_IDLE, |idle| Duration::from_millis(u64::from(idle)).max(V2_LEAST_IDLE));
        let made = v2::Made {
            peer: shared.server,
            session,
            nonce: ext.nonce,
            number,
            window: ext.window.unwrap_or(1).clamp(1, MAX_WINDOW),
            idle,
            reopened: self.reopened,
        };
        let spoken = if shared.config.psk.is_some() { Spoken::Keyed } else { Spoken::V2 };
        if self.reopened == 0 {
            let connected = ClientEvent::Connected { peer: shared.server, kind: ServerKind::Posto, spoken };
            shared.events.push_back(connected);
        }
        Outcome::V2(Box::new(v2::Open::new(now, &made, shared.config.psk.as_ref())))
    }

    /// Time has passed; returns why the session cannot be opened, if it is time to say so.
    pub(super) fn handle_timeout(&mut self, shared: &mut Shared, now: Instant) -> Option<ConnectError> {
        let due = |notices| self.since + CONNECT_NOTICE * notices;
        let mut notices = self.notices;
        while due(notices + 1) <= now && due(notices + 1) <= self.give_up {
            notices += 1;
            shared.events.push_back(ClientEvent::StillConnecting { notice: notices });
        }
        self.notices = notices;
        if self.give_up <= now {
            return Some(match (self.unbelieved, &shared.config.psk) {
                (false, _) => ConnectError::Silence,
                (true, Some(_)) => ConnectError::WrongKey,
                (true, None) => ConnectError::OnlyV1,
            });
        }
        if self.repeat.due() <= now {
            self.send(now, shared);
        }
        None
    }

    pub(super) fn poll_timeout(&self) -> Instant {
        self.repeat.due().min(self.give_up).min(self.since + CONNECT_NOTICE * (self.notices + 1))
    }
}
