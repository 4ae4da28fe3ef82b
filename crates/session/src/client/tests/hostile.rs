//! What anybody may send to a client.

use proptest::prelude::*;

use super::*;

fn any_packet() -> impl Strategy<Value = Packet> {
    let data = prop_oneof![
        Just(Value::Null),
        Just(Value::from("")),
        ".{0,20}".prop_map(Value::from),
        (0_u32..9).prop_map(report)
    ];
    let number = || prop_oneof![0_u64..6, 0_u64..1 << 53];
    let checksum = prop_oneof![Just(None), any::<u8>().prop_map(Some), Just(answer(4, 1).checksum)];
    (data, any::<[bool; 3]>(), (number(), number(), number()), checksum).prop_map(
        |(data, [syn, ack, fin], numbers, checksum)| {
            let (ack_number, sequence, next_sequence) = numbers;
            Packet { data, syn, ack, fin, ack_number, sequence, next_sequence, checksum }
        },
    )
}

fn stranger() -> impl Strategy<Value = SocketAddr> {
    (1_u8..4, 4990_u16..5010)
        .prop_map(|(host, port)| at(host, port))
        .prop_filter("not the peer", |from| *from != SESSION())
}

/// A client with its fourth request in the air.
fn asking() -> (Rig, RequestId) {
    let mut rig = Rig::open();
    for sequence in 1..=3 {
        rig.exchange(sequence, ms(10));
    }
    let id = rig.ask(1);
    rig.sent();
    (rig, id)
}

proptest! {
    #[test]
    fn a_stray_datagram_never_answers_fails_or_repeats_a_request(from in stranger(), packet in any_packet()) {
        let (mut rig, _) = asking();
        prop_assert_eq!(rig.hear(from, &packet), []);
        prop_assert_eq!(rig.events(), []);
    }

    /// Late answers and refusals of earlier requests, answers to other content, repeated SYN+ACKs.
    #[test]
    fn nor_does_a_late_one_from_the_peer_itself(
        packet in any_packet(), late in 1_u64..=4, data in ".{1,9}", kind in 0..3, sum in 1_u8..=255,
    ) {
        let (mut rig, _) = asking();
        let stray = match kind {
            0 => Packet { data: data.into(), syn: false, ack_number: late, ..packet },
            1 => Packet { data: data.into(), syn: false, checksum: answer(4, 1).checksum.map(|right| right ^ sum), ..answer(4, 1) },
            _ => Packet { syn: true, ..packet },
        };
        prop_assert_eq!(rig.hear(SESSION(), &stray), []);
        prop_assert_eq!(rig.events(), []);
    }

    #[test]
    fn while_opening_a_stranger_changes_nothing(host in 2_u8..9, packet in any_packet()) {
        let mut rig = Rig::new();
        prop_assert_eq!(rig.hear(at(host, 5000), &packet), []);
        prop_assert_eq!(rig.events(), []);
        prop_assert_eq!(rig.hear(SESSION(), &syn_ack(NUMBER)).len(), 1);
    }

    /// The peer itself may say anything: every request still ends exactly once, in time, and no
    /// datagram is answered with more than two.
    #[test]
    fn whatever_the_peer_says_every_request_ends_exactly_once(
        packets in prop::collection::vec((any_packet(), 0_u64..700), 0..40), asked in 1_u32..6,
    ) {
        let (mut rig, first) = asking();
        let mut open: Vec<_> = (0..asked).map(|price| rig.ask(price)).collect();
        open.push(first);
        for (packet, wait) in packets {
            rig.wait(ms(wait));
            prop_assert!(rig.hear(SESSION(), &packet).len() <= 2);
            end(&mut rig, &mut open);
        }
        rig.wait(s(5));
        end(&mut rig, &mut open);
        prop_assert_eq!(open, []);
        prop_assert_eq!(rig.client.poll_timeout(), None);
    }
}

/// Takes the requests that ended out of those that are open.
fn end(rig: &mut Rig, open: &mut Vec<RequestId>) {
    for event in rig.events() {
        if let ClientEvent::Answered { id, .. } | ClientEvent::Failed { id, .. } = event {
            let place = open.iter().position(|known| *known == id).expect("ended once, and asked for");
            open.swap_remove(place);
        }
    }
}

#[test]
fn random_and_mutated_bytes_never_panic() {
    let mut random = Random(5);
    let mut rig = Rig::new();
    for turn in 0..20_000 {
        if rig.client.is_closed() || random.below(200) == 0 {
            rig = Rig::new();
        }
        if random.below(10) == 0 && rig.client.shared.waiting.len() < 9 {
            rig.ask(1);
        }
        let mut bytes = match random.below(6) {
            0 => random.bytes(1300),
            1 => syn_ack(NUMBER).to_bytes(),
            2 => Packet::EMPTY.to_bytes(),
            _ => answer(u64::try_from(random.below(9)).unwrap(), 1).to_bytes(),
        };
        if turn % 3 > 0 {
            random.mutate(&mut bytes);
        }
        rig.client.handle_datagram(rig.now, SESSION(), &bytes);
        let passed = ms(u64::try_from(random.below(100)).unwrap());
        rig.wait(passed);
        rig.client.poll_transmit();
        rig.events();
    }
}
