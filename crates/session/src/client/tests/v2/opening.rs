//! Negotiation (PROTOCOL §8.1): a v1 server is none the worse for it, and nobody is talked down.

use super::*;

#[test]
fn the_syn_says_v2_with_a_nonce_of_its_own_and_repeats_it() {
    let mut client = Client::new(start(), SERVER(), &ClientConfig { idle: Some(s(20)), ..ClientConfig::new(1) });
    let first = client.poll_transmit().unwrap();
    let (packet, ext) = syn_of(&first.1);
    assert_eq!(packet, Packet { syn: true, next_sequence: 1, ..Packet::EMPTY });
    assert_eq!((ext.session, ext.window, ext.idle_ms), (None, None, Some(20_000)));
    client.handle_timeout(client.poll_timeout().unwrap());
    assert_eq!(client.poll_transmit(), Some(first));
    let mut other = Client::new(start(), SERVER(), &ClientConfig::new(2));
    assert_ne!(syn_of(&other.poll_transmit().unwrap().1).1.nonce, ext.nonce);
}

#[test]
fn a_syn_ack_with_ext_opens_v2_and_is_confirmed() {
    let mut rig = Rig::new(|_| ());
    rig.hear_syn_ack();
    let connected = ClientEvent::Connected { peer: SERVER(), kind: ServerKind::Posto, spoken: Spoken::V2 };
    assert_eq!(rig.events(), [connected]);
    let [frame] = &rig.sent()[..] else { panic!("one frame") };
    let opening = wire::Opening { nonce: rig.nonce, idle_ms: Some(30_000) };
    let expected = Frame { ack: true, ack_number: NUMBER + 1, opening: Some(opening), ..Frame::default() };
    assert_eq!(*frame, expected);
}

#[test]
fn a_syn_ack_without_ext_is_a_v1_servers() {
    let mut rig = Rig::new(|_| ());
    rig.hear_bytes(&syn_ack(NUMBER).to_bytes());
    assert!(matches!(rig.events()[..], [ClientEvent::Connected { spoken: Spoken::V1, .. }]));
}

#[test]
fn whoever_asks_for_v2_is_not_given_v1() {
    let mut rig = Rig::new(|config| config.protocol = Protocol::V2);
    rig.hear_bytes(&syn_ack(NUMBER).to_bytes());
    assert_eq!(rig.events(), []);
    rig.client.handle_timeout(start() + s(25));
    assert_eq!(rig.events().pop(), Some(ClientEvent::ConnectFailed(ConnectError::OnlyV1)));
}

#[test]
fn a_syn_ack_that_was_damaged_is_passed_over_and_not_taken_for_v1() {
    let mut rig = Rig::new(|_| ());
    let right = rig.syn_ack();
    for place in 0..right.len() {
        let mut damaged = right.clone();
        damaged[place] ^= 1;
        // Where the damage is in the name of `ext` itself, it is an unknown member of v1.
        if !damaged.windows(6).any(|bytes| bytes == b"\"ext\":") {
            continue;
        }
        rig.hear_bytes(&damaged);
        assert_eq!(rig.events(), [], "{}", String::from_utf8_lossy(&damaged));
    }
    rig.hear_bytes(&right);
    assert_eq!(rig.events().len(), 1);
}

/// Several bits were flipped, in its name and in its seal: it is no v1 for that.
#[test]
fn a_syn_ack_whose_ext_and_seal_are_damaged_beyond_recognition_is_passed_over() {
    let mut rig = Rig::new(|_| ());
    let text = String::from_utf8(rig.syn_ack()).unwrap();
    rig.hear_bytes(text.replace("\"ext\"", "\"ezt\"").replace("\"crc\"", "\"crb\"").as_bytes());
    assert_eq!(rig.events(), []);
}

