//! The session layer's limits: each with its reason and what happens at it.

use std::time::Duration;

pub use crate::bucket::Rate;

/// Sessions of one server (PROTOCOL §5). At the limit the longest-silent one goes, if it has been
/// silent for [`EVICTABLE_AFTER`]; else a SYN is answered with a text and no session.
pub const MAX_SESSIONS: usize = 65_536;

/// Sessions of one IPv4 address or IPv6 /64 (PROTOCOL §5): one host cannot take the whole table.
/// At the limit its SYN is answered with a text and no session.
pub const MAX_SESSIONS_PER_HOST: u32 = 256;

/// A session this long silent may go when the table is full. Shorter would let a burst of SYNs end
/// sessions in use.
pub const EVICTABLE_AFTER: Duration = Duration::from_secs(30);

/// A v1 session lives this long without a datagram: a person may think at the prompt (PROTOCOL §3).
pub const V1_SILENCE: Duration = Duration::from_secs(3600);

/// Answers kept for repeats in a v1 session (PROTOCOL §4); the oldest goes.
pub const REMEMBERED_REQUESTS: usize = 32;

/// Requests being worked on in all sessions together (PROTOCOL §5); a further one is dropped, and
/// its sender repeats it.
pub const MAX_REQUESTS_IN_FLIGHT: usize = 10_000;

/// A cookie older than this is refused (PROTOCOL §3, after QUIC Retry tokens, RFC 9000 §8.1.3).
pub const COOKIE_LIFETIME: Duration = Duration::from_secs(15);

/// Ended sessions whose cookies are refused while they live. At the limit the oldest goes, and with
/// it every cookie made before that one: more is refused, never less.
pub const MAX_ENDED: usize = 131_072;

/// Retransmissions that v1 makes before it gives a request up (PROTOCOL §3).
pub const V1_RETRANSMISSIONS: u32 = 5;

/// A v1 client gives up opening after this much silence (PROTOCOL §3: 50 × 0.5 s).
pub const V1_CONNECT_TIMEOUT: Duration = Duration::from_secs(25);

/// How often an opening client says that it is still trying (PROTOCOL §3).
pub const CONNECT_NOTICE: Duration = Duration::from_secs(5);

/// Times a client repeats its handshake ACK when the server does not know its session yet; then the
/// session is lost. Each is one round trip; where 30 % are lost, and with them stragglers that say
/// the same again, fewer end sessions that the server would take (`tests/sim`).
pub const MAX_REPEATED_ACKS: u32 = 8;

/// Times a request is sent again to a server that seems to have forgotten the session; then the
/// session is lost. It is how many late copies of "unknown session" one request survives, and how
/// many round trips it takes to notice that a server has started again.
pub const MAX_DOUBTS: u32 = 3;

/// Requests that may wait in one client session; a further one fails at once.
pub const MAX_WAITING_REQUESTS: usize = 256;

/// How long a v2 session may be silent (PROTOCOL §5); the client's own wish may be shorter. Then it
/// is forgotten, and the client opens another when it asks again.
pub const V2_IDLE: Duration = Duration::from_secs(30);

/// A client may wish for no shorter silence than this: shorter ones would end sessions under a
/// blackout of a few seconds.
pub const V2_LEAST_IDLE: Duration = Duration::from_secs(1);

/// Requests of a v2 session in the air at once, as the server tells it (PROTOCOL §5).
pub const V2_WINDOW: u32 = 32;

/// The most that `window` may be told (PROTOCOL §5).
pub const MAX_WINDOW: u32 = 256;

/// Numbers that a v2 session may span: a request at `base` + this or above is ignored.
pub const V2_SPAN: u64 = 256;

/// The least that a client's own window shrinks to (PROTOCOL §5).
pub const V2_LEAST_WINDOW: u32 = 4;

/// Bytes of answers kept in one v2 session until its client says that it has them; over it,
/// requests are answered `busy`.
pub const MAX_REPLY_BYTES: usize = 1 << 20;

/// The same of all sessions of one worker together: many sessions that fetch nothing do not take the
/// machine's memory. Over it, requests of every session are answered `busy` until answers are
/// fetched or their sessions end.
pub const MAX_REPLY_BYTES_IN_ALL: usize = 256 << 20;

/// A request that takes longer is announced (PROTOCOL §5), so that its client stops repeating it.
pub const EARLY_ACK_AFTER: Duration = Duration::from_millis(10);

/// How often a client asks after a request that was announced.
pub const PROBE_EVERY: Duration = Duration::from_secs(1);

/// What `busy` tells a client to wait: long enough for a queue of this server to shrink.
pub const BUSY_RETRY: Duration = Duration::from_millis(100);

/// SYNs of one IPv4 address or IPv6 /64 (PROTOCOL §5); over it they are dropped and counted.
/// Loopback is not counted: its sessions are this machine's own.
pub const SYN_RATE: Rate = Rate { per_second: 50.0, burst: 100.0 };

/// Buckets for [`SYN_RATE`]: fixed, so that a forged address costs no memory.
pub const SYN_BUCKETS: usize = 4_096;

/// Resets of all sessions together (PROTOCOL §5); over it there is silence.
pub const RESET_RATE: Rate = Rate { per_second: 5_000.0, burst: 500.0 };

/// Resets of one session (PROTOCOL §5): one each 100 ms.
pub const SESSION_RESET_RATE: Rate = Rate { per_second: 10.0, burst: 1.0 };

/// Buckets for [`SESSION_RESET_RATE`], shared by the sessions that fall on them.
pub const RESET_BUCKETS: usize = 4_096;

/// Datagrams whose seals a client remembers, to know a reset that answers one of them.
pub const REMEMBERED_SEALS: usize = 512;

/// Times a client says FIN without being answered.
pub const MAX_FINS: u32 = 3;

/// A client waits this long before it opens its session again when the last one opened was not
/// answered either; doubled each time.
pub const REOPEN_PAUSE: Duration = Duration::from_millis(50);

/// The longest such wait.
pub const MAX_REOPEN_PAUSE: Duration = Duration::from_secs(1);

/// Parts of one answer that a client asks for at once.
pub const MAX_MISSING: usize = 64;

/// Attempts of one request whose moment is remembered: an answer to an older one is no round-trip
/// sample.
pub const REMEMBERED_ATTEMPTS: usize = 16;
