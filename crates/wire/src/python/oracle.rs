//! Our text and sum held against Python's own `json.dumps`: thousands of documents, spelt as any
//! JSON writer may spell them, given to `tests/python/json_dumps.py` in one batch.

use std::io::{ErrorKind, Write as _};
use std::process::{Command, Stdio};

use crate::checksum::lrc;
use crate::json;
use crate::packet;
use crate::python::dumps;
use crate::testing::{AWKWARD, AWKWARD_FLOATS, Random};

const ORACLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/python/json_dumps.py");

/// What Python makes of each document: its sum and text, or `None` where it refuses. `None` in
/// all, with a message, where there is no Python.
fn ask_python(documents: &[Vec<u8>]) -> Option<Vec<Option<(u8, String)>>> {
    let child = Command::new("python3").arg(ORACLE).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = match child {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            println!("SKIPPED: there is no python3");
            return None;
        }
        child => child.unwrap(),
    };
    // Written from a thread of its own, so that neither pipe fills up and waits for the other.
    let mut stdin = child.stdin.take().unwrap();
    let input: Vec<u8> = documents.iter().flat_map(|document| document.iter().copied().chain([b'\n'])).collect();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "{ORACLE} failed");
    let lines = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<_> = lines
        .lines()
        .map(|line| line.split_once('\t').map(|(sum, text)| (sum.parse().unwrap(), text.to_owned())))
        .collect();
    assert_eq!(answers.len(), documents.len(), "an answer for each document");
    Some(answers)
}

/// Writes JSON that PROTOCOL §1 allows, in any spelling but a line break, which ends a document
/// for the oracle.
struct Scribe {
    random: Random,
    text: String,
}

impl Scribe {
    fn space(&mut self) {
        self.text.push_str(self.random.one_of(&["", "", " ", "  ", "\t", "\r"]));
    }

    fn value(&mut self, deepest: usize) {
        self.space();
        match self.random.below(if deepest > 0 { 10 } else { 7 }) {
            0 => self.text.push_str(self.random.one_of(&["null", "true", "false"])),
            1 | 2 => self.integer(),
            3 | 4 => self.float(),
            5 | 6 => self.string(),
            7 => self.list(deepest - 1),
            _ => {
                let count = self.random.below(4);
                let names: Vec<_> = (0..count).map(|index| format!("{index}")).collect();
                self.object(&names, deepest - 1);
            }
        }
        self.space();
    }

    fn list(&mut self, deepest: usize) {
        self.text.push('[');
        self.space();
        for index in 0..self.random.below(4) {
            self.text.push_str(if index > 0 { "," } else { "" });
            self.value(deepest);
        }
        self.text.push(']');
    }

    /// An object with members of these names (each followed by random characters) and any values.
    fn object(&mut self, names: &[String], deepest: usize) {
        self.text.push('{');
        self.space();
        for (index, name) in names.iter().enumerate() {
            self.text.push_str(if index > 0 { "," } else { "" });
            self.space();
            self.string_after(name);
            self.space();
            self.text.push(':');
            self.value(deepest);
        }
        self.text.push('}');
    }

    fn string(&mut self) {
        self.string_after("");
    }

    fn string_after(&mut self, start: &str) {
        self.text.push('"');
        self.text.push_str(start);
        for _ in 0..self.random.below(8) {
            let character = match self.random.below(4) {
                0 | 1 => char::from(u8::try_from(0x20 + self.random.below(0x5f)).unwrap()),
                2 => self.random.one_of(AWKWARD),
                _ => {
                    let code = u32::try_from(self.random.below(0x11_0000)).unwrap();
                    char::from_u32(code).unwrap_or('\u{fffd}')
                }
            };
            self.character(character);
        }
        self.text.push('"');
    }

