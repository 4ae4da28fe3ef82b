//! What JSON is taken, what is refused and why, and that nothing is read into something else.

use proptest::prelude::*;

use super::*;
use crate::python::dumps;
use crate::testing::{any_text, any_value};

fn read(text: &str) -> Result<Value, Refusal> {
    parse(text.as_bytes())
}

/// Written and read again; the text tells `0.0` from `-0.0`, which `==` does not.
fn reads_as(text: &str, written: &str) {
    let value = read(text).unwrap_or_else(|refusal| panic!("{text:?}: {refusal}"));
    assert_eq!(dumps(&value), written, "{text:?}");
}

#[test]
fn integers_and_floats_stay_apart() {
    assert_eq!(read("5"), Ok(Value::Integer(5)));
    for float in ["5.0", "5e0", "5E+0", "50e-1"] {
        assert_eq!(read(float), Ok(Value::Float(5.0)), "{float}");
        reads_as(float, "5.0");
    }
}

#[test]
fn minus_zero_keeps_its_sign_only_as_a_float() {
    reads_as("-0", "0");
    reads_as("-0.0", "-0.0");
    reads_as("-0e5", "-0.0");
    reads_as("0e-5", "0.0");
    reads_as("-1e-999", "-0.0");
}

#[test]
fn integers_are_taken_up_to_two_to_the_53() {
    assert_eq!(read("9007199254740992"), Ok(Value::Integer(1 << 53)));
    assert_eq!(read("-9007199254740992"), Ok(Value::Integer(-(1 << 53))));
    for beyond in ["9007199254740993", "-9007199254740993", "9223372036854775808", &"9".repeat(400)] {
        assert_eq!(read(beyond), Err(Refusal::IntegerRange), "{beyond}");
    }
}

#[test]
fn what_is_no_finite_number_is_refused() {
    for text in ["NaN", "Infinity", "-Infinity", "[NaN]", "{\"a\": -Infinity}", "1e400", "-1.0e309", "1e99999999999"] {
        assert_eq!(read(text), Err(Refusal::NotFinite), "{text}");
    }
    reads_as("1.7976931348623157e308", "1.7976931348623157e+308");
}

#[test]
fn numbers_are_written_as_rfc_8259_says_or_not_at_all() {
    for text in [
        "01", "-01", "00", "-", "+1", ".5", "5.", "-.5", "1.e5", "1e", "1e+", "1e+-5", "1e5.5", "1-2", "0x10", "1_000",
        "--1", "1.2.3", "01.5", "00e1", "-NaN", "1e5e5", "٣",
    ] {
        assert_eq!(read(text), Err(Refusal::NotJson), "{text}");
    }
}

#[test]
fn what_is_no_json_text_is_refused() {
    for text in [
        "",
        " ",
        "{",
        "}",
        "[",
        "]",
        "\"",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\" 1}",
        "{a: 1}",
        "{'a': 1}",
        "{1: 2}",
        "{,}",
        "[,]",
        "[1,]",
        "{\"a\": 1,}",
        "[1 2]",
        "{\"a\": 1 \"b\": 2}",
        "nul",
        "True",
        "None",
        "undefined",
        "// x\n1",
        "\u{feff}1",
        "\u{a0}1",
        "[1\u{b}]",
    ] {
        assert_eq!(read(text), Err(Refusal::NotJson), "{text:?}");
    }
}

