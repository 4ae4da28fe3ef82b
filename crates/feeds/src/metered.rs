//! A reader that knows its line and stops an element that never ends.

use std::io::{self, BufRead, Read};

use quick_xml::Error;

use crate::error::FeedError;
use crate::limits::MAX_ELEMENT_BYTES;

/// Counts the lines of what is read, and stops an element that never ends before it fills the memory.
pub(crate) struct Metered<R> {
    input: R,
    pub(crate) line: u32,
    /// Bytes since the last mark.
    taken: usize,
}

impl<R> Metered<R> {
    pub(crate) const fn new(input: R) -> Self {
        Self { input, line: 1, taken: 0 }
    }

    /// An element begins; its line.
    pub(crate) fn mark(&mut self) -> u32 {
        self.taken = 0;
        self.line
    }
}

impl<R: BufRead> BufRead for Metered<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.taken > MAX_ELEMENT_BYTES {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        self.input.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        let lines =
            self.input.fill_buf().map_or(0, |bytes| bytes.iter().take(amount).filter(|byte| **byte == b'\n').count());
        self.line = self.line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
        self.taken = self.taken.saturating_add(amount);
        self.input.consume(amount);
    }
}

impl<R: BufRead> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

/// What the XML reader's error means for a feed's file.
pub(crate) fn xml_error(error: &Error, file: &'static str, line: u32) -> FeedError {
    match error {
        Error::Io(source) if source.kind() == io::ErrorKind::FileTooLarge => {
            FeedError::LineTooLong { file, line, limit: MAX_ELEMENT_BYTES }
        }
        Error::Io(source) => FeedError::Read { file, line, source: io::Error::new(source.kind(), source.to_string()) },
        Error::Encoding(_) => FeedError::NotUtf8 { file, line },
        other => FeedError::Corrupt { file, line, problem: format!("not XML: {other}") },
    }
}
