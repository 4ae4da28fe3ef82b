//! Datagrams of v2: what is written reads the same, what was damaged or forged is refused, and
//! nothing is too long. The seeded twin of the fuzz targets is in `tests/fuzz`.

mod damage;
mod length;
mod refused;
mod round_trip;

use proptest::prelude::*;

use super::*;
use crate::json::Value;
use crate::limits::{MAX_FRAGMENTS, MAX_FRAME, MAX_INTEGER};
use crate::testing::{any_plain_value, any_text, object_of};

/// A number at the borders of what a member holds, or anywhere between.
fn number() -> impl Strategy<Value = u64> {
    let most = u64::try_from(MAX_INTEGER).unwrap();
    prop_oneof![Just(0), Just(1), Just(most), 0..1000_u64, 0..=most]
}

fn small() -> impl Strategy<Value = u32> {
    prop_oneof![Just(0), Just(1), Just(u32::MAX), 0..1000_u32, any::<u32>()]
}

/// A member that may be left out.
fn maybe<T: std::fmt::Debug + Clone>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
    prop_oneof![2 => Just(()).prop_map(|()| None), 1 => value.prop_map(Some)]
}

fn any_seal() -> impl Strategy<Value = Seal> {
    prop_oneof![any::<u32>().prop_map(Seal::Crc), any::<u128>().prop_map(Seal::Mac)]
}

fn any_payload() -> impl Strategy<Value = Value> {
    let members = proptest::collection::vec((any_text(), any_plain_value()), 0..5);
    prop_oneof![
        Just(Value::Null),
        any_text().prop_map(Value::Text),
        members.prop_map(|members| object_of(members).into())
    ]
}

/// Any frame that its writer could be asked to write: most are nonsense, and all read the same.
fn any_frame() -> impl Strategy<Value = Frame> {
    let fragment =
        (2..=MAX_FRAGMENTS).prop_flat_map(|count| (0..count).prop_map(move |index| Fragment { index, count }));
    let error = proptest::sample::select(&[FrameError::Expired, FrameError::TooLarge, FrameError::Lost][..]);
    let opening =
        (any::<u64>().prop_map(Nonce), maybe(small())).prop_map(|(nonce, idle_ms)| Opening { nonce, idle_ms });
    let numbers = (number(), number(), number(), small());
    let missing = proptest::collection::vec(any::<u16>(), 0..20);
    let told = (maybe(small()), maybe(small()), maybe(error), maybe(fragment), missing);
    let session = (maybe(number()), maybe(number()), maybe(any_seal()), maybe(opening));
    (any::<[bool; 3]>(), numbers, told, session, any_payload()).prop_map(|(flags, numbers, told, session, data)| {
        let ([ack, fin, going_away], (ack_number, sequence, base, attempt)) = (flags, numbers);
        let (time_left_ms, busy_ms, error, fragment, missing) = told;
        let (ping, pong, reset, opening) = session;
        Frame {
            ack,
            fin,
            ack_number,
            sequence,
            base,
            attempt,
            time_left_ms,
            busy_ms,
            error,
            fragment,
            missing,
            ping,
            pong,
            going_away,
            reset,
            opening,
            data,
        }
    })
}

/// No key, or a session's.
fn any_key() -> impl Strategy<Value = Key> {
    prop_oneof![Just(Key::Crc), any::<[u8; 32]>().prop_map(|bytes| keyed(&bytes))]
}

fn keyed(bytes: &[u8; 32]) -> Key {
    let long: Vec<u8> = bytes.iter().chain(b"not a blank").copied().collect();
    Psk::from_bytes(&long).unwrap().session_key(Nonce(1), SessionId(2), Direction::ToServer)
}

fn members_of(frame: &Frame) -> String {
    let mut members = String::new();
    frame.write(&mut members);
    members
}

/// One datagram of these frames, which must fit.
fn datagram(frames: &[Frame], session: SessionId, key: &Key) -> Vec<u8> {
    let mut writer = DatagramWriter::default();
    for frame in frames {
        let members = members_of(frame);
        assert!(members.len() <= MAX_FRAME && writer.has_room(&members), "{members}");
        writer.push(&members);
    }
    writer.close(session, key)
}

/// A datagram of this text, closed without a key: what `close` would never write.
fn closed(signed: &str) -> Vec<u8> {
    let mut bytes = signed.as_bytes().to_vec();
    Key::Crc.seal(signed.as_bytes()).close(&mut bytes);
    bytes.extend_from_slice(if signed.starts_with('[') { b"}]" } else { b"}" });
    bytes
}

/// What is believed of a datagram: its session and frames, if its seal fits.
fn believed(bytes: &[u8], key: &Key) -> Option<(SessionId, Vec<Frame>)> {
    Sealed::of(bytes).filter(|sealed| sealed.fits(key)).and_then(|sealed| sealed.read().ok())
}
