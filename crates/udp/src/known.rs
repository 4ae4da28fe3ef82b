//! Servers that this process has heard speak v2: they are not asked in v1 any more, or whoever forges
//! one v1 SYN+ACK could take v2's promises away (PROTOCOL §8.1).

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use crate::limits::MAX_KNOWN_SERVERS;

static KNOWN: Mutex<Option<HashSet<SocketAddr>>> = Mutex::new(None);

/// Whether this server has been heard to speak v2.
pub(crate) fn speaks_v2(server: SocketAddr) -> bool {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner).as_ref().is_some_and(|known| known.contains(&server))
}

/// This server speaks v2.
pub(crate) fn heard_v2(server: SocketAddr) {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_with(HashSet::new);
    if known.len() < MAX_KNOWN_SERVERS {
        known.insert(server);
    }
}
