//! Section 8: its datagrams are closed as it says, read, and written again byte for byte.

use std::io::ErrorKind;
use std::process::Command;

use posto_wire::v2::{
    DatagramWriter, Direction, Ext, Frame, Key, Nonce, Opening, Psk, Seal, Sealed, SessionId, handshake, handshake_seal,
};
use posto_wire::{Refusal, Value, json, limits, packet, python};

use super::{DOCUMENT, blocks, examples};

/// The example's secrets: the keys that the page shows are checked by `tests/python/v2_golden.py`,
/// and that they are the code's by every MAC here.
struct Secrets {
    psk: Psk,
    nonce: Nonce,
    session: SessionId,
}

impl Secrets {
    fn of_the_page() -> Self {
        let shown = |name: &str| {
            let line = examples("v2-keys").into_iter().find_map(|(_, line)| line.strip_prefix(name)?.strip_prefix(' '));
            line.unwrap_or_else(|| panic!("no {name} among the keys"))
        };
        let hex = shown("psk");
        let bytes =
            (0..hex.len() / 2).map(|index| u8::from_str_radix(&hex[2 * index..2 * index + 2], 16).expect("digits"));
        Self {
            psk: Psk::from_bytes(&bytes.collect::<Vec<_>>()).expect("32 bytes"),
            nonce: Nonce::parse(shown("nonce")).expect("a nonce"),
            session: SessionId::parse(shown("session")).expect("a session"),
        }
    }

    fn key(&self, name: &str) -> Key {
        match name {
            "crc" => Key::Crc,
            "syn" => self.psk.syn_key(self.nonce),
            "c2s" => self.psk.session_key(self.nonce, self.session, Direction::ToServer),
            "s2c" => self.psk.session_key(self.nonce, self.session, Direction::ToClient),
            "reset" => self.psk.reset_key(self.session),
            other => panic!("no key is called {other}"),
        }
    }
}

fn sealed(line: &str) -> Sealed<'_> {
    Sealed::of(line.as_bytes()).unwrap_or_else(|| panic!("no seal closes {line}"))
}

/// The frames of a golden datagram, whose seal must fit.
fn frames(key: &str, line: &str) -> Vec<Frame> {
    let secrets = Secrets::of_the_page();
    assert!(sealed(line).fits(&secrets.key(key)), "the seal of {line}");
    let (session, frames) = sealed(line).read().unwrap_or_else(|refusal| panic!("{refusal}: {line}"));
    assert_eq!(session, secrets.session, "{line}");
    frames
}

/// Every frame of the page, in order.
fn all_frames() -> Vec<Frame> {
    examples("v2").into_iter().flat_map(|(key, line)| frames(key, line)).collect()
}

#[test]
fn every_v2_datagram_is_read_and_written_again() {
    let secrets = Secrets::of_the_page();
    for (key, line) in examples("v2") {
        let mut writer = DatagramWriter::default();
        for frame in frames(key, line) {
            let mut members = String::new();
            frame.write(&mut members);
            assert!(members.len() <= limits::MAX_FRAME && writer.has_room(&members), "{line}");
            writer.push(&members);
        }
        let written = writer.close(secrets.session, &secrets.key(key));
        assert_eq!(String::from_utf8(written).unwrap(), line);
    }
}

#[test]
fn every_handshake_of_v2_is_read_and_written_again() {
    let secrets = Secrets::of_the_page();
    let mut packets = 0;
    for (key, line) in examples("v2-handshake") {
        let received = packet::parse(line.as_bytes()).unwrap_or_else(|refusal| panic!("{refusal}: {line}"));
        let ext = Ext::of(&received).unwrap_or_else(|| panic!("no ext in {line}"));
        assert_eq!(ext.nonce, secrets.nonce);
        assert_eq!(
            (ext.session, ext.window.is_some()),
            (Some(secrets.session).filter(|_| received.packet.ack), received.packet.ack)
        );
        let (signed, seal) = handshake_seal(line.as_bytes()).expect("a seal");
        assert!(secrets.key(key).fits(signed, seal), "the seal of {line}");
        let written = handshake(&received.packet, &ext, &secrets.key(key));
        assert_eq!(String::from_utf8(written).unwrap(), line);
        packets += 1;
    }
    assert_eq!(packets, 4, "packets 1 and 2, with a CRC and with a MAC");
}

#[test]
fn what_the_document_says_v2_refuses_is_refused_for_that_reason() {
    for (_, line) in examples("v2-refused") {
        let (reason, datagram) = line.split_once(": ").expect("a reason");
        assert!(sealed(datagram).fits(&Key::Crc), "{datagram}");
        assert_eq!(
            sealed(datagram).read().map_err(|refusal| refusal.to_string()),
            Err(reason.to_owned()),
            "{datagram}"
        );
    }
    // A v2 datagram is no packet of v1, and a packet no datagram of v2.
    for (_, line) in examples("v2") {
        assert!(matches!(packet::parse(line.as_bytes()), Err(Refusal::MissingMember | Refusal::NotObject)), "{line}");
    }
    for kind in ["datagram", "datagram-request", "datagram-answer", "v2-handshake"] {
        assert!(examples(kind).iter().all(|(_, line)| Sealed::of(line.as_bytes()).is_none()), "{kind}");
    }
}

