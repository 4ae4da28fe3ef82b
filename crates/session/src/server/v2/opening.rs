//! How a v2 session opens: a SYN is answered without memory, and whatever frame comes first opens it
//! (PROTOCOL §8.1).

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use posto_wire::v2::{self, DatagramWriter, Direction, Ext, Frame, Key, Nonce, Opening, Seal, SessionId};
use posto_wire::{Packet, Received as ReceivedPacket};

use super::super::replies::Replies;
use super::super::table::Level;
use super::super::{Port, Server, Transmit, Trust};
use super::{Arrived, V2};
use crate::cookie::Tick;
use crate::limits::V2_LEAST_IDLE;

impl Server {
    /// SYN of v2: an answer without memory, from which the client learns its session.
    pub(in crate::server) fn handle_v2_syn(
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

    /// Opens the session that these frames belong to, if they carry what the server needs to know it.
    pub(super) fn open_by_frames(&mut self, arrived: Arrived<'_>, frames: &[Frame]) -> bool {
        let Some((frame, opening)) = frames.iter().find_map(|frame| Some((frame, frame.opening?))) else {
            return false;
        };
        let Some((tick, v2)) = self.opened(arrived, frame, opening) else {
            self.counters.wrong_cookie += 1;
            return false;
        };
        self.open(arrived.now, (arrived.peer, Port::Server), tick, Level::V2(Box::new(v2)))
    }

    /// The session that a frame opens, if its number, its session and its seal are ours.
    fn opened(
        &self,
        Arrived { now, peer, session, sealed }: Arrived<'_>,
        frame: &Frame,
        Opening { nonce, idle_ms }: Opening,
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
}
