//! Why a datagram is not a packet: refused, counted by reason, never answered (PROTOCOL §1).

use thiserror::Error;

/// The reason for which a datagram was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Error)]
pub enum Refusal {
    /// More bytes than any peer may send.
    #[error("longer than {} bytes", crate::limits::MAX_DATAGRAM)]
    TooLong,
    /// The bytes are not UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
    /// Not a JSON text (RFC 8259).
    #[error("not JSON")]
    NotJson,
    /// JSON, but not one object.
    #[error("not one JSON object")]
    NotObject,
    /// Arrays and objects nested too deeply.
    #[error("nested deeper than {} levels", crate::limits::MAX_DEPTH)]
    TooDeep,
    /// `NaN`, `Infinity`, or a number too large for a double.
    #[error("a number that is not finite")]
    NotFinite,
    /// An integer beyond ±2^53.
    #[error("an integer beyond 2^53")]
    IntegerRange,
    /// The same member twice in one object.
    #[error("a member given twice")]
    DuplicateMember,
    /// Half of a surrogate pair.
    #[error("a lone surrogate")]
    LoneSurrogate,
    /// One of the eight members is not there.
    #[error("a missing member")]
    MissingMember,
    /// One of the eight members is of another type or out of its range.
    #[error("a member of the wrong type")]
    WrongType,
}

impl Refusal {
    /// Every reason, in the order of declaration.
    pub const ALL: [Self; 11] = [
        Self::TooLong,
        Self::NotUtf8,
        Self::NotJson,
        Self::NotObject,
        Self::TooDeep,
        Self::NotFinite,
        Self::IntegerRange,
        Self::DuplicateMember,
        Self::LoneSurrogate,
        Self::MissingMember,
        Self::WrongType,
    ];
}
