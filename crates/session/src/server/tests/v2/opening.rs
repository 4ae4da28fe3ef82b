//! Negotiation and handshake (PROTOCOL §8.1): nothing is kept of an unproven peer.

use super::*;

fn v2_syn(nonce: u64, key: &Key) -> Vec<u8> {
    let ext = Ext { nonce: Nonce(nonce), session: None, window: None, idle_ms: Some(400) };
    wire::handshake(&syn(), &ext, key)
}

#[test]
fn a_syn_of_v2_is_answered_with_a_session_and_nothing_is_kept() {
    let mut rig = Rig::with(|config| config.window = 77);
    let sent = rig.hear_bytes(at(1, 1), &v2_syn(5, &Key::Crc));
    let received = packet::parse(&sent[0].bytes).unwrap();
    let ext = Ext::of(&received).unwrap();
    let packet = &received.packet;
    assert!(packet.syn && packet.ack && packet.ack_number == 1 && packet.next_sequence == packet.sequence + 1);
    assert_eq!((ext.nonce, ext.window, ext.idle_ms), (Nonce(5), Some(77), Some(1000)));
    assert_eq!((rig.server.sessions(), rig.events(), rig.server.poll_timeout()), (0, vec![], None));
    let (signed, seal) = wire::handshake_seal(&sent[0].bytes).unwrap();
    assert!(Key::Crc.fits(signed, seal));
}

#[test]
fn a_syn_of_v1_is_answered_as_ever() {
    let mut rig = Rig::new();
    let sent = rig.hear_bytes(at(1, 1), &syn().to_bytes());
    let received = packet::parse(&sent[0].bytes).unwrap();
    assert!(received.packet.syn && received.packet.ack && received.header.get("ext").is_none());
}

#[test]
fn a_syn_whose_crc_does_not_fit_gets_silence_and_not_v1() {
    let mut rig = Rig::new();
    let text = String::from_utf8(v2_syn(5, &Key::Crc)).unwrap();
    assert_eq!(rig.hear_bytes(at(1, 1), text.replace("\"idle_ms\": 400", "\"idle_ms\": 401").as_bytes()), []);
    assert_eq!(rig.server.counters().wrong_seal, 1);
}

/// Several bits were flipped, in its name and in its seal: it is no v1 for that.
#[test]
fn a_syn_whose_ext_and_seal_are_damaged_beyond_recognition_gets_silence() {
    let mut rig = Rig::new();
    let text = String::from_utf8(v2_syn(5, &Key::Crc)).unwrap();
    for (ext, crc) in [("\"ezt\"", "\"crb\""), ("\"ext\"", "\"crb\""), ("\"ezt\"", "\"crc\" ")] {
        let damaged = text.replace("\"ext\"", ext).replace("\"crc\"", crc);
        assert_eq!(rig.hear_bytes(at(1, 1), damaged.as_bytes()), [], "{damaged}");
    }
    assert_eq!(rig.server.sessions(), 0);
}

#[test]
fn an_ext_of_another_level_is_as_none() {
    let mut rig = Rig::new();
    let text = String::from_utf8(v2_syn(5, &Key::Crc)).unwrap();
    let other = text.replace("\"v\": 2", "\"v\": 3");
    assert_eq!(rig.hear_bytes(at(1, 1), other.as_bytes()), [], "a damaged one is of no level at all");
    let (signed, _) = other.split_once(", \"crc\"").unwrap();
    let Seal::Crc(sum) = Key::Crc.seal(signed.as_bytes()) else { panic!("a CRC") };
    let sent = rig.hear_bytes(at(1, 1), format!("{signed}, \"crc\": {sum}}}}}").as_bytes());
    assert_eq!(Ext::of(&packet::parse(&sent[0].bytes).unwrap()), None);
}

#[test]
fn a_key_is_asked_of_those_who_say_that_they_have_it() {
    let silent = |server: Option<Psk>, key: &Key| {
        let mut rig = Rig::with(|config| config.psk = server);
        rig.hear_bytes(at(1, 1), &v2_syn(5, key)).is_empty() && rig.server.counters().wrong_seal == 1
    };
    let syn_key = |byte| psk(byte).syn_key(Nonce(5));
    assert!(silent(None, &syn_key(1)), "the server has none");
    assert!(silent(Some(psk(2)), &syn_key(1)), "another one");
    assert!(!silent(Some(psk(1)), &syn_key(1)));
    assert!(!silent(Some(psk(1)), &Key::Crc), "who has none may ask");
}

