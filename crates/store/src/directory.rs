//! The data directory: made durable, and locked against a second server.

use std::env;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process;

use crate::error::OpenError;
use crate::limits::MAX_HOLDER_BYTES;

pub(crate) const DATABASE: &str = "posto.db";
const LOCK: &str = "posto.lock";

/// A directory that this process alone works in, until this is dropped.
#[derive(Debug)]
pub(crate) struct LockedDirectory {
    path: PathBuf,
    _lock: File,
}

impl LockedDirectory {
    pub(crate) fn open(path: &Path) -> Result<Self, OpenError> {
        make(path).map_err(|cause| OpenError::Directory { path: path.to_owned(), cause })?;
        let lock = lock(path)?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// The journal's file in it.
    pub(crate) fn database(&self) -> PathBuf {
        self.path.join(DATABASE)
    }
}

/// Makes the directory; what holds its name is synced, or a crash could take it away whole.
fn make(path: &Path) -> io::Result<()> {
    let path = std::path::absolute(path)?;
    let missing = path.ancestors().take_while(|ancestor| !ancestor.exists()).count();
    fs::create_dir_all(&path)?;
    path.ancestors().skip(1).take(missing).try_for_each(sync)
}

#[cfg(unix)]
pub(crate) fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// Elsewhere directories cannot be synced, and need not.
#[cfg(not(unix))]
pub(crate) fn sync(_: &Path) -> io::Result<()> {
    Ok(())
}

/// The lock goes with the process, however that ends; the file stays and says who had it last.
fn lock(directory: &Path) -> Result<File, OpenError> {
    let fail = |cause| OpenError::Directory { path: directory.to_owned(), cause };
    let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(directory.join(LOCK));
    let mut file = opened.map_err(fail)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(OpenError::InUse { path: directory.to_owned(), holder: holder(&mut file) });
        }
        Err(TryLockError::Error(cause)) => return Err(fail(cause)),
    }
    let described = file.set_len(0).and_then(|()| file.write_all(describe_self().as_bytes()));
    described.map_err(fail)?;
    Ok(file)
}

fn describe_self() -> String {
    let program = env::current_exe().ok().and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
    format!("process {} ({})\n", process::id(), program.as_deref().unwrap_or("posto"))
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let read = file.take(MAX_HOLDER_BYTES).read_to_string(&mut text);
    match (read, text.trim()) {
        (Ok(_), holder) if !holder.is_empty() => holder.to_owned(),
        _ => "another process".to_owned(),
    }
}
