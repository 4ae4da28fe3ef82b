//! The limits of the UDP driver: each with its reason and what happens at it.

use std::time::Duration;

/// Datagrams read from one socket before answers are sent and timers looked at: under load no
/// answer waits for more than this many requests.
pub const DATAGRAMS_PER_WAKE: usize = 64;

/// Nor for longer than this, looked at after every [`DATAGRAMS_PER_LOOK`] datagrams.
pub const TIME_PER_WAKE: Duration = Duration::from_micros(50);

/// Datagrams read between two looks at the clock.
pub const DATAGRAMS_PER_LOOK: usize = 8;

/// Receive buffer asked of the kernel, so that a burst survives one scheduling delay. The kernel
/// may grant less; what does not fit is lost, and repeated by its sender.
pub const RECEIVE_BUFFER_BYTES: usize = 4 << 20;

/// Bytes of a datagram that are read: one more than allowed, so that a longer one is seen as such.
pub const READ_BYTES: usize = posto_wire::limits::MAX_DATAGRAM + 1;

/// How long a stopping server waits for the requests that are being worked on.
pub const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// Session ports of `--session-ports BASE-END`: each costs a socket.
pub const MAX_SESSION_PORTS: usize = 1_024;

/// Requests that a client session takes from its askers before it sends: what is asked at the same
/// time travels together. As many may wait to be taken; further askers wait for room.
pub const MAX_ASKS_PER_WAKE: usize = 64;

/// Servers of which this process remembers that they speak v2. Those beyond it are asked anew each
/// time.
pub const MAX_KNOWN_SERVERS: usize = 1_024;

/// Workers of one server, each with a socket of its own: more would only share the cores.
pub const MAX_WORKERS: usize = 64;

/// How long a stopping server goes on answering its v2 sessions, so that what crosses its "going
/// away" on the wire is answered too.
pub const DRAIN_LINGER: Duration = Duration::from_millis(250);

/// How often the datagrams that the kernel dropped are looked up.
pub const KERNEL_DROPS_EVERY: Duration = Duration::from_secs(10);
