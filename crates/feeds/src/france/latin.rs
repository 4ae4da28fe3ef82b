//! ISO-8859-1 made UTF-8 while it is read, where the XML declares it.

use std::io::{self, BufRead, Cursor, Read};

use crate::error::FeedError;

/// Longest XML declaration, in bytes; in a longer one no encoding is looked for.
const MAX_DECLARATION_BYTES: usize = 256;

/// What the bytes 0x80 to 0x9F mean: who declares ISO-8859-1 writes windows-1252 (WHATWG Encoding
/// Standard, "windows-1252"); the five that it leaves open stay control characters.
const UPPER: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', //
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// XML as UTF-8, without its declaration, whose place blanks take.
pub(super) struct Decoded<R> {
    input: io::Chain<Cursor<Vec<u8>>, R>,
    is_latin: bool,
    /// What was decoded and is not consumed yet.
    text: Vec<u8>,
    at: usize,
}

impl<R: BufRead> Decoded<R> {
    /// Reads the declaration.
    ///
    /// # Errors
    /// [`FeedError::Corrupt`] where it names another encoding than UTF-8, ISO-8859-1 and
    /// windows-1252, and those of reading.
    pub(super) fn open(mut input: R, file: &'static str) -> Result<Self, FeedError> {
        let mut head = Vec::new();
        let most = u64::try_from(MAX_DECLARATION_BYTES).unwrap_or(u64::MAX);
        let read = (&mut input).take(most).read_until(b'>', &mut head);
        read.map_err(|source| FeedError::Read { file, line: 1, source })?;
        let mut is_latin = false;
        let declaration = String::from_utf8_lossy(&head).trim_start_matches('\u{feff}').trim_start().to_owned();
        if declaration.starts_with("<?xml") {
            match encoding(&declaration).to_ascii_lowercase().as_str() {
                "" | "utf-8" | "us-ascii" => {}
                "iso-8859-1" | "iso8859-1" | "latin1" | "windows-1252" => is_latin = true,
                other => {
                    let problem = format!("encoding {other:?}; known are UTF-8, ISO-8859-1 and windows-1252");
                    return Err(FeedError::Corrupt { file, line: 1, problem });
                }
            }
            head.iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
        }
        Ok(Self { input: Cursor::new(head).chain(input), is_latin, text: Vec::new(), at: 0 })
    }
}

/// The value of `encoding`; empty where there is none.
fn encoding(declaration: &str) -> &str {
    let value = declaration.split_once("encoding").and_then(|(_, rest)| rest.trim_start().strip_prefix('='));
    let mut parts = value.unwrap_or_default().trim_start().split(['"', '\'']);
    parts.nth(1).unwrap_or_default()
}

impl<R: BufRead> BufRead for Decoded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if !self.is_latin {
            return self.input.fill_buf();
        }
        if self.at >= self.text.len() {
            self.text.clear();
            self.at = 0;
            let bytes = self.input.fill_buf()?;
            let mut encoded = [0; 4];
            for &byte in bytes {
                let upper = usize::from(byte).checked_sub(0x80).and_then(|at| UPPER.get(at).copied());
                let character = upper.unwrap_or(char::from(byte));
                self.text.extend_from_slice(character.encode_utf8(&mut encoded).as_bytes());
            }
            let taken = bytes.len();
            self.input.consume(taken);
        }
        Ok(self.text.get(self.at..).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        if self.is_latin {
            self.at = self.at.saturating_add(amount).min(self.text.len());
        } else {
            self.input.consume(amount);
        }
    }
}

impl<R: BufRead> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> Result<String, FeedError> {
        let mut text = String::new();
        Decoded::open(bytes, "a.xml")?.read_to_string(&mut text).unwrap();
        Ok(text)
    }

    #[test]
    fn the_declared_encoding_is_read() {
        let latin = b"<?xml version=\"1.0\"\nencoding=\"ISO-8859-1\" standalone=\"yes\"?><a>\xe9\x80\xff</a>";
        let text = decoded(latin).unwrap();
        assert_eq!(text.trim_start(), "<a>é€ÿ</a>");
        assert_eq!(text.lines().count(), 2, "lines are counted as in the file");
        assert_eq!(decoded("<?xml version='1.0' encoding='UTF-8'?><a>é</a>".as_bytes()).unwrap().trim(), "<a>é</a>");
        assert_eq!(decoded("<a>é</a>".as_bytes()).unwrap(), "<a>é</a>");
        assert_eq!(decoded(b"").unwrap(), "");
        let told = decoded(b"<?xml version=\"1.0\" encoding=\"UTF-16\"?>").unwrap_err().to_string();
        assert!(told.starts_with("a.xml, line 1: encoding \"utf-16\"; known are"), "{told}");
    }
}
