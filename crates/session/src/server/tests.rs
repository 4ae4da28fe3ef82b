//! The server's rules, one test a rule; they talk to it through a [`Rig`].

mod handshake;
mod hostile;
mod limits;
mod ports;
mod requests;
mod v2;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use posto_wire::{Packet, Value, packet, text};

use super::*;
use crate::testing::{ack, at, fin, ms, report, s, start, syn};

/// A server and what time it is there.
struct Rig {
    server: Server,
    now: Instant,
    port: Port,
}

impl Rig {
    fn new() -> Self {
        Self::with(|_| ())
    }

    fn with(configure: impl FnOnce(&mut ServerConfig)) -> Self {
        let mut config = ServerConfig::new([7; 32]);
        configure(&mut config);
        Self { server: Server::new(start(), &config), now: start(), port: Port::Server }
    }

    /// Lets time pass.
    fn wait(&mut self, time: Duration) {
        self.now += time;
        self.server.handle_timeout(self.now);
    }

    /// A datagram arrives; returns what is sent then, all of it to that peer.
    fn hear_bytes(&mut self, peer: SocketAddr, bytes: &[u8]) -> Vec<Transmit> {
        self.server.handle_datagram(self.now, peer, self.port, bytes);
        let sent: Vec<_> = std::iter::from_fn(|| self.server.poll_transmit()).collect();
        assert!(sent.iter().all(|transmit| transmit.to == peer));
        sent
    }

    fn hear(&mut self, peer: SocketAddr, heard: &Packet) -> Vec<Packet> {
        let sent = self.hear_bytes(peer, &heard.to_bytes());
        sent.iter().map(|transmit| packet::parse(&transmit.bytes).unwrap().packet).collect()
    }

    /// The number N of a SYN+ACK.
    fn number(&mut self, peer: SocketAddr) -> u64 {
        let answers = self.hear(peer, &syn());
        assert!(matches!(&answers[..], [answer] if answer.syn && answer.ack), "{answers:?}");
        answers[0].sequence
    }

    /// Opens a session, and returns its N and its number.
    fn open(&mut self, peer: SocketAddr) -> (u64, u64) {
        let number = self.number(peer);
        assert_eq!(self.hear(peer, &ack(number)), []);
        match self.events().last() {
            Some(ServerEvent::Opened { peer: opened, session }) if *opened == peer => (number, *session),
            other => panic!("not opened: {other:?}"),
        }
    }

    fn events(&mut self) -> Vec<ServerEvent> {
        std::iter::from_fn(|| self.server.poll_event()).collect()
    }

    /// Sends a request that is to be executed, and returns what the answer must quote.
    fn request(&mut self, peer: SocketAddr, sequence: u64, data: Value) -> RequestKey {
        assert_eq!(self.hear(peer, &Packet::request(sequence, data.clone())), []);
        match &self.events()[..] {
            [ServerEvent::Request { key, order }] if order.data == data => *key,
            other => panic!("not executed: {other:?}"),
        }
    }

    /// Answers a request and returns the datagram.
    fn answer(&mut self, key: RequestKey, data: impl Into<Value>) -> Arc<[u8]> {
        self.server.answer(key, data.into()).unwrap();
        let transmit = self.server.poll_transmit().unwrap();
        assert_eq!((transmit.to, self.server.poll_transmit()), (key.peer, None));
        transmit.bytes
    }

    /// Whether a session of this peer is there: an unknown one gets an empty packet.
    fn knows(&mut self, peer: SocketAddr) -> bool {
        let wrong = Packet { checksum: None, ..Packet::request(1, report(1)) };
        self.hear(peer, &wrong) != [Packet::EMPTY]
    }
}

fn closed(peer: SocketAddr, session: u64, reason: CloseReason) -> ServerEvent {
    ServerEvent::Closed { peer, session, reason }
}
