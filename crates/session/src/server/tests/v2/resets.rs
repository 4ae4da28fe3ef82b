//! Resets (PROTOCOL §8.7): only to who asks something, never longer, and not too many.

use super::*;

/// What a client of a session that this server does not know sent.
fn stranger(address: SocketAddr, psk: Option<Psk>) -> Peer {
    Peer { address, nonce: Nonce(1), number: 2, session: SessionId(u64::from(address.port())), idle_ms: 9, psk }
}

#[test]
fn who_asks_in_an_unknown_session_is_told_with_the_seal_of_what_it_sent() {
    let mut rig = Rig::new();
    let peer = stranger(at(1, 1), None);
    let datagram = peer.datagram(&[request(1, 1)]);
    let sent = rig.hear_bytes(peer.address, &datagram);
    let quoted = Sealed::of(&datagram).unwrap().seal();
    assert_eq!(frames_of(&peer, &sent), [Frame { reset: Some(quoted), ..Frame::default() }]);
    assert!(sent[0].bytes.len() <= datagram.len());
    assert_eq!((rig.server.sessions(), rig.server.counters().resets), (0, 1));
}

#[test]
fn with_a_key_it_is_closed_with_the_key_of_resets() {
    let mut rig = Rig::with(|config| config.psk = Some(psk(1)));
    let peer = stranger(at(1, 1), Some(psk(1)));
    let datagram = peer.datagram(&[request(1, 1)]);
    let sent = rig.hear_bytes(peer.address, &datagram);
    let (session, frames) = unsealed(&sent[0].bytes, &psk(1).reset_key(peer.session));
    assert_eq!((session, frames[0].reset), (peer.session, Some(Sealed::of(&datagram).unwrap().seal())));
    assert!(sent[0].bytes.len() <= datagram.len());
    let mut without = Rig::new();
    assert_eq!(without.hear_bytes(peer.address, &datagram), [], "a server without a key");
}

#[test]
fn what_asks_nothing_gets_silence() {
    let silent = |frame: Frame| {
        let mut rig = Rig::new();
        let peer = stranger(at(1, 1), None);
        assert_eq!(rig.hear(&peer, std::slice::from_ref(&frame)), [], "{frame:?}");
        assert_eq!(rig.server.counters().unknown_session, 1);
    };
    let asks = request(1, 1);
    silent(Frame { reset: Some(Seal::Crc(1)), ..asks.clone() });
    silent(Frame { busy_ms: Some(1), ..asks.clone() });
    silent(Frame { error: Some(FrameError::Lost), ..asks.clone() });
    silent(Frame { sequence: 0, ..asks.clone() });
    silent(Frame { data: Value::Null, ..asks.clone() });
    silent(Frame { data: "text".into(), ..asks.clone() });
    silent(Frame { ack: true, ack_number: 2, ..Frame::default() });
    silent(Frame { fin: true, ..Frame::default() });
    silent(Frame { ping: Some(1), ..Frame::default() });
    silent(answered(1, 1));
}

#[test]
fn a_reset_that_would_be_longer_than_what_it_answers_is_not_sent() {
    let mut rig = Rig::new();
    let signed = r#"{"seq":1,"dados":{},"session":"0000000000000001""#;
    let Seal::Crc(sum) = Key::Crc.seal(signed.as_bytes()) else { panic!("no key") };
    let datagram = format!("{signed}, \"crc\": {sum}}}");
    assert_eq!(rig.hear_bytes(at(1, 1), datagram.as_bytes()), []);
    assert_eq!((rig.server.counters().unknown_session, rig.server.counters().resets), (1, 0));
}

#[test]
fn one_session_is_reset_ten_times_a_second_at_most() {
    let mut rig = Rig::new();
    let peer = stranger(at(1, 1), None);
    let mut resets = 0;
    for _ in 0..1000 {
        resets += rig.hear(&peer, &[request(1, 1)]).len();
        rig.wait(ms(1));
    }
    assert_eq!((resets, rig.server.counters().resets_withheld), (10, 990));
}

#[test]
fn all_sessions_together_five_thousand_times_a_second_at_most() {
    let mut rig = Rig::new();
    let mut resets = 0;
    for number in 0..20_000 {
        let peer = Peer { session: SessionId(number), ..stranger(at(1, 1), None) };
        resets += rig.hear(&peer, &[request(1, 1)]).len();
        if number % 10 == 9 {
            rig.wait(ms(1));
        }
    }
    // Two seconds, and what a pause leaves.
    assert!((9_000..=10_500).contains(&resets), "{resets}");
}

#[test]
fn a_known_session_from_another_address_is_an_unknown_one() {
    let mut rig = Rig::new();
    let peer = rig.open(at(1, 1));
    for address in [at(1, 2), at(2, 1)] {
        let moved = Peer { address, ..peer.clone() };
        let sent = rig.hear(&moved, &[request(1, 1)]);
        assert!(sent.iter().all(|frame| frame.reset.is_some()));
    }
    assert_eq!(rig.executed(), None);
    rig.request(&peer, 1);
}

#[test]
fn a_session_guessed_at_a_live_peers_address_neither_hears_nor_ends_it() {
    let mut rig = Rig::new();
    let peer = rig.open(at(1, 1));
    let guessed = Peer { session: SessionId(peer.session.0 + 1), ..peer.clone() };
    rig.hear(&guessed, &[request(1, 1), Frame { fin: true, ..Frame::default() }]);
    assert_eq!(rig.executed(), None);
    rig.request(&peer, 1);
}