    /// The character itself, its short escape or its number: whatever is allowed.
    fn character(&mut self, character: char) {
        let short = match character {
            '"' | '\\' | '/' => Some(character),
            '\n' => Some('n'),
            '\r' => Some('r'),
            '\t' => Some('t'),
            '\u{8}' => Some('b'),
            '\u{c}' => Some('f'),
            _ => None,
        };
        let plain = character >= ' ' && character != '"' && character != '\\';
        if plain && !self.random.once_in(4) {
            self.text.push(character);
        } else if let Some(short) = short.filter(|_| !self.random.once_in(4)) {
            self.text.extend(['\\', short]);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let number = if self.random.once_in(2) { format!("\\u{unit:04x}") } else { format!("\\u{unit:04X}") };
                self.text.push_str(&number);
            }
        }
    }

    fn integer(&mut self) {
        let number = match self.random.below(4) {
            0 => self.random.below(1000).to_string(),
            1 => self.random.one_of(&["9007199254740992", "9007199254740991", "0", "255", "1"]).to_owned(),
            _ => (self.random.next() >> (11 + self.random.below(50))).to_string(),
        };
        self.sign();
        self.text.push_str(&number);
    }

    fn sign(&mut self) {
        self.text.push_str(if self.random.once_in(3) { "-" } else { "" });
    }

    fn float(&mut self) {
        let number = match self.random.below(4) {
            0 => self.random.one_of(AWKWARD_FLOATS),
            1 => f64::from(u32::try_from(self.random.below(1_000_000)).unwrap()) / 1000.0,
            _ => f64::from_bits(self.random.next()),
        };
        let number = if number.is_finite() { number } else { 1.5 };
        // Three writers of one number, one of them with more digits than a double holds.
        let text = match self.random.below(4) {
            0 => format!("{number:E}"),
            1 => format!("{number:.25e}"),
            2 if (1e-9..1e20).contains(&number.abs()) => format!("{number:.12}"),
            _ => format!("{number:?}"),
        };
        let fraction = text.contains(['.', 'e', 'E']);
        self.text.push_str(&text);
        self.text.push_str(if fraction { "" } else { ".0" });
    }

    /// The members of a packet in any order, with unknown ones among them. `dados` is an object, a
    /// text or null.
    fn packet(&mut self) -> Vec<(String, String)> {
        let mut names = vec!["dados", "SYN", "ACK", "FIN", "ack", "seq", "proxSeq"];
        names.extend((0..self.random.below(3)).map(|index| ["ext", "x-é", ""][index]));
        let mut members = Vec::new();
        while !names.is_empty() {
            let name = names.swap_remove(self.random.below(names.len()));
            self.text.clear();
            match name {
                "dados" if self.random.once_in(5) => self.text.push_str("null"),
                "dados" if self.random.once_in(4) => self.string(),
                "dados" => {
                    let names = ["acao", "tipoCombustivel", "coordenadas", "valor", "raio"];
                    let count = self.random.below(names.len() + 1);
                    self.object(&names[..count].iter().map(ToString::to_string).collect::<Vec<_>>(), 3);
                }
                "SYN" | "ACK" | "FIN" => self.text.push_str(self.random.one_of(&["true", "false"])),
                "ack" | "seq" | "proxSeq" => {
                    let number = self.random.next() >> (11 + self.random.below(53));
                    self.text.push_str(&number.to_string());
                }
                _ => self.value(3),
            }
            members.push((name.to_owned(), std::mem::take(&mut self.text)));
        }
        members
    }
}

/// The object of these members, as written here: neither as Python nor as we write it.
fn joined(members: &[(String, String)]) -> Vec<u8> {
    let members: Vec<_> = members.iter().map(|(name, value)| format!("\"{name}\" :{value}")).collect();
    format!("{{{} }}", members.join(",")).into_bytes()
}

#[test]
fn packets_have_the_text_and_the_sum_that_python_gives_them() {
    const PACKETS: usize = 4_000;
    let mut scribe = Scribe { random: Random::new(1), text: String::new() };
    let packets: Vec<_> = (0..PACKETS).map(|_| scribe.packet()).collect();
    let documents: Vec<_> = packets.iter().map(|members| joined(members)).collect();
    let Some(answers) = ask_python(&documents) else { return };
    let mut sums = 0;
    for ((mut members, document), answer) in packets.into_iter().zip(&documents).zip(answers) {
        let shown = String::from_utf8_lossy(document);
        let (sum, text) = answer.unwrap_or_else(|| panic!("Python refuses {shown}"));
        let value = json::parse(document).unwrap_or_else(|refusal| panic!("{refusal}: {shown}"));
        assert_eq!(dumps(&value), text, "{shown}");
        assert_eq!(lrc(text.as_bytes()), sum, "{shown}");
        // As a packet its checksum stands anywhere in it and is not under the sum.
        members.insert(scribe.random.below(members.len() + 1), ("checksum".to_owned(), sum.to_string()));
        match packet::parse(&joined(&members)) {
            Ok(received) => {
                sums += 1;
                assert_eq!(received.computed_checksum, sum, "{shown}");
                assert_eq!(received.packet.checksum, Some(sum), "{shown}");
            }
            Err(refusal) => assert_eq!(refusal, crate::Refusal::TooLong, "{shown}"),
        }
    }
    assert!(sums >= 3_500, "only {sums} packets were short enough");
    println!("{PACKETS} documents and {sums} sums as Python's");
}

