//! Silence, pings, FIN, and a server that stops (PROTOCOL §8.7).

use super::*;

#[test]
fn a_ping_is_answered_with_its_number() {
    let mut rig = Rig::new();
    let peer = rig.open(at(1, 1));
    assert_eq!(
        rig.hear(&peer, &[Frame { ping: Some(7), ..Frame::default() }]),
        [Frame { pong: Some(7), ..Frame::default() }]
    );
}

#[test]
fn a_session_ends_after_thirty_seconds_of_silence_and_anything_sealed_breaks_it() {
    let mut rig = Rig::new();
    let peer = rig.open(at(1, 1));
    rig.wait(s(29));
    rig.hear(&peer, &[Frame::default()]);
    rig.wait(s(29));
    assert_eq!(rig.server.sessions(), 1);
    rig.hear_bytes(peer.address, &sealed(&[Frame::default()], SessionId(1), &Key::Crc));
    rig.wait(s(1));
    assert!(matches!(rig.events()[..], [ServerEvent::Closed { reason: CloseReason::Silent, .. }]));
    let sent = rig.hear(&peer, &[request(1, 1)]);
    assert!(sent[0].reset.is_some());
}

#[test]
fn a_client_may_wish_for_a_shorter_silence_but_not_below_a_second_nor_a_longer_one() {
    for (wish, millis) in [(5_000, 5_000), (0, 1_000), (u32::MAX, 30_000)] {
        let mut rig = Rig::new();
        let mut peer = rig.offer(at(1, 1), None);
        peer.idle_ms = wish;
        rig.hear(&peer, &[Frame { ack: true, ..peer.head() }]);
        rig.wait(ms(millis) - ms(1));
        assert_eq!(rig.server.sessions(), 1);
        rig.wait(ms(1));
        assert_eq!(rig.server.sessions(), 0, "{wish}");
    }
}

#[test]
fn a_fin_is_confirmed_and_ends_the_session() {
    let mut rig = Rig::new();
    let peer = rig.open(at(1, 1));
    let key = rig.request(&peer, 1);
    let fin = Frame { fin: true, ..Frame::default() };
    let sent = rig.hear(&peer, &[Frame { ping: Some(1), ..Frame::default() }, fin.clone(), fin.clone(), request(2, 1)]);
    let confirmed = Frame { fin: true, ack: true, ..Frame::default() };
    assert_eq!(sent, [Frame { pong: Some(1), ..Frame::default() }, confirmed]);
    let events = rig.events();
    assert!(matches!(events[..], [ServerEvent::Closed { reason: CloseReason::Finished, .. }]), "{events:?}");
    assert_eq!(rig.hear(&peer, &[fin]), [], "of no session");
    assert_eq!(rig.answer(&peer, key, text::STORED), []);
    assert_eq!(rig.server.requests_in_flight(), 0);
}

#[test]
fn a_server_that_stops_tells_every_session_and_finishes_what_it_has() {
    let mut rig = Rig::new();
    let peers = [1, 2, 3].map(|port| rig.open(at(1, port)));
    let key = rig.request(&peers[0], 1);
    rig.server.drain();
    let told = rig.sent();
    assert_eq!(told.len(), 3);
    let frames =
        frames_of(&peers[0], &told.into_iter().filter(|transmit| transmit.to == peers[0].address).collect::<Vec<_>>());
    assert_eq!(frames, [Frame { going_away: true, ..Frame::default() }]);
    assert_eq!(rig.answer(&peers[0], key, text::STORED), [Frame { going_away: true, ..answered(1, 1) }]);
    let busy = Frame { busy_ms: Some(100), going_away: true, ..early(2, 1) };
    assert_eq!(rig.hear(&peers[0], &[request(2, 1)]), [busy], "nothing new");
    assert_eq!(rig.executed(), None);
}

#[test]
fn a_server_that_stops_opens_nothing() {
    let mut rig = Rig::new();
    let offered = rig.offer(at(1, 9), None);
    rig.server.drain();
    for bytes in [
        syn().to_bytes(),
        wire::handshake(&syn(), &Ext { nonce: Nonce(1), session: None, window: None, idle_ms: None }, &Key::Crc),
    ] {
        let sent = rig.hear_bytes(at(1, 1), &bytes);
        assert_eq!(
            packet::parse(&sent[0].bytes).unwrap().packet,
            Packet { data: text::GOING_AWAY.into(), ..Packet::EMPTY }
        );
    }
    rig.hear(&offered, &[Frame { ack: true, ..offered.head() }]);
    assert_eq!(rig.server.sessions(), 0, "nor what it offered before");
}
