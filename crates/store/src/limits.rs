//! The journal's limits: each with its reason and what happens at it.

use std::time::Duration;

/// Most entries in one transaction. Measured: from a batch of 32 on the sync no longer dominates;
/// 256 keeps what one failed batch takes with it, and the wait of its first entry, short. More that
/// is queued waits for the next batch.
pub const MAX_BATCH: usize = 256;

/// Most entries of a replicated log in one transaction: with a batch of 256 a server that is behind would
/// spend a third of its time on syncs. Nobody waits long for the first one of it: as many are executed in
/// some twenty milliseconds.
pub const MAX_BATCH_FOLLOWED: usize = 1024;

/// Most entries waiting. PROTOCOL §5: a server works on at most 10,000 requests at once, so a full
/// queue means that the disk has fallen behind by all of them. A further one is refused with
/// [`crate::SubmitError::Busy`].
pub const MAX_QUEUED: usize = 10_000;

/// How long a report's id is remembered. PROTOCOL §5, "across sessions and restarts"; after it the
/// same id means a new report.
pub const REMEMBER_IDS_FOR: Duration = Duration::from_secs(24 * 3600);

/// Most reports of the history that are not indexed yet (`indexing.rs`): a question about past prices
/// reads through them, about a millisecond. At it they are indexed between two batches; with ten
/// thousand stations they share some hundred pages then, instead of taking a page each.
pub const MAX_UNINDEXED: i64 = 8192;

/// With fewer reports waiting to be indexed than these an idle writer leaves them alone: reading
/// through them costs less than the sync.
pub const INDEX_WHEN_IDLE: i64 = 512;

/// Longest id of a report in bytes: as `pedido`, PROTOCOL §7. A longer one is no
/// [`crate::ReportId`].
pub const MAX_ID_BYTES: usize = 64;

/// How long a price from a feed, a token or the key is protected from reporters for whom nobody
/// vouches (API, `--open-writes limited`), and how long such a report waits for a second one.
pub const PROTECTED_FOR: Duration = Duration::from_secs(3600);

/// How far two reporters' prices may be apart, in hundredths of the higher one, to say the same:
/// a sign read a moment later may have changed by a cent, and not by a tenth.
pub const AGREEMENT_PERCENT: u32 = 1;

/// Most reports that wait for a second one, some 400 KB of the file. Beyond it the oldest is forgotten: its
/// reporter is asked to report again.
pub const MAX_CLAIMS: i64 = 4096;

/// Most that wait about one price of one station: of so many different ones none is worth more. The
/// oldest is forgotten.
pub const MAX_CLAIMS_PER_PRICE: i64 = 8;

/// Past prices of a fuel at a station that are gone through for one that is protected. With more of
/// them within the hour all of them count as protected.
pub const MAX_LOOKED_BACK: i64 = 256;

/// Most outdated ids forgotten in one transaction: twice a batch, so that forgetting keeps up with
/// remembering and yet never holds up a batch. The rest waits for the next one.
pub const MAX_IDS_FORGOTTEN: usize = 2 * MAX_BATCH;

/// After so many entries of a replicated log outdated ids are forgotten: always at the same entries, so
/// that the files of its servers stay the same. As many entries remember at most half of
/// [`MAX_IDS_FORGOTTEN`].
pub const FORGET_IDS_EVERY: u64 = 256;

/// How far back an operator's act reaches in the history that servers of a replicated log have in
/// common: a price that is older, and not the last of its fuel at its station, is neither withdrawn nor
/// current again. Each of them keeps its history at least as long, whatever longer it is told to, so
/// that they come to the same. A server alone reaches as far back as its history.
pub const ACTS_REACH: Duration = Duration::from_secs(30 * 24 * 3600);

/// Most prices that one order of an operator withdraws: they are one transaction, during which reports
/// wait, for about a second. An order for more is refused; one for a later time takes fewer.
pub const MAX_WITHDRAWN: usize = 200_000;

/// Most flags of users about one station that nobody has looked at: more say nothing new. A further
/// one is thanked for and not kept.
pub const MAX_FLAGS_OF_STATION: i64 = 50;

/// Most flags of one origin that nobody has looked at: nobody meets more wrong stations. Likewise.
pub const MAX_FLAGS_OF_ORIGIN: i64 = 100;

/// Most flags in all that nobody has looked at: a few megabytes, and more than an operator reads.
/// Likewise.
pub const MAX_FLAGS: i64 = 20_000;

/// Most origins, acts and groups of flags in one answer: as [`MAX_PAST_PRICES`].
pub const MAX_LISTED: usize = 200;

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

/// Most questions about past prices waiting. Each is answered in well under a millisecond, so that
/// a full queue is a second's worth. A further one is refused with [`crate::HistoryError::Busy`].
pub const MAX_QUESTIONS: usize = 1_000;

/// Most past prices in one answer: as the most stations of a search, PROTOCOL §7 (`limite`). A
/// query that wants more gets these.
pub const MAX_PAST_PRICES: usize = 200;

/// Old rows of the history looked at in one idle moment: a report that comes meanwhile waits for
/// one sync and as many look-ups, some milliseconds. The rest waits for the next idle moment.
pub const PRUNE_ROWS: u32 = 500;

/// How long the writer must have been idle before it tidies up (indexes reports, looks at old rows),
/// and how long it leaves the old rows alone between two steps: reports that come one after another
/// are not held up by each step.
pub const PRUNE_PAUSE: Duration = Duration::from_millis(20);

/// How often the history is gone through for old rows, from the first one on. A row may live that
/// much longer than it is kept.
pub const PRUNE_EVERY: Duration = Duration::from_secs(3600);

/// Pages (of 4 KiB) that a backup copies between two tellings of its progress: 4 MiB.
pub const BACKUP_STEP_PAGES: i32 = 1024;

/// Up to so many reports for each station the whole history is read at start-up, one page after the
/// other; with more of them the current ones alone, found by the index, wherever they lie: to look a
/// row up costs as much as to pass over several.
pub const READ_WHOLE_UP_TO: i64 = 16;

/// Stations and prices that start-up hands from the thread that reads to the one that builds at once.
pub const LOADED_AT_ONCE: usize = 1024;

/// How many times as many wait between the two at most: some 10 MB. Then reading waits.
pub const LOADED_AHEAD: usize = 64;

/// Changes of prices kept in memory for those who wait for them: some 8 MB, and more than a whole
/// national feed brings in one import. Who asks for older ones is told to look anew
/// ([`crate::News::changes`] is `None`).
pub const MAX_TAIL: usize = 1 << 16;

/// So many of the last changes are read at start-up, about a millisecond: who listened when the server
/// was ended, or ended itself, misses none of what was written last.
pub const TAIL_AT_START: usize = 1024;
