//! The checksum of v1: a longitudinal redundancy check (ISO 1155), PROTOCOL §2.

/// `(256 - sum % 256) % 256` over the bytes. It finds a single changed byte, not two that cancel.
#[must_use]
pub fn lrc(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)).wrapping_neg()
}
