//! A disk for SQLite that forgets at a crash whatever was not synced: what `posto-store` is tested
//! on. Its memory of bytes is `disk.rs` (safe code); `vfs.rs` shows it to SQLite.
//!
//! This is the only crate of the workspace with `unsafe`. SQLite reaches files through a table of C
//! functions (a "VFS", <https://sqlite.org/vfs.html>), and such functions cannot be written without
//! raw pointers. It is used by tests alone and is no part of the program; every unsafe block is in
//! `vfs.rs` and says why it holds. The crate `sqlite-plugin` would hide them, but its build needs
//! libclang.
//!
//! One connection at a time may have a database of it open: locks are not played.

mod disk;
mod random;
mod vfs;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use disk::Disk;

pub use random::Random;

/// The name under which SQLite knows these disks: what a connection is opened with.
pub const VFS: &str = "posto-faulty-disk";

/// What goes wrong. Operations are the writes, truncations, syncs and deletions since the disk was
/// mounted, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// At this operation the power goes: it and everything after it, reads too, fails until
    /// [`FaultyDisk::restart`].
    CrashAt(u64),
    /// From this operation on there is no room: every write fails with `SQLITE_FULL`.
    FullFrom(u64),
    /// The first sync from this operation on fails, and, as on Linux, what it should have written
    /// never reaches the disk: later syncs succeed without it.
    SyncFailsFrom(u64),
}

/// What of the unsynced a crash leaves on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Survivors {
    /// Nothing: only what was synced.
    Synced,
    /// Some of the unsynced writes, chosen by the seed, a few of them torn between sectors: a real
    /// disk writes what it holds in any order.
    SomeUnsynced {
        /// Repeats the choice.
        seed: u64,
    },
}

/// A disk mounted on a directory's name. Files that SQLite opens below that directory through
/// [`VFS`] live on it, in memory; the real directory is not touched.
#[derive(Debug)]
pub struct FaultyDisk {
    disk: Arc<Mutex<Disk>>,
}

impl FaultyDisk {
    /// An empty disk without faults, on this directory until it is dropped.
    #[must_use]
    pub fn mount(directory: impl Into<PathBuf>) -> Self {
        let disk = Arc::new(Mutex::new(Disk::default()));
        vfs::mount(directory.into(), &disk);
        Self { disk }
    }

    /// What goes wrong from now on, in place of what was to go wrong.
    pub fn break_with(&self, fault: Fault) {
        self.lock().break_with(fault);
    }

    /// How many operations there have been.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.lock().operations()
    }

    /// Whether a [`Fault::CrashAt`] has struck.
    #[must_use]
    pub fn has_crashed(&self) -> bool {
        self.lock().has_crashed()
    }

    /// The power goes (if it has not yet) and returns: the unsynced is lost but for the survivors,
    /// faults are gone, and files that were open stay unusable.
    pub fn restart(&self, survivors: Survivors) {
        self.lock().restart(survivors);
    }

    fn lock(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
