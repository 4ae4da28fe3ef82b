//! Requests and answers (PROTOCOL §4).

use super::*;

const PEER: fn() -> SocketAddr = || at(1, 1);

fn opened() -> Rig {
    let mut rig = Rig::new();
    rig.open(PEER());
    rig
}

#[test]
fn the_golden_report_is_answered_as_the_original_answered_it() {
    let mut rig = opened();
    let request = Packet::request(1, report(4999));
    assert_eq!(request.checksum, Some(145));
    let key = rig.request(PEER(), 1, report(4999));
    let answer = rig.answer(key, "Dados gravados");
    let golden = r#"{"dados": "Dados gravados", "SYN": false, "ACK": true, "FIN": false, "ack": 2, "seq": 0, "proxSeq": 0, "checksum": 145}"#;
    assert_eq!(str::from_utf8(&answer).unwrap(), golden);
}

#[test]
fn a_lost_answer_does_not_repeat_the_report() {
    let mut rig = opened();
    let key = rig.request(PEER(), 1, report(4999));
    let answer = rig.answer(key, "Dados gravados");
    for _ in 0..10 {
        let repeated = rig.hear_bytes(PEER(), &Packet::request(1, report(4999)).to_bytes());
        assert_eq!(repeated, [Transmit { port: Port::Server, to: PEER(), bytes: Arc::clone(&answer) }]);
    }
    assert_eq!(rig.events(), []);
    assert_eq!((rig.server.counters().requests, rig.server.counters().repeats), (1, 10));
}

#[test]
fn the_repeat_of_a_running_request_is_silent() {
    let mut rig = opened();
    let key = rig.request(PEER(), 1, report(4999));
    for _ in 0..10 {
        assert_eq!(rig.hear(PEER(), &Packet::request(1, report(4999))), []);
    }
    assert_eq!((rig.events(), rig.server.requests_in_flight()), (vec![], 1));
    rig.answer(key, "Dados gravados");
    assert_eq!(rig.server.requests_in_flight(), 0);
}

#[test]
fn the_same_number_with_other_content_is_a_new_command() {
    let mut rig = opened();
    let first = rig.request(PEER(), 1, report(4999));
    let first_answer = rig.answer(first, "one");
    let second = rig.request(PEER(), 1, report(1234));
    let second_answer = rig.answer(second, "two");
    for (price, answer) in [(4999, first_answer), (1234, second_answer)] {
        let repeated = rig.hear_bytes(PEER(), &Packet::request(1, report(price)).to_bytes());
        assert_eq!(repeated[0].bytes, answer);
    }
}

#[test]
fn another_number_with_the_same_content_is_a_new_command() {
    let mut rig = opened();
    rig.request(PEER(), 1, report(4999));
    rig.request(PEER(), 2, report(4999));
}

#[test]
fn a_wrong_checksum_executes_nothing_and_remembers_nothing() {
    let mut rig = opened();
    let right = Packet::request(1, report(4999));
    for checksum in [Some(144), Some(0), None] {
        let wrong = Packet { checksum, ..right.clone() };
        let refusal = Packet { ack_number: 2, checksum: Some(145), ..Packet::EMPTY };
        assert_eq!(rig.hear(PEER(), &wrong), [refusal]);
    }
    assert_eq!((rig.events(), rig.server.counters().wrong_checksum), (vec![], 3));
    rig.request(PEER(), 1, report(4999));
    assert_eq!(rig.server.requests_in_flight(), 1);
}

#[test]
fn a_request_of_an_unknown_session_gets_an_empty_packet() {
    let mut rig = opened();
    assert_eq!(rig.hear(at(1, 2), &Packet::request(1, report(4999))), [Packet::EMPTY]);
    assert_eq!(rig.hear(at(1, 2), &Packet { checksum: Some(1), ..Packet::request(1, report(1)) }), [Packet::EMPTY]);
    assert_eq!((rig.events(), rig.server.counters().unknown_session), (vec![], 2));
}

#[test]
fn thirty_two_answers_are_remembered() {
    let mut rig = opened();
    for sequence in 1..=32 {
        let key = rig.request(PEER(), sequence, report(4999));
        rig.answer(key, sequence.to_string());
    }
    for sequence in 1..=32 {
        let repeated = rig.hear(PEER(), &Packet::request(sequence, report(4999)));
        assert_eq!(repeated[0].data, sequence.to_string().into());
    }
    assert_eq!(rig.events(), []);
}

