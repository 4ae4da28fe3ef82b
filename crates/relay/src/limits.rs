//! The limits of the relay: each with its reason and what happens at it.

use std::time::Duration;

/// Bytes that wait before a link of limited rate, in each direction: what a home router holds. A
/// datagram that finds no room is lost ([`crate::Loss::QueueFull`]).
pub const QUEUE_BYTES: u64 = 64 << 10;

/// Datagrams on their way through one link, of both directions, whatever their delay: at 1,200
/// bytes each some 80 MB. A datagram more is lost ([`crate::Loss::QueueFull`]).
pub const MAX_ON_THE_WAY: usize = 65_536;

/// Longest of any one delay, so that no sum of times overflows. A longer one counts as this.
pub const MAX_DELAY: Duration = Duration::from_secs(3600);

/// How long a datagram held back waits for another to overtake it. Then it goes on all the same:
/// the last one of a conversation is late, not lost.
pub const HOLD_BACK: Duration = Duration::from_millis(100);

/// Clients of one relay, each with a socket and 64 KiB to read into. One more takes the place of
/// the one that has been silent longest, whose late answers are lost, as behind a full NAT.
pub const MAX_CLIENTS: usize = 256;

/// Server ports that a relay stands in for, each by a port of its own; with the clients' sockets
/// fewer than the 1,024 open files that a process usually may have. Answers from further ports are
/// lost.
pub const MAX_SERVER_PORTS: usize = 512;

/// Datagrams read and not yet looked at. Beyond it they wait in the kernel, and are lost there.
pub const MAX_READ: usize = 1_024;

/// Datagrams taken in before those that are due go out, so that a flood delays nothing for long.
pub const DATAGRAMS_PER_WAKE: usize = 64;

/// Bytes of a datagram that are read: all that UDP carries.
pub const READ_BYTES: usize = 65_535;
