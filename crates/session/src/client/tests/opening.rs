//! Opening a session (PROTOCOL §3).

use super::*;

#[test]
fn the_handshake_is_the_originals_byte_for_byte() {
    let mut client = Client::new(start(), SERVER(), &v1_config(1));
    let golden_syn = r#"{"dados": null, "SYN": true, "ACK": false, "FIN": false, "ack": 0, "seq": 0, "proxSeq": 1, "checksum": null}"#;
    assert_eq!(client.poll_transmit(), Some((SERVER(), golden_syn.into())));
    let golden = r#"{"dados": null, "SYN": true, "ACK": true, "FIN": false, "ack": 1, "seq": 0, "proxSeq": 1, "checksum": null}"#;
    client.handle_datagram(start(), SESSION(), golden.as_bytes());
    let golden_ack = r#"{"dados": null, "SYN": false, "ACK": true, "FIN": false, "ack": 1, "seq": 1, "proxSeq": 0, "checksum": null}"#;
    assert_eq!(client.poll_transmit(), Some((SESSION(), golden_ack.into())));
    let connected = ClientEvent::Connected { peer: SESSION(), kind: ServerKind::Original, spoken: Spoken::V1 };
    assert_eq!((client.poll_event(), client.poll_timeout()), (Some(connected), None));
}

#[test]
fn a_cookie_is_echoed_to_the_port_it_came_from() {
    let mut rig = Rig::open();
    assert!(!rig.client.is_closed());
    assert_eq!(rig.hear(SESSION(), &syn_ack(NUMBER)), [], "and only once, whatever is repeated");
    rig.ask(1);
    rig.sent();
    assert_eq!(rig.hear(SESSION(), &syn_ack(NUMBER + 9)), []);
    assert_eq!(rig.events(), []);
}

#[test]
fn the_syn_is_repeated_with_back_off() {
    let times: Vec<_> = Rig::new().wait(s(24)).into_iter().map(|(at, packet)| (at, packet == syn())).collect();
    assert!(times.iter().all(|(_, is_syn)| *is_syn));
    let mut last = Duration::ZERO;
    for (index, (at, _)) in times.iter().enumerate() {
        let timeout = ms([333, 666, 1332].get(index).copied().unwrap_or(2000));
        let gap = *at - last;
        assert!(gap >= timeout && gap <= timeout * 5 / 4, "repeat {index} after {gap:?}");
        last = *at;
    }
    assert!((11..=14).contains(&times.len()), "{}", times.len());
}

#[test]
fn clients_of_other_seeds_repeat_at_other_times() {
    let first_repeat = |seed| Client::new(start(), SERVER(), &v1_config(seed)).poll_timeout();
    assert_eq!(first_repeat(1), first_repeat(1));
    assert_ne!(first_repeat(1), first_repeat(2));
}

#[test]
fn silence_is_told_every_five_seconds_and_ends_after_twenty_five() {
    let mut rig = Rig::new();
    for notice in 1..=4 {
        rig.wait(s(5) - ms(1));
        assert_eq!(rig.events(), []);
        rig.wait(ms(1));
        assert_eq!(rig.events(), [ClientEvent::StillConnecting { notice }]);
    }
    rig.wait(s(5));
    let last = ClientEvent::StillConnecting { notice: 5 };
    assert_eq!(rig.events(), [last, ClientEvent::ConnectFailed(ConnectError::Silence)]);
    assert!(rig.client.is_closed() && rig.client.poll_timeout().is_none());
    assert_eq!(rig.hear(SESSION(), &syn_ack(NUMBER)), [], "too late");
    assert_eq!(rig.events(), []);
}

#[test]
fn a_sleeping_program_gets_every_notice_when_it_wakes() {
    let mut rig = Rig::new();
    rig.client.handle_timeout(start() + s(16));
    let notices = [1, 2, 3].map(|notice| ClientEvent::StillConnecting { notice });
    assert_eq!(rig.events(), notices);
    assert_eq!(rig.sent(), [(SERVER(), syn())], "but sends one SYN");
}

#[test]
fn a_shorter_patience_ends_without_later_notices() {
    let config = ClientConfig { connect_timeout: s(7), ..v1_config(1) };
    let mut rig = Rig { client: Client::new(start(), SERVER(), &config), now: start() };
    rig.wait(s(60));
    let notice = ClientEvent::StillConnecting { notice: 1 };
    assert_eq!(rig.events(), [notice, ClientEvent::ConnectFailed(ConnectError::Silence)]);
}

#[test]
fn a_refusal_comes_in_the_servers_words_and_fails_what_waits() {
    let mut rig = Rig::new();
    let id = rig.ask(1);
    let full = Packet { data: text::SERVER_FULL.into(), ..Packet::EMPTY };
    assert_eq!(rig.hear(SERVER(), &full), []);
    let refused = ConnectError::Refused(text::SERVER_FULL.into());
    assert_eq!(rig.events(), [ClientEvent::ConnectFailed(refused), failed(id, RequestError::Closed)]);
    assert!(rig.client.is_closed());
}

/// They can be left over from an earlier session of this port.
#[test]
fn a_packet_without_words_does_not_refuse_the_session() {
    let mut rig = Rig::new();
    for packet in [Packet::EMPTY, fin(), refusal(1), ack(1), answer(1, 1), Packet { data: "".into(), ..fin() }] {
        assert_eq!(rig.hear(SERVER(), &packet), []);
    }
    assert_eq!(rig.events(), []);
    assert_eq!(rig.hear(SESSION(), &syn_ack(NUMBER)).len(), 1);
}

#[test]
fn only_the_servers_address_may_open_and_only_its_port_refuse() {
    let mut rig = Rig::new();
    let full = Packet { data: text::SERVER_FULL.into(), ..Packet::EMPTY };
    assert_eq!(rig.hear(at(2, 5000), &syn_ack(NUMBER)), []);
    assert_eq!(rig.hear(at(2, 5000), &full), []);
    assert_eq!(rig.hear(SESSION(), &full), []);
    assert_eq!(rig.hear(SERVER(), &Packet { ack_number: 2, ..syn_ack(NUMBER) }), []);
    assert_eq!(rig.hear(SERVER(), &syn()), []);
    assert_eq!(rig.events(), []);
    assert_eq!(rig.hear(SERVER(), &syn_ack(NUMBER)), [(SERVER(), ack(NUMBER))]);
}

#[test]
fn what_was_asked_before_is_sent_after_the_handshake() {
    let mut rig = Rig::new();
    rig.ask(1);
    rig.ask(2);
    assert_eq!(rig.sent(), []);
    let request = Packet::request(1, report(1));
    assert_eq!(rig.hear(SESSION(), &syn_ack(NUMBER)), [(SESSION(), ack(NUMBER)), (SESSION(), request)]);
}

#[test]
fn a_deadline_counts_while_the_session_opens() {
    let mut rig = Rig::new();
    let id = rig.ask(1);
    rig.wait(s(6));
    let notice = ClientEvent::StillConnecting { notice: 1 };
    let mut events = rig.events();
    events.sort_by_key(|event| *event != notice);
    assert_eq!(events, [notice, failed(id, RequestError::Deadline)]);
    assert_eq!(rig.hear(SESSION(), &syn_ack(NUMBER)), [(SESSION(), ack(NUMBER))], "and it is not sent any more");
}
