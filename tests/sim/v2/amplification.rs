//! Addresses that were forged: they get little, and cost nothing.

use std::net::SocketAddr;

use posto_session::{Port, Server, ServerConfig};
use posto_tests::random::Random;
use posto_wire::packet;
use posto_wire::v2::{DatagramWriter, Ext, Frame, Key, Nonce, Opening, SessionId, handshake};
use posto_wire::{Object, Packet};

use super::{ms, s};

/// Any address of IPv4 or IPv6 that is not loopback.
fn forged(random: &mut Random) -> SocketAddr {
    let bits = random.bits();
    let port = 1024 + u16::try_from(random.below(60_000)).expect("small");
    if bits.is_multiple_of(2) {
        let [_, b, c, d, ..] = bits.to_be_bytes();
        SocketAddr::from(([11, b, c, d], port))
    } else {
        SocketAddr::from((std::net::Ipv6Addr::from((0x2001_0db8 << 96) | u128::from(bits)), port))
    }
}

fn sealed(session: SessionId, frame: &Frame) -> Vec<u8> {
    let mut members = String::new();
    frame.write(&mut members);
    let mut writer = DatagramWriter::default();
    writer.push(&members);
    writer.close(session, &Key::Crc)
}

/// A SYN of v2, as short as it can be written.
fn shortest_syn(nonce: u64) -> Vec<u8> {
    let packet = Packet { syn: true, next_sequence: 1, ..Packet::EMPTY };
    let ext = Ext { nonce: Nonce(nonce), session: None, window: None, idle_ms: None };
    let whole = handshake(&packet, &ext, &Key::Crc);
    let text = String::from_utf8(whole).expect("ASCII");
    let (signed, _) = text.rsplit_once(", \"crc\"").expect("a seal");
    let signed = signed.replace(": ", ":").replace(", ", ",");
    let posto_wire::v2::Seal::Crc(sum) = Key::Crc.seal(signed.as_bytes()) else { unreachable!("no key") };
    format!("{signed}, \"crc\": {sum}}}}}").into_bytes()
}

/// What somebody in another's name may send, of either level.
fn any_datagram(random: &mut Random) -> Vec<u8> {
    let (session, number) = (SessionId(random.bits()), random.below(1 << 53));
    let opening = Some(Opening { nonce: Nonce(random.bits()), idle_ms: None });
    let request = Frame { sequence: 1, attempt: 1, data: Object::new().into(), ..Frame::default() };
    match random.below(8) {
        0 | 1 => shortest_syn(random.bits()),
        2 => Packet { syn: true, ..Packet::EMPTY }.to_bytes(),
        3 => Packet { ack: true, ack_number: number, sequence: 1, ..Packet::EMPTY }.to_bytes(),
        4 => Packet::request(1, Object::new().with("acao", "P").into()).to_bytes(),
        5 => sealed(session, &request),
        6 => sealed(session, &Frame { ack_number: number, opening, ..request }),
        _ => sealed(session, &Frame { ack: true, ack_number: number, opening, ..Frame::default() }),
    }
}

fn server() -> (Server, std::time::Instant) {
    let start = std::time::Instant::now();
    (Server::new(start, &ServerConfig::new([7; 32])), start)
}

/// Sends so many datagrams from forged addresses, a million a second.
fn flood(count: u64, mut datagram: impl FnMut(&mut Random) -> Vec<u8>) -> Server {
    let (mut server, start) = server();
    let mut random = Random::new(1);
    let (mut bytes_in, mut bytes_out) = (0, 0);
    for number in 0..count {
        let now = start + ms(number / 1000);
        let bytes = datagram(&mut random);
        server.handle_datagram(now, forged(&mut random), Port::Server, &bytes);
        let sent: usize = std::iter::from_fn(|| server.poll_transmit()).map(|transmit| transmit.bytes.len()).sum();
        assert!(sent <= 3 * bytes.len(), "{sent} bytes for {}: {}", bytes.len(), String::from_utf8_lossy(&bytes));
        (bytes_in, bytes_out) = (bytes_in + bytes.len(), bytes_out + sent);
    }
    assert!(bytes_out <= 3 * bytes_in && bytes_out > 0, "{bytes_out} of {bytes_in}");
    server
}

fn holds_nothing(server: &mut Server) {
    assert_eq!((server.sessions(), server.requests_in_flight()), (0, 0));
    assert_eq!((server.poll_event(), server.poll_timeout(), server.counters().opened), (None, None, 0));
}

#[test]
fn forged_addresses_get_at_most_three_bytes_for_one_and_hold_no_session() {
    holds_nothing(&mut flood(100_000, any_datagram));
}

/// Handshakes that are begun and never finished, and ends of handshakes that nobody began, each from
/// an address of its own: nothing waits, and nothing is remembered of them.
#[test]
fn a_million_half_open_handshakes_hold_nothing() {
    let (syn, ack) = (shortest_syn(7), Packet { ack: true, ack_number: 9, sequence: 1, ..Packet::EMPTY }.to_bytes());
    let mut turns = 0;
    holds_nothing(&mut flood(1_000_000, |_| {
        turns += 1;
        if turns % 10 == 0 { syn.clone() } else { ack.clone() }
    }));
}

/// One host that does finish them gets its share of sessions, and they go when they are silent.
#[test]
fn one_host_holds_no_more_than_its_share_of_half_open_sessions() {
    let (mut server, start) = server();
    for number in 0..3000_u16 {
        let now = start + ms(20) * u32::from(number);
        server.handle_timeout(now);
        let peer = SocketAddr::from(([203, 0, 113, 9], 2000 + number));
        server.handle_datagram(now, peer, Port::Server, &shortest_syn(u64::from(number)));
        let Some(syn_ack) = server.poll_transmit() else { panic!("50 a second are answered") };
        let received = packet::parse(&syn_ack.bytes).expect("a packet");
        let Some(ext) = Ext::of(&received) else { continue };
        let opening = Some(Opening { nonce: ext.nonce, idle_ms: None });
        let ack = Frame { ack: true, ack_number: received.packet.sequence + 1, opening, ..Frame::default() };
        server.handle_datagram(now, peer, Port::Server, &sealed(ext.session.expect("v2"), &ack));
        while server.poll_event().is_some() {}
        assert!(server.sessions() <= 256);
    }
    assert!(server.counters().table_full > 0);
    let last = start + s(60);
    server.handle_timeout(last + s(31));
    assert_eq!(server.sessions(), 0);
}
