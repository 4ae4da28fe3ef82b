//! Requests, at most once, and what a server says of them (PROTOCOL §8.4, §8.5).

use super::*;
use crate::limits::{MAX_REPLY_BYTES, V2_SPAN};

#[test]
fn a_request_runs_once_and_every_repeat_gets_the_same_answer_for_its_attempt() {
    let mut rig = Rig::new();
    let peer = rig.open(at(1, 1));
    let key = rig.request(&peer, 1);
    assert_eq!(rig.answer(&peer, key, text::STORED), [answered(1, 1)]);
    for attempt in 2..5 {
        assert_eq!(rig.hear(&peer, &[request(1, attempt)]), [answered(1, attempt)]);
    }
    assert_eq!((rig.executed(), rig.server.counters().repeats), (None, 3));
}

#[test]
fn a_repeat_of_a_running_request_is_announced_and_the_answer_names_the_newest_attempt() {
    let mut rig = Rig::new();
    let peer = rig.open(at(1, 1));
    let key = rig.request(&peer, 1);
    assert_eq!(rig.hear(&peer, &[request(1, 3)]), [early(1, 3)]);
    assert_eq!(rig.hear(&peer, &[request(1, 2)]), [early(1, 2)]);
    assert_eq!(rig.answer(&peer, key, text::STORED), [answered(1, 3)]);
    assert_eq!(rig.executed(), None);
}

#[test]
fn a_request_below_the_base_is_ignored() {
    let mut rig = Rig::new();
    let peer = rig.open(at(1, 1));
    let key = rig.request(&peer, 1);
    rig.answer(&peer, key, text::STORED);
    rig.hear(&peer, &[Frame { base: 2, ..request(2, 1) }]);
    rig.events();
    assert_eq!(rig.hear(&peer, &[request(1, 2)]), [], "also where its own base is older");
    assert_eq!(rig.executed(), None);
}

#[test]
fn what_is_answered_below_the_base_is_not_sent_any_more() {
    let mut rig = Rig::new();
    let peer = rig.open(at(1, 1));
    let key = rig.request(&peer, 1);
    rig.hear(&peer, &[Frame { base: 9, ..Frame::default() }]);
    assert_eq!(rig.answer(&peer, key, text::STORED), []);
    assert_eq!(rig.server.requests_in_flight(), 0);
}

#[test]
fn a_number_beyond_the_span_is_ignored_and_counted() {
    let mut rig = Rig::new();
    let peer = rig.open(at(1, 1));
    rig.hear(&peer, &[request(1 + V2_SPAN, 1)]);
    assert_eq!((rig.executed(), rig.server.counters().wrong_numbers), (None, 1));
    rig.request(&peer, V2_SPAN);
    rig.hear(&peer, &[Frame { base: 2, ..request(1 + V2_SPAN, 1) }]);
    assert!(rig.executed().is_some());
}

#[test]
fn numbers_go_up_to_the_end_of_their_range() {
    let mut rig = Rig::new();
    let peer = rig.open(at(1, 1));
    let last = (1 << 53) - 1;
    rig.hear(&peer, &[Frame { base: last, ..request(last, 1) }]);
    let key = rig.executed().unwrap();
    assert_eq!(rig.answer(&peer, key, text::STORED), [answered(last, 1)]);
}

#[test]
fn a_request_without_a_command_is_no_request() {
    let mut rig = Rig::new();
    let peer = rig.open(at(1, 1));
    let nothing = Frame { data: Value::Null, ..request(1, 1) };
    assert_eq!(rig.hear(&peer, &[nothing.clone(), Frame { missing: vec![1], ..nothing }]), []);
    assert_eq!((rig.events(), rig.server.requests_in_flight()), (vec![], 0));
    rig.request(&peer, 1);
}

#[test]
fn answers_ready_together_share_a_datagram() {
    let mut rig = Rig::new();
    let peer = rig.open(at(1, 1));
    let keys = [1, 2, 3].map(|sequence| rig.request(&peer, sequence));
    for key in keys.into_iter().rev() {
        rig.server.answer(key, text::STORED.into()).unwrap();
    }
    let sent = rig.sent();
    assert_eq!(sent.len(), 1);
    assert_eq!(frames_of(&peer, &sent), [3, 2, 1].map(|sequence| answered(sequence, 1)));
}

#[test]
fn a_request_that_takes_longer_than_ten_milliseconds_is_announced_once() {
    let mut rig = Rig::new();
    let peer = rig.open(at(1, 1));
    let key = rig.request(&peer, 1);
    assert_eq!(rig.server.poll_timeout(), Some(rig.now + ms(10)));
    assert_eq!(rig.wait(ms(9)), []);
    let sent = rig.wait(ms(1));
    assert_eq!(frames_of(&peer, &sent), [early(1, 1)]);
    assert_eq!(rig.wait(ms(500)), []);
    assert_eq!(rig.answer(&peer, key, text::STORED), [answered(1, 1)]);
}

#[test]
fn a_request_that_is_answered_sooner_is_not() {
    let mut rig = Rig::new();
    let peer = rig.open(at(1, 1));
    let (first, second) = (rig.request(&peer, 1), rig.request(&peer, 2));
    rig.answer(&peer, first, text::STORED);
    rig.wait(ms(5));
    rig.answer(&peer, second, text::STORED);
    assert_eq!((rig.wait(s(1)), rig.server.counters().early_acks), (vec![], 0));
}

