//! The elements of one long array in a JSON object, one at a time: a file of any length is read in
//! the memory of its longest element.

use std::io::BufRead;

use serde_json::{Map, Value};

use crate::error::FeedError;
use crate::limits::{MAX_ELEMENT_BYTES, MAX_HEADER_BYTES, MAX_HEADERS, MAX_NESTING};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The member name that stands for a file which is itself the array.
pub(crate) const WHOLE_FILE: &str = "";

/// An object like `{"version": 1, "elements": [{…}, {…}]}`, of which only the elements count, and
/// the short texts before them.
pub(crate) struct JsonArray<R> {
    bytes: Bytes<R>,
    member: &'static str,
    header: Vec<(String, String)>,
    first: bool,
    ended: bool,
    text: Vec<u8>,
}

/// One element of the array.
pub(crate) struct JsonElement {
    /// The line it begins in, from 1.
    pub(crate) line: u32,
    /// Its members; `None` where it is no object.
    pub(crate) members: Option<Map<String, Value>>,
}

impl<R: BufRead> JsonArray<R> {
    /// Reads up to the array's beginning; the array is the first member of the object that has one
    /// of these names, or the whole file where [`WHOLE_FILE`] is among them.
    ///
    /// # Errors
    /// [`FeedError::Corrupt`] where the file is not such an object, and those of reading.
    pub(crate) fn open(reader: R, file: &'static str, members: &[&'static str]) -> Result<Self, FeedError> {
        let mut array = Self {
            bytes: Bytes { reader, file, line: 1 },
            member: members.first().copied().unwrap_or_default(),
            header: Vec::new(),
            first: true,
            ended: false,
            text: Vec::new(),
        };
        array.bytes.skip_byte_order_mark()?;
        match array.bytes.solid()? {
            Some(b'[') if members.contains(&WHOLE_FILE) => {
                array.member = WHOLE_FILE;
                return Ok(array);
            }
            Some(b'{') => {}
            _ => return Err(array.corrupt("expected a JSON object")),
        }
        if !array.find(members, true)? {
            let told = array.header("message").map(|told| format!(", it says {told:?}")).unwrap_or_default();
            let names: Vec<_> = members.iter().filter(|name| **name != WHOLE_FILE).copied().collect();
            let problem = format!("the JSON object has no array \"{}\"{told}", names.join("\" or \""));
            return Err(array.corrupt(&problem));
        }
        Ok(array)
    }

    /// A text member of the object that came before the array.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.header.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str())
    }

    /// Which of the names the array has.
    pub(crate) fn member(&self) -> &'static str {
        self.member
    }

    /// The next element; `None` after the last one, where the rest of the file was read, too.
    ///
    /// # Errors
    /// [`FeedError::Corrupt`] where the file is not JSON or ends early, and those of reading.
    pub(crate) fn next_element(&mut self) -> Result<Option<JsonElement>, FeedError> {
        if self.ended {
            return Ok(None);
        }
        let byte = match (self.bytes.solid()?, std::mem::replace(&mut self.first, false)) {
            (Some(b']'), _) => {
                self.ended = true;
                if self.member != WHOLE_FILE {
                    self.find(&[], false)?;
                } else if self.bytes.solid()?.is_some() {
                    return Err(self.corrupt("more after the JSON array"));
                }
                return Ok(None);
            }
            (Some(b','), false) => self.bytes.solid()?,
            (Some(_), false) => return Err(self.corrupt("expected , or ] after an element")),
            (byte, _) => byte,
        };
        let line = self.bytes.line;
        self.value(byte)?;
        let value: Value = serde_json::from_slice(&self.text).map_err(|error| self.not_json(line, &error))?;
        let members = if let Value::Object(members) = value { Some(members) } else { None };
        Ok(Some(JsonElement { line, members }))
    }

    /// Reads members of the object until the value of one of these begins, and its `[` is read, or
    /// until the object and the file end: then `false`.
    fn find(&mut self, members: &[&'static str], first: bool) -> Result<bool, FeedError> {
        let mut first = first;
        loop {
            let byte = match (self.bytes.solid()?, std::mem::replace(&mut first, false)) {
                (Some(b'}'), _) => {
                    let after = self.bytes.solid()?;
                    return if after.is_none() { Ok(false) } else { Err(self.corrupt("more after the JSON object")) };
                }
                (Some(b','), false) => self.bytes.solid()?,
                (byte @ None, _) | (byte, true) => byte,
                (_, false) => return Err(self.corrupt("expected , or } after a member")),
            };
            let line = self.bytes.line;
            if byte.is_none() {
                return Err(self.corrupt("the file ends too early"));
            }
            if byte != Some(b'"') {
                return Err(self.corrupt("expected the name of a member"));
            }
            self.value(byte)?;
            let name: String = serde_json::from_slice(&self.text).map_err(|error| self.not_json(line, &error))?;
            if self.bytes.solid()? != Some(b':') {
                return Err(self.corrupt("expected : after the name of a member"));
            }
            let value = self.bytes.solid()?;
            if let (Some(&member), Some(b'[')) = (members.iter().find(|member| **member == name), value) {
                self.member = member;
                return Ok(true);
            }
            let line = self.bytes.line;
            self.value(value)?;
            serde_json::from_slice::<serde::de::IgnoredAny>(&self.text).map_err(|error| self.not_json(line, &error))?;
            let is_text = !members.is_empty() && self.text.len() <= MAX_HEADER_BYTES && value == Some(b'"');
            if is_text && self.header.len() < MAX_HEADERS {
                self.header.push((name, serde_json::from_slice(&self.text).unwrap_or_default()));
            }
        }
    }

    /// Takes a whole value, whose first byte was read, into `text`.
    fn value(&mut self, first: Option<u8>) -> Result<(), FeedError> {
        self.text.clear();
        let Some(first) = first else { return Err(self.corrupt("the file ends too early")) };
        let mut next = first;
        let mut depth = 0_usize;
        let mut quoted = false;
        loop {
            self.text.push(next);
            if self.text.len() > MAX_ELEMENT_BYTES {
                let (file, line) = (self.bytes.file, self.bytes.line);
                return Err(FeedError::LineTooLong { file, line, limit: MAX_ELEMENT_BYTES });
            }
            match next {
                b'\\' if quoted => {
                    let escaped = self.bytes.next()?;
                    let Some(escaped) = escaped else { return Err(self.corrupt("the file ends too early")) };
                    self.text.push(escaped);
                }
                b'"' => quoted = !quoted,
                b'{' | b'[' if !quoted => depth += 1,
                b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth > MAX_NESTING {
                return Err(self.corrupt("nested too deeply"));
            }
            let is_scalar = !matches!(first, b'{' | b'[' | b'"');
            let whole = depth == 0 && !quoted && !is_scalar;
            let after = if whole { None } else { self.bytes.peek()? };
            if whole || is_scalar && after.is_none_or(|byte| b",]}: \t\r\n".contains(&byte)) {
                return Ok(());
            }
            let Some(byte) = self.bytes.next()? else { return Err(self.corrupt("the file ends too early")) };
            next = byte;
        }
    }

    fn corrupt(&self, problem: &str) -> FeedError {
        FeedError::Corrupt { file: self.bytes.file, line: self.bytes.line, problem: problem.to_owned() }
    }

    fn not_json(&self, first_line: u32, error: &serde_json::Error) -> FeedError {
        let within = u32::try_from(error.line()).unwrap_or(u32::MAX).saturating_sub(1);
        let told = error.to_string();
        let problem = told.rsplit_once(" at line ").map_or(told.as_str(), |(problem, _)| problem);
        FeedError::Corrupt {
            file: self.bytes.file,
            line: first_line.saturating_add(within),
            problem: format!("not JSON: {problem}"),
        }
    }
}

/// The bytes of a file, and the line they are in.
struct Bytes<R> {
    reader: R,
    file: &'static str,
    line: u32,
}

impl<R: BufRead> Bytes<R> {
    fn skip_byte_order_mark(&mut self) -> Result<(), FeedError> {
        for &mark in BYTE_ORDER_MARK {
            if self.peek()? != Some(mark) {
                break;
            }
            self.next()?;
        }
        Ok(())
    }

    /// The next byte that is not white space.
    fn solid(&mut self) -> Result<Option<u8>, FeedError> {
        loop {
            match self.next()? {
                Some(b' ' | b'\t' | b'\r' | b'\n') => {}
                byte => return Ok(byte),
            }
        }
    }

    fn next(&mut self) -> Result<Option<u8>, FeedError> {
        let byte = self.peek()?;
        if byte.is_some() {
            self.reader.consume(1);
        }
        if byte == Some(b'\n') {
            self.line = self.line.saturating_add(1);
        }
        Ok(byte)
    }

    fn peek(&mut self) -> Result<Option<u8>, FeedError> {
        let (file, line) = (self.file, self.line);
        loop {
            match self.reader.fill_buf() {
                Ok(bytes) => return Ok(bytes.first().copied()),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(source) => return Err(FeedError::Read { file, line, source }),
            }
        }
    }
}

#[cfg(test)]
mod tests;
