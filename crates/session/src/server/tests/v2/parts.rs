//! Long answers (PROTOCOL §8.6).

use posto_wire::{json, python};

use super::*;

/// An open session whose request 1 was answered with this; the frames that were sent.
fn asked(data: &Value) -> (Rig, Peer, Vec<Frame>) {
    let mut rig = Rig::new();
    let peer = rig.open(at(1, 1));
    let key = rig.request(&peer, 1);
    let frames = rig.answer(&peer, key, data.clone());
    (rig, peer, frames)
}

fn text_of(frame: &Frame) -> &str {
    frame.data.as_text().unwrap()
}

#[test]
fn a_long_answer_goes_in_parts_of_which_no_datagram_is_too_long() {
    let list: Vec<Value> = (0..900_u32).map(|number| format!("posto \"{number}\"").into()).collect();
    let data = Value::from(Object::new().with("ok", Value::List(list)));
    let (mut rig, peer, frames) = asked(&data);
    let count = u16::try_from(frames.len()).unwrap();
    for (index, frame) in (0..).zip(&frames) {
        let fragment = frame.fragment.unwrap();
        assert_eq!((fragment.index, fragment.count, frame.ack_number, frame.attempt), (index, count, 2, 1));
    }
    let whole: String = frames.iter().map(text_of).collect();
    assert_eq!((json::parse(whole.as_bytes()).unwrap(), whole), (data.clone(), python::dumps(&data)));
    let again = rig.hear_bytes(peer.address, &peer.datagram(&[request(1, 2)]));
    assert!(again.iter().all(|transmit| transmit.bytes.len() <= 1200));
    assert_eq!(frames_of(&peer, &again).len(), frames.len(), "all of it, where nothing is named");
}

#[test]
fn of_a_repeat_only_the_missing_parts_are_sent() {
    let (mut rig, peer, frames) = asked(&"x".repeat(20_000).into());
    let sent = rig.hear(&peer, &[Frame { missing: vec![3, 1, 3, 9999], ..request(1, 2) }]);
    let expected = [1, 3].map(|index: usize| Frame { attempt: 2, ..frames[index].clone() });
    assert_eq!(sent, expected);
    assert_eq!(rig.executed(), None);
}

#[test]
fn a_repeat_that_names_parts_needs_no_command() {
    let (mut rig, peer, frames) = asked(&"x".repeat(5_000).into());
    let sent = rig.hear(&peer, &[Frame { missing: vec![2], data: Value::Null, ..request(1, 2) }]);
    assert_eq!(sent, [Frame { attempt: 2, ..frames[2].clone() }]);
}

#[test]
fn the_longest_answer_of_nothing_but_quotation_marks_has_no_more_parts_than_may_be() {
    let (.., frames) = asked(&"\"".repeat(32_767).into());
    assert!(frames.len() <= 256, "{}", frames.len());
    assert_eq!(frames.iter().map(text_of).collect::<String>().len(), 65_536);
}

#[test]
fn an_answer_that_fits_a_frame_goes_whole() {
    let (.., frames) = asked(&"x".repeat(1_000).into());
    assert!(matches!(frames[..], [Frame { fragment: None, .. }]));
}
