//! Tables with quotation marks (RFC 4180), one record at a time in the same memory. Tables without
//! them are `table.rs`.

use std::io::{BufRead, ErrorKind};
use std::str;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use crate::error::FeedError;
use crate::limits::MAX_LINE_BYTES;
use crate::report::excerpt;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A table whose first record was found to be the expected column names.
pub(crate) struct Csv<R> {
    input: R,
    file: &'static str,
    core: Reader,
    columns: usize,
    /// The line that is read next, from 1.
    line: u32,
    text: Vec<u8>,
    ends: Vec<usize>,
}

/// One record, without its quotation marks.
#[derive(Debug)]
pub(crate) struct Record<'a> {
    /// The line it begins in, from 1.
    pub(crate) line: u32,
    text: &'a str,
    ends: &'a [usize],
}

impl<'a> Record<'a> {
    /// The fields in their order.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let (text, ends) = (self.text, self.ends);
        let start = move |index: usize| index.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
        ends.iter().enumerate().map(move |(index, &end)| text.get(start(index)..end).unwrap_or_default())
    }

    /// How many fields there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The first fields, without blanks around them; missing ones are empty.
    pub(crate) fn first<const COUNT: usize>(&self) -> [&'a str; COUNT] {
        let mut fields = self.fields().map(str::trim);
        [(); COUNT].map(|()| fields.next().unwrap_or_default())
    }

    /// The record as one line, for messages.
    pub(crate) fn told(&self, delimiter: char) -> String {
        excerpt(&self.fields().collect::<Vec<_>>().join(&delimiter.to_string()))
    }
}

impl<R: BufRead> Csv<R> {
    /// Reads the column names, which must be these; from `required` on they may be missing.
    ///
    /// # Errors
    /// [`FeedError::Heading`] where they are not, and those of reading a record.
    pub(crate) fn open(
        input: R,
        file: &'static str,
        delimiter: u8,
        (columns, required): (&[&str], usize),
    ) -> Result<Self, FeedError> {
        let core = ReaderBuilder::new().delimiter(delimiter).build();
        let mut csv = Self {
            input,
            file,
            core,
            columns: 0,
            line: 1,
            text: vec![0; MAX_LINE_BYTES],
            ends: vec![0; MAX_LINE_BYTES + 1],
        };
        if csv.buffer()?.starts_with(BYTE_ORDER_MARK) {
            csv.input.consume(BYTE_ORDER_MARK.len());
        }
        let delimiter = char::from(delimiter).to_string();
        let expected = columns.join(&delimiter);
        let heading = |line, found| FeedError::Heading { file, line, expected: expected.clone(), found };
        match csv.next_record() {
            Ok(Some(record))
                if record.len() >= required
                    && record.fields().map(str::trim).eq(columns.iter().copied().take(record.len())) =>
            {
                csv.columns = record.len();
                Ok(csv)
            }
            Ok(record) => {
                let found = record.map(|record| (record.line, record.fields().collect::<Vec<_>>().join(&delimiter)));
                let (line, found) = found.unwrap_or((1, String::new()));
                Err(heading(line, excerpt(&found)))
            }
            Err(error) => Err(error),
        }
    }

    /// How many columns the first record named.
    pub(crate) const fn columns(&self) -> usize {
        self.columns
    }

    /// The next record that is not an empty line; `None` at the end of the file.
    ///
    /// # Errors
    /// [`FeedError::Read`], [`FeedError::LineTooLong`] (also where a quotation mark is never
    /// closed), [`FeedError::NotUtf8`].
    pub(crate) fn next_record(&mut self) -> Result<Option<Record<'_>>, FeedError> {
        self.skip_line_ends()?;
        let (file, line) = (self.file, self.line);
        let (mut length, mut count) = (0, 0);
        loop {
            let input = loop {
                match self.input.fill_buf() {
                    Ok(input) => break input,
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    Err(source) => return Err(FeedError::Read { file, line: self.line, source }),
                }
            };
            let (text, ends) =
                (self.text.get_mut(length..).unwrap_or_default(), self.ends.get_mut(count..).unwrap_or_default());
            let (result, read, written, ended) = self.core.read_record(input, text, ends);
            let lines = input.iter().take(read).filter(|byte| **byte == b'\n').count();
            self.line = self.line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
            self.input.consume(read);
            length += written;
            count += ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    return Err(FeedError::LineTooLong { file, line, limit: MAX_LINE_BYTES });
                }
                ReadRecordResult::Record => break,
                ReadRecordResult::End => return Ok(None),
            }
        }
        let text = str::from_utf8(self.text.get(..length).unwrap_or_default());
        let text = text.map_err(|_| FeedError::NotUtf8 { file, line })?;
        Ok(Some(Record { line, text, ends: self.ends.get(..count).unwrap_or_default() }))
    }

    /// So that a record's line is known before it is read.
    fn skip_line_ends(&mut self) -> Result<(), FeedError> {
        loop {
            let ends = self.buffer()?.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            if ends == 0 {
                return Ok(());
            }
            let lines = self.buffer()?.iter().take(ends).filter(|byte| **byte == b'\n').count();
            self.line = self.line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
            self.input.consume(ends);
        }
    }

    fn buffer(&mut self) -> Result<&[u8], FeedError> {
        let (file, line) = (self.file, self.line);
        loop {
            match self.input.fill_buf() {
                Ok(_) => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(source) => return Err(FeedError::Read { file, line, source }),
            }
        }
        self.input.fill_buf().map_err(|source| FeedError::Read { file, line, source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Result<Vec<(u32, Vec<String>)>, FeedError> {
        let mut csv = Csv::open(text, "a.csv", b',', (&["a", "b", "c"], 2))?;
        let mut records = Vec::new();
        while let Some(record) = csv.next_record()? {
            records.push((record.line, record.fields().map(str::to_owned).collect()));
        }
        Ok(records)
    }

    #[test]
    fn fields_may_hold_delimiters_quotation_marks_and_lines() {
        let text = "\u{feff}\r\na,b\r\n\r\n1,\"x, \"\"y\"\"\r\nz\"\r\n,\n2,3";
        let expected = [(4, ["1", "x, \"y\"\r\nz"]), (6, ["", ""]), (7, ["2", "3"])];
        let expected = expected.map(|(line, fields)| (line, fields.map(str::to_owned).to_vec()));
        assert_eq!(read(text.as_bytes()).unwrap(), expected);
    }

    #[test]
    fn what_is_no_such_table_is_told_with_its_line() {
        let told = |text: &[u8]| read(text).unwrap_err().to_string();
        assert_eq!(told(b""), "a.csv, line 1: expected \"a,b,c\", found \"\"");
        assert_eq!(told(b"\n<html>"), "a.csv, line 2: expected \"a,b,c\", found \"<html>\"");
        assert!(told(b"a,b\n1,\xe9\n").starts_with("a.csv, line 2: not UTF-8"));
        let endless = format!("a,b\n1,\"{}", "x\n".repeat(MAX_LINE_BYTES));
        assert!(told(endless.as_bytes()).starts_with("a.csv, line 2: longer than"));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let _ = read(&bytes);
            let _ = read(&[b"a,b\n", bytes.as_slice()].concat());
        }
    }
}
