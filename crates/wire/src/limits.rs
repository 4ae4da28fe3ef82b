//! The wire's limits: each with its reason and what happens at it.

/// Most bytes a v1 peer reads of a datagram (PROTOCOL §1); an answer that would be longer is
/// replaced by `resposta_grande` or given in parts.
pub const MAX_V1_DATAGRAM: usize = 1_024;

/// Most bytes read of any datagram: one Ethernet frame holds 1,200 whatever the path (RFC 9000
/// §14.1), and v1 peers send less. Longer ones are refused as [`crate::Refusal::TooLong`].
pub const MAX_DATAGRAM: usize = 1_200;

/// Bytes of an answer to a v1 peer around its `dados` at their longest: members, flags, a 16-digit
/// `ack` (its `seq` and `proxSeq` are 0).
pub const V1_PACKET_OVERHEAD: usize = 130;

/// Most bytes of encoded `dados` in an answer to a v1 peer.
pub const MAX_V1_DATA: usize = MAX_V1_DATAGRAM - V1_PACKET_OVERHEAD;

/// Deepest nesting of arrays and objects read (PROTOCOL §1): bounds the parser's recursion.
pub const MAX_DEPTH: usize = 8;

/// Largest magnitude of an integer (2^53, PROTOCOL §1): what every JSON reader keeps exactly.
pub const MAX_INTEGER: i64 = 1 << 53;

/// Longest request id (`pedido`) and report id (`id`) in bytes (PROTOCOL §7).
pub const MAX_ID_BYTES: usize = 64;

/// Characters of an unknown action that its error repeats (PROTOCOL §4).
pub const MAX_ECHOED_CHARACTERS: usize = 32;

/// Most results a list may ask for (`limite`, PROTOCOL §7).
pub const MAX_LIST: usize = posto_market::limits::MAX_RESULTS;

/// Deepest `zoom` of a map (PROTOCOL §7.14): what web maps have; a deeper one is refused.
pub const MAX_ZOOM: u8 = 22;

/// Results of a list that does not say how many.
pub const DEFAULT_LIST: usize = 20;
