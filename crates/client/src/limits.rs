//! The client's limits: each with its reason and what happens at it.

use std::time::Duration;

/// How long a request may take when nobody says otherwise (PROTOCOL §6).
pub const REQUEST_PATIENCE: Duration = Duration::from_secs(5);

/// Sessions of a pool to one server at most. One v1 session has one request in the air; reads take
/// tens of microseconds, writes wait for a disk, so this many keep either busy. v2 needs far fewer.
pub const POOL_SESSIONS: usize = 16;

/// The most that may be asked for: more would only be more sockets.
pub const MAX_POOL_SESSIONS: usize = 32;

/// How long the pool tries to open a session for one request; the request then fails as
/// [`crate::ClientError::Silent`].
pub const POOL_CONNECT_TIMEOUT: Duration = Duration::from_millis(800);

/// After a failed attempt to connect, further requests fail at once for this long, for the same
/// reason: a dead server costs each caller nothing.
pub const RECONNECT_PAUSE: Duration = Duration::from_millis(250);

/// Pages of one list fetched at most: 200 stations, at least one a page.
pub const MAX_PAGES: usize = 200;

/// Parts of one map fetched at most: 500 cells, at least one a part.
pub const MAX_CELL_PARTS: usize = posto_market::limits::MAX_CELLS;

/// Prices of an imported record that go into one part, where the record is sent in parts: each is at
/// most 200 bytes long, and a datagram holds 1,024.
pub const PRICES_PER_PART: usize = 3;

/// Lengths, in characters, to which the names of an imported record are cut one after the other
/// until it fits into a datagram.
pub const SHORTER_LABELS: [usize; 3] = [40, 20, 8];

/// Time-outs in a row after which a server is left alone.
pub const BREAKER_TIMEOUTS: u32 = 5;

/// It is also left alone when this many percent …
pub const BREAKER_SHARE: u64 = 20;

/// … of at least this many requests …
pub const BREAKER_LEAST_REQUESTS: u64 = 20;

/// … timed out within this time.
pub const BREAKER_WINDOW: Duration = Duration::from_secs(10);

/// How long it is left alone the first time; doubled each time a probe fails.
pub const MIN_SHUT: Duration = Duration::from_secs(1);

/// How long it is left alone at most.
pub const MAX_SHUT: Duration = Duration::from_secs(60);

/// Retries allowed for each request, in all.
pub const RETRIES_PER_REQUEST: f64 = 0.2;

/// Retries allowed each second beside those.
pub const RETRIES_PER_SECOND: f64 = 10.0;

/// Retries saved up at most, those of ten quiet seconds: a server that dies takes with it all that is
/// in the air. Over it what failed is told as failed.
pub const RETRIES_AT_ONCE: f64 = 100.0;

/// How fast a slow answer is forgotten in the choice between servers: to 1/e in this time.
pub const LATENCY_DECAY: Duration = Duration::from_secs(10);

/// A server that owes answers and has said nothing for three retransmission time-outs, but at least
/// this long, is silent: further requests fail at once.
pub const LEAST_SILENCE: Duration = Duration::from_millis(500);

/// How often a silent server is asked whether it is back.
pub const PROBE_EVERY: Duration = Duration::from_millis(250);

/// How long such a probe waits.
pub const PROBE_PATIENCE: Duration = Duration::from_secs(1);

/// A v2 session with this many requests in the air gets company, as long as the pool may open more:
/// fewer would spread what could travel in one datagram.
pub const V2_BUSY: usize = 24;

/// Requests that one v2 session takes, in the air and waiting; over it, in all sessions, callers
/// fail as [`crate::ClientError::Busy`].
pub const V2_FULL: usize = 256;

/// The same of a v1 session, which has one in the air: who comes later would wait too long.
pub const V1_FULL: usize = 64;

/// How often a caller looks at most whether its server is silent.
pub const LEAST_LOOK: Duration = Duration::from_millis(10);

/// How long a watch lets the server wait for a change (PROTOCOL §7.18, `espera_ms`).
pub const WATCH_WAIT: Duration = Duration::from_secs(15);

/// How much longer than that a watch waits for the answer: a server that is gone is noticed by then.
pub const WATCH_PATIENCE: Duration = Duration::from_secs(3);

/// How long a watch tries to open its session at a time.
pub const WATCH_CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a watch waits after a failure before it asks again; doubled each time.
pub const WATCH_PAUSE: Duration = Duration::from_millis(100);

/// The longest such wait.
pub const MAX_WATCH_PAUSE: Duration = Duration::from_secs(5);

/// After a short answer a watch waits this long before it asks again, so that under load changes come
/// together instead of one by one: the most that a change is later for it.
pub const GATHERING_PAUSE: Duration = Duration::from_millis(20);

/// An answer with this many changes is no short one: more is likely to be there already.
pub const MANY_CHANGES: usize = 32;

/// Addresses of one name that count as servers of their own at most: a cluster has three or five. Further
/// ones are passed over.
pub const MAX_ADDRESSES: usize = 16;

/// How often names are looked up again: a server that was added or moved is found by then.
pub const LOOK_UP_EVERY: Duration = Duration::from_secs(30);

/// The same after a server did not answer: it may be somewhere else by now.
pub const LEAST_LOOK_UP_PAUSE: Duration = Duration::from_secs(2);

/// A server that was busy is asked the like of it so much later, or when it wishes, where there is another
/// one: who is behind the others or has no log to write to costs one caller in a while a little time.
pub const REST: Duration = Duration::from_millis(250);

/// The same of one that is behind, or does not hear of the log: that takes longer.
pub const REST_BEHIND: Duration = Duration::from_secs(1);

/// Where another one could be watched, a server that says nothing for so long is gone: two of the
/// questions that go to it each second were not answered.
pub const WATCH_SILENCE: Duration = Duration::from_millis(2_500);

/// How often a watch looks whether its server is silent, where another one could be watched.
pub const WATCH_LOOK: Duration = Duration::from_millis(100);
