//! What is written reads the same.

use super::*;
use crate::packet::{self, Packet};

proptest! {
    #[test]
    fn a_frame_written_is_read_as_it_was(frame in any_frame(), session in any::<u64>(), key in any_key()) {
        prop_assume!(members_of(&frame).len() <= MAX_FRAME);
        let session = SessionId(session);
        let bytes = datagram(std::slice::from_ref(&frame), session, &key);
        prop_assert_eq!(believed(&bytes, &key), Some((session, vec![frame])), "{}", String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn so_are_several_in_one_datagram(frames in proptest::collection::vec(any_frame(), 2..6), session in any::<u64>(), key in any_key()) {
        let members: Vec<_> = frames.iter().map(members_of).collect();
        let mut writer = DatagramWriter::default();
        for (index, members) in members.iter().enumerate() {
            prop_assume!(members.len() <= MAX_FRAME && writer.has_room(members));
            writer.push(members);
            prop_assert_eq!(writer.frames(), index + 1);
        }
        let bytes = writer.close(SessionId(session), &key);
        prop_assert!(writer.is_empty());
        prop_assert_eq!(believed(&bytes, &key), Some((SessionId(session), frames)), "{}", String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn an_answer_and_its_parts_are_frames_with_that_data(data in any_payload(), attempt in small(), number in number()) {
        prop_assume!(data != Value::Null);
        let head = Frame { ack_number: number.max(1), attempt, ..Frame::default() };
        let json = crate::python::dumps(&data);
        let whole = Frame { data: data.clone(), ..head.clone() };
        let mut members = String::new();
        Frame::write_answer(&mut members, &head, &json);
        prop_assert_eq!(&members, &members_of(&whole));
        members.clear();
        let part = Frame { fragment: Some(Fragment { index: 1, count: 2 }), ..head };
        Frame::write_part(&mut members, &part, &json);
        prop_assert_eq!(members, members_of(&Frame { data: json.into(), ..part }));
    }

    #[test]
    fn the_handshake_carries_its_ext_and_its_seal(
        nonce in any::<u64>(), session in maybe(any::<u64>()), window in maybe(small()), idle_ms in maybe(small()),
        number in number(), key in any_key(),
    ) {
        let packet = Packet { syn: true, ack: session.is_some(), sequence: number, ..Packet::EMPTY };
        let ext = Ext { nonce: Nonce(nonce), session: session.map(SessionId), window, idle_ms };
        let bytes = handshake(&packet, &ext, &key);
        let received = packet::parse(&bytes).unwrap();
        prop_assert_eq!(Ext::of(&received), Some(ext));
        prop_assert_eq!(received.packet, packet);
        let (signed, seal) = handshake_seal(&bytes).unwrap();
        prop_assert!(key.fits(signed, seal));
        prop_assert!(Sealed::of(&bytes).is_none(), "a packet of the handshake is no frame");
    }
}

#[test]
fn a_datagram_without_frames_says_only_whose_it_would_be() {
    let bytes = DatagramWriter::default().close(SessionId(7), &Key::Crc);
    assert_eq!(believed(&bytes, &Key::Crc), Some((SessionId(7), vec![Frame::default()])));
    for count in 1..3 {
        let nothing = vec![Frame::default(); count];
        assert_eq!(believed(&datagram(&nothing, SessionId(7), &Key::Crc), &Key::Crc), Some((SessionId(7), nothing)));
    }
}

#[test]
fn the_keys_of_a_session_are_each_their_own() {
    let psk = Psk::from_bytes(&[7; 32]).unwrap();
    let (nonce, session) = (Nonce(1), SessionId(2));
    let keys = [
        Key::Crc,
        psk.syn_key(nonce),
        psk.syn_key(Nonce(2)),
        psk.reset_key(session),
        psk.reset_key(SessionId(1)),
        psk.session_key(nonce, session, Direction::ToServer),
        psk.session_key(nonce, session, Direction::ToClient),
        psk.session_key(Nonce(2), SessionId(1), Direction::ToClient),
        Psk::from_bytes(&[8; 32]).unwrap().session_key(nonce, session, Direction::ToClient),
    ];
    for (index, key) in keys.iter().enumerate() {
        let fitting = keys.iter().filter(|other| other.fits(b"words", key.seal(b"words"))).count();
        assert_eq!(fitting, 1, "key {index}");
        assert!(!key.fits(b"other words", key.seal(b"words")));
    }
}

#[test]
fn a_key_file_ends_where_its_blanks_begin_and_32_bytes_are_the_least() {
    let key = |bytes: &[u8]| Psk::from_bytes(bytes);
    assert!(key(&[7; 31]).is_none() && key(&[&[7; 31][..], b"\n"].concat()).is_none());
    assert_eq!(key(&[&[7; 32][..], b" \t\r\n"].concat()), key(&[7; 32]));
    assert_ne!(key(&[&b" "[..], &[7; 32]].concat()), key(&[7; 32]));
    assert_eq!(format!("{:?} {:?}", key(&[7; 32]).unwrap(), keyed(&[7; 32])), "Psk Mac", "a key is never shown");
}
