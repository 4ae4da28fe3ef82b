//! Readers of public fuel-price feeds: files in, [`posto_market::ImportedStation`]s and a summary
//! of what was refused out.
//!
//! One module per feed, each told in the same four parts: where it comes from and its licence, how
//! it is read, how its fuels map, what it refuses; [`all`] lists them, and all are read alike
//! ([`Feed::sort`], [`Feed::read`]). Nothing here knows the network or a clock; how a record changes
//! the book is `posto_market`'s `View::import`.

mod address;
pub mod brazil;
mod clock;
mod csv;
pub mod dados;
mod error;
mod feed;
pub mod france;
pub mod germany;
pub mod italy;
mod json_array;
pub mod limits;
mod metered;
pub mod osm;
pub mod posto_csv;
pub mod posto_geojson;
mod report;
mod sanity;
pub mod spain;
mod summary;
mod table;
mod week;

pub use error::FeedError;
pub use feed::{Address, Feed, FeedFile, FeedRecord, Input, Inputs, Pages, Records, Terms};
pub use report::{Place, Reason, Skipped, Skips};
pub use sanity::Country;
pub use summary::{FileRows, Summary, SummaryLine};

/// Every feed, in the order in which they are told.
#[must_use]
pub fn all() -> &'static [&'static Feed] {
    static ALL: &[&Feed] = &[
        &italy::FEED,
        &spain::FEED,
        &germany::FEED,
        &france::FEED,
        &brazil::FEED,
        &osm::FEED,
        &dados::FEED,
        &posto_csv::FEED,
        &posto_geojson::FEED,
    ];
    ALL
}

/// The feed of this name (`italy`).
#[must_use]
pub fn named(slug: &str) -> Option<&'static Feed> {
    all().iter().copied().find(|feed| feed.slug == slug)
}

/// Every source with the words that its licence asks to be shown where its prices are.
pub fn attributions() -> impl Iterator<Item = (&'static str, &'static str)> {
    all().iter().filter_map(|feed| Some((feed.source?, feed.attribution?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_has_the_attribution_of_its_licence() {
        let known: Vec<_> = attributions().collect();
        assert_eq!(known.first(), Some(&("it", "Dati: MIMIT, Osservatorio prezzi carburanti, IODL 2.0")));
        for feed in all() {
            assert_eq!(named(feed.slug).map(|known| known.slug), Some(feed.slug), "names are unique");
            assert!(feed.attribution.is_some() || feed.source.is_none(), "{}", feed.slug);
        }
    }
}
