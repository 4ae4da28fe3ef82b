//! What closes a datagram of v2: a CRC against chance, or with a pre-shared key a MAC against
//! everybody else (PROTOCOL §8.2).

use std::fmt;

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{Nonce, SessionId};
use crate::limits::MIN_PSK_BYTES;

/// How a datagram was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Seal {
    /// CRC-32C (RFC 3720, appendix B.4) of all bytes before its member.
    Crc(u32),
    /// HMAC-SHA-256 of the same bytes, its first 128 bits.
    Mac(u128),
}

/// Which way a datagram goes: each has its own key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// `c2s`
    ToServer,
    /// `s2c`
    ToClient,
}

/// What the datagrams of one session and direction are closed with.
#[derive(Clone)]
pub enum Key {
    /// Nothing secret: a CRC.
    Crc,
    /// A key derived from the pre-shared one.
    Mac(Box<Hmac<Sha256>>),
}

/// A pre-shared key: at least 32 bytes (`--psk-file`).
#[derive(Clone, PartialEq, Eq)]
pub struct Psk(Vec<u8>);

impl Key {
    /// The seal of these bytes.
    #[must_use]
    pub fn seal(&self, bytes: &[u8]) -> Seal {
        match self {
            Self::Crc => Seal::Crc(crc32c::crc32c(bytes)),
            Self::Mac(keyed) => {
                let mut mac = (**keyed).clone();
                mac.update(bytes);
                let whole = mac.finalize().into_bytes();
                Seal::Mac(whole.iter().take(16).fold(0, |number, byte| number << 8 | u128::from(*byte)))
            }
        }
    }

    /// Whether this is the seal of these bytes. One of the other kind never is: with a key, a CRC
    /// proves nothing. Both are compared as integers, in the same time whatever differs.
    #[must_use]
    pub fn fits(&self, bytes: &[u8], seal: Seal) -> bool {
        self.seal(bytes) == seal
    }
}

impl fmt::Debug for Key {
    /// Never shows the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Crc => "Crc",
            Self::Mac(_) => "Mac",
        })
    }
}

impl Psk {
    /// The key that a file holds, blanks at its end left out; `None` where it is shorter than 32
    /// bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.trim_ascii_end();
        (bytes.len() >= MIN_PSK_BYTES).then(|| Self(bytes.to_vec()))
    }

    /// The key of a session's datagrams in one direction: HKDF-SHA-256 (RFC 5869) with this key,
    /// salt nonce ‖ session, info `c2s` or `s2c`.
    #[must_use]
    pub fn session_key(&self, nonce: Nonce, session: SessionId, direction: Direction) -> Key {
        let mut salt = [0; 16];
        let (first, second) = salt.split_at_mut(8);
        first.copy_from_slice(&nonce.0.to_be_bytes());
        second.copy_from_slice(&session.0.to_be_bytes());
        let info = match direction {
            Direction::ToServer => "c2s",
            Direction::ToClient => "s2c",
        };
        self.derive(&salt, info.as_bytes())
    }

    /// The key of a SYN, when there is no session yet: salt nonce, info `syn`.
    #[must_use]
    pub fn syn_key(&self, nonce: Nonce) -> Key {
        self.derive(&nonce.0.to_be_bytes(), b"syn")
    }

    /// The key of a reset, sent by a server that knows no nonce: salt `reset`, info the session.
    #[must_use]
    pub fn reset_key(&self, session: SessionId) -> Key {
        self.derive(b"reset", &session.0.to_be_bytes())
    }

    fn derive(&self, salt: &[u8], info: &[u8]) -> Key {
        let mut key = [0; 32];
        let derived = Hkdf::<Sha256>::new(Some(salt), &self.0).expand(info, &mut key);
        derived.unwrap_or_else(|_| unreachable!("HKDF-SHA-256 gives up to 8160 bytes"));
        let keyed = Hmac::new_from_slice(&key).unwrap_or_else(|_| unreachable!("HMAC takes a key of any length"));
        Key::Mac(Box::new(keyed))
    }
}

impl fmt::Debug for Psk {
    /// Never shows the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Psk")
    }
}

impl Seal {
    /// Appends the member that says it, without what closes the object.
    pub(super) fn close(self, bytes: &mut Vec<u8>) {
        let member = match self {
            Self::Crc(sum) => format!(r#", "crc": {sum}"#),
            Self::Mac(mac) => format!(r#", "mac": "{mac:032x}""#),
        };
        bytes.extend_from_slice(member.as_bytes());
    }
}

/// Reads 32 lower-case hexadecimal digits.
pub(super) fn mac_of_hex(text: &str) -> Option<u128> {
    let digits = text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    digits.then(|| u128::from_str_radix(text, 16).ok()).flatten()
}
