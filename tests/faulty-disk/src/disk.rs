//! The disk's memory: for each file what it holds now, what of that is synced, and what is not.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::random::Random;
use crate::{Fault, Survivors};

/// What a disk writes whole: a write may be torn only between two of these.
const SECTOR: usize = 512;

/// Why the disk refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No power, or a file opened before the last crash.
    Dead,
    /// No room.
    Full,
    /// The sync failed.
    NotSynced,
    /// No such file.
    Missing,
    /// A second connection.
    AlreadyOpen,
}

/// One power cycle of the disk; files opened in an earlier one are unusable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Cycle(u64);

#[derive(Debug, Default)]
pub(crate) struct Disk {
    files: BTreeMap<String, File>,
    operations: u64,
    fault: Option<Fault>,
    dead: bool,
    cycle: Cycle,
    /// The database that a connection has open.
    database: Option<String>,
}

#[derive(Debug, Default)]
struct File {
    /// Its bytes now; `None`: deleted.
    now: Option<Vec<u8>>,
    /// What a crash leaves for certain; `None`: no such file.
    synced: Option<Vec<u8>>,
    /// What makes `now` of `synced`.
    unsynced: Vec<Change>,
    /// A log or journal since its creation until its first sync, which syncs the directory too:
    /// so does SQLite's own VFS on Unix.
    syncs_directory: bool,
}

/// How far an operation came. A write that the crash interrupts may still have reached the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Whole,
    Interrupted,
}

#[derive(Debug, Clone)]
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Resize(usize),
}

impl Disk {
    pub(crate) fn break_with(&mut self, fault: Fault) {
        self.fault = Some(fault);
    }

    pub(crate) fn operations(&self) -> u64 {
        self.operations
    }

    pub(crate) fn has_crashed(&self) -> bool {
        self.dead
    }

    pub(crate) fn restart(&mut self, survivors: Survivors) {
        let mut random = match survivors {
            Survivors::Synced => None,
            Survivors::SomeUnsynced { seed } => Some(Random::new(seed)),
        };
        for file in self.files.values_mut() {
            file.crash(random.as_mut());
        }
        self.files.retain(|_, file| file.now.is_some());
        self.fault = None;
        self.dead = false;
        self.database = None;
        self.cycle = Cycle(self.cycle.0 + 1);
    }

    /// Opens a file, made empty where it is missing and `create` is set.
    pub(crate) fn open(&mut self, name: &str, create: bool, database: bool) -> Result<Cycle, Refusal> {
        self.alive(self.cycle)?;
        if database && self.database.is_some() {
            return Err(Refusal::AlreadyOpen);
        }
        if !self.exists(name)? {
            if !create {
                return Err(Refusal::Missing);
            }
            let file = self.files.entry(name.to_owned()).or_default();
            file.now = Some(Vec::new());
            file.unsynced.push(Change::Resize(0));
            file.syncs_directory = !database;
        }
        if database {
            self.database = Some(name.to_owned());
        }
        Ok(self.cycle)
    }

    pub(crate) fn close(&mut self, name: &str, cycle: Cycle) {
        if cycle == self.cycle && self.database.as_deref() == Some(name) {
            self.database = None;
        }
    }

    pub(crate) fn exists(&self, name: &str) -> Result<bool, Refusal> {
        self.alive(self.cycle)?;
        Ok(self.files.get(name).is_some_and(|file| file.now.is_some()))
    }

    /// Deletes a file; for good only where the directory is synced too.
    pub(crate) fn delete(&mut self, name: &str, sync_directory: bool) -> Result<(), Refusal> {
        self.operate(self.cycle)?.finish()?;
        let file = self.files.get_mut(name).filter(|file| file.now.is_some()).ok_or(Refusal::Missing)?;
        file.now = None;
        file.unsynced.clear();
        if sync_directory {
            file.synced = None;
        }
        Ok(())
    }

    pub(crate) fn size(&self, name: &str, cycle: Cycle) -> Result<usize, Refusal> {
        Ok(self.content(name, cycle)?.len())
    }

    /// Fills the buffer from `offset`; how much of it there was.
    pub(crate) fn read(&self, name: &str, cycle: Cycle, offset: usize, buffer: &mut [u8]) -> Result<usize, Refusal> {
        let rest = self.content(name, cycle)?.get(offset..).unwrap_or_default();
        let there = rest.len().min(buffer.len());
        let (filled, blank) = buffer.split_at_mut(there);
        filled.copy_from_slice(&rest[..there]);
        blank.fill(0);
        Ok(there)
    }

