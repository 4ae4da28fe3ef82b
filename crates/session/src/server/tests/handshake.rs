//! Opening and ending of sessions (PROTOCOL §3).

use super::*;

#[test]
fn a_syn_gets_a_syn_ack_with_a_cookie() {
    let mut rig = Rig::new();
    let answers = rig.hear(at(1, 1), &syn());
    let number = answers[0].sequence;
    let expected =
        Packet { syn: true, ack: true, ack_number: 1, sequence: number, next_sequence: number + 1, ..Packet::EMPTY };
    assert_eq!(answers, [expected]);
    assert!(number != 0 && number < 1 << 52);
}

#[test]
fn a_syn_costs_no_memory() {
    let mut rig = Rig::new();
    for number in 0..100_000_u32 {
        let [.., a, b, c] = number.to_be_bytes();
        assert_eq!(rig.hear_bytes(SocketAddr::from(([10, a, b, c], 5)), &syn().to_bytes()).len(), 1);
    }
    assert_eq!(rig.server.sessions(), 0);
    assert_eq!(rig.server.poll_timeout(), None, "nothing waits to be forgotten");
    assert_eq!(rig.events(), []);
    assert!(rig.server.transmits.capacity() <= 8 && rig.server.events.capacity() == 0);
    assert_eq!(*rig.server.counters(), Counters::default());
}

#[test]
fn the_handshake_ack_opens_the_session_and_is_not_answered() {
    let mut rig = Rig::new();
    let (_, session) = rig.open(at(1, 1));
    let (_, other) = rig.open(at(1, 2));
    assert_ne!(session, other);
    assert_eq!((rig.server.sessions(), rig.server.counters().opened), (2, 2));
}

#[test]
fn a_cookie_of_another_peer_or_time_or_none_opens_nothing() {
    let mut rig = Rig::new();
    let number = rig.number(at(1, 1));
    for (peer, number) in [(at(1, 2), number), (at(2, 1), number), (at(1, 1), number + 1), (at(1, 1), 0)] {
        assert_eq!(rig.hear(peer, &ack(number)), []);
    }
    assert_eq!(rig.hear(at(1, 1), &Packet { ack: true, ..Packet::EMPTY }), []);
    rig.wait(s(15));
    assert_eq!(rig.hear(at(1, 1), &ack(number)), []);
    assert_eq!((rig.server.sessions(), rig.server.counters().wrong_cookie), (0, 6));
}

#[test]
fn a_second_handshake_ack_is_ignored() {
    let mut rig = Rig::new();
    let (number, _) = rig.open(at(1, 1));
    assert_eq!(rig.hear(at(1, 1), &ack(number)), []);
    assert_eq!(rig.events(), [], "the original ends the session here");
    assert!(rig.knows(at(1, 1)));
    assert_eq!(rig.server.counters().replayed_handshakes, 1);
}

#[test]
fn a_replayed_handshake_does_not_forget_what_was_executed() {
    let mut rig = Rig::new();
    let (number, _) = rig.open(at(1, 1));
    let key = rig.request(at(1, 1), 1, report(4999));
    let answer = rig.answer(key, "Dados gravados");
    assert_eq!(rig.hear(at(1, 1), &ack(number)), []);
    let repeat = rig.hear_bytes(at(1, 1), &Packet::request(1, report(4999)).to_bytes());
    assert_eq!(repeat[0].bytes, answer);
    assert_eq!(rig.events(), []);
}

#[test]
fn an_older_cookie_does_not_replace_a_session() {
    let mut rig = Rig::new();
    let older = rig.number(at(1, 1));
    rig.wait(ms(100));
    rig.open(at(1, 1));
    assert_eq!(rig.hear(at(1, 1), &ack(older)), []);
    assert_eq!(rig.events(), []);
    assert_eq!(rig.server.counters().replayed_handshakes, 1);
}

#[test]
fn a_newer_cookie_replaces_the_session_and_its_memory() {
    let mut rig = Rig::new();
    let (number, first) = rig.open(at(1, 1));
    let key = rig.request(at(1, 1), 1, report(4999));
    rig.answer(key, "Dados gravados");
    rig.wait(ms(8));
    let newer = rig.number(at(1, 1));
    assert_eq!(rig.hear(at(1, 1), &ack(newer)), []);
    let events = rig.events();
    assert_eq!(events[0], closed(at(1, 1), first, CloseReason::Replaced));
    assert!(matches!(events[1..], [ServerEvent::Opened { session, .. }] if session != first));
    rig.request(at(1, 1), 1, report(4999));
    assert_eq!(rig.hear(at(1, 1), &ack(number)), []);
    assert_eq!((rig.events(), rig.server.sessions()), (vec![], 1));
}

