//! Requests, attempts and answers (PROTOCOL §8.4, §6).

use super::*;

#[test]
fn a_request_says_its_number_attempt_base_and_time_left() {
    let mut rig = Rig::open();
    rig.ask(1);
    let expected =
        Frame { sequence: 2, base: 2, attempt: 1, time_left_ms: Some(5000), data: report(1), ..Frame::default() };
    assert_eq!(rig.sent(), [expected]);
}

#[test]
fn a_repeat_has_the_next_attempt_and_the_time_that_is_left() {
    let mut rig = Rig::open();
    let id = rig.ask(1);
    rig.sent();
    let [(later, frame)] = &rig.wait(ms(250))[..] else { panic!("one repeat") };
    assert!(about(ms(125)).contains(later), "{later:?}");
    assert_eq!((frame.sequence, frame.attempt, &frame.data), (2, 2, &report(1)));
    let left = (s(5) - *later).as_millis();
    assert_eq!(frame.time_left_ms.map(u128::from), Some(left));
    let retransmission = Retransmission { number: 1, of: None };
    assert_eq!(rig.events(), [ClientEvent::Retransmitted { id, retransmission }]);
}

#[test]
fn requests_ready_together_share_a_datagram_unless_that_is_not_wanted() {
    for (share, datagrams) in [(true, 1), (false, 4)] {
        let mut rig = Rig::open_with(|config| config.share_datagrams = share);
        for price in 1..=4 {
            rig.ask(price);
        }
        assert_eq!(rig.sent_bytes().len(), datagrams);
    }
}

#[test]
fn what_does_not_fit_a_datagram_goes_in_the_next() {
    let mut rig = Rig::open();
    for price in 0..20 {
        rig.ask(price);
    }
    let sent = rig.sent_bytes();
    assert!(sent.len() > 1 && sent.iter().all(|bytes| bytes.len() <= 1200));
    let frames: usize = sent.iter().map(|bytes| unsealed(bytes, &Key::Crc).1.len()).sum();
    assert_eq!(frames, 20);
}

#[test]
fn answers_come_in_any_order() {
    let mut rig = Rig::open();
    let ids = [1, 2, 3].map(|price| rig.ask(price));
    let texts = ["b", "c", "a"];
    rig.hear(&[3, 4, 2].map(|sequence| {
        let data = texts[usize::try_from(sequence).unwrap() - 2].into();
        Frame { data, ..early(sequence, 1) }
    }));
    let expected = [(ids[1], Ok("c".into())), (ids[2], Ok("a".into())), (ids[0], Ok("b".into()))];
    assert_eq!(rig.ended(), expected);
}

#[test]
fn an_answer_to_an_attempt_that_was_not_made_is_passed_over() {
    let mut rig = Rig::open();
    let id = rig.ask(1);
    rig.hear(&[answer(2, 0), answer(2, 2), answer(3, 1), answer(1, 1)]);
    assert_eq!(rig.ended(), []);
    rig.hear(&[answer(2, 1), answer(2, 1)]);
    assert_eq!(rig.ended(), [(id, Ok(text::STORED.into()))], "once");
}

/// With `t` every answer is a sample, of the attempt that it names.
#[test]
fn the_answer_to_a_repeat_is_a_round_trip_too() {
    let mut rig = Rig::open();
    rig.ask(1);
    let later = rig.wait(ms(250))[0].0;
    let since_repeat = ms(250) - later;
    rig.hear(&[answer(2, 2)]);
    assert_eq!(rig.client.round_trip(), Some(ms(50) * 7 / 8 + since_repeat / 8));
    rig.ask(2);
    rig.wait(ms(400));
    rig.hear(&[answer(3, 1)]);
    assert!(rig.client.round_trip() > Some(ms(75)), "of the first attempt, 400 ms ago");
}

#[test]
fn an_answer_to_an_attempt_long_ago_is_no_sample() {
    let mut rig = Rig::open();
    rig.ask_for(1, s(60), true);
    rig.wait(s(40));
    rig.hear(&[answer(2, 1)]);
    assert_eq!(rig.client.round_trip(), Some(ms(50)));
    assert_eq!(rig.ended().len(), 1);
}

