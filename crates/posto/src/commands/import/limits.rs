//! The import's limits: each with its reason and what happens at it.

use std::time::Duration;

/// Records in the air at once. Measured with Italy on two cores, niced, beside 16 clients that search as
/// fast as they can: with 16 in the air their p99 was 1.2 to 2.6 times that without an import, with 8 1.4 to
/// 1.7, with 4 1.0 to 1.3; the import took 4.9, 5.5 and 7.7 s. Fewer make it slow where the server is far
/// away.
pub const SESSIONS: usize = 8;

/// How much less of a busy processor an import takes than who searches there (`nice`): 10 is a tenth.
pub const NICENESS: i32 = 10;

/// How long one record may take, a server restart included; then the import ends with an error.
pub const PATIENCE: Duration = Duration::from_secs(15);

/// Refused rows, in percent of those read, from which an import ends with exit code 3.
pub const MANY_SKIPPED_PERCENT: usize = 5;

/// Wrappings taken off one file: a zip archive sent with gzip has two. What is still packed then is
/// refused.
pub const MAX_LAYERS: usize = 3;

/// Files taken from one zip archive: a year of monthly files, with room. An archive of more is
/// refused.
pub const MAX_ARCHIVE_FILES: usize = 64;

/// What one archived file may unpack to, in bytes. The largest feed known unpacks to 60 MB; a longer
/// one is refused before it fills the disk.
pub const MAX_UNPACKED: u64 = 2 << 30;

/// What one download may be, in bytes: the largest feed known has 40 MB. A longer one is refused
/// before it fills the disk.
pub const MAX_DOWNLOAD: u64 = 1 << 30;

/// How often a download is tried before it has failed: enough for a server that restarts.
pub const ATTEMPTS: u32 = 4;

/// How long to wait before the second attempt; each further one waits twice as long.
pub const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// Longest pause between two attempts, also where the server asks for a longer one (`Retry-After`):
/// then the download has failed, and `--watch` comes again later.
pub const MAX_PAUSE: Duration = Duration::from_secs(60);

/// How long a server may take to accept a connection.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a server may take to begin its answer: ministries' servers put it together first.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(120);

/// Redirections followed for one file; at more the download has failed.
pub const MAX_REDIRECTIONS: u32 = 5;

/// Shortest interval of `--watch` towards a feed's own address: feeds are renewed every few minutes
/// at most, and their servers are others'. A shorter one is refused.
pub const MIN_WATCH: Duration = Duration::from_secs(60);

/// How long one question may take: the counts of the server, or one station.
pub const ASK_PATIENCE: Duration = Duration::from_secs(5);

/// How long a server may be silent in the middle of a file; the attempt has failed then.
pub const SILENCE_TIMEOUT: Duration = Duration::from_secs(60);

/// How long one attempt may take in all; it has failed then.
pub const DOWNLOAD_TIMEOUT: Duration = Duration::from_secs(15 * 60);

/// Lanes of one replay, each with one record in the air.
pub const LANES: usize = SESSIONS;

/// Pages fetched of one feed: Brazil's register has some 45,000 retailers, a hundred or more on each.
/// At more the download has failed: the server never says that it has no more.
pub const MAX_PAGES: u32 = 2_000;

/// Pause between two pages: others ask the same server.
pub const PAGE_PAUSE: Duration = Duration::from_millis(100);
