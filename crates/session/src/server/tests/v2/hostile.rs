//! What anybody may send to a server of v2: nothing panics, nothing runs twice, nothing is left.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;
use crate::testing::Random;

fn any_frame() -> impl Strategy<Value = Frame> {
    let number = || prop_oneof![6 => 0_u64..12, 1 => 250_u64..260, 1 => 0_u64..1 << 53];
    let data = prop_oneof![Just(Value::Null), ".{0,9}".prop_map(Value::from), Just(report(1)), Just(report(1))];
    let numbers = (number(), prop_oneof![3 => 0_u64..4, 1 => number()], 0_u32..5);
    let left = prop::option::of(prop_oneof![Just(0_u32), 0_u32..100, any::<u32>()]);
    let missing = prop::collection::vec(0_u16..300, 0..3);
    let odd =
        (prop::option::weighted(0.1, any::<u32>()), prop::option::weighted(0.1, 0_u64..9), prop::bool::weighted(0.03));
    (any::<bool>(), numbers, data, left, missing, odd).prop_map(
        |(ack, (sequence, base, attempt), data, time_left_ms, missing, (busy_ms, ping, fin))| Frame {
            ack,
            fin,
            sequence,
            base,
            attempt,
            time_left_ms,
            busy_ms,
            missing,
            ping,
            data,
            ..Frame::default()
        },
    )
}

