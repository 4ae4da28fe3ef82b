//! Bytes of the network: whatever they are, they are read or refused; what was read is written so
//! that it reads the same.

use posto_wire::answer::{Cells, History, Imported, Reported, ServerTime, StationDetail, Stations, Statistics};
use posto_wire::limits::{MAX_DATAGRAM, MAX_FRAME, MAX_V1_DATA};
use posto_wire::v2::{DatagramWriter, Direction, Ext, Frame, Key, Nonce, Psk, Seal, Sealed, SessionId};
use posto_wire::{Answer, Format, Value, answer as answers, command as commands, json, packet as packets, python, v2};

/// A packet of v1, perhaps one that negotiates v2.
pub fn packet(bytes: &[u8]) {
    let Ok(received) = packets::parse(bytes) else { return };
    let written = received.packet.to_bytes();
    // Bytes can be made that both levels read: those with a seal are v2's. What v1 writes has none.
    assert!(Sealed::of(&written).is_none() && v2::handshake_seal(&written).is_none());
    if written.len() <= MAX_DATAGRAM {
        let again = packets::parse(&written).expect("what we write is a packet");
        assert_eq!(again.packet, received.packet);
        assert_eq!(again.packet.to_bytes(), written);
    }
    let Some(ext) = Ext::of(&received) else { return };
    let written = v2::handshake(&received.packet, &ext, &Key::Crc);
    if written.len() <= MAX_DATAGRAM {
        let again = packets::parse(&written).expect("what we write is a packet");
        assert_eq!((again.packet == received.packet, Ext::of(&again)), (true, Some(ext)));
        let (signed, seal) = v2::handshake_seal(&written).expect("it has a seal");
        assert!(Key::Crc.fits(signed, seal));
    }
}

/// A datagram of v2: these bytes, and the same closed as they should be.
pub fn datagram(bytes: &[u8]) {
    read_datagram(bytes);
    read_datagram(&closed(bytes, &Key::Crc));
    read_datagram(&closed(bytes, &session_key()));
}

fn session_key() -> Key {
    let psk = Psk::from_bytes(&[7; 32]).expect("32 bytes");
    psk.session_key(Nonce(1), SessionId(2), Direction::ToServer)
}

/// The bytes up to their seal, if they have one, closed with this key.
pub(crate) fn closed(bytes: &[u8], key: &Key) -> Vec<u8> {
    let seals = [&b", \"crc\": "[..], b", \"mac\": "];
    let seal = bytes.windows(9).rposition(|window| seals.contains(&window)).unwrap_or(bytes.len());
    let signed = &bytes[..seal];
    let member = match key.seal(signed) {
        Seal::Crc(sum) => format!(", \"crc\": {sum}}}"),
        Seal::Mac(mac) => format!(", \"mac\": \"{mac:032x}\"}}"),
    };
    let end: &[u8] = if signed.first() == Some(&b'[') { b"]" } else { b"" };
    [signed, member.as_bytes(), end].concat()
}

fn read_datagram(bytes: &[u8]) {
    let Some(sealed) = Sealed::of(bytes) else { return };
    assert_eq!(sealed.length(), bytes.len());
    let Ok((session, frames)) = sealed.read() else { return };
    assert!(packets::parse(bytes).is_err() || frames.len() == 1, "a list is no packet");
    for key in [Key::Crc, session_key()] {
        let mut writer = DatagramWriter::default();
        let mut written = Vec::new();
        for frame in &frames {
            let mut members = String::new();
            frame.write(&mut members);
            if members.len() <= MAX_FRAME && writer.has_room(&members) {
                writer.push(&members);
                written.push(frame.clone());
            }
        }
        if written.is_empty() {
            continue;
        }
        let again = writer.close(session, &key);
        assert!(again.len() <= MAX_DATAGRAM);
        let sealed = Sealed::of(&again).expect("what we write is closed");
        assert!(sealed.fits(&key) && sealed.read() == Ok((session, written)), "{}", String::from_utf8_lossy(&again));
    }
}

/// A command, and any JSON value as one.
pub fn command(bytes: &[u8]) {
    let Ok(data) = json::parse(bytes) else { return };
    match commands::read(&data) {
        Ok(mut request) => {
            // A v1 request is written without `pedido`, which no original server knows.
            request.request_id = request.request_id.filter(|_| request.format == Format::Json);
            assert_eq!(commands::read(&request.to_value()), Ok(request));
        }
        Err((_, mistake)) => {
            assert!(python::dumps(&answers::error(&mistake)).len() <= MAX_V1_DATA);
        }
    }
}

/// An answer, of each command; whole, and in parts.
pub fn answer(bytes: &[u8]) {
    let Ok(value) = json::parse(bytes) else { return };
    let text = python::dumps(&value);
    assert_eq!(Frame::slices(&text).concat(), text);
    read_answer::<Reported>(&value);
    read_answer::<Stations>(&value);
    read_answer::<Cells>(&value);
    read_answer::<StationDetail>(&value);
    read_answer::<History>(&value);
    read_answer::<Statistics>(&value);
    read_answer::<ServerTime>(&value);
    read_answer::<Imported>(&value);
}

fn read_answer<T: Answer>(value: &Value) {
    let Ok(read) = answers::read::<T>(value.clone()) else { return };
    let written = answers::ok(&read);
    let again = answers::read::<T>(written.clone()).expect("what we write is an answer");
    assert_eq!(python::dumps(&answers::ok(&again)), python::dumps(&written));
}
