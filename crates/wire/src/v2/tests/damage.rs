//! What was damaged, forged or is v1's is not believed.

use super::*;
use crate::packet::{self, Packet};
use crate::testing::any_value;

proptest! {
    /// In the frames, the session, the name of the seal or the seal itself.
    #[test]
    fn a_flipped_bit_is_always_seen(frames in proptest::collection::vec(any_frame(), 1..3), key in any_key(), at in any::<prop::sample::Index>()) {
        let mut writer = DatagramWriter::default();
        for members in frames.iter().map(members_of) {
            prop_assume!(members.len() <= MAX_FRAME && writer.has_room(&members));
            writer.push(&members);
        }
        let mut bytes = writer.close(SessionId(3), &key);
        let bit = at.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        prop_assert_eq!(believed(&bytes, &key), None, "bit {} of {}", bit, String::from_utf8_lossy(&bytes));
        prop_assert!(packet::parse(&bytes).is_err(), "nor is it a packet of v1");
    }

    #[test]
    fn a_flipped_bit_of_the_handshake_is_seen_or_it_says_nothing_of_v2(
        nonce in any::<u64>(), key in any_key(), at in any::<prop::sample::Index>()
    ) {
        let ext = Ext { nonce: Nonce(nonce), session: Some(SessionId(1)), window: Some(32), idle_ms: Some(30_000) };
        let mut bytes = handshake(&Packet { syn: true, ack: true, ..Packet::EMPTY }, &ext, &key);
        let bit = at.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        let negotiated = packet::parse(&bytes).ok().and_then(|received| Ext::of(&received));
        let fits = handshake_seal(&bytes).is_some_and(|(signed, seal)| key.fits(signed, seal));
        prop_assert!(negotiated.is_none() || !fits);
    }

    #[test]
    fn a_seal_of_another_key_or_kind_never_fits(frame in any_frame(), one in any::<[u8; 32]>(), other in any::<[u8; 32]>()) {
        prop_assume!(members_of(&frame).len() <= MAX_FRAME && one != other);
        let bytes = datagram(&[frame], SessionId(1), &keyed(&one));
        prop_assert_eq!(believed(&bytes, &keyed(&other)), None);
        prop_assert_eq!(believed(&bytes, &Key::Crc), None);
    }

    #[test]
    fn any_bytes_are_a_datagram_or_not(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = believed(&bytes, &Key::Crc);
        let _ = believed(&closed(&String::from_utf8_lossy(&bytes)), &Key::Crc);
        let _ = handshake_seal(&bytes);
    }

    /// Whatever a value says, properly closed.
    #[test]
    fn any_object_is_a_datagram_or_refused(value in any_value()) {
        let text = crate::python::dumps(&value);
        for open in ["{", "[{", ""] {
            let text = format!("{open}{}", text.trim_start_matches(['{', '[']).trim_end_matches(['}', ']']));
            if let Some(sealed) = Sealed::of(&closed(&text)) {
                let _ = sealed.read();
            }
        }
    }

    #[test]
    fn what_v1_writes_is_never_taken_for_v2(value in any_value(), flags in any::<[bool; 3]>(), numbers in any::<[u32; 3]>(), sum in any::<u8>()) {
        let [syn, ack, fin] = flags;
        let [ack_number, sequence, next_sequence] = numbers.map(u64::from);
        let data = if matches!(value, Value::Null | Value::Text(_) | Value::Object(_)) { value } else { Value::Null };
        let packet = Packet { data, syn, ack, fin, ack_number, sequence, next_sequence, checksum: Some(sum) };
        prop_assert!(Sealed::of(&packet.to_bytes()).is_none());
        prop_assert!(handshake_seal(&packet.to_bytes()).is_none());
    }

    #[test]
    fn what_v2_writes_is_never_a_packet_of_v1(frame in any_frame(), key in any_key()) {
        prop_assume!(members_of(&frame).len() <= MAX_FRAME);
        prop_assert!(packet::parse(&datagram(&[frame], SessionId(1), &key)).is_err());
    }
}

#[test]
fn every_flipped_bit_of_one_datagram_is_seen() {
    let frame = Frame { sequence: 7, base: 5, attempt: 1, data: "words".into(), ..Frame::default() };
    for key in [Key::Crc, keyed(&[7; 32])] {
        for frames in [vec![frame.clone()], vec![frame.clone(), frame.clone()]] {
            let bytes = datagram(&frames, SessionId(0x0123_4567_89ab_cdef), &key);
            assert!(believed(&bytes, &key).is_some());
            for bit in 0..bytes.len() * 8 {
                let mut damaged = bytes.clone();
                damaged[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(believed(&damaged, &key), None, "bit {bit}: {}", String::from_utf8_lossy(&damaged));
            }
        }
    }
}