#[test]
fn a_syn_ack_of_another_handshake_or_port_is_passed_over() {
    let mut rig = Rig::new(|_| ());
    let nonce = std::mem::replace(&mut rig.nonce, Nonce(1));
    rig.hear_syn_ack();
    rig.nonce = nonce;
    let right = rig.syn_ack();
    rig.client.handle_datagram(rig.now, super::super::SESSION(), &right);
    assert_eq!(rig.events(), []);
}

#[test]
fn with_the_key_of_both_the_session_is_keyed() {
    let mut rig = Rig::new(|config| config.psk = Some(psk(1)));
    rig.hear_syn_ack();
    assert!(matches!(rig.events()[..], [ClientEvent::Connected { spoken: Spoken::Keyed, .. }]));
    assert_eq!(rig.sent().len(), 1, "closed with the key");
}

#[test]
fn a_server_without_our_key_opens_and_refuses_nothing_and_is_told_apart_from_silence() {
    let with_key = |client: Option<Psk>, server: Option<Psk>, plain: bool| {
        let mut rig = Rig::new(|config| config.psk = client);
        rig.psk = server;
        let bytes = if plain { syn_ack(NUMBER).to_bytes() } else { rig.syn_ack() };
        rig.hear_bytes(&bytes);
        rig.hear_bytes(&Packet { data: text::SERVER_FULL.into(), ..Packet::EMPTY }.to_bytes());
        assert_eq!(rig.events(), []);
        rig.client.handle_timeout(start() + s(25));
        rig.events().pop()
    };
    let wrong = Some(ClientEvent::ConnectFailed(ConnectError::WrongKey));
    assert_eq!(with_key(Some(psk(1)), Some(psk(2)), false), wrong, "another key");
    assert_eq!(with_key(Some(psk(1)), None, false), wrong, "none");
    assert_eq!(with_key(Some(psk(1)), None, true), wrong, "a v1 server");
}

#[test]
fn a_client_without_a_key_does_not_believe_a_mac() {
    let mut rig = Rig::new(|_| ());
    rig.psk = Some(psk(1));
    rig.hear_syn_ack();
    assert_eq!(rig.events(), []);
}

#[test]
fn every_frame_opens_the_session_until_the_first_answer() {
    let mut rig = Rig::new(|_| ());
    rig.hear_syn_ack();
    rig.sent();
    rig.ask(1);
    let first = rig.sent();
    let again = rig.wait(ms(500));
    for frame in first.iter().chain(again.iter().map(|(_, frame)| frame)) {
        assert_eq!((frame.ack_number, frame.opening.map(|opening| opening.nonce)), (NUMBER + 1, Some(rig.nonce)));
    }
    rig.hear(&[early(1, 1)]);
    rig.ask(2);
    let [second] = &rig.sent()[..] else { panic!("one frame") };
    assert_eq!((second.ack_number, second.opening), (0, None));
}

#[test]
fn a_request_that_waited_confirms_the_handshake_by_itself() {
    let mut rig = Rig::new(|_| ());
    rig.ask(1);
    assert_eq!(rig.sent_bytes().len(), 0);
    rig.hear_syn_ack();
    let frames = rig.sent();
    assert!(matches!(frames[..], [Frame { sequence: 1, ack: false, opening: Some(_), .. }]), "{frames:?}");
}

#[test]
fn the_handshake_gives_the_first_round_trip() {
    let mut rig = Rig::new(|_| ());
    rig.wait(ms(80));
    rig.hear_syn_ack();
    assert_eq!(rig.client.round_trip(), Some(ms(80)));
    let mut repeated = Rig::new(|_| ());
    repeated.client.handle_timeout(start() + ms(450));
    repeated.hear_syn_ack();
    assert_eq!(repeated.client.round_trip(), None, "of which SYN it is, nobody knows");
}

#[test]
fn whoever_asks_for_v1_says_nothing_of_v2() {
    let config = ClientConfig { protocol: Protocol::V1, ..ClientConfig::new(1) };
    let mut client = Client::new(start(), SERVER(), &config);
    let syn = packet::parse(&client.poll_transmit().unwrap().1).unwrap();
    assert_eq!(Ext::of(&syn), None);
}
