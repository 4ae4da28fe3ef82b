//! Nothing is longer than a datagram, and what is cut is put together again.

use super::*;
use crate::limits::{MAX_DATAGRAM, MAX_SLICE, MAX_V2_DATA, MAX_V2_REQUEST};
use crate::python;
use crate::testing::Random;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_datagram_with_room_for_its_frames_is_short_enough(lengths in proptest::collection::vec(prop_oneof![1..60_usize, 1..=MAX_FRAME], 1..40), key in any_key()) {
        let mut writer = DatagramWriter::default();
        for length in lengths {
            let members = "x".repeat(length);
            if !writer.has_room(&members) {
                prop_assert!(writer.close(SessionId(u64::MAX), &key).len() <= MAX_DATAGRAM);
            }
            writer.push(&members);
        }
        prop_assert!(writer.close(SessionId(u64::MAX), &key).len() <= MAX_DATAGRAM);
    }

    #[test]
    fn the_slices_of_a_text_fit_and_make_it_again(value in crate::testing::any_value(), times in 1..200_usize) {
        let json = python::dumps(&vec![value; times].into_iter().map(|value| python::dumps(&value)).collect::<String>().into());
        let slices = Frame::slices(&json);
        prop_assert_eq!(slices.concat(), &*json);
        for (index, slice) in slices.iter().enumerate() {
            let written = python::dumps(&(*slice).into()).len() - 2;
            prop_assert!(written <= MAX_SLICE);
            prop_assert!(index + 1 == slices.len() || written + 2 > MAX_SLICE, "none is shorter than it need be");
        }
    }
}

/// To the byte: two frames that just fit, and one byte more.
#[test]
fn the_last_byte_of_a_datagram_is_used_and_no_more() {
    let key = keyed(&[7; 32]);
    for first in [1, 500, MAX_FRAME] {
        let fits = |second: usize| {
            let mut writer = DatagramWriter::default();
            writer.push(&"x".repeat(first));
            let room = writer.has_room(&"y".repeat(second));
            writer.push(&"y".repeat(second));
            (room, writer.close(SessionId(1), &key).len())
        };
        for second in 1..MAX_DATAGRAM {
            let (room, length) = fits(second);
            assert_eq!(room, length <= MAX_DATAGRAM, "{first} and {second}: {length} bytes");
        }
    }
    let alone = |length: usize| {
        let mut writer = DatagramWriter::default();
        writer.push(&"x".repeat(length));
        writer.close(SessionId(1), &key).len()
    };
    assert!(alone(MAX_FRAME) <= MAX_DATAGRAM);
}

/// All members that a request has, each at its longest.
#[test]
fn the_longest_request_is_a_frame() {
    let most = u64::try_from(MAX_INTEGER).unwrap();
    let opening = Opening { nonce: Nonce(u64::MAX), idle_ms: Some(u32::MAX) };
    let head = Frame {
        ack_number: most,
        sequence: most,
        base: most,
        attempt: u32::MAX,
        time_left_ms: Some(u32::MAX),
        opening: Some(opening),
        ..Frame::default()
    };
    let mut members = String::new();
    Frame::write_answer(&mut members, &head, &"x".repeat(MAX_V2_REQUEST));
    assert!(members.len() <= MAX_FRAME, "{} bytes", members.len());
}

#[test]
fn the_longest_part_is_a_frame_and_64_kib_of_anything_are_at_most_256() {
    let head = Frame {
        ack_number: u64::try_from(MAX_INTEGER).unwrap(),
        attempt: u32::MAX,
        going_away: true,
        fragment: Some(Fragment { index: 255, count: 256 }),
        ..Frame::default()
    };
    let mut random = Random::new(8);
    let quotes = "\"".repeat(MAX_V2_DATA);
    let mixed: String = (0..MAX_V2_DATA).map(|_| random.one_of(&['"', '\\', 'a', ' '])).collect();
    for json in [&quotes, &mixed] {
        let slices = Frame::slices(json);
        assert!(slices.len() <= usize::from(MAX_FRAGMENTS), "{} parts", slices.len());
        for slice in slices {
            let mut members = String::new();
            Frame::write_part(&mut members, &head, slice);
            assert!(members.len() <= MAX_FRAME, "{} bytes", members.len());
        }
    }
    assert_eq!(Frame::slices(""), [""]);
    assert_eq!(Frame::slices("{}"), ["{}"]);
}

#[test]
fn a_datagram_of_1201_bytes_is_none() {
    let frame = |length: usize| Frame { data: "x".repeat(length).into(), ..Frame::default() };
    let short = datagram(&[frame(1)], SessionId(1), &Key::Crc).len();
    let longest =
        |more: usize| closed(&format!("{{\"dados\": \"{}\", \"session\": \"0000000000000001\"", "x".repeat(1 + more)));
    // A CRC has up to ten digits: the length is that of each datagram, not computed.
    for more in 0..=MAX_DATAGRAM - short + 20 {
        let bytes = longest(more);
        assert_eq!(Sealed::of(&bytes).is_some(), bytes.len() <= MAX_DATAGRAM, "{} bytes", bytes.len());
    }
}
