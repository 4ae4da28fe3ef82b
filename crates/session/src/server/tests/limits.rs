//! What happens at each limit (`limits.rs`).

use super::*;
use crate::limits::{MAX_REQUESTS_IN_FLIGHT, REMEMBERED_REQUESTS};

fn full() -> Packet {
    Packet { data: text::SERVER_FULL.into(), ..Packet::EMPTY }
}

#[test]
fn a_full_table_is_told_in_words_while_all_are_in_use() {
    let mut rig = Rig::with(|config| config.max_sessions = 3);
    let number = rig.number(at(9, 9));
    for port in 1..=3 {
        rig.open(at(1, port));
    }
    rig.wait(s(14));
    assert_eq!(rig.hear(at(9, 9), &syn()), [full()]);
    assert_eq!(rig.hear(at(9, 9), &ack(number)), [], "a cookie made before the table was full");
    assert_eq!((rig.events(), rig.server.sessions()), (vec![], 3));
    assert_eq!(rig.server.counters().table_full, 2);
}

#[test]
fn when_the_table_is_full_the_longest_silent_goes_after_thirty_seconds() {
    let mut rig = Rig::with(|config| config.max_sessions = 3);
    let sessions: Vec<_> = (1..=3).map(|port| rig.open(at(1, port)).1).collect();
    rig.wait(s(20));
    assert!(rig.knows(at(1, 1)), "heard again: the second is the longest silent now");
    rig.wait(s(10) - ms(1));
    assert_eq!(rig.hear(at(9, 9), &syn()), [full()]);
    rig.wait(ms(1));
    let number = rig.number(at(9, 9));
    assert_eq!(rig.events(), [], "a SYN ends nobody's session");
    rig.hear(at(9, 9), &ack(number));
    let events = rig.events();
    assert_eq!(events[0], closed(at(1, 2), sessions[1], CloseReason::Evicted));
    assert!(matches!(events[1..], [ServerEvent::Opened { .. }]));
    assert!(rig.knows(at(1, 1)) && rig.knows(at(1, 3)) && rig.knows(at(9, 9)));
}

#[test]
fn a_full_table_still_lets_a_peer_replace_its_own_session() {
    let mut rig = Rig::with(|config| config.max_sessions = 2);
    let (_, first) = rig.open(at(1, 1));
    rig.open(at(1, 2));
    rig.wait(ms(8));
    let number = rig.number(at(1, 1));
    rig.hear(at(1, 1), &ack(number));
    assert_eq!(rig.events()[0], closed(at(1, 1), first, CloseReason::Replaced));
    assert_eq!(rig.server.sessions(), 2);
}

#[test]
fn one_host_gets_no_more_than_its_share() {
    let mut rig = Rig::with(|config| config.max_sessions_per_host = 2);
    rig.open(at(1, 1));
    rig.open(at(1, 2));
    assert_eq!(rig.hear(at(1, 3), &syn()), [full()]);
    rig.open(at(2, 3));
    rig.hear(at(1, 1), &fin());
    rig.open(at(1, 3));
}

#[test]
fn an_ipv6_host_is_its_64_bits_and_a_mapped_ipv4_address_is_that_address() {
    let peer = |address: &str| SocketAddr::new(address.parse().unwrap(), 1);
    for (first, second) in [("2001:db8:0:1::1", "2001:db8:0:1:ffff::2"), ("192.0.2.1", "::ffff:192.0.2.1")] {
        let mut rig = Rig::with(|config| config.max_sessions_per_host = 1);
        rig.open(peer(first));
        assert_eq!(rig.hear(peer(second), &syn()), [full()]);
        rig.open(peer("2001:db8:0:2::1"));
    }
}

#[test]
fn the_default_limits_are_those_of_the_protocol() {
    let config = ServerConfig::new([0; 32]);
    assert_eq!((config.max_sessions, config.max_sessions_per_host, config.ports), (65_536, 256, Ports::Shared));
}

#[test]
fn over_ten_thousand_in_flight_a_request_is_dropped_and_its_repeat_is_new() {
    let mut rig = Rig::with(|config| config.max_sessions_per_host = u32::MAX);
    let mut keys = Vec::new();
    let (mut port, last) = (0, at(2, 2));
    rig.open(last);
    while keys.len() < MAX_REQUESTS_IN_FLIGHT {
        port += 1;
        let peer = at(3 + u8::try_from(port / 90).unwrap(), port);
        rig.open(peer);
        let wanted = (MAX_REQUESTS_IN_FLIGHT - keys.len()).min(REMEMBERED_REQUESTS);
        for _ in 0..wanted {
            let sequence = u64::try_from(keys.len()).unwrap();
            keys.push(rig.request(peer, sequence, report(1)));
        }
    }
    assert_eq!(rig.hear(last, &Packet::request(1, report(1))), []);
    assert_eq!((rig.events(), rig.server.counters().overloaded), (vec![], 1));
    rig.answer(keys[77], "Dados gravados");
    rig.request(last, 1, report(1));
    assert_eq!(rig.server.requests_in_flight(), MAX_REQUESTS_IN_FLIGHT);
}
