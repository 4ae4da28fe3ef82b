//! What is counted, as Prometheus reads it (text format 0.0.4).
//!
//! What already counts itself is asked at the moment of a [`Scrape`]; what must be measured as it
//! happens goes into a [`Histogram`] or [`Counters`], which cost some tens of nanoseconds. Names are
//! Prometheus': seconds, bytes, `_total` for what only grows.

mod live;
mod scrape;

use std::fmt;

pub use live::{Counters, Histogram, Histograms};
pub use scrape::{Kind, Scrape, TEXT_FORMAT, float};

/// Something that has figures to tell.
pub trait Source: fmt::Debug + Send + Sync {
    /// Adds its figures, as they are now.
    fn tell(&self, scrape: &mut Scrape);
}
