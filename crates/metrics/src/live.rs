//! What is measured as it happens.
//!
//! The names are constants of the program: one that Prometheus does not allow measures nothing,
//! which the test of the live page would show.

use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, Opts};

/// How often what happened, by labels.
#[derive(Debug, Clone)]
pub struct Counters(pub(crate) Option<IntCounterVec>);

impl Counters {
    /// Counts under this name, which ends in `_total`, by these labels.
    #[must_use]
    pub fn new(name: &str, help: &str, labels: &[&str]) -> Self {
        Self(IntCounterVec::new(Opts::new(name, help), labels).ok())
    }

    /// It happened once more; one value for each label. Each combination of values is kept for ever:
    /// they come from a small set, never from what a peer sends.
    pub fn count(&self, values: &[&str]) {
        if let Some(counter) = self.0.as_ref().and_then(|counters| counters.get_metric_with_label_values(values).ok()) {
            counter.inc();
        }
    }
}

/// How large something is each time it happens.
#[derive(Debug, Clone)]
pub struct Histogram(pub(crate) Option<prometheus::Histogram>);

impl Histogram {
    /// Measures under this name, which ends in its unit, with these upper bounds of its classes.
    #[must_use]
    pub fn new(name: &str, help: &str, bounds: &[f64]) -> Self {
        let options = HistogramOpts::new(name, help).buckets(bounds.to_vec());
        Self(prometheus::Histogram::with_opts(options).ok())
    }

    /// It happened, and was so large.
    pub fn observe(&self, value: f64) {
        if let Some(histogram) = &self.0 {
            histogram.observe(value);
        }
    }
}

/// How large something is each time it happens, by labels.
#[derive(Debug, Clone)]
pub struct Histograms(pub(crate) Option<HistogramVec>);

impl Histograms {
    /// Measures under this name, which ends in its unit, with these upper bounds of its classes, by
    /// these labels.
    #[must_use]
    pub fn new(name: &str, help: &str, bounds: &[f64], labels: &[&str]) -> Self {
        let options = HistogramOpts::new(name, help).buckets(bounds.to_vec());
        Self(HistogramVec::new(options, labels).ok())
    }

    /// It happened, and was so large; one value for each label, as [`Counters::count`].
    pub fn observe(&self, values: &[&str], value: f64) {
        let histogram = self.0.as_ref().and_then(|histograms| histograms.get_metric_with_label_values(values).ok());
        if let Some(histogram) = histogram {
            histogram.observe(value);
        }
    }
}
