//! A complete copy of the journal, made while a server goes on writing.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use crate::database::random_id;
use crate::directory;
use crate::error::BackupError;
use crate::following;
use crate::limits::BACKUP_STEP_PAGES;
use crate::readonly::{self, Journal};

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackedUp {
    /// Its size in bytes.
    pub bytes: u64,
}

/// What a backup is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copied {
    /// To go on where the original is, also in a replicated log that it follows.
    AsItIs,
    /// To be a book of its own, which follows nothing.
    Standalone,
}

/// How far a backup is, in pages of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Copied.
    pub copied: u64,
    /// Of so many.
    pub total: u64,
}

/// Copies the journal of a directory, as it is at this moment, into a file that a server can start
/// from when it is put into an empty directory as `posto.db`; where it follows a replicated log, a
/// further server of that log. The file appears whole and synced, or
/// not at all; with `force` it replaces what is there.
///
/// # Errors
/// [`BackupError`]. What was at `file` before is as it was.
///
/// While the copy is made the server's log cannot start anew, so that it grows by what is written.
pub fn backup(
    directory: &Path,
    (file, force): (&Path, bool),
    copied: Copied,
    progress: impl FnMut(Progress),
) -> Result<BackedUp, BackupError> {
    let journal = Journal::open(directory)?;
    let same = |other: &Path| Some(fs::canonicalize(other).ok()? == fs::canonicalize(file).ok()?);
    let beside = ["-wal", "-shm"].map(|suffix| readonly::with_suffix(&journal.path, suffix));
    if same(&journal.path) == Some(true) || beside.iter().any(|path| same(path) == Some(true)) {
        return Err(BackupError::Itself { path: file.to_owned() });
    }
    if !force && file.symlink_metadata().is_ok() {
        return Err(BackupError::Exists { path: file.to_owned() });
    }
    let part = part(file).map_err(|cause| BackupError::File { path: file.to_owned(), cause })?;
    let made = make(&journal, &part.path, copied, progress).and_then(|()| {
        part.replace(file, force).map_err(|cause| match cause.kind() {
            io::ErrorKind::AlreadyExists => BackupError::Exists { path: file.to_owned() },
            _ => BackupError::File { path: file.to_owned(), cause },
        })
    });
    made.map(|bytes| BackedUp { bytes })
}

/// Copies all pages of one moment. The open transaction holds that moment: without it each write of
/// the server would make the copy begin anew (<https://sqlite.org/c3ref/backup_finish.html>).
fn make(journal: &Journal, part: &Path, copied: Copied, mut progress: impl FnMut(Progress)) -> Result<(), BackupError> {
    let fail = |cause| BackupError::Copy { path: part.to_owned(), cause };
    let moment = journal.connection.unchecked_transaction().map_err(fail)?;
    moment.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())).map_err(fail)?;
    let mut copy = Connection::open(part).map_err(fail)?;
    // The finished file is synced as a whole; a half made one is deleted.
    copy.pragma_update(None, "synchronous", "OFF").map_err(fail)?;
    copy.pragma_update_and_check(None, "journal_mode", "OFF", |_| Ok(())).map_err(fail)?;
    let backup = Backup::new(&moment, &mut copy).map_err(fail)?;
    loop {
        let step = backup.step(BACKUP_STEP_PAGES).map_err(fail)?;
        let told = backup.progress();
        let total = u64::try_from(told.pagecount).unwrap_or(0);
        progress(Progress { copied: total.saturating_sub(u64::try_from(told.remaining).unwrap_or(0)), total });
        match step {
            StepResult::Done => break,
            StepResult::More => {}
            // Readers of the journal never wait: somebody else has opened the half made copy.
            _ => {
                let busy = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
                return Err(fail(rusqlite::Error::SqliteFailure(busy, None)));
            }
        }
    }
    drop(backup);
    if copied == Copied::Standalone {
        following::end(&copy, &random_id()?).map_err(fail)?;
    }
    copy.close().map_err(|(_, cause)| fail(cause))
}

/// The file while it is being made; deleted where it does not get its name.
struct Part {
    path: PathBuf,
}

fn part(file: &Path) -> io::Result<Part> {
    let invalid = || io::Error::new(io::ErrorKind::InvalidInput, "it is no name of a file");
    let mut name = OsString::from(".");
    name.push(file.file_name().ok_or_else(invalid)?);
    name.push(format!(".{}.part", std::process::id()));
    let path = file.with_file_name(name);
    File::create(&path)?;
    Ok(Part { path })
}

impl Part {
    /// Syncs the file, gives it its name and syncs that too; its size.
    fn replace(&self, file: &Path, force: bool) -> io::Result<u64> {
        let copy = File::open(&self.path)?;
        copy.sync_all()?;
        let bytes = copy.metadata()?.len();
        if !force && file.symlink_metadata().is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        fs::rename(&self.path, file)?;
        let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty());
        directory::sync(parent.unwrap_or(Path::new(".")))?;
        Ok(bytes)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // Gone already where it got its name.
        let _ = fs::remove_file(&self.path);
    }
}
