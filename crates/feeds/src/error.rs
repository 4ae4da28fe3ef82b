//! What ends the reading of a feed; a single bad record does not (see [`crate::Skipped`]).

use std::io;

/// Why a feed could not be read at all, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// The beginning of a file could not be read.
    #[error("{label}: {source}")]
    Unreadable {
        /// What the caller calls the file.
        label: String,
        /// What the system said.
        source: io::Error,
    },
    /// There is nothing in the file.
    #[error("{label}: the file is empty")]
    Empty {
        /// What the caller calls the file.
        label: String,
    },
    /// The file is one of another feed.
    #[error("{label}: this is a file of {belongs_to}, not of {feed}")]
    OtherFeed {
        /// What the caller calls the file.
        label: String,
        /// The feed that was asked for.
        feed: &'static str,
        /// The feed that it is one of.
        belongs_to: &'static str,
    },
    /// There are more files than the feed can make use of.
    #[error("{label}: {feed} has no use for this file beside the others")]
    TooManyFiles {
        /// What the caller calls the file.
        label: String,
        /// The feed.
        feed: &'static str,
    },
    /// A file that the feed needs was not given.
    #[error("{feed} needs {file}")]
    MissingFile {
        /// The feed.
        feed: &'static str,
        /// The feed's own name of the file.
        file: &'static str,
    },
    /// The files are as they should be, and no station or price is in them.
    #[error("{feed}: no station or price in what was read")]
    NoRecords {
        /// The feed.
        feed: &'static str,
    },
    /// No station is in the feed's country.
    #[error("{feed}: none of the {stations} stations read is in the country")]
    OtherCountry {
        /// The feed.
        feed: &'static str,
        /// How many stations were read.
        stations: usize,
    },
    /// The file could not be read.
    #[error("{file}, line {line}: {source}")]
    Read {
        /// The feed's own name of the file.
        file: &'static str,
        /// The line that could not be read, from 1.
        line: u32,
        /// What the system said.
        source: io::Error,
    },
    /// A heading is not the expected one: this is another file, or the feed has changed.
    #[error("{file}, line {line}: expected {expected:?}, found {found:?}")]
    Heading {
        /// The feed's own name of the file.
        file: &'static str,
        /// The heading's line, from 1.
        line: u32,
        /// What the line should be.
        expected: String,
        /// What it is, cut to [`crate::limits::MAX_EXCERPT_CHARACTERS`]; empty at the end of the file.
        found: String,
    },
    /// A line is longer than any of this feed can be.
    #[error("{file}, line {line}: longer than {limit} bytes")]
    LineTooLong {
        /// The feed's own name of the file.
        file: &'static str,
        /// The line, from 1.
        line: u32,
        /// The longest line allowed, in bytes: [`crate::limits::MAX_LINE_BYTES`].
        limit: usize,
    },
    /// The file is not what its feed publishes, or ends too early.
    #[error("{file}, line {line}: {problem}")]
    Corrupt {
        /// The feed's own name of the file.
        file: &'static str,
        /// The line, from 1.
        line: u32,
        /// What is wrong with it.
        problem: String,
    },
    /// The file is in another encoding than UTF-8.
    #[error("{file}, line {line}: not UTF-8")]
    NotUtf8 {
        /// The feed's own name of the file.
        file: &'static str,
        /// The line, from 1.
        line: u32,
    },
    /// The file is not JSON.
    #[error("line {line}, column {column}: not JSON: {problem}")]
    NotJson {
        /// The line, from 1.
        line: usize,
        /// The column in bytes, from 1 (0: before the line's first).
        column: usize,
        /// What the JSON reader said.
        problem: String,
    },
    /// The file is JSON, but not an array of records.
    #[error("line {line}, column {column}: expected an array of records: {problem}")]
    NotAnArray {
        /// The line, from 1.
        line: usize,
        /// The column in bytes, from 1 (0: before the line's first).
        column: usize,
        /// What was found instead.
        problem: String,
    },
}
