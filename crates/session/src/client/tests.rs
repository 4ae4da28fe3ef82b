//! The client's rules, one test a rule; they talk to it through a [`Rig`].

mod ending;
mod hostile;
mod opening;
mod requests;
mod v2;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use posto_wire::{Packet, Value, packet, text};

use super::*;
use crate::testing::{Random, ack, at, fin, ms, report, s, start, syn};

/// The server port, and the port on which the session lives.
const SERVER: fn() -> SocketAddr = || at(1, 5000);
const SESSION: fn() -> SocketAddr = || at(1, 5001);
const NUMBER: u64 = 0x000A_BCDE_F012_3456;

/// A client and what time it is there.
struct Rig {
    client: Client,
    now: Instant,
}

impl Rig {
    /// A client whose SYN has just been sent.
    fn new() -> Self {
        Self::towards(SERVER())
    }

    fn towards(server: SocketAddr) -> Self {
        let mut rig = Self { client: Client::new(start(), server, &v1_config(7)), now: start() };
        assert_eq!(rig.sent(), [(server, syn())]);
        rig
    }

    /// A client with an open session at [`SESSION`].
    fn open() -> Self {
        let mut rig = Self::new();
        assert_eq!(rig.hear(SESSION(), &syn_ack(NUMBER)), [(SESSION(), ack(NUMBER))]);
        let connected = ClientEvent::Connected { peer: SESSION(), kind: ServerKind::Posto, spoken: Spoken::V1 };
        assert_eq!(rig.events(), [connected]);
        rig
    }

    fn sent(&mut self) -> Vec<(SocketAddr, Packet)> {
        let sent = std::iter::from_fn(|| self.client.poll_transmit());
        sent.map(|(to, bytes)| (to, packet::parse(&bytes).unwrap().packet)).collect()
    }

    fn events(&mut self) -> Vec<ClientEvent> {
        std::iter::from_fn(|| self.client.poll_event()).collect()
    }

    /// A datagram arrives; returns what is sent then.
    fn hear(&mut self, from: SocketAddr, packet: &Packet) -> Vec<(SocketAddr, Packet)> {
        self.client.handle_datagram(self.now, from, &packet.to_bytes());
        self.sent()
    }

    /// Lets time pass, waking the client when it wants; returns what is sent, and when.
    fn wait(&mut self, time: Duration) -> Vec<(Duration, Packet)> {
        let until = self.now + time;
        let mut sent = Vec::new();
        while let Some(due) = self.client.poll_timeout().filter(|due| *due <= until) {
            self.now = self.now.max(due);
            self.client.handle_timeout(self.now);
            sent.extend(self.sent().into_iter().map(|(_, packet)| (self.now - start(), packet)));
        }
        self.now = until;
        sent
    }

    /// Asks, with five seconds to answer.
    fn ask(&mut self, price: u32) -> RequestId {
        self.client.request(self.now, asking(report(price), self.now + s(5))).unwrap()
    }

    /// Asks, and gets the answer after this time.
    fn exchange(&mut self, sequence: u64, round_trip: Duration) {
        let id = self.ask(4999);
        assert_eq!(self.sent(), [(SESSION(), Packet::request(sequence, report(4999)))]);
        self.wait(round_trip);
        self.events();
        self.hear(SESSION(), &answer(sequence, 4999));
        assert!(matches!(&self.events()[..], [ClientEvent::Answered { id: answered, .. }] if *answered == id));
    }
}

fn syn_ack(number: u64) -> Packet {
    Packet { syn: true, ack: true, ack_number: 1, sequence: number, next_sequence: number + 1, ..Packet::EMPTY }
}

/// The answer to the report of this price under this number.
fn answer(sequence: u64, price: u32) -> Packet {
    let checksum = Packet::request(sequence, report(price)).checksum;
    Packet { data: text::STORED.into(), ack: true, ack_number: sequence + 1, checksum, ..Packet::EMPTY }
}

/// What a server says of a request whose checksum did not match.
fn refusal(sequence: u64) -> Packet {
    Packet { ack_number: sequence + 1, checksum: Some(1), ..Packet::EMPTY }
}

fn failed(id: RequestId, error: RequestError) -> ClientEvent {
    ClientEvent::Failed { id, error }
}

fn again(id: RequestId, number: u32) -> ClientEvent {
    ClientEvent::Retransmitted { id, retransmission: Retransmission { number, of: Some(5) } }
}

fn asking(data: Value, deadline: Instant) -> Ask {
    Ask { data, deadline, repeatable: false }
}

/// A client that says nothing of v2.
fn v1_config(seed: u64) -> ClientConfig {
    ClientConfig { protocol: Protocol::V1, ..ClientConfig::new(seed) }
}
