//! What one line of a peer says: words, JSON, or neither; and how it is answered in kind.

use posto_market::Fuel;
use posto_wire::{ErrorCode, Mistake, Refusal, Value, answer, json, python};

use crate::syntax::{self, Typed};

/// In which kind a line was said, and is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Words: the answer is text, with an empty line after it.
    Words,
    /// A JSON object: the answer is one line of JSON.
    Json,
}

/// What a line says.
#[derive(Debug, PartialEq)]
pub(crate) enum Said {
    /// Nothing: an empty line.
    Nothing,
    /// A command's `dados`.
    Command(Kind, Value),
    /// What may be typed?
    Help,
    /// The connection shall end.
    Leave,
    /// A mistake, to be told in this kind.
    Mistake(Kind, String),
    /// Another protocol, which a browser can be made to speak to any port: nothing of it is executed.
    Stranger,
}

/// Understands a line. `first`: whether it is the first of its connection.
pub(crate) fn understand(line: &[u8], first: bool) -> Said {
    // TLS, STUN and their like begin with a control character. An arrow key begins with Escape.
    let opening = line.first().filter(|byte| first && **byte < b' ');
    if opening.is_some_and(|byte| !matches!(byte, b'\t' | b'\r' | 0x1b)) {
        return Said::Stranger;
    }
    let is_json = line.trim_ascii_start().starts_with(b"{");
    let kind = if is_json { Kind::Json } else { Kind::Words };
    let text = match std::str::from_utf8(line) {
        Ok(text) => text.trim(),
        Err(error) => {
            let at = error.valid_up_to();
            let byte = line.get(at).copied().unwrap_or_default();
            let problem =
                format!("A linha não está em UTF-8: o byte 0x{byte:02x}, na posição {at}, não é de nenhum caractere");
            return Said::Mistake(kind, problem);
        }
    };
    if text.is_empty() {
        return Said::Nothing;
    }
    if is_http(text) {
        return Said::Stranger;
    }
    if is_json {
        return in_json(text);
    }
    match text.chars().find(|character| character.is_control() && *character != '\t') {
        Some(control) => {
            let code = u32::from(control);
            Said::Mistake(Kind::Words, format!("A linha tem um caractere de controle (U+{code:04X})"))
        }
        None => in_words(text),
    }
}

/// `GET / HTTP/1.1` and the like, whatever its method.
fn is_http(text: &str) -> bool {
    let version = text.split_ascii_whitespace().next_back().unwrap_or_default();
    version.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("HTTP/"))
}

fn in_words(text: &str) -> Said {
    match syntax::read(text, &Fuel::ALL) {
        Ok(Typed::Command(command)) => Said::Command(Kind::Words, command.to_value()),
        Ok(Typed::Help) => Said::Help,
        Ok(Typed::Leave) => Said::Leave,
        Err(mistake) => Said::Mistake(Kind::Words, mistake.told(&Fuel::ALL).0),
    }
}

/// Who writes JSON reads JSON: `formato` need not be said.
fn in_json(text: &str) -> Said {
    match json::parse(text.as_bytes()) {
        Ok(Value::Object(object)) => {
            let unsaid = object.get("formato").is_none_or(|value| *value == Value::Null || *value == Value::from(""));
            let object = if unsaid { object.with("formato", "json") } else { object };
            Said::Command(Kind::Json, object.into())
        }
        Ok(_) => Said::Mistake(Kind::Json, "A linha não é um objeto JSON".to_owned()),
        Err(refusal) => Said::Mistake(Kind::Json, format!("A linha não é um objeto JSON: {}", in_portuguese(refusal))),
    }
}

fn in_portuguese(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::TooDeep => "listas e objetos aninhados demais (no máximo 8 níveis)",
        Refusal::NotFinite => "um número que não é finito",
        Refusal::IntegerRange => "um inteiro além de 2^53",
        Refusal::DuplicateMember => "um membro aparece duas vezes",
        Refusal::LoneSurrogate => "meio par substituto (\\ud800 a \\udfff)",
        _ => "um objeto inteiro em uma linha, como {\"acao\": \"T\"}, sem nada depois",
    }
}

