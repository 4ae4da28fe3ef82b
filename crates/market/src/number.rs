//! The few conversions between numbers that the standard library has no lossless form for.

/// A count or place below 2^32 as an index.
pub(crate) fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// An index as a 32-bit number: a book holds fewer than 2^32 stations, as ids of one take memory.
pub(crate) fn short(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// An index as a 64-bit number.
pub(crate) fn long(index: usize) -> u64 {
    u64::try_from(index).unwrap_or(u64::MAX)
}

/// A 64-bit number as an index.
pub(crate) fn place(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// The nearest 32-bit float.
#[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "rounding is what is asked for")]
pub(crate) fn single(number: f64) -> f32 {
    number as f32
}

/// The low bits of a number that `mask`, below 2^32, leaves.
pub(crate) fn bits(number: u64, mask: u64) -> u32 {
    u32::try_from(number & mask).unwrap_or(u32::MAX)
}
