//! Values written exactly as Python's `json.dumps` writes them: the text under the checksum
//! (PROTOCOL §2) and the text on the wire.

use std::fmt::Write as _;

use crate::json::{Object, Value};

/// `json.dumps(value)`: `", "` and `": "` between, every character outside `' '..='~'` escaped.
#[must_use]
pub fn dumps(value: &Value) -> String {
    let mut text = String::new();
    write_value(&mut text, value);
    text
}

/// No fewer bytes than `json.dumps(value)` has, found without writing it.
#[must_use]
pub fn at_most_bytes(value: &Value) -> usize {
    // An escape has six bytes (`\u00e7`), and there are two for what UTF-8 has four bytes for.
    let text = |text: &str| 2 + 6 * text.len();
    match value {
        Value::Null | Value::Bool(_) => 5,
        // -9007199254740992; -1.2345678901234567e-308
        Value::Integer(_) | Value::Float(_) => 24,
        Value::Text(string) => text(string),
        Value::List(list) => list.iter().map(|item| 2 + at_most_bytes(item)).sum::<usize>() + 2,
        Value::Object(object) => {
            object.iter().map(|(name, value)| 4 + text(name) + at_most_bytes(value)).sum::<usize>() + 2
        }
    }
}

/// Appends `json.dumps(value)` to a text.
pub fn write_value(text: &mut String, value: &Value) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(true) => text.push_str("true"),
        Value::Bool(false) => text.push_str("false"),
        Value::Integer(number) => push_display(text, number),
        Value::Float(number) => write_float(text, *number),
        Value::Text(string) => write_string(text, string),
        Value::List(list) => {
            let writers = list.iter().map(|item| move |text: &mut String| write_value(text, item));
            write_all(text, ('[', ']'), writers);
        }
        Value::Object(object) => write_object(text, object),
    }
}

/// Appends `json.dumps(object)` to a text.
pub fn write_object(text: &mut String, object: &Object) {
    let writers = object.iter().map(|(name, value)| {
        move |text: &mut String| {
            write_string(text, name);
            text.push_str(": ");
            write_value(text, value);
        }
    });
    write_all(text, ('{', '}'), writers);
}

fn write_all(text: &mut String, (open, close): (char, char), writers: impl Iterator<Item = impl FnOnce(&mut String)>) {
    text.push(open);
    for (index, write) in writers.enumerate() {
        if index > 0 {
            text.push_str(", ");
        }
        write(text);
    }
    text.push(close);
}

/// `json.dumps(object, indent=2)`, as the original client prints a packet.
#[must_use]
pub fn dumps_indented(value: &Value) -> String {
    let mut text = String::new();
    write_indented(&mut text, value, 0);
    text
}

fn write_indented(text: &mut String, value: &Value, level: usize) {
    let newline = |text: &mut String, level: usize| {
        text.push('\n');
        text.extend(std::iter::repeat_n("  ", level));
    };
    match value {
        Value::Object(object) if !object.is_empty() => {
            text.push('{');
            for (index, (name, value)) in object.iter().enumerate() {
                text.push_str(if index > 0 { "," } else { "" });
                newline(text, level + 1);
                write_string(text, name);
                text.push_str(": ");
                write_indented(text, value, level + 1);
            }
            newline(text, level);
            text.push('}');
        }
        Value::List(list) if !list.is_empty() => {
            text.push('[');
            for (index, value) in list.iter().enumerate() {
                text.push_str(if index > 0 { "," } else { "" });
                newline(text, level + 1);
                write_indented(text, value, level + 1);
            }
            newline(text, level);
            text.push(']');
        }
        _ => write_value(text, value),
    }
}

/// Appends a JSON text.
pub(crate) fn write_string(text: &mut String, string: &str) {
    text.push('"');
    for character in string.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            ' '..='~' => text.push(character),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    push_display(text, format_args!("\\u{unit:04x}"));
                }
            }
        }
    }
    text.push('"');
}

/// `float.__repr__`: the shortest digits that read back, plain between 1e-4 and 1e16, else with an
/// exponent of at least two digits.
fn write_float(text: &mut String, number: f64) {
    let magnitude = number.abs();
    if magnitude == 0.0 || (1e-4..1e16).contains(&magnitude) {
        let plain = nearest(number, number.to_string(), |decimals| format!("{number:.decimals$}"));
        text.push_str(&plain);
        if !plain.contains('.') {
            text.push_str(".0");
        }
        return;
    }
    let scientific = nearest(number, format!("{number:e}"), |decimals| format!("{number:.decimals$e}"));
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
    push_display(text, format_args!("{mantissa}e{sign}{digits:0>2}"));
}

/// Of two shortest texts equally near to the number, Python takes the one with the even last digit
/// (`761832738095881.25` is `…881.2`); Rust's shortest takes the upper one, its rounding to a given
/// number of decimals the even one.
fn nearest(number: f64, shortest: String, rounded: impl FnOnce(usize) -> String) -> String {
    let fraction = shortest.split_once('.').map_or("", |(_, rest)| rest);
    let rounded = rounded(fraction.bytes().take_while(u8::is_ascii_digit).count());
    if rounded.parse() == Ok(number) { rounded } else { shortest }
}

fn push_display(text: &mut String, item: impl std::fmt::Display) {
    // Writing to a String cannot fail.
    let _ = write!(text, "{item}");
}

#[cfg(test)]
mod oracle;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_value_is_longer_than_it_is_said_to_be_at_most(value in crate::testing::any_value()) {
            prop_assert!(dumps(&value).len() <= at_most_bytes(&value));
        }
    }

    #[test]
    #[expect(clippy::excessive_precision, reason = "the digits beyond are what makes them lie between two texts")]
    fn floats_are_written_as_python_writes_them() {
        let cases = [
            (5.0, "5.0"),
            (-0.0, "-0.0"),
            (0.1, "0.1"),
            (1e-4, "0.0001"),
            (1e-5, "1e-05"),
            (1e-7, "1e-07"),
            (1.5e-7, "1.5e-07"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1.25e100, "1.25e+100"),
            (-1.7976931348623157e308, "-1.7976931348623157e+308"),
            (5e-324, "5e-324"),
            (-761_832_738_095_881.25, "-761832738095881.2"),
            (1_125_899_906_842_624.75, "1125899906842624.8"),
            (5.684341886080802e-14, "5.684341886080802e-14"),
        ];
        for (number, text) in cases {
            assert_eq!(dumps(&Value::Float(number)), text);
        }
    }

    #[test]
    fn characters_outside_printable_ascii_are_escaped() {
        let value = Value::from("é \u{7f} \"\\/ \n\r\t\u{8}\u{c}\u{1} 🚗");
        assert_eq!(dumps(&value), r#""\u00e9 \u007f \"\\/ \n\r\t\b\f\u0001 \ud83d\ude97""#);
    }

    #[test]
    fn indentation_is_two_blanks_a_level() {
        let value = Value::from(Object::new().with("ack", 2_u32).with("ext", Object::new().with("v", 2_u32)));
        assert_eq!(dumps_indented(&value), "{\n  \"ack\": 2,\n  \"ext\": {\n    \"v\": 2\n  }\n}");
        assert_eq!(dumps_indented(&Value::List(vec![])), "[]");
    }
}
