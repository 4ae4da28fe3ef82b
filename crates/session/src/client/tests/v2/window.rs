//! How many requests are in the air, and which numbers (PROTOCOL §8.5).

use super::*;
use crate::limits::{MAX_WAITING_REQUESTS, V2_SPAN};

fn open(window: u32) -> Rig {
    let mut rig = Rig::new(|_| ());
    rig.window = window;
    rig.hear_syn_ack();
    rig.sent();
    rig.exchange();
    rig
}

#[test]
fn no_more_is_in_the_air_than_the_server_allows() {
    let mut rig = open(5);
    rig.ask_many(9);
    assert_eq!(rig.sent().len(), 5);
    rig.hear(&[answer(3, 1), answer(4, 1)]);
    let numbers: Vec<_> = rig.sent().iter().map(|frame| frame.sequence).collect();
    assert_eq!(numbers, [7, 8]);
}

#[test]
fn a_window_of_more_than_256_is_taken_as_256_and_none_as_one() {
    for (told, sent) in [(1_000_000, 256), (0, 1)] {
        let mut rig = open(told);
        rig.ask_many(256);
        assert_eq!(rig.sent().len(), sent);
    }
}

#[test]
fn the_base_is_the_lowest_unanswered_number() {
    let mut rig = Rig::open();
    rig.ask_many(3);
    rig.hear(&[answer(3, 1)]);
    rig.sent();
    let base_of_next = |rig: &mut Rig| {
        rig.ask(9);
        rig.sent()[0].base
    };
    assert_eq!(base_of_next(&mut rig), 2);
    rig.hear(&[answer(2, 1)]);
    assert_eq!(base_of_next(&mut rig), 4);
}

/// One request that is never answered does not hold up the others, up to the span.
#[test]
fn numbers_go_no_further_than_the_span_above_the_base() {
    let mut rig = open(256);
    let stuck = rig.ask_for(0, s(5), true);
    rig.sent();
    let mut highest = 2;
    for price in 1..300 {
        rig.ask(price);
        for frame in rig.sent() {
            highest = highest.max(frame.sequence);
            rig.hear(&[answer(frame.sequence, 1)]);
        }
    }
    assert_eq!(highest, 2 + V2_SPAN - 1);
    rig.hear(&[answer(2, 1)]);
    assert!(rig.ended().iter().any(|(id, _)| *id == stuck));
    assert!(rig.sent().iter().any(|frame| frame.sequence == 2 + V2_SPAN));
}

#[test]
fn a_loss_and_a_busy_server_halve_the_window() {
    let room = |rig: &mut Rig| {
        rig.ask_many(64);
        rig.sent();
        rig.client.requests_in_flight()
    };
    let mut rig = Rig::open();
    rig.ask(1);
    rig.wait(ms(190));
    rig.hear(&[answer(2, 1)]);
    assert_eq!(room(&mut rig), 16);
    let mut rig = Rig::open();
    rig.ask(1);
    rig.hear(&[Frame { busy_ms: Some(100), ..early(2, 1) }]);
    assert_eq!(room(&mut rig), 16);
}

#[test]
fn a_request_that_was_announced_is_not_lost_and_halves_nothing() {
    let mut rig = Rig::open();
    rig.ask(1);
    rig.hear(&[early(2, 1)]);
    rig.wait(s(4));
    rig.ask_many(64);
    assert_eq!(rig.client.requests_in_flight(), 32);
}

#[test]
fn a_further_request_than_may_wait_fails_at_once() {
    let mut rig = open(1);
    for price in 0..=u32::try_from(MAX_WAITING_REQUESTS).unwrap() {
        rig.ask(price);
    }
    let ask = Ask { data: report(1), deadline: rig.now + s(5), repeatable: true };
    assert_eq!(rig.client.request(rig.now, ask), Err(RequestError::TooManyWaiting));
}