/// What may be typed.
pub(crate) fn help() -> String {
    let json = "ou um objeto JSON por linha, como {\"acao\": \"T\"}, respondido com uma linha de JSON\n";
    format!("{}{json}combustíveis:\n{}", syntax::HELP.0, syntax::fuel_lines(&Fuel::ALL).0)
}

/// An answer as it is written, in the kind in which was asked.
pub(crate) fn written(kind: Kind, answer: &Value) -> String {
    match (kind, answer) {
        (Kind::Words, Value::Text(text)) => format!("{}\n\n", text.trim_end()),
        (Kind::Words, other) => format!("{}\n\n", python::dumps(other)),
        (Kind::Json, answer) => format!("{}\n", python::dumps(answer)),
    }
}

/// What became of a command that has no answer of its own, as an answer.
pub(crate) fn told(kind: Kind, code: ErrorCode, message: &str) -> Value {
    match kind {
        Kind::Words => Value::from(message),
        Kind::Json => answer::error(&Mistake::new(code, message)),
    }
}

/// A line that cannot be read, as an answer.
pub(crate) fn refused(kind: Kind, message: &str) -> Value {
    match kind {
        Kind::Words => Value::from(message),
        Kind::Json => {
            let mistake = Mistake {
                parameter: Some("linha".to_owned()),
                allowed: Some("um objeto JSON (RFC 8259) por linha, em UTF-8".to_owned()),
                ..Mistake::new(ErrorCode::ParametroInvalido, message)
            };
            answer::error(&mistake)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_and_json_are_commands_of_their_kind() {
        let Said::Command(Kind::Words, words) = understand(b" P 2 5 -22 -54 ", true) else { panic!() };
        assert_eq!(
            python::dumps(&words),
            r#"{"acao": "P", "tipoCombustivel": "2", "coordenadas": "(-22;-54)", "raio": 5}"#
        );
        for line in [r#"{"acao":"T"}"#, r#" {"acao":"T","formato":null}"#, r#"{"acao":"T","formato":"json"}"#] {
            let Said::Command(Kind::Json, object) = understand(line.as_bytes(), true) else { panic!("{line}") };
            assert_eq!(python::dumps(&object), r#"{"acao": "T", "formato": "json"}"#);
        }
    }

    #[test]
    fn what_a_browser_could_send_is_a_stranger_s() {
        for line in ["GET / HTTP/1.1", "POST /x?D+2+1+1+1 HTTP/1.1", "options * http/1.0", "PRI * HTTP/2.0"] {
            assert_eq!(understand(line.as_bytes(), true), Said::Stranger, "{line}");
        }
        for hello in [&b"\x16\x03\x01\x02\x00"[..], b"\x00\x03\x00\x50", b"\x05\x01\x00"] {
            assert_eq!(understand(hello, true), Said::Stranger);
            assert!(matches!(understand(hello, false), Said::Mistake(Kind::Words, _)));
        }
    }

    #[test]
    fn what_is_wrong_with_a_line_is_said_in_its_kind() {
        let told = |line: &[u8]| match understand(line, false) {
            Said::Mistake(kind, text) => (kind, text),
            other => panic!("{other:?}"),
        };
        assert!(told(b"P 2 \xff").1.contains("0xff, na posição 4"));
        assert!(told(b"\x1b[A").1.contains("U+001B"));
        assert_eq!(told(b"{\"acao\": \xff}").0, Kind::Json);
        assert!(told(br#"{"acao":"T","acao":"T"}"#).1.contains("duas vezes"));
        assert!(told(br#"{"acao":"T"} {"acao":"T"}"#).1.contains("sem nada depois"));
        assert!(told(b"X 1").1.contains("Numero"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_understood_somehow(bytes in proptest::collection::vec(any::<u8>(), 0..200), first: bool) {
            let _ = understand(&bytes, first);
        }

        /// A text that lines end in is one line, whatever it holds: a peer that counts lines keeps count.
        #[test]
        fn a_json_answer_is_one_line(text in any::<String>()) {
            prop_assert_eq!(written(Kind::Json, &Value::from(text)).lines().count(), 1);
        }
    }
}