#[derive(Debug, Clone)]
enum Step {
    /// A peer of this number says this, with what opens its session or without.
    Hear(usize, Vec<Frame>, bool),
    /// It opens a new session.
    Syn(usize),
    /// The request of this place ends, in this way.
    End(usize, u8),
    Wait(u64),
    Drain,
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        10 => (0_usize..3, prop::collection::vec(any_frame(), 1..4), any::<bool>()).prop_map(|(peer, frames, opens)| Step::Hear(peer, frames, opens)),
        2 => (0_usize..3).prop_map(Step::Syn),
        8 => (any::<usize>(), 0_u8..6).prop_map(|(place, how)| Step::End(place, how)),
        3 => prop_oneof![0_u64..30, 0_u64..40_000].prop_map(Step::Wait),
        1 => prop::bool::weighted(0.05).prop_map(|drains| if drains { Step::Drain } else { Step::Wait(1) }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn whatever_happens_nothing_runs_twice_and_nothing_stays_in_flight(steps in prop::collection::vec(any_step(), 1..80), keyed in any::<bool>()) {
        let mut rig = Rig::with(|config| {
            (config.max_sessions, config.max_in_flight) = (2, 5);
            config.psk = keyed.then(|| psk(1));
        });
        let mut peers = [1, 2, 3].map(|port| rig.offer(at(1, port), keyed.then(|| psk(1))));
        let (mut running, mut refused, mut seen) = (Vec::new(), HashSet::new(), HashSet::new());
        for step in steps {
            match step {
                Step::Syn(index) => {
                    let peer = &mut peers[index];
                    let key = peer.psk.as_ref().map_or(Key::Crc, |psk| psk.syn_key(peer.nonce));
                    let ext = Ext { nonce: peer.nonce, session: None, window: None, idle_ms: Some(2000) };
                    let sent = rig.hear_bytes(peer.address, &wire::handshake(&syn(), &ext, &key));
                    if let Some(received) = sent.first().and_then(|sent| packet::parse(&sent.bytes).ok())
                        && let Some(session) = Ext::of(&received).and_then(|ext| ext.session)
                    {
                        (peer.number, peer.session) = (received.packet.sequence, session);
                    }
                }
                Step::Hear(index, mut frames, opens) => {
                    let peer = &peers[index];
                    if opens {
                        frames[0] = Frame { opening: peer.head().opening, ack_number: peer.number + 1, ..frames[0].clone() };
                    }
                    let sent = rig.hear_bytes(peer.address, &peer.datagram(&frames));
                    prop_assert!(sent.iter().all(|transmit| transmit.bytes.len() <= 1200));
                }
                Step::End(..) if running.is_empty() => {}
                Step::End(place, how) => {
                    let key: RequestKey = running.swap_remove(place % running.len());
                    match how {
                        0 => rig.server.lost(key),
                        1 => rig.server.expired(key),
                        2 => {
                            refused.insert(key);
                            rig.server.not_executed(key);
                        }
                        3 => rig.server.answer(key, "x".repeat(9_000).into()).unwrap(),
                        4 => assert!(rig.server.answer(key, "x".repeat(70_000).into()).is_err()),
                        _ => rig.server.answer(key, text::STORED.into()).unwrap(),
                    }
                }
                Step::Wait(millis) => drop(rig.wait(ms(millis))),
                Step::Drain => rig.server.drain(),
            }
            rig.sent();
            for event in rig.events() {
                if let ServerEvent::Request { key, .. } = event {
                    prop_assert!(seen.insert(key) || refused.remove(&key), "{key:?} again");
                    running.push(key);
                }
            }
            prop_assert_eq!(rig.server.requests_in_flight(), running.len());
            prop_assert!(running.len() <= 5 && rig.server.sessions() <= 2);
        }
        for key in running {
            rig.server.answer(key, text::STORED.into()).unwrap();
        }
        prop_assert_eq!(rig.server.requests_in_flight(), 0);
        rig.wait(s(60));
        rig.wait(s(15));
        prop_assert_eq!((rig.server.sessions(), rig.server.reply_bytes, rig.server.poll_timeout()), (0, 0, None));
    }

    /// A datagram of v2 from where no session is gets no more than its own length, and never an
    /// answer that another server answers.
    #[test]
    fn an_unproven_peer_gets_nothing_longer_than_it_sent_and_two_servers_fall_silent(
        frames in prop::collection::vec(any_frame(), 1..4), session in any::<u64>(), keyed in any::<bool>(),
    ) {
        let key = psk(1).session_key(Nonce(1), SessionId(session), Direction::ToServer);
        let bytes = sealed(&frames, SessionId(session), if keyed { &key } else { &Key::Crc });
        let new = || Rig::with(|config| config.psk = Some(psk(1)));
        let (mut one, mut other) = (new(), new());
        let mut sent = one.hear_bytes(at(1, 1), &bytes);
        prop_assert!(sent.iter().map(|transmit| transmit.bytes.len()).sum::<usize>() <= bytes.len());
        sent = sent.iter().flat_map(|transmit| other.hear_bytes(at(1, 1), &transmit.bytes)).collect();
        prop_assert_eq!(sent, []);
    }
}

#[test]
fn a_damaged_or_forged_datagram_runs_nothing() {
    for key in [None, Some(psk(1))] {
        let mut rig = Rig::with(|config| config.psk = Some(psk(1)));
        let peer = rig.open_with(at(1, 1), key.clone());
        let right = peer.datagram(&[request(1, 1)]);
        for place in 0..right.len() {
            let mut damaged = right.clone();
            damaged[place] ^= 1 << (place % 8);
            rig.hear_bytes(peer.address, &damaged);
        }
        let wrong_kind =
            if key.is_some() { Key::Crc } else { psk(1).session_key(peer.nonce, peer.session, Direction::ToServer) };
        for wrong in [
            wrong_kind,
            psk(2).session_key(peer.nonce, peer.session, Direction::ToServer),
            psk(1).session_key(peer.nonce, peer.session, Direction::ToClient),
        ] {
            assert_eq!(rig.hear_bytes(peer.address, &sealed(&[request(1, 1)], peer.session, &wrong)), []);
        }
        assert_eq!(rig.events(), []);
        rig.request(&peer, 1);
    }
}

#[test]
fn random_and_mutated_datagrams_never_panic() {
    let mut random = Random(9);
    let mut rig = Rig::new();
    let peer = rig.open(at(1, 1));
    for turn in 0..30_000_u64 {
        let first = Frame { opening: peer.head().opening, ack_number: peer.number + 1, ..request(1 + turn % 40, 1) };
        let mut bytes = match turn % 4 {
            0 => random.bytes(1300),
            1 => peer.datagram(&[request(1 + turn % 300, 2), Frame { missing: vec![1], ..request(2, 1) }]),
            _ => peer.datagram(&[first]),
        };
        let whole = bytes.clone();
        random.mutate(&mut bytes);
        if bytes != whole {
            rig.hear_bytes(peer.address, &bytes);
        }
    }
    assert_eq!(rig.events(), [], "not one passes its CRC");
}
