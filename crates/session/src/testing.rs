//! What the unit tests of this crate share: an instant to count from, addresses, datagrams as the
//! old peers write them, and seeded numbers.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use posto_wire::v2::{DatagramWriter, Frame, Key, Psk, Sealed, SessionId};
use posto_wire::{Object, Packet, Value};

/// The instant that every test counts from.
#[expect(clippy::disallowed_methods, reason = "an Instant comes from nowhere else; tests read the clock only here")]
pub(crate) fn start() -> Instant {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    *START
}

pub(crate) const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub(crate) const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A port of the host 192.0.2.`host` (a documentation network: neither loopback nor private).
pub(crate) fn at(host: u8, port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::new(192, 0, 2, host), port))
}

pub(crate) fn syn() -> Packet {
    Packet { syn: true, next_sequence: 1, ..Packet::EMPTY }
}

/// The handshake ACK for the number N of a SYN+ACK.
pub(crate) fn ack(number: u64) -> Packet {
    Packet { ack: true, ack_number: number + 1, sequence: 1, ..Packet::EMPTY }
}

pub(crate) fn fin() -> Packet {
    Packet { fin: true, ..Packet::EMPTY }
}

/// The `D` of the original's own run, with this price.
pub(crate) fn report(price: u32) -> Value {
    let object = Object::new().with("acao", "D").with("tipoCombustivel", "2");
    object.with("coordenadas", "(-22.0000;-23.1234)").with("valor", price).into()
}

/// A pre-shared key, the same for the same byte.
pub(crate) fn psk(byte: u8) -> Psk {
    Psk::from_bytes(&[byte; 32]).unwrap()
}

/// One datagram of these frames.
pub(crate) fn sealed(frames: &[Frame], session: SessionId, key: &Key) -> Vec<u8> {
    let mut writer = DatagramWriter::default();
    for frame in frames {
        let mut members = String::new();
        frame.write(&mut members);
        writer.push(&members);
    }
    writer.close(session, key)
}

/// What a datagram says, which must be closed with this key.
pub(crate) fn unsealed(bytes: &[u8], key: &Key) -> (SessionId, Vec<Frame>) {
    let sealed = Sealed::of(bytes).unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(bytes)));
    assert!(sealed.fits(key), "{}", String::from_utf8_lossy(bytes));
    sealed.read().unwrap()
}

/// Seeded numbers: SplitMix64 (Steele et al., 2014).
#[derive(Debug, Clone)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound` (at least 1).
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap();
        usize::try_from(self.next() % bound).unwrap()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.next().to_be_bytes()[0]
    }

    pub(crate) fn bytes(&mut self, longest: usize) -> Vec<u8> {
        (0..self.below(longest + 1)).map(|_| self.byte()).collect()
    }

    /// Some bytes flipped, put in, taken out or put in the place of others.
    pub(crate) fn mutate(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(4) {
            let place = self.below(bytes.len() + 1);
            match self.below(6) {
                0 if place < bytes.len() => bytes[place] ^= 1 << self.below(8),
                1 => bytes.insert(place, self.byte()),
                2 if place < bytes.len() => drop(bytes.remove(place)),
                3 => bytes.truncate(place),
                4 if place < bytes.len() => bytes[place] = b"0123456789{}[]\",:tfn\\eE-. "[self.below(26)],
                _ => {
                    let piece = bytes[place..].iter().take(self.below(40)).copied().collect::<Vec<_>>();
                    let to = self.below(bytes.len() + 1);
                    bytes.splice(to..to, piece);
                }
            }
        }
    }
}
