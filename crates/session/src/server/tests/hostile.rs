//! What anybody may send: nothing panics, nothing passes uncounted, nobody is made an amplifier.

use std::collections::HashSet;

use posto_wire::Object;
use proptest::prelude::*;

use super::*;
use crate::testing::Random;

/// Any packet, as short as it can be written.
fn any_packet() -> impl Strategy<Value = String> {
    let data = prop_oneof![
        Just(Value::Null),
        Just(Value::from("")),
        Just(Value::from(Object::new())),
        ".{0,40}".prop_map(Value::from),
        (0_u32..9).prop_map(report),
    ];
    let number = || prop_oneof![0_u64..3, Just(1 << 53), 0_u64..1 << 53];
    let checksum = prop_oneof![Just(None), any::<u8>().prop_map(Some)];
    let numbers = (number(), number(), number(), checksum, any::<bool>());
    (data, any::<[bool; 3]>(), numbers).prop_map(|(data, [syn, ack, fin], numbers)| {
        let (ack_number, sequence, next_sequence, checksum, right) = numbers;
        let mut packet = Packet { data, syn, ack, fin, ack_number, sequence, next_sequence, checksum };
        if right {
            packet.checksum = Some(packet::parse(&packet.to_bytes()).unwrap().computed_checksum);
        }
        String::from_utf8(packet.to_bytes()).unwrap().replace(": ", ":").replace(", ", ",")
    })
}

/// Ranged or not, most sessions, most of one host, which port hears.
type State = (bool, usize, u32, usize);

fn any_state() -> impl Strategy<Value = State> {
    (any::<bool>(), 0_usize..4, 1_u32..4, 0_usize..3)
}

/// A server with up to three sessions.
fn rig((ranged, max_sessions, max_sessions_per_host, port): State) -> Rig {
    let mut rig = Rig::with(|config| {
        config.ports = if ranged { Ports::Range(2) } else { Ports::Shared };
        (config.max_sessions, config.max_sessions_per_host) = (max_sessions, max_sessions_per_host);
    });
    for port in 1..=3 {
        if let [Packet { sequence, ack: true, .. }] = rig.hear(at(1, port), &syn())[..] {
            rig.hear(at(1, port), &ack(sequence));
        }
    }
    rig.port = [Port::Server, Port::Session(0), Port::Session(1)][if ranged { port } else { 0 }];
    rig
}

fn sent_bytes(sent: &[Transmit]) -> usize {
    sent.iter().map(|transmit| transmit.bytes.len()).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// RFC 9000 §8.1, for every kind of datagram and every state of the table. Port 4 of the host
    /// has no session; that host may be at its limit, and the table full.
    #[test]
    fn an_unproven_peer_gets_at_most_three_bytes_for_one(state in any_state(), heard in any_packet()) {
        let mut rig = rig(state);
        for peer in [at(1, 4), at(2, 1)] {
            let sent = rig.hear_bytes(peer, heard.as_bytes());
            prop_assert!(sent_bytes(&sent) <= 3 * heard.len(), "{} for {}", sent_bytes(&sent), heard.len());
            prop_assert!(sent.len() <= 1);
        }
    }

    #[test]
    fn a_peer_whose_session_has_ended_is_unproven_again(heard in any_packet()) {
        let mut rig = Rig::new();
        rig.open(at(1, 1));
        let key = rig.request(at(1, 1), 1, report(1));
        rig.answer(key, "x".repeat(900));
        rig.hear(at(1, 1), &fin());
        let sent = rig.hear_bytes(at(1, 1), heard.as_bytes());
        prop_assert!(sent_bytes(&sent) <= 3 * heard.len());
    }

    /// Whatever a server sends makes another server (whose session it is not) silent at the latest
    /// after one more datagram: two of them never talk to each other for ever.
    #[test]
    fn two_servers_do_not_keep_answering_each_other(heard in any_packet()) {
        let (mut one, mut other) = (Rig::new(), Rig::new());
        let mut sent = one.hear_bytes(at(1, 1), heard.as_bytes());
        for turn in 0..3 {
            let server = if turn % 2 == 0 { &mut other } else { &mut one };
            sent = sent.iter().flat_map(|transmit| server.hear_bytes(at(1, 1), &transmit.bytes)).collect();
        }
        prop_assert_eq!(sent, []);
    }
}

