//! Datagrams of v2 (PROTOCOL §8): frames of one session, closed with a CRC or a MAC.
//!
//! A frame is read and written in `v2/frame.rs`, what closes a datagram in `v2/seal.rs`, the members
//! that negotiate v2 inside v1's handshake in `v2/ext.rs`.

mod datagram;
mod ext;
mod frame;
mod seal;

pub use datagram::{DatagramWriter, Sealed};
pub use ext::{Ext, handshake, handshake_seal, is_damaged};
pub use frame::{Fragment, Frame, FrameError, Opening};
pub use seal::{Direction, Key, Psk, Seal};

use std::fmt;

/// A client's random number, which makes its session's id and keys its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Nonce(pub u64);

/// The id of a v2 session: 64 bits that nobody off the path can guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionId(pub u64);

impl Nonce {
    /// Reads 16 hexadecimal digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        sixteen_digits(text).map(Self)
    }
}

impl SessionId {
    /// Reads 16 hexadecimal digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        sixteen_digits(text).map(Self)
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

fn sixteen_digits(text: &str) -> Option<u64> {
    let digits = text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    digits.then(|| u64::from_str_radix(text, 16).ok()).flatten()
}

#[cfg(test)]
mod tests;
