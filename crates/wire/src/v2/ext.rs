//! `ext`: how v2 is negotiated inside v1's handshake, by a member that a v1 peer ignores
//! (PROTOCOL §8.1).

use super::datagram::split_seal;
use super::{Key, Nonce, Seal, SessionId};
use crate::json::{Object, Value};
use crate::packet::{Packet, Received};

/// The member `ext` of a SYN or SYN+ACK.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ext {
    /// `nonce`: the client's.
    pub nonce: Nonce,
    /// `session`: in a SYN+ACK, the session's id.
    pub session: Option<SessionId>,
    /// `window`: in a SYN+ACK, how many requests may be in the air at once, 1..=256.
    pub window: Option<u32>,
    /// `idle_ms`: how long a session may be silent, in milliseconds; of two the smaller holds.
    pub idle_ms: Option<u32>,
}

impl Ext {
    /// The `ext` of a handshake packet; `None` where there is none, or one of another level.
    #[must_use]
    pub fn of(received: &Received) -> Option<Self> {
        let ext = received.header.get("ext")?.as_object()?;
        if ext.get("v") != Some(&Value::Integer(2)) {
            return None;
        }
        let text = |name| ext.get(name).and_then(Value::as_text);
        Some(Self {
            nonce: text("nonce").and_then(Nonce::parse)?,
            session: text("session").and_then(SessionId::parse),
            window: number(ext, "window"),
            idle_ms: number(ext, "idle_ms"),
        })
    }
}

fn number(object: &Object, name: &str) -> Option<u32> {
    match object.get(name)? {
        Value::Integer(number) => u32::try_from(*number).ok(),
        _ => None,
    }
}

/// The datagram of a SYN or SYN+ACK of v2: v1's eight members, then `ext`, closed inside it.
#[must_use]
pub fn handshake(packet: &Packet, ext: &Ext, key: &Key) -> Vec<u8> {
    let mut bytes = packet.to_bytes();
    bytes.pop();
    let mut text = format!(r#", "ext": {{"v": 2, "nonce": "{}""#, ext.nonce);
    if let Some(session) = ext.session {
        text.push_str(&format!(r#", "session": "{session}""#));
    }
    if let Some(window) = ext.window {
        text.push_str(&format!(r#", "window": {window}"#));
    }
    if let Some(idle_ms) = ext.idle_ms {
        text.push_str(&format!(r#", "idle_ms": {idle_ms}"#));
    }
    bytes.extend_from_slice(text.as_bytes());
    key.seal(&bytes).close(&mut bytes);
    bytes.extend_from_slice(b"}}");
    bytes
}

/// Whether a handshake packet was v2's before something in it was damaged: it ends with a seal that
/// does not fit, or has an object beside its `dados`, which v1 has not, and no seal to prove it. (With
/// a CRC that fits it is of a level that we do not know.)
#[must_use]
pub fn is_damaged(received: &Received, bytes: &[u8]) -> bool {
    match handshake_seal(bytes) {
        Some((signed, seal)) => !Key::Crc.fits(signed, seal),
        None => received.header.iter().any(|(_, value)| value.as_object().is_some()),
    }
}

/// The seal of a SYN or SYN+ACK of v2 and the bytes under it; `None` where it does not end with one.
#[must_use]
pub fn handshake_seal(bytes: &[u8]) -> Option<(&[u8], Seal)> {
    let (signed, seal) = split_seal(bytes.strip_suffix(b"}}")?)?;
    Some((bytes.get(..signed)?, seal))
}