#[test]
fn what_is_no_packet_is_counted_by_its_reason_and_never_answered() {
    use posto_wire::Refusal;
    let empty = Packet::EMPTY.to_bytes();
    let edit = |from: &str, to: &str| str::from_utf8(&empty).unwrap().replace(from, to).into_bytes();
    let cases = [
        (Refusal::TooLong, vec![b' '; 1201]),
        (Refusal::NotUtf8, vec![0xff]),
        (Refusal::NotJson, Vec::new()),
        (Refusal::NotObject, b"[]".to_vec()),
        (Refusal::TooDeep, edit("null,", "[[[[[[[[[]]]]]]]]],")),
        (Refusal::NotFinite, edit("null,", "NaN,")),
        (Refusal::IntegerRange, edit("\"seq\": 0", "\"seq\": 9007199254740993")),
        (Refusal::DuplicateMember, edit("\"seq\"", "\"ack\"")),
        (Refusal::LoneSurrogate, edit("null,", "\"\\ud800\",")),
        (Refusal::MissingMember, edit("\"seq\"", "\"sec\"")),
        (Refusal::WrongType, edit("\"seq\": 0", "\"seq\": -1")),
    ];
    let mut rig = Rig::new();
    rig.open(at(1, 1));
    for (reason, bytes) in cases {
        for peer in [at(1, 1), at(1, 2)] {
            assert_eq!(rig.hear_bytes(peer, &bytes), [], "{reason:?}");
        }
        assert_eq!(rig.server.counters().refused(reason), 2, "{reason:?}");
    }
    assert_eq!(rig.server.counters().refused_in_all(), 22);
    assert_eq!((rig.events(), rig.server.sessions()), (vec![], 1));
}

/// Real datagrams, mutated ones and noise, from peers with and without sessions. Every datagram
/// is found in exactly one counter, or has had its visible effect.
fn bombard(datagrams: usize, seed: u64) {
    let mut random = Random(seed);
    let mut rig = Rig::with(|config| (config.max_sessions, config.max_sessions_per_host) = (40, 30));
    let mut executed = HashSet::new();
    let (mut refused, mut running) = (0, Vec::new());
    for number in 0..datagrams {
        let peer = at(u8::try_from(1 + random.below(3)).unwrap(), u16::try_from(1 + random.below(20)).unwrap());
        let mut bytes = real_datagram(&mut random, &mut rig, peer);
        match random.below(10) {
            0 => bytes = random.bytes(1300),
            1..=6 => random.mutate(&mut bytes),
            _ => {}
        }
        refused += u64::from(packet::parse(&bytes).is_err());
        rig.hear_bytes(peer, &bytes);
        assert_eq!(rig.server.counters().refused_in_all(), refused, "datagram {number} of seed {seed}");
        for event in rig.events() {
            if let ServerEvent::Request { key, .. } = event {
                assert!(executed.insert(key), "datagram {number} of seed {seed} executed {key:?} again");
                running.push(key);
            }
        }
        conclude_some(&mut random, &mut rig, &mut running);
    }
    let counters = rig.server.counters();
    assert!(refused > 0 && counters.opened > 0 && counters.closed > 0 && counters.requests > 0 && counters.repeats > 0);
    assert!(counters.wrong_checksum > 0 && counters.wrong_cookie > 0 && counters.unknown_session > 0);
    assert_eq!(usize::try_from(counters.opened - counters.closed).unwrap(), rig.server.sessions());
    assert_eq!(rig.server.requests_in_flight(), running.len());
}

fn real_datagram(random: &mut Random, rig: &mut Rig, peer: SocketAddr) -> Vec<u8> {
    let price = u32::try_from(random.below(4)).unwrap();
    let sequence = u64::try_from(random.below(40)).unwrap();
    match random.below(20) {
        0 => syn().to_bytes(),
        1 => fin().to_bytes(),
        2 => Packet::EMPTY.to_bytes(),
        3..=5 => match rig.hear(peer, &syn())[..] {
            [Packet { sequence, ack: true, .. }] => ack(sequence).to_bytes(),
            _ => Vec::new(),
        },
        _ => Packet::request(sequence, report(price)).to_bytes(),
    }
}

fn conclude_some(random: &mut Random, rig: &mut Rig, running: &mut Vec<RequestKey>) {
    if !running.is_empty() && random.below(3) > 0 {
        let key = running.swap_remove(random.below(running.len()));
        // A lost one stays known; one that was not executed would rightly be executed later.
        if random.below(20) == 0 { rig.server.lost(key) } else { rig.server.answer(key, "ok".into()).unwrap() }
    }
    if random.below(50) == 0 {
        let passed = ms(u64::try_from(random.below(4000)).unwrap());
        rig.wait(passed);
    }
    while rig.server.poll_transmit().is_some() {}
}

#[test]
fn a_hundred_thousand_hostile_datagrams_never_panic_and_are_all_counted() {
    bombard(50_000, 1);
    bombard(50_000, 2);
}

#[test]
#[ignore = "a minute in a debug build"]
fn a_million_hostile_datagrams_never_panic_and_are_all_counted() {
    for seed in 100..110 {
        bombard(100_000, seed);
    }
}