#[test]
fn there_is_a_datagram_of_each_kind() {
    let all = all_frames();
    let opens =
        |frame: &&Frame| frame.opening == Some(Opening { nonce: Secrets::of_the_page().nonce, idle_ms: Some(30_000) });
    let any = |what: &str, fits: &dyn Fn(&Frame) -> bool| assert!(all.iter().any(fits), "no {what}");
    any("ACK", &|frame| frame.ack && opens(&frame) && frame.data == Value::Null);
    any("first request", &|frame| frame.sequence == 1 && opens(&frame) && frame.data != Value::Null);
    any("later request", &|frame| frame.sequence > 1 && frame.opening.is_none());
    any("early ACK", &|frame| *frame == Frame { ack_number: 3, attempt: 1, ..Frame::default() });
    any("busy", &|frame| frame.busy_ms.is_some());
    any("erro", &|frame| frame.error.is_some());
    any("falta", &|frame| !frame.missing.is_empty());
    any("ping", &|frame| frame.ping.is_some());
    any("pong", &|frame| frame.pong.is_some());
    any("FIN", &|frame| frame.fin && !frame.ack);
    any("FIN+ACK", &|frame| frame.fin && frame.ack);
    any("going_away", &|frame| frame.going_away && frame.data == Value::Null);
    assert!(examples("v2").iter().any(|(key, line)| frames(key, line).len() > 1), "no list");
}

#[test]
fn every_member_of_a_frame_is_in_the_table_and_in_an_example() {
    let members = [
        "ACK",
        "FIN",
        "ack",
        "seq",
        "base",
        "t",
        "prazo_ms",
        "busy",
        "erro",
        "frag",
        "falta",
        "ping",
        "pong",
        "going_away",
        "reset",
        "ext",
        "dados",
        "session",
        "crc",
        "mac",
    ];
    let table =
        DOCUMENT.split("A frame has these members").nth(1).and_then(|rest| rest.split("\n\n").nth(1)).expect("a table");
    for member in members {
        assert!(table.contains(&format!("`{member}`")), "§8.3 lacks {member}");
        assert!(
            examples("v2").iter().any(|(_, line)| line.contains(&format!("\"{member}\": "))),
            "no example of {member}"
        );
    }
}

#[test]
fn the_parts_in_the_document_make_its_answer() {
    let parts: Vec<_> = all_frames().into_iter().filter(|frame| frame.fragment.is_some()).collect();
    let counts: Vec<_> = parts.iter().filter_map(|part| part.fragment).map(|part| (part.index, part.count)).collect();
    assert_eq!(counts, [(0, 2), (1, 2)]);
    let text: String = parts.iter().filter_map(|part| part.data.as_text()).collect();
    assert_eq!(python::dumps(&json::parse(text.as_bytes()).unwrap()), text);
    assert!(DOCUMENT.contains(&format!("Here the answer is `{text}`")));
}

#[test]
fn the_resets_quote_datagrams_of_the_document() {
    let seals: Vec<_> = examples("v2").iter().map(|(_, line)| sealed(line).seal()).collect();
    let quoted: Vec<_> = all_frames().into_iter().filter_map(|frame| frame.reset).collect();
    assert!(matches!(quoted[..], [Seal::Crc(_), Seal::Mac(_)]));
    assert!(quoted.iter().all(|quoted| seals.contains(quoted)));
    let Seal::Crc(check) = Key::Crc.seal(b"123456789") else { panic!("a CRC") };
    assert!(DOCUMENT.contains(&format!("The CRC-32C of the nine bytes `123456789` is {check}.")));
}

/// CRC-32C, HKDF and HMAC by Python's standard library, from the page alone.
#[test]
fn another_implementation_finds_the_same_seals() {
    const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/python/v2_golden.py");
    const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/PROTOCOL.md");
    let output = match Command::new("python3").args([SCRIPT, PAGE]).env("PYTHONDONTWRITEBYTECODE", "1").output() {
        Err(error) if error.kind() == ErrorKind::NotFound => return println!("SKIPPED: there is no python3"),
        output => output.unwrap(),
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let checked = |kind| examples(kind).len();
    let text = String::from_utf8(output.stdout).unwrap();
    let seals: usize =
        text.split_whitespace().map(|word| word.split_once('=').unwrap().1.parse::<usize>().unwrap()).sum();
    assert_eq!(seals, checked("v2") + checked("v2-handshake") + checked("v2-refused"), "{text}");
    assert_eq!(blocks().iter().filter(|block| block.info == "v2-keys").count(), 1);
}
