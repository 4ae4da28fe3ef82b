//! Requests, their repeats and their answers (PROTOCOL §4 and §6).

use super::*;

#[test]
fn one_request_is_in_the_air_at_a_time_and_numbers_count_up() {
    let mut rig = Rig::open();
    let ids = [1, 2, 3].map(|price| rig.ask(price));
    for (sequence, (price, id)) in (1..).zip([1, 2, 3].into_iter().zip(ids)) {
        if sequence == 1 {
            assert_eq!(rig.sent(), [(SESSION(), Packet::request(1, report(1)))]);
        }
        let next = (price < 3).then(|| (SESSION(), Packet::request(sequence + 1, report(price + 1))));
        assert_eq!(rig.hear(SESSION(), &answer(sequence, price)), Vec::from_iter(next));
        let events = rig.events();
        let [ClientEvent::Answered { id: answered, answer: received }] = &events[..] else { panic!("{events:?}") };
        assert_eq!(
            (*answered, received.packet.as_ref().map(|received| &received.packet)),
            (id, Some(&answer(sequence, price)))
        );
    }
    assert_eq!(rig.client.poll_timeout(), None);
}

#[test]
fn a_request_is_repeated_byte_for_byte_with_back_off_until_its_deadline() {
    let mut rig = Rig::open();
    let id = rig.ask(1);
    let mut last = Duration::ZERO;
    rig.sent();
    let repeats = rig.wait(s(6));
    for (index, (at, packet)) in repeats.iter().enumerate() {
        let timeout = ms([333, 666, 1332].get(index).copied().unwrap_or(2000));
        assert!(*at - last >= timeout && *at - last <= timeout * 5 / 4, "repeat {index}");
        assert_eq!(*packet, Packet::request(1, report(1)));
        last = *at;
    }
    assert!((3..=4).contains(&repeats.len()));
    let mut events = rig.events();
    assert_eq!(events.pop(), Some(failed(id, RequestError::Deadline)));
    assert_eq!(events, (1..).take(repeats.len()).map(|number| again(id, number)).collect::<Vec<_>>());
}

#[test]
fn the_timeout_follows_the_round_trip_and_not_below_a_tenth_of_a_second_far_away() {
    let mut rig = Rig::open();
    rig.exchange(1, ms(50));
    assert_eq!(rig.client.round_trip(), Some(ms(50)));
    let asked = rig.now;
    rig.ask(1);
    let repeated = start() + rig.wait(s(4))[0].0 - asked;
    assert!(repeated >= ms(150) && repeated <= ms(150) * 5 / 4, "RTT 50 + 4 x 25 ms: {repeated:?}");

    let mut rig = Rig::open();
    for sequence in 1..=20 {
        rig.exchange(sequence, ms(1));
    }
    let asked = rig.now;
    rig.ask(1);
    let repeated = start() + rig.wait(s(4))[0].0 - asked;
    assert!(repeated >= ms(100) && repeated <= ms(125), "{repeated:?}");
}

#[test]
fn nearby_the_timeout_goes_down_to_twenty_milliseconds() {
    let near =
        ["127.0.0.1:1", "10.1.2.3:1", "192.168.0.1:1", "[::1]:1", "[fd00::1]:1", "[fe80::1]:1", "[::ffff:127.0.0.1]:1"];
    let far = ["192.0.2.1:1", "8.8.8.8:1", "[2001:db8::1]:1"];
    let least = |server: &str| {
        let server = server.parse().unwrap();
        let mut rig = Rig::towards(server);
        rig.hear(server, &syn_ack(NUMBER));
        for sequence in 1..=20 {
            rig.ask(1);
            rig.wait(ms(1));
            rig.hear(server, &answer(sequence, 1));
        }
        let asked = rig.now;
        rig.ask(1);
        start() + rig.wait(s(4))[0].0 - asked
    };
    assert!(near.iter().all(|server| (ms(20)..=ms(25)).contains(&least(server))));
    assert!(far.iter().all(|server| (ms(100)..=ms(125)).contains(&least(server))));
}

/// Karn: the answer may belong to either copy.
#[test]
fn a_repeated_request_is_no_round_trip_sample() {
    let mut rig = Rig::open();
    rig.exchange(1, ms(500));
    assert_eq!(rig.client.round_trip(), None);
    rig.exchange(2, ms(60));
    assert_eq!(rig.client.round_trip(), Some(ms(60)));
}

/// Karn's other half: without it a path slower than the time-out never gives a sample, and every
/// request on it is sent twice for ever.
#[test]
fn on_a_path_slower_than_the_timeout_the_requests_are_not_sent_twice_for_ever() {
    let mut rig = Rig::open();
    for sequence in 1..=3 {
        rig.exchange(sequence, ms(600));
    }
    let asked = rig.now;
    rig.ask(1);
    let repeated = start() + rig.wait(s(4))[0].0 - asked;
    assert!(repeated > ms(600), "{repeated:?}");
    assert!(rig.client.round_trip().is_some());
}

#[test]
fn a_path_that_slows_down_is_followed() {
    let mut rig = Rig::open();
    for sequence in 1..=20 {
        rig.exchange(sequence, ms(10));
    }
    for sequence in 21..=26 {
        rig.exchange(sequence, ms(900));
    }
    rig.ask(1);
    assert_eq!(rig.wait(ms(900)), []);
}