#[test]
fn floats_have_the_digits_that_python_gives_them() {
    let mut random = Random::new(3);
    // Powers of two have a nearer neighbour below than above; their own neighbours have not.
    let powers =
        (0..0x7ff_u64).flat_map(|exponent| [(exponent << 52).wrapping_sub(1), exponent << 52, exponent << 52 | 1]);
    let subnormal = (0..52).flat_map(|bit| [1_u64 << bit, (1 << bit) + 1, 3 << bit]);
    let mut numbers: Vec<_> = powers.chain(subnormal).map(f64::from_bits).collect();
    for _ in 0..30_000 {
        numbers.push(f64::from_bits(random.next()));
        // Few bits after the point, where two texts are often equally near.
        let bits = random.next() >> (11 + random.below(6));
        let halves = i32::try_from(random.below(12)).unwrap();
        numbers
            .push(f64::from(u32::try_from(bits >> 32).unwrap()).mul_add(4_294_967_296.0, 1.0 + 0.5_f64.powi(halves)));
        numbers.push(f64::from(u32::try_from(random.below(1 << 20)).unwrap()) * 2.0_f64.powi(-halves));
    }
    numbers.retain(|number| number.is_finite());
    let lines: Vec<_> = numbers.chunks(50).map(|line| format!("{line:?}").into_bytes()).collect();
    let Some(answers) = ask_python(&lines) else { return };
    for (line, answer) in numbers.chunks(50).zip(answers) {
        let text = dumps(&json::Value::List(line.iter().map(|number| json::Value::Float(*number)).collect()));
        let python = answer.map(|(_, text)| text).unwrap_or_default();
        for (ours, theirs) in text.split(", ").zip(python.split(", ")) {
            assert_eq!(ours, theirs);
        }
        assert_eq!(text, python);
    }
    let ties = numbers.iter().filter(|number| number.to_string() != dumps(&json::Value::Float(**number)));
    let ties = ties.filter(|number| number.fract() != 0.0 && number.abs() >= 1e-4).count();
    assert!(ties > 1_000, "only {ties} numbers lay between two texts");
    println!("{} floats as Python's, {ties} of them between two texts", numbers.len());
}

#[test]
fn whatever_we_take_python_takes_for_the_same() {
    const DOCUMENTS: usize = 4_000;
    let mut scribe = Scribe { random: Random::new(2), text: String::new() };
    let documents: Vec<_> = (0..DOCUMENTS)
        .map(|_| {
            scribe.text.clear();
            scribe.value(5);
            let mut document = std::mem::take(&mut scribe.text).into_bytes();
            for _ in 0..scribe.random.below(3) {
                let at = scribe.random.below(document.len());
                let byte = scribe.random.one_of(b" \"\\,:{}[]0159-+.eEutfnNI\x00\x7f\xc3\xa9\xff");
                match scribe.random.below(3) {
                    0 => document[at] = byte,
                    1 => document.insert(at, byte),
                    _ if document.len() > 1 => drop(document.remove(at)),
                    _ => {}
                }
            }
            document
        })
        .collect();
    let Some(answers) = ask_python(&documents) else { return };
    let mut taken = 0;
    for (document, answer) in documents.iter().zip(answers) {
        if let Ok(value) = json::parse(document) {
            taken += 1;
            assert_eq!(answer.map(|(_, text)| text), Some(dumps(&value)), "{}", String::from_utf8_lossy(document));
        }
    }
    assert!((1_000..3_900).contains(&taken), "{taken} of {DOCUMENTS} taken");
    println!("{taken} of {DOCUMENTS} damaged documents taken, each as by Python");
}
