//! The server's rules of v2, one test a rule; they play the client by hand through a [`Rig`].

mod hostile;
mod opening;
mod parts;
mod requests;
mod resets;
mod silence;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use posto_wire::v2::{
    self as wire, Direction, Ext, Frame, FrameError, Key, Nonce, Opening, Psk, Seal, Sealed, SessionId,
};
use posto_wire::{Object, Packet, Value, packet, text};

use crate::server::*;
use crate::testing::{at, ms, psk, report, s, sealed, start, syn, unsealed};

/// A server and what time it is there.
struct Rig {
    server: Server,
    now: Instant,
}

/// What a client knows of its session after the SYN+ACK.
#[derive(Clone)]
struct Peer {
    address: SocketAddr,
    nonce: Nonce,
    /// N.
    number: u64,
    session: SessionId,
    idle_ms: u32,
    psk: Option<Psk>,
}

impl Peer {
    fn key(&self, direction: Direction) -> Key {
        self.psk.as_ref().map_or(Key::Crc, |psk| psk.session_key(self.nonce, self.session, direction))
    }

    /// What every frame carries until the first answer.
    fn head(&self) -> Frame {
        let opening = Some(Opening { nonce: self.nonce, idle_ms: Some(self.idle_ms) });
        Frame { ack_number: self.number + 1, opening, ..Frame::default() }
    }

    fn datagram(&self, frames: &[Frame]) -> Vec<u8> {
        sealed(frames, self.session, &self.key(Direction::ToServer))
    }
}

impl Rig {
    fn new() -> Self {
        Self::with(|_| ())
    }

    fn with(configure: impl FnOnce(&mut ServerConfig)) -> Self {
        let mut config = ServerConfig::new([7; 32]);
        configure(&mut config);
        Self { server: Server::new(start(), &config), now: start() }
    }

    /// Lets time pass.
    fn wait(&mut self, time: Duration) -> Vec<Transmit> {
        self.now += time;
        self.server.handle_timeout(self.now);
        self.sent()
    }

    fn sent(&mut self) -> Vec<Transmit> {
        std::iter::from_fn(|| self.server.poll_transmit()).collect()
    }

    fn events(&mut self) -> Vec<ServerEvent> {
        std::iter::from_fn(|| self.server.poll_event()).collect()
    }

    /// A datagram arrives at the port everyone knows; returns what is sent then.
    fn hear_bytes(&mut self, from: SocketAddr, bytes: &[u8]) -> Vec<Transmit> {
        self.server.handle_datagram(self.now, from, Port::Server, bytes);
        let sent = self.sent();
        assert!(sent.iter().all(|transmit| transmit.to == from));
        sent
    }

    /// Frames arrive; returns the frames that are sent back.
    fn hear(&mut self, peer: &Peer, frames: &[Frame]) -> Vec<Frame> {
        let sent = self.hear_bytes(peer.address, &peer.datagram(frames));
        frames_of(peer, &sent)
    }

    /// The SYN of a client with this key; returns the session it is offered.
    fn offer(&mut self, address: SocketAddr, psk: Option<Psk>) -> Peer {
        let nonce = Nonce(0xabc0 + u64::from(address.port()));
        let key = psk.as_ref().map_or(Key::Crc, |psk| psk.syn_key(nonce));
        let ext = Ext { nonce, session: None, window: None, idle_ms: None };
        let sent = self.hear_bytes(address, &wire::handshake(&syn(), &ext, &key));
        let [syn_ack] = &sent[..] else { panic!("{sent:?}") };
        let received = packet::parse(&syn_ack.bytes).unwrap();
        let ext = Ext::of(&received).unwrap();
        let (number, session) = (received.packet.sequence, ext.session.unwrap());
        Peer { address, nonce, number, session, idle_ms: ext.idle_ms.unwrap(), psk }
    }

    /// A client with an open session.
    fn open(&mut self, address: SocketAddr) -> Peer {
        self.open_with(address, None)
    }

    fn open_with(&mut self, address: SocketAddr, psk: Option<Psk>) -> Peer {
        let peer = self.offer(address, psk);
        assert_eq!(self.hear(&peer, &[Frame { ack: true, ..peer.head() }]), []);
        assert!(matches!(self.events().last(), Some(ServerEvent::Opened { peer: opened, .. }) if *opened == address));
        peer
    }

    /// Sends a request that is to be executed, and returns what the answer must quote.
    fn request(&mut self, peer: &Peer, sequence: u64) -> RequestKey {
        assert_eq!(self.hear(peer, &[request(sequence, 1)]), []);
        self.executed().expect("a new request")
    }

    /// The request that is to be executed, if there is one.
    fn executed(&mut self) -> Option<RequestKey> {
        let keys = self.events().into_iter().filter_map(|event| match event {
            ServerEvent::Request { key, .. } => Some(key),
            _ => None,
        });
        let keys: Vec<_> = keys.collect();
        assert!(keys.len() <= 1);
        keys.first().copied()
    }

    /// Answers a request; returns the frames of the datagrams.
    fn answer(&mut self, peer: &Peer, key: RequestKey, data: impl Into<Value>) -> Vec<Frame> {
        self.server.answer(key, data.into()).unwrap();
        let sent = self.sent();
        frames_of(peer, &sent)
    }
}

fn frames_of(peer: &Peer, sent: &[Transmit]) -> Vec<Frame> {
    let key = peer.key(Direction::ToClient);
    let datagrams = sent.iter().map(|transmit| unsealed(&transmit.bytes, &key));
    datagrams.inspect(|(session, _)| assert_eq!(*session, peer.session)).flat_map(|(_, frames)| frames).collect()
}

/// This attempt of a request, with five seconds left; its base is 1.
fn request(sequence: u64, attempt: u32) -> Frame {
    Frame { sequence, base: 1, attempt, time_left_ms: Some(5000), data: report(1), ..Frame::default() }
}

/// What a server says of a request before it says more: alone it is the early ACK.
fn early(sequence: u64, attempt: u32) -> Frame {
    Frame { ack_number: sequence + 1, attempt, ..Frame::default() }
}

fn answered(sequence: u64, attempt: u32) -> Frame {
    Frame { data: text::STORED.into(), ..early(sequence, attempt) }
}
