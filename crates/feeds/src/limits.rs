//! The readers' limits: each with its reason and what happens at it.

use std::time::Duration;

/// Longest line of a feed's table, in bytes. The longest one measured in Italy's files has 362; a
/// file with a longer one is something else and is refused ([`crate::FeedError::LineTooLong`])
/// before it fills the memory.
pub const MAX_LINE_BYTES: usize = 16 * 1024;

/// How many refused records of each reason are kept as examples; the others are only counted.
pub const MAX_EXAMPLES: usize = 3;

/// Longest excerpt of a feed in an example or an error, in characters; the rest is cut.
pub const MAX_EXCERPT_CHARACTERS: usize = 200;

/// How many different fuel names are counted one by one. Italy's file has 59; those beyond the
/// limit are counted together under [`OTHER_NAMES`].
pub const MAX_FUEL_NAMES: usize = 500;

/// The name under which fuels beyond [`MAX_FUEL_NAMES`] are counted.
pub const OTHER_NAMES: &str = "…";

/// Longest element of a feed's JSON or XML, in bytes: the outline of a large filling station with
/// its tags has some thousands. A longer one is refused ([`crate::FeedError::LineTooLong`]) before
/// it fills the memory.
pub const MAX_ELEMENT_BYTES: usize = 1024 * 1024;

/// Longest text kept of those before the array of a feed's JSON, in bytes: the time of an answer or
/// its message fit. A longer one is passed over.
pub const MAX_HEADER_BYTES: usize = 1024;

/// How many such texts are kept; those after them are passed over.
pub const MAX_HEADERS: usize = 16;

/// How deeply JSON and XML may be nested; no feed has more than 8. A deeper file is refused
/// ([`crate::FeedError::Corrupt`]) before it fills the stack.
pub const MAX_NESTING: usize = 64;

/// How many nodes of OpenStreetMap are remembered for the ways that may consist of them, some 50
/// bytes each. A way of later ones is refused: it should be asked for with its `center`.
pub const MAX_HELD_NODES: usize = 1_000_000;

/// How many ways of OpenStreetMap wait for nodes that may come after them; later ones are refused.
pub const MAX_WAITING_WAYS: usize = 50_000;

/// How far a station of OpenStreetMap may be from a known one to be taken for it, in metres. Of 239
/// in Friuli that tell their number, 95 % are within 30 m of the register's place; at 50 m none is
/// taken for another, at 75 m one. Farther ones are not joined.
pub const MAX_ENRICH_METRES: f64 = 50.0;

/// How far ahead of our clock a report's time may be: clocks differ by minutes at most. A later one
/// is refused, since it would stay the newest until then.
pub const MAX_AHEAD: Duration = Duration::from_secs(5 * 60);

/// How much of a file is looked at to tell which one it is, in bytes: the headings of every feed and
/// its first records are within.
pub const MAX_BEGINNING_BYTES: usize = 8 * 1024;

/// Longest `dados.json`, in bytes: some 600,000 records; the original system had nine. A longer one is
/// refused ([`crate::FeedError::LineTooLong`]), since it is read as a whole.
pub const MAX_DADOS_BYTES: usize = 64 * 1024 * 1024;
