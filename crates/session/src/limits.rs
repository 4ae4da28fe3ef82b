//! The session layer's limits: each with its reason and what happens at it.

use std::time::Duration;

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
