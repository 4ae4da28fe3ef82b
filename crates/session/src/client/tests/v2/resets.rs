//! Resets (PROTOCOL §8.7): only a server that read what we sent can make one.

use super::*;

/// The reset that answers this datagram.
fn reset(rig: &Rig, datagram: &[u8]) -> Vec<u8> {
    let key = rig.psk.as_ref().map_or(Key::Crc, |psk| psk.reset_key(rig.session));
    let quoted = Sealed::of(datagram).unwrap().seal();
    sealed(&[Frame { reset: Some(quoted), ..Frame::default() }], rig.session, &key)
}

fn last_sent(rig: &mut Rig) -> Vec<u8> {
    rig.sent_bytes().pop().unwrap()
}

/// Takes the SYN of the session that takes the old one's place, and answers it.
fn reopen(rig: &mut Rig) {
    let syn = last_sent(rig);
    let nonce = syn_of(&syn).1.nonce;
    assert_ne!(nonce, rig.nonce, "a session of its own");
    (rig.nonce, rig.session) = (nonce, SessionId(rig.session.0 + 1));
    rig.hear_syn_ack();
}

#[test]
fn what_may_be_asked_twice_is_asked_again_in_the_next_session_and_the_rest_fails() {
    for key in [None, Some(psk(1))] {
        let mut rig = Rig::open_with(|config| config.psk = key);
        let (read, report_without_id) = (rig.ask_for(1, s(5), true), rig.ask_for(2, s(5), false));
        let sent = last_sent(&mut rig);
        rig.wait(ms(50));
        let reset = reset(&rig, &sent);
        rig.hear_bytes(&reset);
        let events = rig.events();
        let failed = ClientEvent::Failed { id: report_without_id, error: RequestError::SessionLost };
        assert_eq!(events, [ClientEvent::Reopening, failed]);
        reopen(&mut rig);
        let [frame] = &rig.sent()[..] else { panic!("the read") };
        assert_eq!((frame.sequence, frame.attempt, frame.time_left_ms), (1, 1, Some(4950)));
        assert!(frame.opening.is_some() && frame.data == report(1));
        rig.hear(&[answer(1, 1)]);
        assert_eq!(rig.ended(), [(read, Ok(text::STORED.into()))]);
    }
}

#[test]
fn a_reset_that_quotes_nothing_of_ours_is_ignored() {
    let mut rig = Rig::open();
    rig.ask(1);
    let sent = last_sent(&mut rig);
    let Seal::Crc(sum) = Sealed::of(&sent).unwrap().seal() else { panic!("a CRC") };
    for quoted in [Seal::Crc(sum ^ 1), Seal::Mac(1)] {
        rig.hear(&[Frame { reset: Some(quoted), ..Frame::default() }]);
    }
    assert_eq!((rig.events(), rig.sent()), (vec![], vec![]));
}

#[test]
fn a_reset_of_another_session_from_elsewhere_or_in_company_is_ignored() {
    let mut rig = Rig::open();
    rig.ask(1);
    let sent = last_sent(&mut rig);
    let right = reset(&rig, &sent);
    rig.session.0 += 1;
    let other_session = reset(&rig, &sent);
    rig.session.0 -= 1;
    rig.hear_bytes(&other_session);
    rig.client.handle_datagram(rig.now, crate::testing::at(1, 5001), &right);
    rig.client.handle_datagram(rig.now, crate::testing::at(2, 5000), &right);
    let frame = Frame { reset: Some(Sealed::of(&sent).unwrap().seal()), ..Frame::default() };
    rig.hear(&[frame.clone(), Frame { pong: Some(1), ..Frame::default() }]);
    assert_eq!(rig.events(), []);
    rig.hear_bytes(&right);
    assert_eq!(rig.events(), [ClientEvent::Reopening]);
}

#[test]
fn with_a_key_a_reset_needs_the_key_of_resets() {
    let mut rig = Rig::open_with(|config| config.psk = Some(psk(1)));
    rig.ask(1);
    let sent = last_sent(&mut rig);
    let frame = Frame { reset: Some(Sealed::of(&sent).unwrap().seal()), ..Frame::default() };
    for key in [Key::Crc, rig.key(Direction::ToClient), psk(2).reset_key(rig.session)] {
        rig.hear_bytes(&sealed(std::slice::from_ref(&frame), rig.session, &key));
    }
    assert_eq!(rig.events(), []);
    // And that key closes nothing else.
    rig.hear_bytes(&sealed(&[answer(2, 1)], rig.session, &psk(1).reset_key(rig.session)));
    assert_eq!(rig.events(), []);
}

#[test]
fn one_reset_is_enough_and_late_ones_do_nothing() {
    let mut rig = Rig::open();
    rig.ask(1);
    let sent = last_sent(&mut rig);
    let reset = reset(&rig, &sent);
    (0..3).for_each(|_| rig.hear_bytes(&reset));
    assert_eq!(rig.events(), [ClientEvent::Reopening]);
    reopen(&mut rig);
    rig.sent();
    rig.hear_bytes(&reset);
    assert_eq!((rig.events(), rig.sent()), (vec![], vec![]));
}

/// Whatever a server is up to, it is not asked to open sessions without a pause.
#[test]
fn sessions_that_are_reset_without_an_answer_are_opened_again_ever_more_slowly() {
    let mut rig = Rig::open();
    rig.ask_for(1, s(60), true);
    let mut pauses = Vec::new();
    let mut sent = last_sent(&mut rig);
    for _ in 0..8 {
        let reset = reset(&rig, &sent);
        rig.hear_bytes(&reset);
        let due = rig.client.poll_timeout().unwrap();
        let waiting = rig.client.poll_transmit();
        if let Some((_, syn)) = waiting {
            pauses.push(Duration::ZERO);
            rig.nonce = syn_of(&syn).1.nonce;
        } else {
            pauses.push(due - rig.now);
            rig.now = due;
            rig.client.handle_timeout(due);
            rig.nonce = syn_of(&last_sent(&mut rig)).1.nonce;
        }
        rig.session.0 += 1;
        rig.hear_syn_ack();
        sent = last_sent(&mut rig);
    }
    assert_eq!(pauses, [0, 50, 100, 200, 400, 800, 1000, 1000].map(ms));
}

#[test]
fn an_opening_in_a_sessions_place_is_never_talked_down_to_v1() {
    let mut rig = Rig::open();
    rig.ask(1);
    let sent = last_sent(&mut rig);
    let reset = reset(&rig, &sent);
    rig.hear_bytes(&reset);
    rig.hear_bytes(&syn_ack(NUMBER).to_bytes());
    assert_eq!(rig.events(), [ClientEvent::Reopening]);
    assert!(matches!(rig.client.state, State::Opening(_)));
}

#[test]
fn what_waits_while_the_session_is_opened_again_ends_by_its_deadline() {
    let mut rig = Rig::open();
    let id = rig.ask(1);
    let sent = last_sent(&mut rig);
    let reset = reset(&rig, &sent);
    rig.hear_bytes(&reset);
    rig.client.handle_timeout(rig.now + s(5));
    assert_eq!(rig.ended(), [(id, Err(RequestError::Deadline))]);
}
