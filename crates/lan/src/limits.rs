//! The limits of the local network: each with its reason and what happens at it.

use std::time::Duration;

/// Most bytes of a datagram: one Ethernet frame holds them. A longer one is refused on both sides.
pub const MAX_DATAGRAM: usize = 1_200;

/// Most characters of a name; a longer one is refused.
pub const MAX_USER_CHARACTERS: usize = 40;

/// Most characters of a remark; a longer one is refused.
pub const MAX_DATA_CHARACTERS: usize = 280;

/// Remarks a second of one sender: a receiver passes over those beyond, a sender waits. So many may
/// come at once after a pause.
pub const REMARKS_PER_SECOND: u32 = 5;

/// Prices a second that a server tells: an import of a whole country does not fill the network. Those
/// beyond are not told.
pub const PRICES_PER_SECOND: u32 = 20;

/// Senders whose rate a receiver keeps: at the limit it forgets all of them and begins anew, so that
/// forged addresses take no memory.
pub const MAX_SENDERS: usize = 1_024;

/// Hops of a datagram: it does not leave the network.
pub const TTL: u32 = 1;

/// How long a server is looked for.
pub const FIND_PATIENCE: Duration = Duration::from_secs(3);
