//! The gateway's limits: each with its reason and what happens at it.

use std::time::Duration;

/// How long a request may take in all (API, "One deadline per request"); `X-Deadline-Ms` shortens
/// it. At its end: 504.
pub const REQUEST_DEADLINE: Duration = Duration::from_secs(2);

/// Kept of the deadline for telling why there is no answer: the pool gives up this much earlier,
/// so that a silent server is a 503 `server-silent` and not a 504.
pub const ANSWER_MARGIN: Duration = Duration::from_millis(100);

/// How long `/readyz` waits for the server; then 503. Probes run every few seconds.
pub const READY_PATIENCE: Duration = Duration::from_secs(1);

/// Largest request body in bytes (API). A report has some hundred; more is a 413.
pub const MAX_BODY_BYTES: usize = 16 * 1024;

/// Requests answered at once. A request holds one session of the pool for tens of microseconds,
/// or a disk's sync; beyond this many, waiting would only turn into 504s: 503 `busy` at once.
pub const MAX_REQUESTS: usize = 512;

/// Connections open at once, each a file descriptor; further ones wait in the kernel's queue.
pub const MAX_CONNECTIONS: usize = 1_024;

/// How long a new connection may be silent before its first request; then it is closed. hyper's
/// own time-out starts only once it knows which HTTP version it reads.
pub const FIRST_REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a request's header may take, the pause before it on a kept connection included; then
/// the connection is closed.
pub const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a connection of any HTTP version may go without a request; then it is closed.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(60);

/// How long a stopping gateway waits for the requests that it is answering; then they are cut.
pub const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// Pause after a connection could not be accepted (out of file descriptors, mostly), so that the
/// loop does not spin.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Bytes of one HTTP/1 request line and header; more is a 431.
pub const MAX_HEADER_BYTES: usize = 32 * 1024;

/// Requests at once on one HTTP/2 connection; the peer is told and waits.
pub const MAX_STREAMS: u32 = 64;

/// Mistakes told in one answer; further ones are left out, the client has enough to do.
pub const MAX_FAULTS: usize = 32;

/// Characters of a bad value that its error repeats.
pub const MAX_SHOWN_CHARACTERS: usize = 64;

/// Shortest and longest `Idempotency-Key` (API): short ones would meet by chance.
pub const IDEMPOTENCY_KEY_BYTES: std::ops::RangeInclusive<usize> = 16..=64;

/// Longest `max_age` in seconds (PROTOCOL §7, `max_idade_s`): some 300 years.
pub const MAX_AGE_S: u64 = 10_000_000_000;

/// Largest file served from `--web-dir`, in bytes; a larger one is not found. The page's own
/// largest has 150 KB.
pub const MAX_PAGE_FILE_BYTES: u64 = 8 << 20;

/// Who may listen to events (`GET /events`) at once: each costs a connection and some kilobytes. A
/// further one is told 503 `busy`.
pub const MAX_LISTENERS: usize = 4_096;

/// Streams of events that go to one IPv4 address or IPv6 /64: a family behind one router, or an
/// office. A further one is told 503 `busy`.
pub const MAX_LISTENERS_PER_ADDRESS: usize = 64;

/// Changes kept for listeners, some 5 MB: as many may be missing when one comes back with
/// `Last-Event-ID`, and as far may a slow one fall behind. Whoever is further back gets a `resync`.
pub const EVENTS_KEPT: u64 = 8_192;

/// Changes that one listener takes from there at a time: it holds no more in memory.
pub const EVENTS_AT_ONCE: usize = 64;

/// How long a request for events waits until the watch on the server has begun; then 503
/// `server-silent`. Within the deadline of a request.
pub const EVENTS_PATIENCE: Duration = Duration::from_millis(1_800);

/// A stream of events without an event gets a comment this often: proxies and phones close
/// connections on which nothing comes for half a minute or more.
pub const HEARTBEAT: Duration = Duration::from_secs(15);

/// When a client comes back whose stream broke (`retry`).
pub const EVENTS_RETRY: Duration = Duration::from_secs(2);

/// The server is watched so long after the last listener has left: who comes back soon has missed
/// nothing, and a gateway without listeners costs the server nothing.
pub const WATCH_IDLE: Duration = Duration::from_secs(60);