#[test]
fn how_much_a_peer_has_proved_is_told_with_each_request() {
    for (key, trust) in [(None, Trust::V2), (Some(psk(1)), Trust::Keyed)] {
        let mut rig = Rig::with(|config| config.psk = Some(psk(1)));
        let peer = rig.open_with(at(1, 1), key);
        rig.hear(&peer, &[request(1, 1)]);
        assert!(matches!(&rig.events()[..], [ServerEvent::Request { order, .. }] if order.trust == trust));
    }
}

#[test]
fn the_first_request_opens_the_session_when_the_ack_was_lost() {
    let mut rig = Rig::new();
    let peer = rig.offer(at(1, 1), None);
    assert_eq!(
        rig.hear(&peer, &[Frame { opening: peer.head().opening, ack_number: peer.number + 1, ..request(1, 1) }]),
        []
    );
    let events = rig.events();
    assert!(matches!(events[..], [ServerEvent::Opened { .. }, ServerEvent::Request { .. }]), "{events:?}");
}

#[test]
fn so_does_a_ping_and_a_frame_behind_others() {
    let mut rig = Rig::new();
    let peer = rig.offer(at(1, 1), None);
    let ping = Frame { ping: Some(9), ..peer.head() };
    assert_eq!(rig.hear(&peer, &[request(1, 1), ping]), [Frame { pong: Some(9), ..Frame::default() }]);
    assert!(rig.executed().is_some());
}

#[test]
fn a_replayed_handshake_of_a_live_session_changes_nothing() {
    let mut rig = Rig::new();
    let peer = rig.offer(at(1, 1), None);
    let first =
        Frame { base: 1, ..Frame { opening: peer.head().opening, ack_number: peer.number + 1, ..request(1, 1) } };
    rig.hear(&peer, &[Frame { ack: true, ..peer.head() }]);
    rig.hear(&peer, std::slice::from_ref(&first));
    let key = rig.executed().unwrap();
    assert_eq!(rig.answer(&peer, key, text::STORED), [answered(1, 1)]);
    rig.wait(ms(100));
    assert_eq!(rig.hear(&peer, &[Frame { ack: true, ..peer.head() }]), []);
    assert_eq!(rig.hear(&peer, &[first]), [answered(1, 1)], "the same answer, and not another execution");
    assert_eq!((rig.events(), rig.server.counters().opened), (vec![], 1));
}

#[test]
fn a_replayed_handshake_of_an_ended_session_opens_nothing() {
    let mut rig = Rig::new();
    let peer = rig.open(at(1, 1));
    rig.hear(&peer, &[Frame { fin: true, ..Frame::default() }]);
    rig.events();
    rig.wait(s(14));
    assert_eq!(rig.hear(&peer, &[Frame { ack: true, ..peer.head() }]), []);
    rig.hear(&peer, &[Frame { opening: peer.head().opening, ack_number: peer.number + 1, ..request(1, 1) }]);
    rig.wait(s(2));
    rig.hear(&peer, &[Frame { opening: peer.head().opening, ack_number: peer.number + 1, ..request(1, 1) }]);
    assert_eq!((rig.events(), rig.server.sessions()), (vec![], 0));
    assert_eq!((rig.server.counters().replayed_handshakes, rig.server.counters().wrong_cookie), (2, 1));
}

#[test]
fn a_cookie_is_good_for_fifteen_seconds_and_one_address() {
    let mut rig = Rig::new();
    let peer = rig.offer(at(1, 1), None);
    let ack = [Frame { ack: true, ..peer.head() }];
    for thief in [at(1, 2), at(2, 1)] {
        let stolen = Peer { address: thief, ..peer.clone() };
        assert_eq!(rig.hear(&stolen, &ack), []);
    }
    rig.wait(s(15) + ms(16));
    assert_eq!(rig.hear(&peer, &ack), []);
    assert_eq!((rig.server.sessions(), rig.server.counters().wrong_cookie), (0, 3));
}

