//! The wire's limits: each with its reason and what happens at it.

use std::time::Duration;

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

/// Longest name of a token (`origem`, PROTOCOL §5.5): people type it, and it goes with every report.
pub const MAX_TOKEN_NAME: usize = 32;

/// Longest origin that an operator names (`origem` of `X`, PROTOCOL §7.20) in characters: an IPv6 address
/// with its level, and more than a token's or a feed's name has.
pub const MAX_ORIGIN_CHARACTERS: usize = 80;

/// Characters of an unknown action that its error repeats (PROTOCOL §4).
pub const MAX_ECHOED_CHARACTERS: usize = 32;

/// Most results a list may ask for (`limite`, PROTOCOL §7).
pub const MAX_LIST: usize = posto_market::limits::MAX_RESULTS;

/// Deepest `zoom` of a map (PROTOCOL §7.14): what web maps have; a deeper one is refused.
pub const MAX_ZOOM: u8 = 22;

/// Results of a list that does not say how many.
pub const DEFAULT_LIST: usize = 20;

/// Fewest bytes of a pre-shared key (PROTOCOL §5): as many as the hash has. A shorter one is refused.
pub const MIN_PSK_BYTES: usize = 32;

/// Most bytes of one v2 frame as it is written: a datagram less the session and the MAC that close
/// it. A longer request is refused, a longer answer goes in fragments.
pub const MAX_FRAME: usize = MAX_DATAGRAM - 82;

/// Most bytes of an answer's JSON text in v2 (PROTOCOL §5); a longer one is `resposta_grande`.
pub const MAX_V2_DATA: usize = 65_536;

/// Most bytes of one part of a long answer, as it is written: a frame less its other members.
pub const MAX_SLICE: usize = MAX_FRAME - 118;

/// Most parts of an answer: 64 KiB of nothing but quotation marks. One of more is no answer.
pub const MAX_FRAGMENTS: u16 = 256;

/// Most bytes of a request's `dados` as JSON text in v2: a frame less its other members at their
/// longest. A longer one is refused by our client.
pub const MAX_V2_REQUEST: usize = MAX_FRAME - 195;

/// Longest that a `W` may wait for a change (`espera_ms`, PROTOCOL §7): a dead path is noticed by then.
/// A longer one is refused.
pub const MAX_WAIT: Duration = Duration::from_secs(20);
