//! The limits of the UDP driver: each with its reason and what happens at it.

use std::time::Duration;

/// Datagrams read from one socket before answers are sent and timers looked at: under load no
/// answer waits for more than this many requests.
pub const DATAGRAMS_PER_WAKE: usize = 64;

/// Receive buffer asked of the kernel, so that a burst survives one scheduling delay. The kernel
/// may grant less; what does not fit is lost, and repeated by its sender.
pub const RECEIVE_BUFFER_BYTES: usize = 4 << 20;

/// Bytes of a datagram that are read: one more than allowed, so that a longer one is seen as such.
pub const READ_BYTES: usize = posto_wire::limits::MAX_DATAGRAM + 1;

/// How long a stopping server waits for the requests that are being worked on.
pub const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// Session ports of `--session-ports BASE-END`: each costs a socket.
pub const MAX_SESSION_PORTS: usize = 1_024;
