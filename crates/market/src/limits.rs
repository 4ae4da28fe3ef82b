//! The market's limits: each with its reason and what happens at it.

use std::time::Duration;

/// Highest price in thousandths (999.999 of the currency). PROTOCOL §4; `Price` cannot hold more.
pub const MAX_PRICE_THOUSANDTHS: u32 = 999_999;

/// Largest useful radius in km: half the Earth's circumference, rounded up. PROTOCOL §4: a larger
/// radius is clamped to it, as no station can be farther.
pub const MAX_RADIUS_KM: f64 = 20_016.0;

/// Most stations one search returns. PROTOCOL §7 (`limite`): a larger wish is refused at the wire.
pub const MAX_RESULTS: usize = 200;

/// Age up to which a price counts as fresh when a search sets no `max_idade_s`. PROTOCOL §7.
pub const FRESH_FOR: Duration = Duration::from_secs(30 * 24 * 3600);

/// Longest station name, brand, address or source in characters: keeps one record within a v1
/// datagram (1,024 bytes, PROTOCOL §1). [`crate::Label`] cuts longer text.
pub const MAX_LABEL_CHARACTERS: usize = 80;

/// Longest opening hours in bytes: every day of the week with two ranges of its own fits, and a
/// station still fits into one datagram (PROTOCOL §7.13). A longer text is no
/// [`crate::OpeningHours`].
pub const MAX_HOURS_BYTES: usize = 200;

/// Longest station id in bytes; a longer one is no [`crate::StationId`].
pub const MAX_STATION_ID_BYTES: usize = 64;

/// Farthest, in km, that a reporter's position may be from the station meant (`raio_m`).
/// PROTOCOL §7 gives 50 m as our clients' value; beyond 1 km it is no longer "here".
pub const MAX_REPORT_RADIUS_KM: f64 = 1.0;

/// Longest coordinates text in bytes (PROTOCOL §4); longer is no position.
pub const MAX_COORDINATES_BYTES: usize = 64;

/// Most cells of one map (PROTOCOL §7, command `M`): what a phone draws smoothly.
pub const MAX_CELLS: usize = 500;
