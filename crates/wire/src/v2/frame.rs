//! One frame of a v2 datagram: a request, an answer, or a word about the session (PROTOCOL §8.3).
//! Members at their default are left out.

use std::fmt::Write as _;

use super::seal::mac_of_hex;
use super::{Nonce, Seal, SessionId};
use crate::json::{Reader, Value};
use crate::limits::{MAX_FRAGMENTS, MAX_SLICE};
use crate::python;
use crate::refusal::Refusal;

/// The members of a frame; all at their default: nothing said.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Frame {
    /// `ACK`: confirms the handshake, or with `FIN` a FIN.
    pub ack: bool,
    /// `FIN`: ends the session.
    pub fin: bool,
    /// `ack`: which request this answers, its `seq` + 1; in the handshake N + 1.
    pub ack_number: u64,
    /// `seq`: the request's number, from 1.
    pub sequence: u64,
    /// `base`: the client's lowest request not yet answered.
    pub base: u64,
    /// `t`: which attempt of the request this is, from 1; an answer echoes it.
    pub attempt: u32,
    /// `prazo_ms`: milliseconds left until the request's deadline.
    pub time_left_ms: Option<u32>,
    /// `busy`: not executed; may be asked again after this many milliseconds.
    pub busy_ms: Option<u32>,
    /// `erro`: not answered, and never will be.
    pub error: Option<FrameError>,
    /// `frag`: `dados` is a text, this part of the answer's JSON text.
    pub fragment: Option<Fragment>,
    /// `falta`: the parts of an answer that did not arrive.
    pub missing: Vec<u16>,
    /// `ping`: to be answered with `pong`.
    pub ping: Option<u64>,
    /// `pong`: the answer to `ping`.
    pub pong: Option<u64>,
    /// `going_away`: the server is about to stop; ask nothing new here.
    pub going_away: bool,
    /// `reset`: the server does not know the session; the seal of the datagram that it answers.
    pub reset: Option<Seal>,
    /// `ext`: repeats what the server needs to open the session, until the first answer.
    pub opening: Option<Opening>,
    /// `dados`: a command or an answer.
    pub data: Value,
}

/// `frag`: [index, count].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fragment {
    /// Which part, from 0.
    pub index: u16,
    /// Of how many, 2..=256.
    pub count: u16,
}

/// `ext` of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    /// The client's nonce.
    pub nonce: Nonce,
    /// How long the client may be silent, in milliseconds.
    pub idle_ms: Option<u32>,
}

/// `erro` of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameError {
    /// `prazo`: the deadline passed before it could be executed.
    Expired,
    /// `resposta_grande`: executed, but the answer is longer than 64 KiB.
    TooLarge,
    /// `perdido`: nobody knows whether it was executed, and nobody will.
    Lost,
}

impl FrameError {
    const ALL: [(Self, &'static str); 3] =
        [(Self::Expired, "prazo"), (Self::TooLarge, "resposta_grande"), (Self::Lost, "perdido")];

    const fn code(self) -> &'static str {
        match self {
            Self::Expired => "prazo",
            Self::TooLarge => "resposta_grande",
            Self::Lost => "perdido",
        }
    }
}

impl Frame {
    /// Appends the members, without the braces around them.
    pub fn write(&self, text: &mut String) {
        let mut members = Members { text, first: true };
        members.flag("ACK", self.ack);
        members.flag("FIN", self.fin);
        members.number("ack", self.ack_number);
        members.number("seq", self.sequence);
        members.number("base", self.base);
        members.number("t", u64::from(self.attempt));
        members.some("prazo_ms", self.time_left_ms.map(u64::from));
        members.some("busy", self.busy_ms.map(u64::from));
        if let Some(error) = self.error {
            members.raw("erro", format_args!("\"{}\"", error.code()));
        }
        if let Some(Fragment { index, count }) = self.fragment {
            members.raw("frag", format_args!("[{index}, {count}]"));
        }
        if !self.missing.is_empty() {
            members.raw("falta", format_args!("{:?}", self.missing));
        }
        members.some("ping", self.ping);
        members.some("pong", self.pong);
        members.flag("going_away", self.going_away);
        match self.reset {
            Some(Seal::Crc(sum)) => members.raw("reset", format_args!("{sum}")),
            Some(Seal::Mac(mac)) => members.raw("reset", format_args!("\"{mac:032x}\"")),
            None => {}
        }
        if let Some(Opening { nonce, idle_ms }) = self.opening {
            let idle = idle_ms.map_or_else(String::new, |idle| format!(", \"idle_ms\": {idle}"));
            members.raw("ext", format_args!("{{\"v\": 2, \"nonce\": \"{nonce}\"{idle}}}"));
        }
        if self.data != Value::Null {
            python::write_value(members.name("dados"), &self.data);
        }
    }

    /// Appends the members of an answer whose `dados` are already JSON text.
    pub fn write_answer(text: &mut String, head: &Self, json: &str) {
        head.write(text);
        text.push_str(", \"dados\": ");
        text.push_str(json);
    }

    /// Appends the members of one part of an answer: a slice of its JSON text, as a JSON text.
    pub fn write_part(text: &mut String, head: &Self, slice: &str) {
        head.write(text);
        text.push_str(", \"dados\": ");
        python::write_string(text, slice);
    }

    /// Cuts an answer's JSON text (ASCII, as `python::dumps` writes it) into slices of at most
    /// [`MAX_SLICE`] bytes each when written as a JSON text. One slice: it needs no cutting.
    #[must_use]
    pub fn slices(json: &str) -> Vec<&str> {
        let mut slices = Vec::new();
        let (mut begin, mut length) = (0, 0);
        for (index, character) in json.char_indices() {
            let written = if matches!(character, '"' | '\\') { 2 } else { character.len_utf8() };
            if length + written > MAX_SLICE {
                slices.push(json.get(begin..index).unwrap_or_default());
                (begin, length) = (index, 0);
            }
            length += written;
        }
        slices.push(json.get(begin..).unwrap_or_default());
        slices
    }

