//! Readers of public fuel-price feeds: files in, [`posto_market::ImportedStation`]s and a summary
//! of what was refused out.
//!
//! One module per feed, each told in the same four parts: where it comes from and its licence, how
//! it is read, how its fuels map, what it refuses. Nothing here knows the network or a clock; how a
//! record changes the book is `posto_market`'s `View::import`.

mod csv;
pub mod dados;
mod error;
pub mod italy;
mod json_array;
pub mod limits;
pub mod osm;
mod report;
mod table;

pub use error::FeedError;
pub use report::{Place, Reason, Skipped, Skips};

/// Every source with the words that its licence asks to be shown where its prices are.
pub fn attributions() -> impl Iterator<Item = (&'static str, &'static str)> {
    [(italy::SOURCE, italy::ATTRIBUTION)].into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_has_the_attribution_of_its_licence() {
        let known: Vec<_> = attributions().collect();
        assert_eq!(known, [("it", "Dati: MIMIT, Osservatorio prezzi carburanti, IODL 2.0")]);
    }
}