#[test]
fn at_its_deadline_a_request_ends_and_the_next_one_goes() {
    let mut rig = Rig::open();
    let first = rig.client.request(rig.now, asking(report(1), rig.now + ms(200))).unwrap();
    rig.ask(2);
    rig.sent();
    rig.wait(ms(199));
    assert_eq!(rig.events(), []);
    assert_eq!(rig.wait(ms(1)), [(ms(200), Packet::request(2, report(2)))]);
    assert_eq!(rig.events(), [failed(first, RequestError::Deadline)]);
    assert_eq!(rig.hear(SESSION(), &answer(1, 1)), [], "a late answer is nobody's");
    assert_eq!(rig.events(), []);
    rig.hear(SESSION(), &answer(2, 2));
    assert!(matches!(rig.events()[..], [ClientEvent::Answered { .. }]));
}

#[test]
fn a_request_past_its_deadline_is_never_sent() {
    let mut rig = Rig::open();
    let ids = [1, 2, 3].map(|price| rig.client.request(rig.now, asking(report(price), rig.now + ms(200))).unwrap());
    assert_eq!(rig.sent().len(), 1);
    assert_eq!(rig.wait(s(1)), [], "it would be executed, and its asker told that it failed");
    assert_eq!(rig.events(), ids.map(|id| failed(id, RequestError::Deadline)));

    let id = rig.client.request(rig.now, asking(report(4), rig.now)).unwrap();
    assert_eq!((rig.sent(), rig.events()), (vec![], vec![failed(id, RequestError::Deadline)]));
}

#[test]
fn an_answer_that_comes_before_the_program_woke_is_taken() {
    let mut rig = Rig::open();
    rig.ask(1);
    rig.now += s(4);
    rig.hear(SESSION(), &answer(1, 1));
    assert!(matches!(rig.events()[..], [ClientEvent::Answered { .. }]));
}

#[test]
fn asked_for_again_five_times_it_gives_up_and_the_next_command_has_a_new_number() {
    for wrong in [refusal(1), Packet { ack_number: 99, ..answer(1, 1) }, Packet { ack_number: 0, ..answer(1, 1) }] {
        let mut rig = Rig::open();
        let id = rig.ask(1);
        rig.sent();
        for number in 1..=5 {
            assert_eq!(rig.hear(SESSION(), &wrong), [(SESSION(), Packet::request(1, report(1)))]);
            assert_eq!(rig.events(), [again(id, number)]);
        }
        assert_eq!(rig.hear(SESSION(), &wrong), []);
        assert_eq!(rig.events(), [failed(id, RequestError::GaveUp)]);
        rig.ask(1);
        assert_eq!(rig.sent(), [(SESSION(), Packet::request(2, report(1)))]);
        assert_eq!(rig.hear(SESSION(), &refusal(1)), [], "an old refusal is not this one's");
    }
}

#[test]
fn late_answers_and_other_peoples_are_ignored() {
    let mut rig = Rig::open();
    for sequence in 1..=3 {
        rig.exchange(sequence, ms(10));
    }
    rig.ask(1);
    rig.sent();
    let other_checksum = Packet { checksum: answer(4, 1).checksum.map(|sum| sum ^ 1), ..answer(4, 1) };
    let strays = [answer(1, 4999), answer(3, 4999), refusal(2), other_checksum, syn_ack(NUMBER), syn_ack(3)];
    for stray in strays {
        assert_eq!(rig.hear(SESSION(), &stray), []);
    }
    for from in [SERVER(), at(1, 5002), at(2, 5001)] {
        assert_eq!(rig.hear(from, &answer(4, 1)), []);
        assert_eq!(rig.hear(from, &refusal(4)), []);
        assert_eq!(rig.hear(from, &Packet::EMPTY), []);
    }
    assert_eq!(rig.events(), []);
    rig.hear(SESSION(), &answer(4, 1));
    assert!(matches!(rig.events()[..], [ClientEvent::Answered { .. }]));
    assert_eq!(rig.hear(SESSION(), &answer(4, 1)), [], "nor is anything done with a second one");
    assert_eq!(rig.events(), []);
}

#[test]
fn too_many_waiting_requests_fail_at_once() {
    let mut rig = Rig::open();
    for _ in 0..=MAX_WAITING_REQUESTS {
        rig.ask(1);
    }
    assert_eq!(rig.client.request(rig.now, asking(report(1), rig.now + s(5))), Err(RequestError::TooManyWaiting));
    rig.hear(SESSION(), &answer(1, 1));
    rig.ask(1);
}

#[test]
fn a_request_longer_than_a_server_reads_fails_at_once() {
    let mut rig = Rig::open();
    let around = Packet { checksum: Some(255), ..Packet::request(1, "".into()) }.to_bytes().len();
    let fits = Value::from("x".repeat(1024 - around));
    let too_long = Value::from("x".repeat(1025 - around));
    let deadline = rig.now + s(5);
    assert_eq!(
        rig.client.request(rig.now, asking(too_long, deadline)),
        Err(RequestError::TooLarge { bytes: 1025, limit: 1024 })
    );
    rig.client.request(rig.now, asking(fits, deadline)).unwrap();
    assert_eq!(rig.sent().len(), 1);
}

/// An original server reads 1,024 bytes, and dies of a packet cut short.
#[test]
fn whatever_waits_before_it_no_request_is_sent_longer_than_a_server_reads() {
    for length in 850..1024 {
        let mut rig = Rig::open();
        let ids: Vec<_> = (1..=9).map(|price| rig.ask(price)).collect();
        let asked = rig.client.request(rig.now, asking("x".repeat(length).into(), rig.now + s(5)));
        for (sequence, price) in (1..).zip(1..=9) {
            let sent = rig.hear(SESSION(), &answer(sequence, price));
            assert!(sent.iter().all(|(_, packet)| packet.to_bytes().len() <= 1024), "{length}");
        }
        assert_eq!(ids.len(), 9);
        assert!(length > 880 || asked.is_ok());
    }
}
