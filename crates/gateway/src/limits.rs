//! The gateway's limits: each with its reason and what happens at it.

use std::time::Duration;

use crate::rates::Rate;

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

/// Connections open at once. An idle one costs some 4 KB before its first request and up to 32 KB after
/// it, most of it hyper's buffers (measured, debug build); with what answers may hold (below) that
/// stays about 200 MB. Beyond it those go that have waited longest, of the address that holds most; where
/// none waits the newcomer gets a 503.
pub const MAX_CONNECTIONS: usize = 4_096;

/// Connections of one address (IPv6: one /64), so that no one alone fills the house; a proxy in front
/// has thousands of users. Beyond it the address loses its own longest idle ones.
pub const MAX_CONNECTIONS_PER_ADDRESS: usize = 2_048;

/// Of the waiting connections that could go, the share that goes when there is no place left: looking
/// for them costs as much for one as for many.
pub const EVICTED_SHARE: usize = 16;

/// File descriptors kept for other things than connections: the journal, UDP sockets, the page.
pub const RESERVED_FILES: usize = 256;

/// How long a new connection may take to its first request, a TLS handshake and the header included;
/// then it is closed.
pub const FIRST_REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a connection may go without a request, that request's header included; then it is closed.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(60);

/// How long a peer may take none of the bytes that wait for it; then its connection is closed.
pub const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// Connections at once whose peer takes no bytes, each with up to [`MAX_HEADER_BYTES`] and
/// [`ANSWER_PIECE_BYTES`] in our buffers; beyond it those go that have taken none for longest.
pub const MAX_BLOCKED: usize = 512;

/// Bytes of answers that peers have not taken yet, of all connections together; beyond it the
/// connections go that hold most.
pub const MAX_UNSENT_BYTES: usize = 32 << 20;

/// What a compressed answer counts among the unsent: the compressor's own memory. An event stream,
/// which nobody compresses, keeps nothing.
pub const COMPRESSOR_BYTES: usize = 64 * 1024;

/// What an answer counts beyond its body: head and bookkeeping.
pub const ANSWER_OVERHEAD_BYTES: usize = 1_024;

/// Bytes of an answer handed to the connection at a time; the next ones follow when the peer took
/// them.
pub const ANSWER_PIECE_BYTES: usize = 8 * 1024;

/// Bytes that the kernel keeps for a connection each way. By itself it would keep megabytes for a peer
/// that reads nothing, and a few hundred of those take all the memory that it has for TCP: then it
/// resets the connections of everyone.
pub const SOCKET_BUFFER_BYTES: usize = 64 * 1024;

/// How often connections are looked through for those whose time is up.
pub const SWEEP_PERIOD: Duration = Duration::from_millis(100);

/// Bodies at once that have not arrived whole, each of up to [`MAX_BODY_BYTES`]; further ones get a 503.
/// A body has the time of its request (408 at [`REQUEST_DEADLINE`]), and takes no place of
/// [`MAX_REQUESTS`]: who sends slowly holds up no reader.
pub const MAX_BODIES: usize = 1_024;

/// The same of one address.
pub const MAX_BODIES_PER_ADDRESS: usize = 256;

/// How long a stopping gateway goes on serving, so that clients hear of it: `/readyz` says 503, answers
/// close their connection. It ends at once where nobody is connected.
pub const LEAVE_TIME: Duration = Duration::from_millis(500);

/// How long a stopping gateway waits for the requests that it is answering; then they are cut.
pub const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// Pause after a connection could not be accepted (out of file descriptors, mostly), so that the
/// loop does not spin.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Bytes of one HTTP/1 request line and header, more is a 431; and of one HTTP/2 header, more is a 431
/// or an end of the stream.
pub const MAX_HEADER_BYTES: usize = 16 * 1024;

/// Requests at once on one HTTP/2 connection; the peer is told and waits.
pub const MAX_STREAMS: u32 = 64;

/// HTTP/2 streams that a peer may have reset before they were looked at (rapid reset, CVE-2023-44487);
/// then the connection ends.
pub const MAX_RESET_STREAMS: usize = 20;

/// HTTP/2 streams that ended by the peer's own errors; then the connection ends.
pub const MAX_ERROR_STREAMS: usize = 64;

/// Bytes of bodies that an HTTP/2 peer may send ahead, on a stream and on its connection: the largest
/// body, and one for each of a few streams.
pub const STREAM_WINDOW_BYTES: u32 = 32 * 1024;

/// See [`STREAM_WINDOW_BYTES`].
pub const CONNECTION_WINDOW_BYTES: u32 = 128 * 1024;

/// Bytes of the shortest body that is compressed. A shorter one fits into one segment of TCP with its
/// header: compressing it costs time and saves nothing.
pub const MIN_COMPRESSED_BYTES: u64 = 1024;

/// How hard gzip and Brotli try, 1 to 9: at 4 both halve a list twice over in less time than it
/// takes to send; the hardest takes ten times as long for a tenth less.
pub const COMPRESSION_QUALITY: i32 = 4;

/// Mistakes told in one answer; further ones are left out, the client has enough to do.
pub const MAX_FAULTS: usize = 32;

/// Characters of a bad value that its error repeats.
pub const MAX_SHOWN_CHARACTERS: usize = 64;

/// Shortest and longest `Idempotency-Key` (API): short ones would meet by chance.
pub const IDEMPOTENCY_KEY_BYTES: std::ops::RangeInclusive<usize> = 16..=64;

/// Tokens in one file: each is compared with what a request shows, well under a microsecond.
pub const MAX_TOKENS: usize = 1_000;

/// Longest token read, in bytes; ours have 70. A longer one is a wrong one.
pub const MAX_TOKEN_BYTES: usize = 256;

/// Requests that ask the server, of one address (an IPv4 address, an IPv6 /64): a person who drags
/// the map about makes some five a second, and several may share an address. Beyond it: 429. Clients
/// on this machine are not limited, by this or the next one.
pub const READS: Rate = Rate::per_minute(1_200);

/// Reports without a token, of one address: the prices of several stations, read off one after the
/// other. Beyond it: 429.
pub const ANONYMOUS_WRITES: Rate = Rate::per_minute(30);

/// Reports with one token: a small feed that reports all it has now and then. Beyond it: 429.
pub const TOKEN_WRITES: Rate = Rate::per_minute(600);

/// How often the addresses are forgotten that have all of their share again.
pub const TIDY_RATES_EVERY: Duration = Duration::from_secs(10);

/// Addresses remembered, some 10 MB; where more are found then, networks (/16, /48) are counted as
/// one until there are fewer.
pub const MAX_RATE_KEYS: usize = 100_000;

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