    /// Reads a frame and, where it closes a datagram, the session that it names.
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<(Self, Option<SessionId>), Refusal> {
        let mut frame = Self::default();
        let mut session = None;
        let mut seen = 0_u32;
        reader.skip_space();
        reader.members(|name, reader| {
            let Some(index) = MEMBERS.iter().position(|known| *known == name) else {
                return reader.value(1).map(drop);
            };
            if seen & (1 << index) != 0 {
                return Err(Refusal::DuplicateMember);
            }
            seen |= 1 << index;
            let value = reader.value(1)?;
            if name == "session" {
                session = Some(value.as_text().and_then(SessionId::parse).ok_or(Refusal::WrongType)?);
                return Ok(());
            }
            frame.set(name, value).ok_or(Refusal::WrongType)
        })?;
        Ok((frame, session))
    }

    /// Sets one member; `None` where it is of the wrong type or out of its range.
    fn set(&mut self, name: &str, value: Value) -> Option<()> {
        match name {
            "dados" => self.data = Some(value).filter(is_payload)?,
            "ack" => self.ack_number = number(&value)?,
            "seq" => self.sequence = number(&value)?,
            "base" => self.base = number(&value)?,
            "t" => self.attempt = small(&value)?,
            "prazo_ms" => self.time_left_ms = Some(small(&value)?),
            "busy" => self.busy_ms = Some(small(&value)?),
            "ACK" => self.ack = flag(&value)?,
            "FIN" => self.fin = flag(&value)?,
            "going_away" => self.going_away = flag(&value)?,
            "ping" => self.ping = Some(number(&value)?),
            "pong" => self.pong = Some(number(&value)?),
            "erro" => {
                let known = FrameError::ALL.iter().find(|(_, code)| value.as_text() == Some(code));
                self.error = Some(known?.0);
            }
            "frag" => self.fragment = Some(fragment(&value)?),
            "falta" => self.missing = parts(&value)?,
            "reset" => {
                self.reset = Some(match &value {
                    Value::Text(hex) => Seal::Mac(mac_of_hex(hex)?),
                    value => Seal::Crc(small(value)?),
                });
            }
            "ext" => {
                let ext = value.as_object().filter(|ext| ext.get("v") == Some(&Value::Integer(2)))?;
                self.opening = Some(Opening {
                    nonce: ext.get("nonce").and_then(Value::as_text).and_then(Nonce::parse)?,
                    idle_ms: ext.get("idle_ms").map(|value| small(value).ok_or(())).transpose().ok()?,
                });
            }
            _ => {} // `crc`, `mac`: looked at before, from the end
        }
        Some(())
    }
}

const MEMBERS: [&str; 20] = [
    "dados",
    "ack",
    "seq",
    "base",
    "t",
    "session",
    "crc",
    "mac",
    "prazo_ms",
    "busy",
    "ACK",
    "FIN",
    "going_away",
    "ping",
    "pong",
    "erro",
    "frag",
    "falta",
    "reset",
    "ext",
];

fn is_payload(value: &Value) -> bool {
    matches!(value, Value::Null | Value::Text(_) | Value::Object(_))
}

fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        _ => None,
    }
}

fn number(value: &Value) -> Option<u64> {
    match value {
        Value::Integer(number) => u64::try_from(*number).ok(),
        _ => None,
    }
}

fn small(value: &Value) -> Option<u32> {
    number(value).and_then(|number| u32::try_from(number).ok())
}

fn part(value: &Value) -> Option<u16> {
    number(value).and_then(|number| u16::try_from(number).ok())
}

fn fragment(value: &Value) -> Option<Fragment> {
    match value {
        Value::List(list) => match &list[..] {
            [index, count] => {
                let fragment = Fragment { index: part(index)?, count: part(count)? };
                let fits = (2..=MAX_FRAGMENTS).contains(&fragment.count) && fragment.index < fragment.count;
                fits.then_some(fragment)
            }
            _ => None,
        },
        _ => None,
    }
}

fn parts(value: &Value) -> Option<Vec<u16>> {
    match value {
        Value::List(list) if !list.is_empty() && list.len() <= 256 => list.iter().map(part).collect(),
        _ => None,
    }
}

/// Writes members one after the other.
struct Members<'a> {
    text: &'a mut String,
    first: bool,
}

impl Members<'_> {
    fn name(&mut self, name: &str) -> &mut String {
        self.text.push_str(if self.first { "\"" } else { ", \"" });
        self.first = false;
        self.text.push_str(name);
        self.text.push_str("\": ");
        self.text
    }

    fn raw(&mut self, name: &str, value: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = self.name(name).write_fmt(value);
    }

    fn number(&mut self, name: &str, number: u64) {
        if number > 0 {
            push_decimal(self.name(name), number);
        }
    }

    fn some(&mut self, name: &str, number: Option<u64>) {
        if let Some(number) = number {
            push_decimal(self.name(name), number);
        }
    }

    fn flag(&mut self, name: &str, flag: bool) {
        if flag {
            self.name(name).push_str("true");
        }
    }
}

fn push_decimal(text: &mut String, number: u64) {
    // Writing to a String cannot fail.
    let _ = write!(text, "{number}");
}

/// Appends 16 hexadecimal digits.
pub(super) fn push_hex(text: &mut String, number: u64) {
    let _ = write!(text, "{number:016x}");
}