#[test]
fn a_handshake_with_another_session_nonce_or_number_opens_nothing() {
    let mut rig = Rig::new();
    let peer = rig.offer(at(1, 1), None);
    for changed in [
        Peer { session: SessionId(peer.session.0 ^ 1), ..peer.clone() },
        Peer { nonce: Nonce(peer.nonce.0 ^ 1), ..peer.clone() },
        Peer { number: peer.number ^ 1, ..peer.clone() },
        Peer { number: 0, ..peer.clone() },
    ] {
        assert_eq!(rig.hear(&changed, &[Frame { ack: true, ..changed.head() }]), []);
    }
    assert_eq!((rig.server.sessions(), rig.server.counters().wrong_cookie), (0, 4));
}

#[test]
fn a_cookie_made_without_a_nonce_opens_no_session_of_v2_and_the_other_way_round() {
    let mut rig = Rig::new();
    let peer = rig.offer(at(1, 1), None);
    rig.hear_bytes(at(1, 1), &crate::testing::ack(peer.number).to_bytes());
    assert_eq!((rig.server.sessions(), rig.server.counters().wrong_cookie), (0, 1));
}

#[test]
fn a_newer_session_of_the_same_address_takes_the_place_of_the_older() {
    let mut rig = Rig::new();
    let old = rig.open(at(1, 1));
    let key = rig.request(&old, 1);
    rig.wait(ms(8));
    let new = rig.open(at(1, 1));
    assert_ne!(old.session, new.session);
    assert_eq!(rig.answer(&new, key, text::STORED), [], "who asked is gone");
    assert_eq!((rig.server.sessions(), rig.server.requests_in_flight()), (1, 0));
    rig.request(&new, 1);
}

#[test]
fn v2_lives_on_the_port_that_everyone_knows() {
    let mut rig = Rig::with(|config| config.ports = Ports::Range(3));
    let peer = rig.open(at(1, 1));
    let frames = peer.datagram(&[request(1, 1)]);
    rig.server.handle_datagram(rig.now, peer.address, Port::Session(0), &frames);
    assert_eq!(rig.events(), []);
    rig.request(&peer, 1);
}

#[test]
fn where_only_v2_is_served_a_syn_of_v1_is_told_so() {
    let mut rig = Rig::with(|config| config.v1 = false);
    rig.open(at(1, 1));
    let sent = rig.hear_bytes(at(1, 2), &syn().to_bytes());
    assert_eq!(packet::parse(&sent[0].bytes).unwrap().packet.data, text::V2_ONLY.into());
}

/// PROTOCOL §8.8: loopback is this machine's own.
#[test]
fn a_host_gets_fifty_syns_a_second_and_a_hundred_at_once() {
    let answered = |rig: &mut Rig, host: fn(u16) -> SocketAddr, count: u16| {
        (0..count).filter(|port| !rig.hear_bytes(host(1000 + port), &v2_syn(5, &Key::Crc)).is_empty()).count()
    };
    let mut rig = Rig::new();
    assert_eq!(answered(&mut rig, |port| at(1, port), 150), 100);
    assert_eq!(rig.server.counters().syn_floods, 50);
    assert_eq!(answered(&mut rig, |port| at(2, port), 100), 100, "others are not held to it");
    rig.wait(s(1));
    assert_eq!(answered(&mut rig, |port| at(1, port), 150), 50);
    assert_eq!(answered(&mut rig, |port| SocketAddr::from(([127, 0, 0, 1], port)), 500), 500);
}

#[test]
fn workers_of_one_process_share_out_the_numbers_of_sessions() {
    let numbers = |worker| {
        let mut rig = Rig::with(|config| config.worker = (worker, 3));
        (1..=3).map(|port| rig.open(at(1, port))).for_each(drop);
        let mut numbers = Vec::new();
        for port in 4..=6 {
            let peer = rig.offer(at(1, port), None);
            rig.hear(&peer, &[Frame { ack: true, ..peer.head() }]);
            let events = rig.events();
            let [ServerEvent::Opened { session, .. }] = events[..] else { panic!("{events:?}") };
            numbers.push(session);
        }
        numbers
    };
    assert_eq!([numbers(0), numbers(1), numbers(2)], [[10, 13, 16], [11, 14, 17], [12, 15, 18]]);
}
