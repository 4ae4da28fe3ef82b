//! Long answers (PROTOCOL §8.6).

use posto_wire::v2::Fragment;

use super::*;

fn part(sequence: u64, index: u16, count: u16, slice: &str) -> Frame {
    let fragment = Some(Fragment { index, count });
    Frame { fragment, data: slice.into(), ..early(sequence, 1) }
}

#[test]
fn parts_make_the_answer_in_any_order_and_twice() {
    let mut rig = Rig::open();
    let id = rig.ask(1);
    rig.hear(&[part(2, 2, 3, "t\"")]);
    rig.hear(&[part(2, 0, 3, "\"on"), part(2, 0, 3, "\"on")]);
    assert_eq!(rig.ended(), []);
    rig.hear(&[part(2, 1, 3, "e, al")]);
    assert_eq!(rig.ended(), [(id, Ok("one, alt".into()))]);
}

#[test]
fn missing_parts_are_asked_for_after_a_timeout() {
    let mut rig = Rig::open();
    rig.ask(1);
    rig.sent();
    rig.wait(ms(100));
    rig.hear(&[part(2, 1, 4, "x")]);
    let timeout = rig.client.retransmission_timeout();
    let (later, frame) = rig.wait(s(1)).swap_remove(0);
    assert_eq!(later, timeout, "after the last part");
    assert_eq!((frame.sequence, frame.attempt, frame.missing, frame.data), (2, 2, vec![0, 2, 3], report(1)));
}

#[test]
fn no_more_than_64_parts_are_asked_for_at_once() {
    let mut rig = Rig::open();
    rig.ask(1);
    rig.sent();
    rig.hear(&[part(2, 0, 200, "x")]);
    assert_eq!(rig.wait(ms(300))[0].1.missing, (1..=64).collect::<Vec<_>>());
}

/// A server that was restarted answers a frame without a command with silence.
#[test]
fn the_command_goes_with_the_missing_parts_however_long_it_is() {
    let mut rig = Rig::open();
    let data = Value::from(Object::new().with("acao", "x".repeat(posto_wire::limits::MAX_V2_REQUEST - 12)));
    rig.client.request(rig.now, Ask { data: data.clone(), deadline: rig.now + s(5), repeatable: true }).unwrap();
    rig.sent();
    rig.hear(&[part(2, 255, 256, "x")]);
    rig.client.handle_timeout(rig.now + ms(200));
    let frames = rig.sent();
    let [frame] = &frames[..] else { panic!("{frames:?}") };
    assert_eq!((&frame.data, frame.missing.len()), (&data, 32));
}

#[test]
fn parts_that_make_no_json_or_are_no_text_end_the_request() {
    let mut rig = Rig::open();
    let ids = [rig.ask(1), rig.ask(2)];
    rig.hear(&[part(2, 0, 2, "{"), part(2, 1, 2, "{")]);
    rig.hear(&[Frame { data: Object::new().into(), ..part(3, 0, 2, "") }]);
    let unreadable = Err(RequestError::AnswerLost("unreadable"));
    assert_eq!(rig.ended(), ids.map(|id| (id, unreadable.clone())));
}

#[test]
fn parts_that_never_complete_end_by_the_deadline() {
    let mut rig = Rig::open();
    let id = rig.ask(1);
    rig.hear(&[part(2, 0, 2, "x")]);
    rig.wait(s(5));
    assert_eq!(rig.ended(), [(id, Err(RequestError::Deadline))]);
}