/// PROTOCOL §6: ×2 per repeat up to 2 s, and by its deadline it ends.
#[test]
fn repeats_back_off_until_the_deadline() {
    let mut rig = Rig::open();
    let id = rig.ask_for(1, s(10), true);
    rig.sent();
    let mut last = Duration::ZERO;
    for (index, (later, _)) in rig.wait(s(11)).into_iter().enumerate() {
        let timeout = ms([125, 250, 500, 1000].get(index).copied().unwrap_or(2000));
        assert!(about(timeout).contains(&(later - last)), "repeat {index} after {:?}", later - last);
        last = later;
    }
    assert_eq!(rig.ended(), [(id, Err(RequestError::Deadline))]);
    assert_eq!(rig.client.requests_in_flight(), 0);
}

/// PROTOCOL §8.4: the session's first time-out doubles once a round trip, until the next sample.
#[test]
fn the_first_timeout_doubles_while_nothing_is_heard_and_a_sample_clears_it() {
    let mut rig = Rig::open();
    assert_eq!(rig.client.shared.rtt.timeout(), ms(125));
    rig.ask_many(8);
    rig.wait(ms(190));
    assert_eq!(rig.client.shared.rtt.timeout(), ms(250), "eight losses of one round trip are one");
    rig.hear(&[answer(2, 1)]);
    let (smoothed, variation) = (ms(50) * 7 / 8 + ms(190) / 8, Duration::from_micros(18_750) * 3 / 4 + ms(140) / 4);
    assert_eq!(rig.client.shared.rtt.timeout(), smoothed + variation * 4, "not doubled");
}

#[test]
fn an_announced_request_is_asked_after_once_a_second() {
    let mut rig = Rig::open();
    let id = rig.ask_for(1, s(10), true);
    rig.sent();
    rig.wait(ms(60));
    rig.hear(&[early(2, 1)]);
    let probes: Vec<_> = rig.wait(s(5)).into_iter().map(|(later, _)| later).collect();
    assert_eq!(probes, [s(1), s(2), s(3), s(4), s(5)]);
    rig.hear(&[answer(2, 3)]);
    assert_eq!(rig.ended(), [(id, Ok(text::STORED.into()))]);
}

/// The time went into the work.
#[test]
fn an_early_ack_is_a_round_trip_and_the_answer_after_it_is_none() {
    let mut rig = Rig::open();
    rig.ask(1);
    rig.wait(ms(50));
    rig.hear(&[early(2, 1)]);
    rig.wait(ms(900));
    rig.hear(&[answer(2, 1)]);
    assert_eq!(rig.client.round_trip(), Some(ms(50)));
}

#[test]
fn what_a_server_says_of_a_request_ends_it() {
    let says = |change: fn(&mut Frame)| {
        let mut rig = Rig::open();
        let id = rig.ask(1);
        let mut frame = early(2, 1);
        change(&mut frame);
        rig.hear(&[frame]);
        let ended = rig.ended();
        assert_eq!((ended.len(), ended[0].0, rig.client.requests_in_flight()), (1, id, 0));
        ended[0].1.clone().unwrap_err()
    };
    assert_eq!(says(|frame| frame.busy_ms = Some(70)), RequestError::Busy { retry_after: ms(70) });
    assert_eq!(says(|frame| frame.error = Some(wire::FrameError::Expired)), RequestError::Expired);
    assert_eq!(says(|frame| frame.error = Some(wire::FrameError::Lost)), RequestError::Unknown);
    assert!(matches!(says(|frame| frame.error = Some(wire::FrameError::TooLarge)), RequestError::AnswerLost(_)));
}

#[test]
fn a_request_that_is_too_long_is_refused_at_once() {
    let mut rig = Rig::open();
    let data = |length: usize| Value::from(Object::new().with("acao", "x".repeat(length)));
    let around = posto_wire::python::dumps(&data(0)).len();
    let limit = posto_wire::limits::MAX_V2_REQUEST;
    let mut ask =
        |length| rig.client.request(start(), Ask { data: data(length), deadline: start() + s(9), repeatable: true });
    assert_eq!(ask(limit - around + 1), Err(RequestError::TooLarge { bytes: limit + 1, limit }));
    assert!(ask(limit - around).is_ok());
    assert!(rig.sent_bytes().iter().all(|bytes| bytes.len() <= 1200));
}

#[test]
fn what_is_asked_too_late_is_never_sent() {
    let mut rig = Rig::open();
    let id = rig.ask_for(1, Duration::ZERO, true);
    assert_eq!((rig.ended(), rig.sent()), (vec![(id, Err(RequestError::Deadline))], vec![]));
}