#[test]
fn a_handshake_replayed_after_the_end_opens_nothing() {
    let mut rig = Rig::new();
    let (number, _) = rig.open(at(1, 1));
    rig.hear(at(1, 1), &fin());
    rig.events();
    for _ in 0..20 {
        assert_eq!(rig.hear(at(1, 1), &ack(number)), []);
        rig.wait(s(1));
    }
    assert_eq!((rig.events(), rig.server.sessions()), (vec![], 0));
    assert_eq!((rig.server.counters().replayed_handshakes, rig.server.counters().wrong_cookie), (15, 5));
    assert_eq!(rig.server.poll_timeout(), None);
}

#[test]
fn after_the_end_a_new_handshake_opens_a_new_session() {
    let mut rig = Rig::new();
    let (_, first) = rig.open(at(1, 1));
    rig.hear(at(1, 1), &fin());
    rig.wait(ms(8));
    assert_ne!(rig.open(at(1, 1)).1, first);
}

#[test]
fn a_fin_ends_the_session_and_is_not_answered() {
    let mut rig = Rig::new();
    let (_, session) = rig.open(at(1, 1));
    assert_eq!(rig.hear(at(1, 1), &fin()), []);
    assert_eq!(rig.events(), [closed(at(1, 1), session, CloseReason::Finished)]);
    assert!(!rig.knows(at(1, 1)));
    assert_eq!(rig.hear(at(1, 1), &fin()), []);
    assert_eq!((rig.events(), rig.server.counters().closed), (vec![], 1));
}

#[test]
fn a_packet_without_data_is_told_so_and_ends_the_session() {
    for data in [Value::Null, "".into(), posto_wire::Object::new().into()] {
        let mut rig = Rig::new();
        let (_, session) = rig.open(at(1, 1));
        let empty = Packet { data, sequence: 1, next_sequence: 2, ..Packet::EMPTY };
        let told = Packet { data: text::NO_DATA.into(), ..Packet::EMPTY };
        assert_eq!(rig.hear(at(1, 1), &empty), [told]);
        assert_eq!(rig.events(), [closed(at(1, 1), session, CloseReason::NoData)]);
        assert_eq!(rig.hear(at(1, 1), &empty), [], "nothing to say outside a session");
        assert_eq!(rig.server.counters().unknown_session, 1);
    }
}

#[test]
fn a_session_ends_after_an_hour_of_silence() {
    let mut rig = Rig::new();
    let (_, session) = rig.open(at(1, 1));
    rig.wait(s(1800));
    assert!(rig.knows(at(1, 1)), "and was heard just now");
    assert!(rig.server.poll_timeout().is_some_and(|due| due <= rig.now + s(3600)), "in time to see it end");
    rig.wait(s(3600) - ms(1));
    assert_eq!(rig.events(), []);
    rig.wait(ms(1));
    assert_eq!(rig.events(), [closed(at(1, 1), session, CloseReason::Silent)]);
    assert_eq!(rig.server.poll_timeout(), Some(rig.now + s(15)), "when its cookie need not be refused any more");
}

#[test]
fn handshake_acks_do_not_keep_a_session_alive() {
    let mut rig = Rig::new();
    let (number, session) = rig.open(at(1, 1));
    rig.wait(s(10));
    rig.hear(at(1, 1), &ack(number));
    rig.wait(s(3590));
    assert_eq!(rig.events(), [closed(at(1, 1), session, CloseReason::Silent)]);
}

/// Two servers would answer each other's SYN+ACK for ever.
#[test]
fn a_syn_ack_is_not_a_syn() {
    let mut rig = Rig::new();
    let number = rig.number(at(1, 1));
    let reflected = Packet { ack: true, ack_number: 1, sequence: number, ..syn() };
    assert_eq!(rig.hear(at(1, 1), &reflected), []);
    assert_eq!(rig.server.counters().unknown_session, 1);
}
