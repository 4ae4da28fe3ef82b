//! The journal's limits: each with its reason and what happens at it.

use std::time::Duration;

/// Most entries in one transaction. Measured: from a batch of 32 on the sync no longer dominates;
/// 256 keeps what one failed batch takes with it, and the wait of its first entry, short. More that
/// is queued waits for the next batch.
pub const MAX_BATCH: usize = 256;

/// Most entries waiting. PROTOCOL §5: a server works on at most 10,000 requests at once, so a full
/// queue means that the disk has fallen behind by all of them. A further one is refused with
/// [`crate::SubmitError::Busy`].
pub const MAX_QUEUED: usize = 10_000;

/// How long a report's id is remembered. PROTOCOL §5, "across sessions and restarts"; after it the
/// same id means a new report.
pub const REMEMBER_IDS_FOR: Duration = Duration::from_secs(24 * 3600);

/// Longest id of a report in bytes: as `pedido`, PROTOCOL §7. A longer one is no
/// [`crate::ReportId`].
pub const MAX_ID_BYTES: usize = 64;

/// Most outdated ids forgotten in one transaction: twice a batch, so that forgetting keeps up with
/// remembering and yet never holds up a batch. The rest waits for the next one.
pub const MAX_IDS_FORGOTTEN: usize = 2 * MAX_BATCH;

/// Pages (of 4 KiB) in the write-ahead log at which it is copied into the database. 16 MiB: the
/// copy delays one batch in some thousands by tens of milliseconds, and start-up after a crash
/// reads a log of about that size.
pub const CHECKPOINT_PAGES: u32 = 4096;

/// How long the writer waits for somebody who holds the file's write lock (a person in the `sqlite3`
/// shell). After it the batch is refused with [`crate::JournalError::Locked`]; the journal goes on.
pub const LOCK_WAIT: Duration = Duration::from_secs(2);

/// Memory for pages of the database, in KiB: reports of one batch touch the index at as many places
/// as they have stations, and 32 MiB hold the index of about a million reports. Beyond it SQLite
/// reads pages again.
pub const PAGE_CACHE_KIB: i64 = 32 * 1024;

/// How much, in bytes, is read of what the holder of a directory's lock says of itself: it is shown
/// in one line of an error. The rest is left out.
pub const MAX_HOLDER_BYTES: u64 = 256;
