//! How sessions end: closed by us, or not known to the server (PROTOCOL §3).

use super::*;
use crate::limits::MAX_REPEATED_ACKS;

#[test]
fn to_close_sends_a_fin_and_fails_everything() {
    let mut rig = Rig::open();
    let ids = [1, 2, 3].map(|price| rig.ask(price));
    rig.sent();
    rig.client.close(rig.now);
    assert_eq!(rig.sent(), [(SESSION(), fin())]);
    assert_eq!(rig.events(), ids.map(|id| failed(id, RequestError::Closed)));
    assert!(rig.client.is_closed() && rig.client.poll_timeout().is_none());
    assert_eq!(rig.client.request(rig.now, asking(report(1), rig.now + s(5))), Err(RequestError::Closed));
    assert_eq!(rig.hear(SESSION(), &answer(1, 1)), []);
    rig.client.close(rig.now);
    assert_eq!((rig.sent(), rig.events()), (vec![], vec![]));
}

#[test]
fn to_close_while_opening_sends_nothing() {
    let mut rig = Rig::new();
    let id = rig.ask(1);
    rig.client.close(rig.now);
    assert_eq!((rig.sent(), rig.events()), (vec![], vec![failed(id, RequestError::Closed)]));
    assert_eq!(rig.hear(SESSION(), &syn_ack(NUMBER)), []);
}

#[test]
fn a_server_that_never_knew_the_session_gets_the_handshake_ack_and_the_request_again() {
    let mut rig = Rig::open();
    let id = rig.ask(1);
    rig.sent();
    for number in 1..=MAX_REPEATED_ACKS {
        let request = Packet::request(1, report(1));
        assert_eq!(rig.hear(SESSION(), &Packet::EMPTY), [(SESSION(), ack(NUMBER)), (SESSION(), request)]);
        assert_eq!(rig.events(), [again(id, number)]);
    }
    rig.hear(SESSION(), &answer(1, 1));
    assert!(matches!(rig.events()[..], [ClientEvent::Answered { .. }]));
}

#[test]
fn after_eight_repeated_handshake_acks_the_session_is_lost() {
    let mut rig = Rig::open();
    let ids = [1, 2].map(|price| rig.ask(price));
    for _ in 0..8 {
        rig.hear(SESSION(), &Packet::EMPTY);
    }
    rig.events();
    assert_eq!(rig.hear(SESSION(), &Packet::EMPTY), []);
    assert_eq!(rig.events(), ids.map(|id| failed(id, RequestError::SessionLost)));
    assert!(rig.client.is_closed());
}

#[test]
fn when_the_cookie_has_expired_the_handshake_is_not_repeated() {
    let mut rig = Rig::open();
    rig.wait(s(15));
    let id = rig.ask(1);
    rig.sent();
    assert_eq!(rig.hear(SESSION(), &Packet::EMPTY), []);
    assert_eq!(rig.events(), [failed(id, RequestError::SessionLost)]);
}

#[test]
fn a_server_that_has_forgotten_the_session_is_asked_three_times_more_and_then_it_is_lost() {
    let mut rig = Rig::open();
    rig.exchange(1, ms(10));
    let ids = [1, 2].map(|price| rig.ask(price));
    rig.sent();
    for number in 1..=3 {
        assert_eq!(rig.hear(SESSION(), &Packet::EMPTY), [(SESSION(), Packet::request(2, report(1)))], "and no ACK");
        assert_eq!(rig.events(), [again(ids[0], number)]);
    }
    assert_eq!(rig.hear(SESSION(), &Packet::EMPTY), []);
    assert_eq!(rig.events(), ids.map(|id| failed(id, RequestError::SessionLost)));
}

/// It was sent before our handshake ACK arrived, and was long under way.
#[test]
fn a_few_straggling_empty_packets_end_nothing() {
    let mut rig = Rig::open();
    for sequence in 1..=5 {
        rig.ask(1);
        rig.sent();
        for _ in 0..3 {
            rig.hear(SESSION(), &Packet::EMPTY);
        }
        rig.hear(SESSION(), &answer(sequence, 1));
        assert!(matches!(rig.events().last(), Some(ClientEvent::Answered { .. })));
    }
}

#[test]
fn an_empty_packet_while_nothing_is_asked_ends_nothing() {
    let mut rig = Rig::open();
    assert_eq!(rig.hear(SESSION(), &Packet::EMPTY), []);
    rig.exchange(1, ms(10));
    assert_eq!(rig.hear(SESSION(), &Packet::EMPTY), []);
    assert_eq!(rig.events(), []);
    assert!(!rig.client.is_closed());
}

/// It takes a second one for empty data, and ends the session.
#[test]
fn an_original_server_never_gets_a_second_handshake_ack() {
    let mut rig = Rig::new();
    rig.hear(SESSION(), &syn_ack(0));
    rig.ask(1);
    rig.sent();
    for _ in 0..10 {
        let sent = rig.hear(SESSION(), &Packet::EMPTY);
        assert!(sent.iter().all(|(_, packet)| !packet.ack), "{sent:?}");
    }
}
