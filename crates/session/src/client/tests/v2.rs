//! The client's rules of v2, one test a rule; they play the server by hand through a [`Rig`].

mod ending;
mod hostile;
mod opening;
mod parts;
mod requests;
mod resets;
mod window;

use std::time::{Duration, Instant};

use posto_wire::v2::{self as wire, Direction, Ext, Frame, Key, Nonce, Psk, Seal, Sealed, SessionId};
use posto_wire::{Object, Packet, Value, packet, text};

use super::{NUMBER, SERVER, syn_ack};
use crate::client::*;
use crate::testing::{ms, psk, report, s, sealed, start, unsealed};

/// A client, what time it is there, and the session that its server made.
struct Rig {
    client: Client,
    now: Instant,
    psk: Option<Psk>,
    nonce: Nonce,
    session: SessionId,
    window: u32,
    idle_ms: u32,
}

impl Rig {
    /// A client whose SYN has just been sent.
    fn new(configure: impl FnOnce(&mut ClientConfig)) -> Self {
        let mut config = ClientConfig::new(7);
        configure(&mut config);
        let mut client = Client::new(start(), SERVER(), &config);
        let syn = client.poll_transmit().expect("a SYN").1;
        let nonce = syn_of(&syn).1.nonce;
        let (psk, session) = (config.psk, SessionId(0xfeed));
        Self { client, now: start(), psk, nonce, session, window: 32, idle_ms: 30_000 }
    }

    /// A client with an open session whose SYN and first request were answered after 50 ms each: its
    /// time-out is 125 ms, 50 and four times 18.75.
    fn open() -> Self {
        Self::open_with(|_| ())
    }

    fn open_with(configure: impl FnOnce(&mut ClientConfig)) -> Self {
        let mut rig = Self::new(configure);
        rig.now += ms(50);
        rig.hear_syn_ack();
        rig.sent();
        rig.exchange();
        rig
    }

    fn key(&self, direction: Direction) -> Key {
        self.psk.as_ref().map_or(Key::Crc, |psk| psk.session_key(self.nonce, self.session, direction))
    }

    /// The SYN+ACK of a server that speaks v2.
    fn syn_ack(&self) -> Vec<u8> {
        let ext = Ext {
            nonce: self.nonce,
            session: Some(self.session),
            window: Some(self.window),
            idle_ms: Some(self.idle_ms),
        };
        wire::handshake(&syn_ack(NUMBER), &ext, &self.key(Direction::ToClient))
    }

    fn hear_syn_ack(&mut self) {
        let syn_ack = self.syn_ack();
        self.hear_bytes(&syn_ack);
    }

    /// A datagram comes from the server.
    fn hear_bytes(&mut self, bytes: &[u8]) {
        self.client.handle_datagram(self.now, SERVER(), bytes);
    }

    /// Frames come from the server.
    fn hear(&mut self, frames: &[Frame]) {
        let bytes = sealed(frames, self.session, &self.key(Direction::ToClient));
        self.hear_bytes(&bytes);
    }

    fn sent_bytes(&mut self) -> Vec<Vec<u8>> {
        let sent = std::iter::from_fn(|| self.client.poll_transmit());
        sent.inspect(|(to, _)| assert_eq!(*to, SERVER())).map(|(_, bytes)| bytes).collect()
    }

    /// The frames that were sent, of all datagrams.
    fn sent(&mut self) -> Vec<Frame> {
        let key = self.key(Direction::ToServer);
        let sent = self.sent_bytes();
        let unsealed = sent.iter().map(|bytes| unsealed(bytes, &key));
        unsealed.inspect(|(session, _)| assert_eq!(*session, self.session)).flat_map(|(_, frames)| frames).collect()
    }

    fn events(&mut self) -> Vec<ClientEvent> {
        std::iter::from_fn(|| self.client.poll_event()).collect()
    }

    /// How requests ended.
    fn ended(&mut self) -> Vec<(RequestId, Result<Value, RequestError>)> {
        let ended = self.events().into_iter().filter_map(|event| match event {
            ClientEvent::Answered { id, answer } => Some((id, Ok(answer.data))),
            ClientEvent::Failed { id, error } => Some((id, Err(error))),
            _ => None,
        });
        ended.collect()
    }

    /// Lets time pass, waking the client when it wants; returns what is sent, and how much later.
    fn wait(&mut self, time: Duration) -> Vec<(Duration, Frame)> {
        let (begin, until) = (self.now, self.now + time);
        let mut sent = Vec::new();
        while let Some(due) = self.client.poll_timeout().filter(|due| *due <= until) {
            self.now = self.now.max(due);
            self.client.handle_timeout(self.now);
            let later = self.now - begin;
            sent.extend(self.sent().into_iter().map(|frame| (later, frame)));
        }
        self.now = until;
        sent
    }

    /// Asks something that may be asked again in another session.
    fn ask(&mut self, price: u32) -> RequestId {
        self.ask_for(price, s(5), true)
    }

    fn ask_many(&mut self, count: u32) {
        for price in 0..count {
            self.ask(price);
        }
    }

    fn ask_for(&mut self, price: u32, patience: Duration, repeatable: bool) -> RequestId {
        let ask = Ask { data: report(price), deadline: self.now + patience, repeatable };
        self.client.request(self.now, ask).unwrap()
    }

    /// Asks, and gets the answer after 50 ms.
    fn exchange(&mut self) {
        let id = self.ask(4999);
        let [Frame { sequence, attempt: 1, .. }] = self.sent()[..] else { panic!("one request") };
        self.wait(ms(50));
        self.events();
        self.hear(&[answer(sequence, 1)]);
        assert_eq!(self.ended(), [(id, Ok(text::STORED.into()))]);
    }
}

/// The SYN of v2, as it was sent.
fn syn_of(bytes: &[u8]) -> (Packet, Ext) {
    let received = packet::parse(bytes).unwrap();
    (received.packet.clone(), Ext::of(&received).unwrap())
}

/// What a server says of a request before it says more: alone it is the early ACK.
fn early(sequence: u64, attempt: u32) -> Frame {
    Frame { ack_number: sequence + 1, attempt, ..Frame::default() }
}

fn answer(sequence: u64, attempt: u32) -> Frame {
    Frame { data: text::STORED.into(), ..early(sequence, attempt) }
}

/// The times within which a time-out falls, given its jitter.
fn about(timeout: Duration) -> std::ops::RangeInclusive<Duration> {
    timeout..=timeout * 5 / 4
}
