//! The bearer tokens of those who may write: the file of them, in which only their hashes stand, and
//! which of them a request shows.

use std::sync::{Arc, PoisonError, RwLock};

use posto_wire::command::is_token_name;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::limits::{MAX_TOKEN_BYTES, MAX_TOKENS};
use crate::random;

/// What a token begins with, so that one in a log or a repository is known for what it is.
pub const TOKEN_PREFIX: &str = "posto_";

/// The tokens of a file.
#[derive(Debug, Clone, Default)]
pub struct Tokens(Vec<Entry>);

#[derive(Debug, Clone)]
struct Entry {
    name: Arc<str>,
    digest: [u8; 32],
    made_at: Option<String>,
}

impl Tokens {
    /// Reads a file of tokens: a line for each, `NAME HASH` and perhaps when it was made; `#` begins
    /// a comment.
    ///
    /// # Errors
    /// Every mistake in it, with its line.
    pub fn parse(text: &str) -> Result<Self, Vec<String>> {
        let (mut tokens, mut mistakes) = (Self::default(), Vec::new());
        for (index, line) in text.lines().enumerate() {
            let words: Vec<_> = line.split('#').next().unwrap_or_default().split_whitespace().collect();
            if words.is_empty() {
                continue;
            }
            match tokens.entry(&words) {
                Ok(entry) => tokens.0.push(entry),
                Err(mistake) => mistakes.push(format!("line {}: {mistake}", index + 1)),
            }
        }
        if tokens.0.len() > MAX_TOKENS {
            mistakes.push(format!("{} tokens; at most {MAX_TOKENS} are allowed", tokens.0.len()));
        }
        if mistakes.is_empty() { Ok(tokens) } else { Err(mistakes) }
    }

    fn entry(&self, words: &[&str]) -> Result<Entry, String> {
        let (name, digest, made_at) = match words {
            [name, digest] => (name, digest, None),
            [name, digest, made_at] => (name, digest, Some((*made_at).to_owned())),
            _ => return Err("expected NAME HASH, as `posto token new` writes them".to_owned()),
        };
        if !is_token_name(name) {
            return Err(format!("{name:?} is no name: 1 to 32 of A-Z a-z 0-9 . _ - are allowed"));
        }
        if self.has(name) {
            return Err(format!("the name {name} stands there twice"));
        }
        let digest = hash_of(digest).ok_or("the hash is not 64 hexadecimal digits (SHA-256)")?;
        Ok(Entry { name: (*name).into(), digest, made_at })
    }

    /// Whether there is one of this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|entry| *entry.name == *name)
    }

    /// The names and, where the file says it, when each was made.
    pub fn names(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.0.iter().map(|entry| (&*entry.name, entry.made_at.as_deref()))
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Whose token this is. Every one is compared, each in the same time: how long it takes tells
    /// nothing.
    fn name_of(&self, token: &str) -> Option<Arc<str>> {
        if token.len() > MAX_TOKEN_BYTES {
            return None;
        }
        let digest: [u8; 32] = Sha256::digest(token).into();
        let found = self
            .0
            .iter()
            .fold(None, |found, entry| if bool::from(entry.digest.ct_eq(&digest)) { Some(&entry.name) } else { found });
        found.cloned()
    }
}

/// The line of a new token, without its end.
#[must_use]
pub fn token_line(name: &str, token: &str, made_at: &str) -> String {
    format!("{name} {} {made_at}", random::hexadecimal(&Sha256::digest(token)))
}

/// A new token: 256 random bits.
///
/// # Errors
/// The system has no random bytes to give.
pub fn new_token() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(format!("{TOKEN_PREFIX}{}", random::hexadecimal(&bytes)))
}

fn hash_of(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    let mut digest = [0; 32];
    if digits.len() != 64 {
        return None;
    }
    for (byte, pair) in digest.iter_mut().zip(digits.chunks(2)) {
        let pair = std::str::from_utf8(pair).ok().filter(|pair| pair.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(digest)
}

/// The tokens that count now; clones are handles of the same ones.
#[derive(Debug, Clone, Default)]
pub struct TokenStore(Arc<RwLock<Arc<Tokens>>>);

impl TokenStore {
    /// These tokens.
    #[must_use]
    pub fn new(tokens: Tokens) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(tokens))))
    }

    /// From now on these.
    pub fn replace(&self, tokens: Tokens) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(tokens);
    }

    pub(crate) fn name_of(&self, token: &str) -> Option<Arc<str>> {
        let tokens = Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner));
        tokens.name_of(token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_by_its_hash_and_nothing_else_is() {
        let (ana, rui) = (new_token().unwrap(), new_token().unwrap());
        let text =
            format!("# ours\n\n{}\n{}  # his\n", token_line("ana", &ana, "2026-08-21"), token_line("rui", &rui, ""));
        let tokens = Tokens::parse(&text).unwrap();
        assert!(!text.contains(&ana));
        assert_eq!(tokens.names().collect::<Vec<_>>(), [("ana", Some("2026-08-21")), ("rui", None)]);
        assert_eq!(tokens.name_of(&ana).as_deref(), Some("ana"));
        assert_eq!(tokens.name_of(&rui).as_deref(), Some("rui"));
        let long = "x".repeat(MAX_TOKEN_BYTES + 1);
        for wrong in ["", "ana", &ana[1..], &ana.to_uppercase(), &new_token().unwrap(), &long] {
            assert_eq!(tokens.name_of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_mistake_in_the_file_is_told_with_its_line() {
        let good = token_line("ana", "x", "");
        let text = format!("{good}\nana\n{good}\na/b {}\nrui 12\nrui {}zz\n", "0".repeat(64), "0".repeat(62));
        let mistakes = Tokens::parse(&text).unwrap_err();
        assert_eq!(mistakes.len(), 5, "{mistakes:#?}");
        assert!(mistakes[0].starts_with("line 2: ") && mistakes[1].contains("twice"), "{mistakes:#?}");
        assert_eq!(Tokens::parse("\n# nobody yet\n").unwrap().count(), 0);
    }

    #[test]
    fn the_tokens_that_count_are_the_last_ones() {
        let token = new_token().unwrap();
        let store = TokenStore::new(Tokens::parse(&token_line("ana", &token, "")).unwrap());
        let other = store.clone();
        assert_eq!(store.name_of(&token).as_deref(), Some("ana"));
        other.replace(Tokens::default());
        assert_eq!(store.name_of(&token), None);
    }
}
