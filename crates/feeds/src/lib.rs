//! Readers of public fuel-price feeds: files in, [`posto_market::ImportedStation`]s and a summary
//! of what was refused out.
//!
//! One module per feed, each told in the same four parts: where it comes from and its licence, how
//! it is read, how its fuels map, what it refuses. Nothing here knows the network or a clock; how a
//! record changes the book is `posto_market`'s `View::import`.

pub mod dados;
mod error;
pub mod italy;
pub mod limits;
mod report;
mod table;

pub use error::FeedError;
pub use report::{Place, Reason, Skipped, Skips};

/// The line that must be shown wherever prices of this source are (a station's
/// [`source`](posto_market::Station::source) label), as its licence asks; `None` for a source that
/// asks nothing or is not ours.
#[must_use]
pub fn attribution(source: &str) -> Option<&'static str> {
    match source {
        italy::SOURCE => Some(italy::ATTRIBUTION),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_known_source_has_an_attribution() {
        assert_eq!(attribution("it"), Some("Dati: MIMIT, Osservatorio prezzi carburanti, IODL 2.0"));
        assert_eq!(attribution("IT"), None);
        assert_eq!(attribution(""), None);
    }
}