#[test]
fn what_was_not_executed_is_busy_and_its_repeat_is_new() {
    let mut rig = Rig::new();
    let peer = rig.open(at(1, 1));
    let key = rig.request(&peer, 1);
    rig.server.not_executed(key);
    let sent = rig.sent();
    assert_eq!(frames_of(&peer, &sent), [Frame { busy_ms: Some(100), ..early(1, 1) }]);
    rig.request(&peer, 1);
}

#[test]
fn over_the_most_in_flight_a_request_is_busy() {
    let mut rig = Rig::with(|config| config.max_in_flight = 2);
    let (one, other) = (rig.open(at(1, 1)), rig.open(at(1, 2)));
    let key = rig.request(&one, 1);
    rig.request(&one, 2);
    assert_eq!(rig.hear(&other, &[request(1, 1)]), [Frame { busy_ms: Some(100), ..early(1, 1) }]);
    assert_eq!((rig.executed(), rig.server.counters().overloaded), (None, 1));
    rig.answer(&one, key, text::STORED);
    rig.request(&other, 1);
}

#[test]
fn while_too_many_answers_wait_to_be_fetched_a_new_request_is_busy() {
    let mut rig = Rig::new();
    let peer = rig.open(at(1, 1));
    let long = Value::from("x".repeat(60_000));
    let mut sequence = 0;
    while sequence * 60_000 <= u64::try_from(MAX_REPLY_BYTES).unwrap() {
        sequence += 1;
        let key = rig.request(&peer, sequence);
        rig.answer(&peer, key, long.clone());
    }
    assert_eq!(rig.hear(&peer, &[request(sequence + 1, 1)]), [Frame { busy_ms: Some(100), ..early(sequence + 1, 1) }]);
    assert!(!rig.hear(&peer, &[request(1, 2)]).is_empty(), "what was answered stays answered");
    rig.hear(&peer, &[Frame { base: 2, ..request(sequence + 1, 2) }]);
    assert!(rig.executed().is_some());
}

/// Else a few hosts that fetch nothing would take the machine's memory, a MiB a session.
#[test]
fn while_all_sessions_together_keep_too_many_answers_every_new_request_is_busy() {
    let mut rig = Rig::with(|config| config.max_reply_bytes = 100_000);
    let peers = [1, 2, 3].map(|port| rig.open(at(1, port)));
    let busy = |rig: &mut Rig| rig.hear(&peers[2], &[request(1, 1)]) == [Frame { busy_ms: Some(100), ..early(1, 1) }];
    for peer in &peers[..2] {
        let key = rig.request(peer, 1);
        rig.answer(peer, key, "x".repeat(60_000));
    }
    assert!(busy(&mut rig));
    rig.hear(&peers[0], &[Frame { base: 2, ..Frame::default() }]);
    assert_eq!(rig.server.reply_bytes, 60_002);
    let key = rig.request(&peers[2], 1);
    rig.answer(&peers[2], key, "x".repeat(60_000));
    rig.hear(&peers[1], &[Frame { fin: true, ..Frame::default() }]);
    rig.wait(s(30));
    rig.events();
    assert_eq!((rig.server.sessions(), rig.server.reply_bytes), (0, 0), "what ends is not kept");
}

#[test]
fn the_deadline_is_told_and_what_has_none_left_never_runs() {
    let mut rig = Rig::new();
    let peer = rig.open(at(1, 1));
    rig.hear(&peer, &[request(1, 1)]);
    let now = rig.now;
    assert!(matches!(&rig.events()[..], [ServerEvent::Request { order, .. }] if order.deadline == Some(now + s(5))));
    let expired = Frame { error: Some(FrameError::Expired), ..early(2, 1) };
    assert_eq!(rig.hear(&peer, &[Frame { time_left_ms: Some(0), ..request(2, 1) }]), [expired]);
    let again = Frame { error: Some(FrameError::Expired), ..early(2, 2) };
    assert_eq!(rig.hear(&peer, &[request(2, 2)]), [again], "not even when a copy has more");
    assert_eq!((rig.events(), rig.server.requests_in_flight(), rig.server.counters().expired), (vec![], 1, 1));
}

#[test]
fn what_expired_was_lost_or_is_too_large_stays_so() {
    let ends = |end: fn(&mut Rig, RequestKey)| {
        let mut rig = Rig::new();
        let peer = rig.open(at(1, 1));
        let key = rig.request(&peer, 1);
        end(&mut rig, key);
        let sent = rig.sent();
        let first = frames_of(&peer, &sent);
        let again = rig.hear(&peer, &[request(1, 2)]);
        assert_eq!((first[0].error, rig.executed(), rig.server.requests_in_flight()), (again[0].error, None, 0));
        first[0].error
    };
    assert_eq!(ends(|rig, key| rig.server.expired(key)), Some(FrameError::Expired));
    assert_eq!(ends(|rig, key| rig.server.lost(key)), Some(FrameError::Lost));
    assert_eq!(ends(|rig, key| rig.server.answer(key, Value::Null).unwrap()), Some(FrameError::Lost));
    let too_large = |rig: &mut Rig, key| {
        let error = rig.server.answer(key, "x".repeat(65_535).into()).unwrap_err();
        assert_eq!((error.bytes, error.limit), (65_537, 65_536));
    };
    assert_eq!(ends(too_large), Some(FrameError::TooLarge));
}

#[test]
fn the_most_that_an_answer_may_be_is_told() {
    let mut rig = Rig::new();
    let peer = rig.open(at(1, 1));
    rig.hear(&peer, &[request(1, 1)]);
    assert!(matches!(&rig.events()[..], [ServerEvent::Request { order, .. }] if order.answer_bytes == 65_536));
}
