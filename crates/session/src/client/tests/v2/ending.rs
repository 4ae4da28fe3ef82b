//! Silence, pings, FIN, and a server that stops (PROTOCOL §8.7).

use super::*;

fn fin() -> Frame {
    Frame { fin: true, ..Frame::default() }
}

fn fin_ack() -> Frame {
    Frame { fin: true, ack: true, ..Frame::default() }
}

#[test]
fn fin_is_said_three_times_and_then_the_session_is_over() {
    let mut rig = Rig::open();
    let id = rig.ask(1);
    rig.sent();
    rig.client.close(rig.now);
    assert_eq!(rig.ended(), [(id, Err(RequestError::Closed))]);
    assert_eq!(rig.sent(), [fin()]);
    let again: Vec<_> = rig.wait(s(10)).into_iter().map(|(_, frame)| frame).collect();
    assert_eq!(again, [fin(), fin()]);
    assert!(rig.client.is_closed() && rig.client.poll_timeout().is_none());
}

#[test]
fn a_confirmed_fin_ends_it_at_once() {
    let mut rig = Rig::open();
    rig.client.close(rig.now);
    rig.sent();
    assert!(!rig.client.is_closed());
    rig.hear(&[fin_ack()]);
    assert!(rig.client.is_closed());
    assert_eq!((rig.sent_bytes().len(), rig.events()), (0, vec![]));
}

#[test]
fn while_it_says_fin_nothing_can_be_asked_and_no_answer_is_taken() {
    let mut rig = Rig::open();
    rig.ask(1);
    rig.sent();
    rig.client.close(rig.now);
    rig.events();
    let ask = Ask { data: report(1), deadline: rig.now + s(5), repeatable: true };
    assert_eq!(rig.client.request(rig.now, ask), Err(RequestError::Closed));
    rig.hear(&[answer(2, 1)]);
    assert_eq!(rig.events(), []);
}

#[test]
fn a_fin_that_nobody_asked_for_ends_nothing() {
    let mut rig = Rig::open();
    rig.hear(&[fin_ack(), fin()]);
    assert_eq!(rig.events(), []);
    rig.exchange();
}

/// Both sides at once: the client's FIN is on its way while the server's word arrives.
#[test]
fn simultaneous_ends_close_once() {
    let mut rig = Rig::open();
    rig.ask(1);
    rig.client.close(rig.now);
    rig.hear(&[answer(2, 1), fin_ack(), fin_ack()]);
    assert!(rig.client.is_closed());
    assert_eq!(rig.ended().len(), 1);
}

#[test]
fn a_session_is_kept_alive_by_pings_only_where_that_is_wanted() {
    assert_eq!(Rig::open().wait(s(60)), []);
    let mut rig = Rig::open_with(|config| config.keep_alive = true);
    let (later, frame) = rig.wait(s(10)).swap_remove(0);
    assert_eq!((later, frame), (s(10), Frame { ping: Some(1), ..Frame::default() }));
    rig.hear(&[Frame { pong: Some(1), ..Frame::default() }]);
    let next: Vec<_> = rig.wait(s(10)).into_iter().map(|(later, frame)| (later, frame.ping)).collect();
    assert_eq!(next, [(s(10), Some(2))]);
}

#[test]
fn a_ping_that_is_not_answered_is_repeated_under_a_new_number() {
    let mut rig = Rig::open_with(|config| config.keep_alive = true);
    let pings = rig.wait(s(11));
    let numbers: Vec<_> = pings.iter().map(|(_, frame)| frame.ping.unwrap()).collect();
    assert_eq!(numbers, (1..=u64::try_from(pings.len()).unwrap()).collect::<Vec<_>>());
    assert!((3..=4).contains(&pings.len()), "after 125, 250 and 500 ms: {}", pings.len());
}

#[test]
fn a_shorter_silence_means_more_pings_and_what_is_asked_needs_none() {
    let mut rig = Rig::new(|config| (config.keep_alive, config.idle) = (true, Some(s(6))));
    rig.idle_ms = 6000;
    rig.hear_syn_ack();
    rig.exchange_after_opening();
    assert_eq!(rig.wait(s(2)).len(), 1);
    rig.hear(&[Frame { pong: Some(1), ..Frame::default() }]);
    for _ in 0..10 {
        assert_eq!(rig.wait(ms(1900)), []);
        rig.exchange();
    }
}

impl Rig {
    fn exchange_after_opening(&mut self) {
        self.sent();
        self.exchange();
    }
}

#[test]
fn a_server_that_stops_is_told_of_once_and_still_answers() {
    let mut rig = Rig::open();
    let id = rig.ask(1);
    rig.hear(&[Frame { going_away: true, ..Frame::default() }]);
    assert_eq!(rig.events(), [ClientEvent::GoingAway]);
    rig.hear(&[Frame { going_away: true, ..answer(2, 1) }]);
    assert!(matches!(&rig.events()[..], [ClientEvent::Answered { id: answered, .. }] if *answered == id));
}

/// A session is dead by silence, never by loss alone.
#[test]
fn after_a_blackout_the_session_goes_on() {
    let mut rig = Rig::open();
    for price in 0..5 {
        let id = rig.ask(price);
        rig.wait(s(5));
        assert_eq!(rig.ended(), [(id, Err(RequestError::Deadline))]);
    }
    rig.exchange();
}
