//! The client's limits: each with its reason and what happens at it.

use std::time::Duration;

/// How long a request may take when nobody says otherwise (PROTOCOL §6).
pub const REQUEST_PATIENCE: Duration = Duration::from_secs(5);

/// Sessions of a pool to one server. One v1 session has one request in the air; reads take tens of
/// microseconds, writes wait for a disk, so this many keep either busy.
pub const POOL_SESSIONS: usize = 16;

/// How long the pool tries to open a session for one request; the request then fails as
/// [`crate::ClientError::Silent`], and the next one tries again.
pub const POOL_CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// After a failed attempt to connect, further requests fail at once for this long: a dead server
/// costs each caller nothing.
pub const RECONNECT_PAUSE: Duration = Duration::from_millis(250);

/// Callers that may wait for a session of the pool; further ones fail as
/// [`crate::ClientError::Busy`].
pub const MAX_POOL_WAITERS: usize = 1_024;

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
