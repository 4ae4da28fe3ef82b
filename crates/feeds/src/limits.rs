//! The readers' limits: each with its reason and what happens at it.

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
