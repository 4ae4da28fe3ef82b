//! The server's limits: each with its reason and what happens at it.

use std::num::NonZeroU32;
use std::time::Duration;

/// A station takes at least this many bytes of an answer's JSON text: no more are searched for one
/// part of a list than that part can hold.
pub const LEAST_STATION_BYTES: usize = 72;

/// A past price takes at least this many bytes: no more are read for one part of a history.
pub const LEAST_PRICE_BYTES: usize = 85;

/// Lengths, in characters, to which names are cut one after the other until an answer fits. A
/// character outside ASCII takes six bytes on the wire.
pub const SHORTER_LABELS: [usize; 5] = [usize::MAX, 40, 20, 8, 4];

/// How far the time of an imported price may be ahead of the server's clock, since clocks differ a
/// little. A price from further ahead is refused (`parametro_invalido`): no later report would
/// replace it until then.
pub const MAX_AHEAD: Duration = Duration::from_secs(5 * 60);

/// Reports a minute of one address (an IPv4 address, an IPv6 /64) with `--open-writes limited`: the
/// prices of several stations, one after the other; as many as the gateway takes. More are refused
/// (`muitos_relatos`).
pub const ANONYMOUS_REPORTS: NonZeroU32 = match NonZeroU32::new(30) {
    Some(count) => count,
    None => NonZeroU32::MIN,
};

/// How often the addresses are forgotten that have all of their share again.
pub const TIDY_GUESTS_EVERY: Duration = Duration::from_secs(10);

/// Refusals are logged at most this often, with what was counted meanwhile: an attacker does not
/// fill the disk.
pub const REFUSAL_LOG_PAUSE: Duration = Duration::from_secs(1);

/// Stations a reporter is given to choose from: what fits into an answer is fewer still.
pub const MAX_CANDIDATES: usize = 12;

/// A change of a price takes at least this many bytes of an answer's JSON text: no more are looked up
/// for one answer than it can hold.
pub const LEAST_CHANGE_BYTES: usize = 96;

/// Who waits for changes at once: each is a gateway or another program that shares what it hears, so
/// this is many. A further one is told to come again (`busy`; in v1 `ocupado`).
pub const MAX_WAITING: usize = 1_024;

/// The same of one IPv4 address or IPv6 /64: nobody takes the places of all.
pub const MAX_WAITING_PER_HOST: usize = 64;

/// Longest that a read waits for what its asker has seen elsewhere: servers of a group are milliseconds
/// apart, and one that is seconds behind is told from the others by refusing (`atrasado`).
pub const MAX_CATCH_UP: Duration = Duration::from_secs(2);

/// The same for an asker who does not say how long they wait, which in v1 nobody can: short enough for a
/// gateway to go elsewhere.
pub const V1_CATCH_UP: Duration = Duration::from_millis(500);

/// A server that has heard nothing of its log for so long says so beside every answer to a read: the log
/// is heard of several times a second where all is well.
pub const OUT_OF_TOUCH: Duration = Duration::from_secs(2);
