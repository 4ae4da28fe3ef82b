//! What is properly closed and still no datagram: why, member by member.

use super::*;
use crate::refusal::Refusal;

const SESSION: &str = r#""session": "0000000000000001""#;

/// What a frame with this text is read as, in a datagram of its own and in a list.
fn read(member: &str) -> Result<Frame, Refusal> {
    let read = |signed: String| Sealed::of(&closed(&signed)).expect("a seal").read();
    let alone = read(format!("{{{member}, {SESSION}")).map(|(_, frames)| frames[0].clone());
    let listed = read(format!("[{{{member}}}, {{{SESSION}")).map(|(_, frames)| frames[0].clone());
    assert_eq!(alone, listed, "{member}");
    alone
}

#[test]
fn a_member_of_the_wrong_type_or_out_of_its_range_is_refused() {
    for flag in ["ACK", "FIN", "going_away"] {
        for value in ["1", "\"true\"", "null", "[]"] {
            assert_eq!(read(&format!("\"{flag}\": {value}")), Err(Refusal::WrongType), "{flag}: {value}");
        }
    }
    for number in ["ack", "seq", "base", "t", "prazo_ms", "busy", "ping", "pong"] {
        for value in ["-1", "1.0", "1e0", "\"1\"", "null", "true"] {
            assert_eq!(read(&format!("\"{number}\": {value}")), Err(Refusal::WrongType), "{number}: {value}");
        }
        assert_eq!(read(&format!("\"{number}\": 9007199254740993")), Err(Refusal::IntegerRange), "{number}");
    }
    for number in ["t", "prazo_ms", "busy"] {
        assert_eq!(read(&format!("\"{number}\": 4294967296")), Err(Refusal::WrongType), "{number}");
    }
    for member in [
        "\"dados\": 1",
        "\"dados\": []",
        "\"dados\": true",
        "\"erro\": \"outro\"",
        "\"erro\": null",
        "\"reset\": 4294967296",
        "\"reset\": \"0123\"",
        "\"reset\": \"0123456789ABCDEF0123456789ABCDEF\"",
        "\"frag\": [0]",
        "\"frag\": [0, 1]",
        "\"frag\": [2, 2]",
        "\"frag\": [0, 257]",
        "\"frag\": [0, 2, 2]",
        "\"frag\": {\"0\": 2}",
        "\"falta\": []",
        "\"falta\": [65536]",
        "\"falta\": [-1]",
        "\"falta\": 1",
        "\"ext\": null",
        "\"ext\": {}",
        "\"ext\": {\"v\": 2}",
        "\"ext\": {\"v\": 3, \"nonce\": \"0123456789abcdef\"}",
        "\"ext\": {\"v\": 2, \"nonce\": \"0123456789ABCDEF\"}",
        "\"ext\": {\"v\": 2, \"nonce\": \"0123456789abcdef\", \"idle_ms\": -1}",
    ] {
        assert_eq!(read(member), Err(Refusal::WrongType), "{member}");
    }
    let many = vec!["0"; 257].join(", ");
    assert_eq!(read(&format!("\"falta\": [{many}]")), Err(Refusal::WrongType));
}

#[test]
fn a_member_given_twice_is_refused_however_it_is_spelt() {
    for member in [
        "\"seq\": 1, \"seq\": 1",
        "\"seq\": 1, \"s\\u0065q\": 1",
        "\"ACK\": false, \"ACK\": false",
        "\"dados\": null, \"dados\": null",
        "\"dados\": {\"a\": 1, \"\\u0061\": 2}",
        "\"ext\": {\"v\": 2, \"v\": 2, \"nonce\": \"0123456789abcdef\"}",
    ] {
        assert_eq!(read(member), Err(Refusal::DuplicateMember), "{member}");
    }
    let twice = format!("{{{SESSION}, {SESSION}");
    assert_eq!(Sealed::of(&closed(&twice)).unwrap().read(), Err(Refusal::DuplicateMember));
    let sealed_twice = format!("{{\"crc\": 1, {SESSION}");
    assert_eq!(Sealed::of(&closed(&sealed_twice)).unwrap().read(), Err(Refusal::DuplicateMember));
}

#[test]
fn nesting_is_bounded_also_in_members_that_nobody_knows() {
    let nested =
        |name: &str, levels: usize| format!("\"{name}\": {}1{}", "{\"a\": ".repeat(levels), "}".repeat(levels));
    assert!(read(&nested("dados", 7)).is_ok() && read(&nested("other", 7)).is_ok());
    for name in ["dados", "other", "seq", "ext"] {
        assert_eq!(read(&nested(name, 8)), Err(Refusal::TooDeep), "{name}");
    }
    assert_eq!(read(&format!("\"falta\": {}", "[".repeat(500))), Err(Refusal::TooDeep));
}

