//! The id that makes a report run once across sessions and restarts (PROTOCOL §5).

use crate::limits::MAX_ID_BYTES;

/// What its sender named a report, and a digest of what it says.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ReportId {
    key: String,
    digest: [u8; 32],
}

impl ReportId {
    /// `key` is the sender's name for the report, 1..=64 bytes, else `None`; `digest` a SHA-256 of
    /// everything that makes two reports different.
    #[must_use]
    pub fn new(key: impl Into<String>, digest: [u8; 32]) -> Option<Self> {
        let key = key.into();
        (1..=MAX_ID_BYTES).contains(&key.len()).then_some(Self { key, digest })
    }

    /// The sender's name for the report.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The digest of its content.
    #[must_use]
    pub const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }
}