#[test]
fn nothing_may_follow_the_text() {
    for text in ["1 1", "{} {}", "nullnull", "{}x", "[]]", "{}\0", "\"a\"b"] {
        assert_eq!(read(text), Err(Refusal::NotJson), "{text:?}");
    }
    reads_as(" \t\r\n{ \"a\" :\n1 , \"b\" : [ ] } \r\n", r#"{"a": 1, "b": []}"#);
}

#[test]
fn bytes_that_are_not_utf_8_are_refused() {
    for bytes in [&b"\xff"[..], b"\"\xc3\"", b"\"\xed\xa0\x80\"", b"\"\xc0\x80\"", b"\"\xf4\x90\x80\x80\""] {
        assert_eq!(parse(bytes), Err(Refusal::NotUtf8), "{bytes:?}");
    }
}

#[test]
fn a_control_character_in_a_string_must_be_escaped() {
    for control in '\0'..' ' {
        assert_eq!(read(&format!("\"a{control}b\"")), Err(Refusal::NotJson), "{control:?}");
    }
    assert_eq!(read("\"\u{7f}\u{80}\u{2028}\""), Ok(Value::from("\u{7f}\u{80}\u{2028}")));
}

#[test]
fn escapes_are_those_of_rfc_8259() {
    let every = r#""\"\\\/\b\f\n\r\t\u0041\u00e9\u00E9\ud83d\ude97\uD83D\uDE97\u0000""#;
    assert_eq!(read(every), Ok(Value::from("\"\\/\u{8}\u{c}\n\r\tAéé🚗🚗\0")));
    for text in [
        r#""\x41""#,
        r#""\'""#,
        r#""\U0041""#,
        r#""\u""#,
        r#""\u12""#,
        r#""\u12 4""#,
        r#""\u+123""#,
        r#""\u00é""#,
        r#""\"#,
        "\"\\\n\"",
    ] {
        assert_eq!(read(text), Err(Refusal::NotJson), "{text:?}");
    }
}

#[test]
fn half_a_surrogate_pair_is_refused() {
    for text in [
        r#""\ud800""#,
        r#""\udfff""#,
        r#""\ude97\ud83d""#,
        r#""\ud83d\ud83d""#,
        r#""\ud83d\u0041""#,
        r#""\ud83dx""#,
        r#""\ud83d\n""#,
        r#"{"\udead": 1}"#,
    ] {
        assert_eq!(read(text), Err(Refusal::LoneSurrogate), "{text}");
    }
}

#[test]
fn a_member_given_twice_is_refused_however_it_is_spelt() {
    for text in
        [r#"{"a": 1, "a": 1}"#, r#"{"a": 1, "b": 2, "\u0061": 3}"#, r#"{"": 1, "": 2}"#, r#"[{"é":1,"\u00e9":1}]"#]
    {
        assert_eq!(read(text), Err(Refusal::DuplicateMember), "{text}");
    }
    assert!(read(r#"{"a": {"a": {"a": 1}}, "b": {"a": 1}, "A": 1}"#).is_ok(), "one name in several objects");
}

#[test]
fn eight_levels_are_taken_and_nine_refused() {
    let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    assert!(read(&nested(8)).is_ok());
    assert_eq!(read(&nested(9)), Err(Refusal::TooDeep));
    assert_eq!(read(&"[".repeat(1_000_000)), Err(Refusal::TooDeep), "no recursion follows the peer");
    assert_eq!(read(&"{\"a\": ".repeat(9)), Err(Refusal::TooDeep));
    assert!(read(&format!("[{},{}]", nested(7), nested(7))).is_ok(), "width is not depth");
}

#[test]
fn members_keep_their_order_of_arrival() {
    reads_as(r#"{"z":1,"a":{"y":2,"b":3},"m":[]}"#, r#"{"z": 1, "a": {"y": 2, "b": 3}, "m": []}"#);
}

#[test]
fn a_member_set_again_stays_in_its_place() {
    let mut object = Object::new().with("a", 1_u32).with("b", 2_u32).with_some("c", None::<u32>);
    object.set("a", Value::from(3_u32));
    assert_eq!(dumps(&Value::from(object.clone())), r#"{"a": 3, "b": 2}"#);
    assert_eq!(object.remove("a"), Some(Value::from(3_u32)));
    assert_eq!(object.remove("a"), None);
    assert!(!object.is_empty() && object.get("b").is_some());
}

#[test]
fn a_whole_number_becomes_an_integer_as_a_person_writes_it() {
    assert_eq!(Value::from(5.0), Value::Integer(5));
    assert_eq!(Value::from(2.5), Value::Float(2.5));
    assert_eq!(Value::from(1e300), Value::Float(1e300));
    assert!(matches!(Value::from(f64::NAN), Value::Float(number) if number.is_nan()));
}

/// Text that is often nearly JSON.
fn nearly_json() -> impl Strategy<Value = String> {
    let pieces = &[
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"",
        "\\",
        "\\u",
        "\\ud83d",
        "\\ude97",
        "\"a\"",
        "\"b\": ",
        "0",
        "-0",
        "1",
        "9",
        ".",
        "e",
        "E",
        "+",
        "-",
        "true",
        "false",
        "null",
        "NaN",
        "Infinity",
        " ",
        "\n",
        "é",
        "\u{7f}",
        "9007199254740993",
    ][..];
    proptest::collection::vec(proptest::sample::select(pieces), 0..16).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn what_is_written_reads_back_equal(value in any_value()) {
        let text = dumps(&value);
        let again = read(&text).unwrap();
        prop_assert_eq!(&again, &value);
        prop_assert_eq!(dumps(&again), text);
    }

    #[test]
    fn indented_text_reads_back_equal(value in any_value()) {
        prop_assert_eq!(read(&crate::python::dumps_indented(&value)), Ok(value));
    }

    #[test]
    fn any_bytes_are_a_value_or_a_refusal(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn whatever_is_taken_is_taken_for_what_it_is(text in nearly_json()) {
        if let Ok(value) = read(&text) {
            prop_assert_eq!(read(&dumps(&value)), Ok(value));
        }
    }

    #[test]
    fn a_truncated_document_is_refused(name in any_text(), value in any_value()) {
        let text = dumps(&Object::new().with(&name, value).into());
        for end in 0..text.len() {
            prop_assert!(parse(&text.as_bytes()[..end]).is_err(), "{}", &text[..end]);
        }
    }
}
