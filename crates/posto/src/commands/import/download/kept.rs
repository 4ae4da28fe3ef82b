//! What is remembered of a downloaded file, in `<file>.json` beside it.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::{Value, json};

/// Where a kept file came from and how its server named this version of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Kept {
    pub url: String,
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    /// The book (the identity of its journal) that has taken all of it.
    pub taken_by: Option<String>,
}

impl Kept {
    /// What is remembered of this file, if it is here and came from this address; else nothing,
    /// which means that it is fetched again.
    pub fn read(path: &Path, url: &str) -> Self {
        let remembered = Self::load(path).filter(|kept| kept.url == url && path.exists());
        remembered.unwrap_or_default()
    }

    /// Whether the server can be asked for what is newer only.
    pub const fn is_conditional(&self) -> bool {
        self.etag.is_some() || self.last_modified.is_some()
    }

    /// Remembers.
    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        let value = json!({
            "url": self.url,
            "etag": self.etag,
            "last_modified": self.last_modified,
            "taken_by": self.taken_by,
        });
        let beside = beside(path);
        let directory = path.parent().unwrap_or(Path::new("."));
        let whole = || {
            let mut file = tempfile::NamedTempFile::new_in(directory)?;
            writeln!(file, "{value:#}")?;
            file.persist(&beside).map_err(std::io::Error::from)
        };
        whole().map(drop).with_context(|| format!("cannot write {}", beside.display()))
    }

    pub fn note_taken(path: &Path, book: &str) -> anyhow::Result<()> {
        let Some(kept) = Self::load(path) else { return Ok(()) };
        Self { taken_by: Some(book.to_owned()), ..kept }.write(path)
    }

    fn load(path: &Path) -> Option<Self> {
        let text = std::fs::read(beside(path)).ok()?;
        let value: Value = serde_json::from_slice(&text).ok()?;
        let text = |name: &str| value.get(name)?.as_str().map(str::to_owned);
        Some(Self {
            url: text("url")?,
            etag: text("etag"),
            last_modified: text("last_modified"),
            taken_by: text("taken_by"),
        })
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".json");
    name.into()
}
