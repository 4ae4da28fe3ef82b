//! A published table of text: a title, a line of column names that tells the delimiter, then rows.
//! Quotation marks mean nothing here: the feeds read with it do not quote.

use std::borrow::Cow;
use std::io::{BufRead, Read};

use crate::error::FeedError;
use crate::limits::MAX_LINE_BYTES;
use crate::report::excerpt;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What a table must begin with.
pub(crate) struct Headings {
    /// The feed's own name of the file.
    pub(crate) file: &'static str,
    /// What line 1 begins with.
    pub(crate) title: &'static str,
    /// The column names of line 2.
    pub(crate) columns: &'static [&'static str],
}

/// A table whose headings were found as expected; what remains are its rows.
pub(crate) struct Table<R> {
    lines: Lines<R>,
    delimiter: char,
}

/// A row as it stands in the file, without its line ending; bad UTF-8 has become U+FFFD.
pub(crate) struct Row<'a> {
    /// Its line, from 1.
    pub(crate) line: u32,
    /// Its text.
    pub(crate) text: Cow<'a, str>,
}

impl<R: BufRead> Table<R> {
    /// Reads the headings.
    ///
    /// # Errors
    /// [`FeedError::Heading`] where they are not those expected, and those of reading a line.
    pub(crate) fn open(reader: R, headings: &Headings) -> Result<Self, FeedError> {
        let file = headings.file;
        let mut lines = Lines { reader, file, number: 0, bytes: Vec::new() };
        let unexpected = |line, expected: String, found: &str| {
            Err(FeedError::Heading { file, line, expected, found: excerpt(found) })
        };
        let title = lines.read()?.map_or(Cow::Borrowed(""), |row| row.text);
        if !title.starts_with(headings.title) {
            return unexpected(1, format!("{} …", headings.title), &title);
        }
        let names = lines.read()?.map_or(Cow::Borrowed(""), |row| row.text);
        let delimiter = if names.contains('|') { '|' } else { ';' };
        if !names.split(delimiter).map(str::trim).eq(headings.columns.iter().copied()) {
            return unexpected(2, headings.columns.join("|"), &names);
        }
        Ok(Self { lines, delimiter })
    }

    /// What separates the fields: `|` or `;`.
    pub(crate) fn delimiter(&self) -> char {
        self.delimiter
    }

    /// The next row that is not empty; `None` at the end of the file.
    ///
    /// # Errors
    /// [`FeedError::Read`] and [`FeedError::LineTooLong`].
    pub(crate) fn next_row(&mut self) -> Result<Option<Row<'_>>, FeedError> {
        while self.lines.advance()? {
            if !self.lines.bytes.is_empty() {
                return Ok(Some(self.lines.current()));
            }
        }
        Ok(None)
    }
}

/// The lines of a file, one at a time in the same memory.
struct Lines<R> {
    reader: R,
    file: &'static str,
    number: u32,
    bytes: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    fn read(&mut self) -> Result<Option<Row<'_>>, FeedError> {
        Ok(self.advance()?.then(|| self.current()))
    }

    fn current(&self) -> Row<'_> {
        Row { line: self.number, text: String::from_utf8_lossy(&self.bytes) }
    }

    /// Reads one line, with or without an ending (`\n`, `\r\n`); `false` at the end of the file.
    fn advance(&mut self) -> Result<bool, FeedError> {
        let (file, line) = (self.file, self.number.saturating_add(1));
        self.number = line;
        self.bytes.clear();
        let most = u64::try_from(MAX_LINE_BYTES).unwrap_or(u64::MAX);
        let limited = &mut (&mut self.reader).take(most);
        let read =
            limited.read_until(b'\n', &mut self.bytes).map_err(|source| FeedError::Read { file, line, source })?;
        if read == MAX_LINE_BYTES && !self.bytes.ends_with(b"\n") {
            return Err(FeedError::LineTooLong { file, line, limit: MAX_LINE_BYTES });
        }
        for ending in [b'\n', b'\r'] {
            self.bytes.pop_if(|last| *last == ending);
        }
        if line == 1 && self.bytes.starts_with(BYTE_ORDER_MARK) {
            self.bytes.drain(..BYTE_ORDER_MARK.len());
        }
        Ok(read > 0)
    }
}