#[test]
fn a_request_whose_answer_is_forgotten_is_not_executed_again() {
    let mut rig = opened();
    for sequence in 1..=50 {
        let key = rig.request(PEER(), sequence, report(4999));
        rig.answer(key, "Dados gravados");
    }
    for sequence in 1..=18 {
        assert_eq!(rig.hear(PEER(), &Packet::request(sequence, report(4999))), [], "its answer is forgotten");
    }
    for sequence in 19..=50 {
        assert_eq!(rig.hear(PEER(), &Packet::request(sequence, report(4999))).len(), 1);
    }
    assert_eq!(rig.events(), []);
    assert_eq!(rig.server.counters().repeats, 50);
}

/// A peer whose commands fail again and again uses one number for many of them.
#[test]
fn a_number_can_be_used_for_any_number_of_commands() {
    let mut rig = opened();
    for price in 1..200 {
        let key = rig.request(PEER(), 7, report(price));
        rig.answer(key, "Dados gravados");
    }
    assert_eq!(rig.server.counters().requests, 199);
}

#[test]
fn with_thirty_two_running_a_further_one_is_dropped_until_one_is_answered() {
    let mut rig = opened();
    let keys: Vec<_> = (1..=32).map(|sequence| rig.request(PEER(), sequence, report(4999))).collect();
    assert_eq!(rig.hear(PEER(), &Packet::request(33, report(4999))), []);
    assert_eq!((rig.events(), rig.server.counters().overloaded), (vec![], 1));
    rig.answer(keys[20], "Dados gravados");
    rig.request(PEER(), 33, report(4999));
}

#[test]
fn an_answer_too_long_for_the_peer_is_told_in_its_place() {
    let mut rig = opened();
    let key = rig.request(PEER(), 1, report(4999));
    let around = Packet { ack: true, ack_number: 2, checksum: Some(145), data: "".into(), ..Packet::EMPTY };
    let longest = 1024 - around.to_bytes().len();
    assert_eq!(
        rig.server.answer(key, "x".repeat(longest + 1).into()),
        Err(AnswerTooLarge { bytes: 1025, limit: 1024 })
    );
    let told = rig.server.poll_transmit().unwrap().bytes;
    assert_eq!(packet::parse(&told).unwrap().packet, Packet { data: text::TOO_LARGE.into(), ..around });
    let repeated = rig.hear_bytes(PEER(), &Packet::request(1, report(4999)).to_bytes());
    assert_eq!(repeated[0].bytes, told);
    assert_eq!((rig.server.counters().answers_too_large, rig.server.requests_in_flight()), (1, 0));
    let key = rig.request(PEER(), 2, report(4999));
    assert_eq!(rig.answer(key, "x".repeat(longest)).len(), 1024);
}

#[test]
fn an_answer_after_the_session_ended_is_sent_to_nobody() {
    let mut rig = opened();
    let key = rig.request(PEER(), 1, report(4999));
    rig.hear(PEER(), &fin());
    rig.wait(ms(8));
    rig.open(PEER());
    rig.server.answer(key, "Dados gravados".into()).unwrap();
    assert_eq!((rig.server.poll_transmit(), rig.server.requests_in_flight()), (None, 0));
    rig.request(PEER(), 1, report(4999));
}

#[test]
fn a_request_not_executed_is_new_again_when_it_is_repeated() {
    let mut rig = opened();
    let key = rig.request(PEER(), 1, report(4999));
    rig.server.not_executed(key);
    assert_eq!((rig.server.poll_transmit(), rig.server.requests_in_flight()), (None, 0));
    rig.request(PEER(), 1, report(4999));
}

#[test]
fn a_lost_request_is_neither_answered_nor_executed_again() {
    let mut rig = opened();
    let key = rig.request(PEER(), 1, report(4999));
    rig.server.lost(key);
    assert_eq!(rig.server.requests_in_flight(), 0);
    assert_eq!(rig.hear(PEER(), &Packet::request(1, report(4999))), []);
    assert_eq!(rig.events(), []);
}

#[test]
fn unknown_members_are_read_over_and_belong_to_the_bytes() {
    let mut rig = opened();
    let with = |member: &str| {
        let request = String::from_utf8(Packet::request(1, report(4999)).to_bytes()).unwrap();
        let unsummed = request.replace(", \"checksum\": 145}", &format!(", {member}, \"checksum\": 0}}"));
        let sum = packet::parse(unsummed.as_bytes()).unwrap().computed_checksum;
        unsummed.replace("\"checksum\": 0}", &format!("\"checksum\": {sum}}}"))
    };
    for member in ["\"ext\": {\"v\": 3}", "\"ext\": {\"v\": 4}"] {
        assert_eq!(rig.hear_bytes(PEER(), with(member).as_bytes()), []);
        assert!(matches!(&rig.events()[..], [ServerEvent::Request { order, .. }] if order.data == report(4999)));
    }
}
