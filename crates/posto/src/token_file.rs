//! The file of tokens: read by a gateway, written by `posto token`. It holds names and hashes, and is
//! its owner's alone all the same.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use posto_gateway::{Tokens, new_token, token_line};
use posto_wire::time;

/// The tokens in this file.
///
/// # Errors
/// The file cannot be read, or every mistake in it.
pub fn read(path: &Path) -> anyhow::Result<Tokens> {
    let text = std::fs::read_to_string(path).with_context(|| {
        format!("cannot read the tokens in {}; `posto token new NAME --tokens FILE` makes the first", path.display())
    })?;
    parse(path, &text)
}

fn parse(path: &Path, text: &str) -> anyhow::Result<Tokens> {
    Tokens::parse(text).map_err(|mistakes| anyhow!("{}: {}", path.display(), mistakes.join("; ")))
}

/// Adds a token of this name, in a file that is made where there is none.
///
/// # Errors
/// The name is there already, or the file cannot be read and written.
pub fn add(path: &Path, name: &str) -> anyhow::Result<String> {
    let mut options = OpenOptions::new();
    let (mut file, text) = open(path, options.read(true).append(true).create(true).mode(0o600))?;
    if parse(path, &text)?.has(name) {
        bail!("{}: there is a token named {name} already; `posto token revoke {name}` takes it back", path.display());
    }
    let token = new_token().context("no random bytes from the system")?;
    let line = token_line(name, &token, &time::format(posto_store::system_clock()));
    let separator = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    let written = file.write_all(format!("{separator}{line}\n").as_bytes()).and_then(|()| file.sync_all());
    written.with_context(|| format!("cannot write {}", path.display()))?;
    Ok(token)
}

/// Takes the token of this name out; all else in the file stays.
///
/// # Errors
/// There is none, or the file cannot be read and written.
pub fn remove(path: &Path, name: &str) -> anyhow::Result<()> {
    let path = path.canonicalize().with_context(|| format!("cannot read {}", path.display()))?;
    let (file, text) = open(&path, OpenOptions::new().read(true))?;
    if !parse(&path, &text)?.has(name) {
        bail!("{}: there is no token named {name}", path.display());
    }
    let kept = text.lines().filter(|line| line.split_whitespace().next() != Some(name));
    let kept: String = kept.flat_map(|line| [line, "\n"]).collect();
    replace(&path, &file, &kept).with_context(|| format!("cannot write {}", path.display()))
}

/// In one step: a gateway that reads it meanwhile sees the old file or the new one.
fn replace(path: &Path, old: &File, text: &str) -> std::io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.set_permissions(old.metadata()?.permissions())?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&beside, path)
}

/// Opens the file for this process alone, and reads it.
fn open(path: &Path, options: &OpenOptions) -> anyhow::Result<(File, String)> {
    let opened = || loop {
        let mut file = options.open(path)?;
        file.lock()?;
        // Whoever had it before may have put another one into its place.
        if file.metadata()?.ino() == std::fs::metadata(path)?.ino() {
            let mut text = String::new();
            file.read_to_string(&mut text)?;
            return Ok::<_, std::io::Error>((file, text));
        }
    };
    opened().with_context(|| format!("cannot open {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn tokens_are_added_and_taken_back_and_all_else_stays() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("tokens");
        let ana = add(&path, "ana").unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!std::fs::read_to_string(&path).unwrap().contains(&ana), "only its hash is kept");
        std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"# ours").unwrap();
        assert_ne!(add(&path, "rui").unwrap(), ana);
        let refused = add(&path, "ana").unwrap_err().to_string();
        assert!(refused.contains("already"), "{refused}");
        assert_eq!(read(&path).unwrap().count(), 2);
        remove(&path, "ana").unwrap();
        assert!(remove(&path, "ana").unwrap_err().to_string().contains("no token named ana"));
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("# ours\nrui ") && text.lines().count() == 2, "{text}");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!directory.path().join("tokens.new").exists());
    }

    #[test]
    fn a_file_that_is_none_of_tokens_is_told_and_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("tokens");
        std::fs::write(&path, "something else here today\n").unwrap();
        assert!(add(&path, "ana").unwrap_err().to_string().contains("line 1"));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "something else here today\n");
        assert!(read(&directory.path().join("none")).unwrap_err().to_string().contains("posto token new"));
    }
}
