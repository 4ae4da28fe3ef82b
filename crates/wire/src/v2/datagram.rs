//! A whole datagram of v2: one frame, or several in a list, and the member that closes it, which is
//! found from the end.

use super::{Frame, Key, Seal, SessionId};
use crate::json::Reader;
use crate::limits::MAX_DATAGRAM;
use crate::refusal::Refusal;

/// The bytes of a datagram after its frames, at most: session, MAC, brackets.
const CLOSING_BYTES: usize = r#"}, {"session": "0123456789abcdef", "mac": "0123456789abcdef0123456789abcdef"}]"#.len();

/// A datagram closed with a seal, not yet read.
#[derive(Debug, Clone, Copy)]
pub struct Sealed<'a> {
    bytes: &'a [u8],
    signed: usize,
    seal: Seal,
}

impl<'a> Sealed<'a> {
    /// The datagram, if it ends with a seal as those of v2 do; any other one is v1's business.
    #[must_use]
    pub fn of(bytes: &'a [u8]) -> Option<Self> {
        if bytes.len() > MAX_DATAGRAM {
            return None;
        }
        let inside = bytes.strip_suffix(b"}").or_else(|| bytes.strip_suffix(b"}]"))?;
        let (signed, seal) = split_seal(inside)?;
        Some(Self { bytes, signed, seal })
    }

    /// Its seal.
    #[must_use]
    pub const fn seal(&self) -> Seal {
        self.seal
    }

    /// Its length.
    #[must_use]
    pub const fn length(&self) -> usize {
        self.bytes.len()
    }

    /// Whether its seal was made with this key.
    #[must_use]
    pub fn fits(&self, key: &Key) -> bool {
        key.fits(self.bytes.get(..self.signed).unwrap_or_default(), self.seal)
    }

    /// Its session and frames.
    ///
    /// # Errors
    /// The [`Refusal`] under which it is counted.
    pub fn read(&self) -> Result<(SessionId, Vec<Frame>), Refusal> {
        let mut reader = Reader::of(self.bytes)?;
        let mut frames = Vec::with_capacity(1);
        let mut session = None;
        if self.bytes.first() == Some(&b'[') {
            reader.expect("[")?;
            loop {
                let (frame, of) = Frame::read(&mut reader)?;
                session = of;
                if session.is_some() {
                    break;
                }
                frames.push(frame);
                reader.expect(",")?;
            }
            reader.expect("]")?;
        } else {
            let (frame, of) = Frame::read(&mut reader)?;
            frames.push(frame);
            session = session.or(of);
        }
        if !reader.is_at_end() {
            return Err(Refusal::NotJson);
        }
        Ok((session.ok_or(Refusal::MissingMember)?, frames))
    }
}

/// Splits `…, "crc": 123` or `…, "mac": "<32 hex>"` at its comma.
pub(super) fn split_seal(inside: &[u8]) -> Option<(usize, Seal)> {
    let comma = inside.iter().rposition(|byte| *byte == b',')?;
    let member = inside.get(comma..)?;
    let seal = if let Some(digits) = member.strip_prefix(br#", "crc": "#) {
        let canonical = digits.len() <= 10 && (digits.len() == 1 || digits.first() != Some(&b'0'));
        let digits = std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?;
        Seal::Crc(canonical.then(|| digits.parse().ok()).flatten()?)
    } else {
        let hex = member.strip_prefix(br#", "mac": ""#)?.strip_suffix(b"\"")?;
        Seal::Mac(super::seal::mac_of_hex(std::str::from_utf8(hex).ok()?)?)
    };
    Some((comma, seal))
}

/// Collects frames into one datagram.
#[derive(Debug, Default)]
pub struct DatagramWriter {
    text: String,
    frames: usize,
}

impl DatagramWriter {
    /// Whether no frame was added.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.frames == 0
    }

    /// How many frames were added.
    #[must_use]
    pub const fn frames(&self) -> usize {
        self.frames
    }

    /// Whether a frame of this length (as [`Frame::write`] gives it) still fits; the first one must,
    /// being no longer than [`crate::limits::MAX_FRAME`].
    #[must_use]
    pub fn has_room(&self, members: &str) -> bool {
        self.is_empty() || self.text.len() + members.len() + 4 + CLOSING_BYTES <= MAX_DATAGRAM
    }

    /// Adds a frame: its members, as [`Frame::write`] gives them.
    pub fn push(&mut self, members: &str) {
        self.text.push_str(if self.is_empty() { "[{" } else { "}, {" });
        self.text.push_str(members);
        self.frames += 1;
    }

    /// The datagram, closed; the writer is empty again.
    pub fn close(&mut self, session: SessionId, key: &Key) -> Vec<u8> {
        let mut text = std::mem::take(&mut self.text);
        let (several, begin) = (self.frames > 1, usize::from(self.frames == 1));
        let separator = match self.frames {
            0 => "{",
            1 if text.len() == begin + 1 => "", // a frame that says nothing
            1 => ", ",
            _ => "}, {",
        };
        self.frames = 0;
        text.push_str(separator);
        text.push_str(r#""session": ""#);
        super::frame::push_hex(&mut text, session.0);
        text.push('"');
        let mut bytes = text.into_bytes();
        bytes.drain(..begin);
        key.seal(&bytes).close(&mut bytes);
        bytes.extend_from_slice(if several { b"}]" } else { b"}" });
        bytes
    }
}