    pub(crate) fn write(&mut self, name: &str, cycle: Cycle, offset: usize, bytes: &[u8]) -> Result<(), Refusal> {
        self.change(name, cycle, Change::Write { offset, bytes: bytes.to_vec() })
    }

    pub(crate) fn resize(&mut self, name: &str, cycle: Cycle, size: usize) -> Result<(), Refusal> {
        self.change(name, cycle, Change::Resize(size))
    }

    pub(crate) fn sync(&mut self, name: &str, cycle: Cycle) -> Result<(), Refusal> {
        self.operate(cycle)?.finish()?;
        let fails = matches!(self.fault, Some(Fault::SyncFailsFrom(from)) if self.operations >= from);
        let file = self.files.get_mut(name).filter(|file| file.now.is_some()).ok_or(Refusal::Missing)?;
        let unsynced = std::mem::take(&mut file.unsynced);
        if fails {
            self.fault = None;
            return Err(Refusal::NotSynced);
        }
        let synced = file.synced.get_or_insert_default();
        unsynced.iter().for_each(|change| change.apply(synced));
        if std::mem::take(&mut file.syncs_directory) {
            self.files.retain(|_, file| file.now.is_some());
        }
        Ok(())
    }

    fn change(&mut self, name: &str, cycle: Cycle, change: Change) -> Result<(), Refusal> {
        let step = self.operate(cycle)?;
        let full = matches!(self.fault, Some(Fault::FullFrom(from)) if self.operations >= from);
        if full && matches!(change, Change::Write { .. }) {
            return Err(Refusal::Full);
        }
        let file = self.files.get_mut(name).ok_or(Refusal::Missing)?;
        change.apply(file.now.as_mut().ok_or(Refusal::Missing)?);
        file.unsynced.push(change);
        step.finish()
    }

    /// Counts an operation, at which the power may go.
    fn operate(&mut self, cycle: Cycle) -> Result<Step, Refusal> {
        self.alive(cycle)?;
        self.operations += 1;
        self.dead = matches!(self.fault, Some(Fault::CrashAt(at)) if self.operations >= at);
        Ok(if self.dead { Step::Interrupted } else { Step::Whole })
    }

    fn alive(&self, cycle: Cycle) -> Result<(), Refusal> {
        if self.dead || cycle != self.cycle { Err(Refusal::Dead) } else { Ok(()) }
    }

    fn content(&self, name: &str, cycle: Cycle) -> Result<&[u8], Refusal> {
        self.alive(cycle)?;
        self.files.get(name).and_then(|file| file.now.as_deref()).ok_or(Refusal::Missing)
    }
}

impl Step {
    fn finish(self) -> Result<(), Refusal> {
        if self == Self::Interrupted { Err(Refusal::Dead) } else { Ok(()) }
    }
}

impl File {
    /// Leaves what is synced and, with `random`, some of what is not.
    fn crash(&mut self, random: Option<&mut Random>) {
        if let Some(random) = random {
            if self.now.is_none() && random.one_in(2) {
                self.synced = None;
            }
            for change in std::mem::take(&mut self.unsynced) {
                if random.one_in(2) {
                    change.torn(random).apply(self.synced.get_or_insert_default());
                }
            }
        }
        self.unsynced.clear();
        self.now.clone_from(&self.synced);
    }
}

impl Change {
    fn apply(&self, content: &mut Vec<u8>) {
        match self {
            Self::Resize(size) => content.resize(*size, 0),
            Self::Write { offset, bytes } => {
                let place: Range<usize> = *offset..offset + bytes.len();
                if content.len() < place.end {
                    content.resize(place.end, 0);
                }
                content[place].copy_from_slice(bytes);
            }
        }
    }

    /// Once in four times only the first sectors of the write.
    fn torn(self, random: &mut Random) -> Self {
        match self {
            Self::Write { offset, mut bytes } if random.one_in(4) => {
                let sectors = u64::try_from(bytes.len() / SECTOR).unwrap_or(u64::MAX);
                let kept = usize::try_from(random.below(sectors + 1)).unwrap_or(usize::MAX);
                bytes.truncate(kept * SECTOR);
                Self::Write { offset, bytes }
            }
            whole => whole,
        }
    }
}

#[cfg(test)]
mod tests;