#[test]
fn what_is_no_frame_is_refused() {
    let refused = |signed: &str| Sealed::of(&closed(signed)).expect("a seal").read().expect_err(signed);
    for (signed, reason) in [
        ("{\"seq\": 1", Refusal::MissingMember),
        ("[{\"seq\": 1}, {\"seq\": 2", Refusal::NotJson),
        ("[{\"seq\": 1}, 5, {\"session\": \"0000000000000001\"", Refusal::NotJson),
        ("[{\"seq\": 1} {\"session\": \"0000000000000001\"", Refusal::NotJson),
        ("[[{\"seq\": 1}], {\"session\": \"0000000000000001\"", Refusal::NotJson),
        ("{\"session\": \"0000000000000001\"}, {\"seq\": 1", Refusal::NotJson),
        ("[{\"session\": \"0000000000000001\"}, {\"seq\": 1", Refusal::NotJson),
        ("{\"session\": \"000000000000001\"", Refusal::WrongType),
        ("{\"session\": 1", Refusal::WrongType),
        ("{\"seq\": NaN, \"session\": \"0000000000000001\"", Refusal::NotFinite),
        ("{\"dados\": \"\\ud800\", \"session\": \"0000000000000001\"", Refusal::LoneSurrogate),
        ("", Refusal::NotJson),
    ] {
        assert_eq!(refused(signed), reason, "{signed}");
    }
    let mut latin = b"{\"dados\": \"\xe9\", \"session\": \"0000000000000001\"".to_vec();
    let seal = Key::Crc.seal(&latin);
    seal.close(&mut latin);
    latin.push(b'}');
    assert_eq!(Sealed::of(&latin).unwrap().read(), Err(Refusal::NotUtf8));
}

#[test]
fn members_that_nobody_knows_are_passed_over_and_defaults_may_be_written() {
    let frame = read("\"new\": {\"a\": [1]}, \"seq\": 5, \"ACK\": false, \"ack\": 0, \"dados\": null, \"\": 1");
    assert_eq!(frame, Ok(Frame { sequence: 5, ..Frame::default() }));
}

#[test]
fn a_seal_has_one_spelling_only() {
    for end in [
        ", \"crc\": 01}",
        ", \"crc\": -1}",
        ", \"crc\": +1}",
        ", \"crc\": 1.0}",
        ", \"crc\": 4294967296}",
        ", \"crc\": 00000000001}",
        ", \"crc\": }",
        ",\"crc\": 1}",
        ", \"crc\":1}",
        ", \"crc\": 1 }",
        ", \"crc\": 1} ",
        ", \"crc\": 1}\n",
        ", \"crc\": 1}}",
        ", \"crc\": 1]",
        ", \"crc\": 1} ]",
        ", \"CRC\": 1}",
        ", \"mac\": \"0123456789abcdef0123456789abcde\"}",
        ", \"mac\": \"0123456789abcdef0123456789abcdef0\"}",
        ", \"mac\": \"0123456789ABCDEF0123456789ABCDEF\"}",
        ", \"mac\": 1}",
        ", \"mac\": \"\"}",
        "crc\": 1}",
        "",
    ] {
        assert!(Sealed::of(format!("{{{SESSION}{end}").as_bytes()).is_none(), "{end}");
    }
    for end in [", \"crc\": 0}", ", \"crc\": 4294967295}", ", \"mac\": \"0123456789abcdef0123456789abcdef\"}"] {
        assert!(Sealed::of(format!("{{{SESSION}{end}").as_bytes()).is_some(), "{end}");
    }
}

#[test]
fn an_ext_that_is_not_v2_s_is_none() {
    let of = |ext: &str| {
        let packet = String::from_utf8(crate::Packet::EMPTY.to_bytes()).unwrap();
        let text = format!("{}, \"ext\": {ext}}}", packet.trim_end_matches('}'));
        Ext::of(&crate::packet::parse(text.as_bytes()).unwrap())
    };
    assert!(of("{\"v\": 2, \"nonce\": \"0123456789abcdef\", \"new\": 1}").is_some());
    for ext in [
        "null",
        "2",
        "{}",
        "{\"v\": 2}",
        "{\"v\": 2.0, \"nonce\": \"0123456789abcdef\"}",
        "{\"v\": \"2\", \"nonce\": \"0123456789abcdef\"}",
        "{\"v\": 3, \"nonce\": \"0123456789abcdef\"}",
        "{\"v\": 2, \"nonce\": 1}",
        "{\"v\": 2, \"nonce\": \"0123456789abcde\"}",
        "{\"v\": 2, \"nonce\": \"0123456789ABCDEF\"}",
    ] {
        assert_eq!(of(ext), None, "{ext}");
    }
}
