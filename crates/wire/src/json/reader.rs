//! Reads JSON (RFC 8259) under the rules of PROTOCOL §1: never panics, keeps the order of members.

use std::borrow::Cow;

use super::{Object, Value};
use crate::limits::{MAX_DEPTH, MAX_INTEGER};
use crate::refusal::Refusal;

/// What is left of a text.
pub(crate) struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    /// A reader of this text.
    ///
    /// # Errors
    /// [`Refusal::NotUtf8`].
    pub(crate) fn of(bytes: &'a [u8]) -> Result<Self, Refusal> {
        std::str::from_utf8(bytes).map(|rest| Self { rest }).map_err(|_| Refusal::NotUtf8)
    }

    /// Whether nothing but blanks is left.
    pub(crate) fn is_at_end(&mut self) -> bool {
        self.skip_space();
        self.rest.is_empty()
    }

    /// Reads an object member by member: `member` gets each name and reads its value. That no name
    /// comes twice is the caller's to see.
    pub(crate) fn members(
        &mut self,
        mut member: impl FnMut(&str, &mut Self) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        self.expect("{")?;
        self.skip_space();
        if self.take("}") {
            return Ok(());
        }
        loop {
            self.skip_space();
            let name = self.name()?;
            self.expect(":")?;
            member(&name, self)?;
            self.skip_space();
            if self.take("}") {
                return Ok(());
            }
            self.expect(",")?;
        }
    }

    /// A member's name: borrowed where nothing in it is escaped.
    fn name(&mut self) -> Result<Cow<'a, str>, Refusal> {
        let inside = self.rest.strip_prefix('"').ok_or(Refusal::NotJson)?;
        let end = inside.find(|c: char| c == '"' || c == '\\' || c < ' ').ok_or(Refusal::NotJson)?;
        let (name, rest) = inside.split_at(end);
        match rest.strip_prefix('"') {
            Some(rest) => {
                self.rest = rest;
                Ok(Cow::Borrowed(name))
            }
            None => self.string().map(Cow::Owned),
        }
    }

    pub(crate) fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    pub(crate) fn take(&mut self, token: &str) -> bool {
        let taken = self.rest.strip_prefix(token);
        self.rest = taken.unwrap_or(self.rest);
        taken.is_some()
    }

    pub(crate) fn expect(&mut self, token: &str) -> Result<(), Refusal> {
        self.skip_space();
        if self.take(token) { Ok(()) } else { Err(Refusal::NotJson) }
    }

    pub(crate) fn value(&mut self, depth: usize) -> Result<Value, Refusal> {
        self.skip_space();
        match self.rest.bytes().next().ok_or(Refusal::NotJson)? {
            b'{' | b'[' if depth >= MAX_DEPTH => Err(Refusal::TooDeep),
            b'{' => self.object(depth + 1),
            b'[' => self.list(depth + 1),
            b'"' => self.string().map(Value::Text),
            b'-' | b'0'..=b'9' => self.number(),
            _ => self.word(),
        }
    }

    fn word(&mut self) -> Result<Value, Refusal> {
        let words = [("null", Value::Null), ("true", Value::Bool(true)), ("false", Value::Bool(false))];
        for (word, value) in words {
            if self.take(word) {
                return Ok(value);
            }
        }
        let not_finite = self.rest.starts_with("NaN") || self.rest.starts_with("Infinity");
        Err(if not_finite { Refusal::NotFinite } else { Refusal::NotJson })
    }

    fn object(&mut self, depth: usize) -> Result<Value, Refusal> {
        self.expect("{")?;
        let mut object = Object::new();
        self.skip_space();
        if self.take("}") {
            return Ok(Value::Object(object));
        }
        loop {
            self.skip_space();
            if !self.rest.starts_with('"') {
                return Err(Refusal::NotJson);
            }
            let name = self.string()?;
            if object.get(&name).is_some() {
                return Err(Refusal::DuplicateMember);
            }
            self.expect(":")?;
            let value = self.value(depth)?;
            object.push_new(name, value);
            self.skip_space();
            if self.take("}") {
                return Ok(Value::Object(object));
            }
            self.expect(",")?;
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, Refusal> {
        self.expect("[")?;
        let mut list = Vec::new();
        self.skip_space();
        if self.take("]") {
            return Ok(Value::List(list));
        }
        loop {
            list.push(self.value(depth)?);
            self.skip_space();
            if self.take("]") {
                return Ok(Value::List(list));
            }
            self.expect(",")?;
        }
    }

    pub(crate) fn string(&mut self) -> Result<String, Refusal> {
        self.expect("\"")?;
        let mut text = String::new();
        loop {
            let plain = self.rest.find(|c: char| c == '"' || c == '\\' || c < ' ').ok_or(Refusal::NotJson)?;
            let (before, rest) = self.rest.split_at(plain);
            text.push_str(before);
            self.rest = rest;
            if self.take("\"") {
                return Ok(text);
            }
            if !self.take("\\") {
                return Err(Refusal::NotJson);
            }
            text.push(self.escape()?);
        }
    }

    fn escape(&mut self) -> Result<char, Refusal> {
        let mut characters = self.rest.chars();
        let escaped = characters.next().ok_or(Refusal::NotJson)?;
        self.rest = characters.as_str();
        Ok(match escaped {
            '"' | '\\' | '/' => escaped,
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'u' => return self.code_point(),
            _ => return Err(Refusal::NotJson),
        })
    }

    /// The character of a `\u` escape, of two where they are a surrogate pair.
    fn code_point(&mut self) -> Result<char, Refusal> {
        let first = self.four_hex()?;
        if !(0xD800..0xE000).contains(&first) {
            return char::from_u32(first).ok_or(Refusal::LoneSurrogate);
        }
        if first >= 0xDC00 || !self.take("\\u") {
            return Err(Refusal::LoneSurrogate);
        }
        let second = self.four_hex()?;
        if !(0xDC00..0xE000).contains(&second) {
            return Err(Refusal::LoneSurrogate);
        }
        char::from_u32(0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00)).ok_or(Refusal::LoneSurrogate)
    }

    fn four_hex(&mut self) -> Result<u32, Refusal> {
        let digits = self.rest.get(..4).ok_or(Refusal::NotJson)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Refusal::NotJson);
        }
        self.rest = self.rest.get(4..).unwrap_or_default();
        u32::from_str_radix(digits, 16).map_err(|_| Refusal::NotJson)
    }

    fn number(&mut self) -> Result<Value, Refusal> {
        let end = self.rest.find(|c: char| !matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E'));
        let (token, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        let digits = token.strip_prefix('-').unwrap_or(token);
        if digits.is_empty() {
            return Err(if rest.starts_with("Infinity") { Refusal::NotFinite } else { Refusal::NotJson });
        }
        if digits.bytes().all(|byte| byte.is_ascii_digit()) { integer(token, digits) } else { float(token, digits) }
    }
}

fn integer(token: &str, digits: &str) -> Result<Value, Refusal> {
    if digits.len() > 1 && digits.starts_with('0') {
        return Err(Refusal::NotJson);
    }
    let number: i64 = token.parse().map_err(|_| Refusal::IntegerRange)?;
    let in_range = (-MAX_INTEGER..=MAX_INTEGER).contains(&number);
    if in_range { Ok(Value::Integer(number)) } else { Err(Refusal::IntegerRange) }
}

/// RFC 8259 §6: `int frac? exp?`, each part with at least one digit.
fn float(token: &str, digits: &str) -> Result<Value, Refusal> {
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (digits, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let whole_fits = all_digits(whole) && (whole.len() == 1 || !whole.starts_with('0'));
    let unsigned = |exponent: &str| exponent.strip_prefix(['+', '-']).is_some_and(all_digits) || all_digits(exponent);
    if !whole_fits || !fraction.is_none_or(all_digits) || !exponent.is_none_or(unsigned) {
        return Err(Refusal::NotJson);
    }
    let number: f64 = token.parse().map_err(|_| Refusal::NotJson)?;
    if number.is_finite() { Ok(Value::Float(number)) } else { Err(Refusal::NotFinite) }
}
