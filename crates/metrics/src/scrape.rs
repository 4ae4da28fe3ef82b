//! All figures of one moment, written out.

use prometheus::core::Collector;
use prometheus::proto::{LabelPair, Metric, MetricFamily};
use prometheus::{Counter, CounterVec, Gauge, GaugeVec, Opts, TextEncoder};

use crate::live::{Counters, Histogram, Histograms};

/// The media type of [`Scrape::into_text`].
pub const TEXT_FORMAT: &str = prometheus::TEXT_FORMAT;

/// Whether a figure may sink.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It only grows while the process lives; its name ends in `_total`.
    Counter,
    /// It may do both.
    Gauge,
}

/// All figures of one moment.
#[derive(Debug, Default)]
pub struct Scrape {
    families: Vec<MetricFamily>,
}

impl Scrape {
    /// No figures yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a count.
    pub fn counter(&mut self, name: &str, help: &str, value: u64) {
        let counter = Counter::with_opts(Opts::new(name, help));
        self.add(counter.inspect(|counter| counter.inc_by(float(value))));
    }

    /// Adds a figure that may sink.
    pub fn gauge(&mut self, name: &str, help: &str, value: f64) {
        let gauge = Gauge::with_opts(Opts::new(name, help));
        self.add(gauge.inspect(|gauge| gauge.set(value)));
    }

    /// The same for how many there are of something.
    pub fn count(&mut self, name: &str, help: &str, value: usize) {
        self.gauge(name, help, float(u64::try_from(value).unwrap_or(u64::MAX)));
    }

    /// Adds one figure for each row of label values.
    pub fn rows<'a>(
        &mut self,
        (kind, name, help): (Kind, &str, &str),
        labels: &[&str],
        rows: impl IntoIterator<Item = (Vec<&'a str>, f64)>,
    ) {
        match kind {
            Kind::Counter => {
                let family = CounterVec::new(Opts::new(name, help), labels);
                self.add(family.inspect(|family| {
                    for (values, value) in rows {
                        if let Ok(counter) = family.get_metric_with_label_values(&values) {
                            counter.inc_by(value.max(0.0));
                        }
                    }
                }));
            }
            Kind::Gauge => {
                let family = GaugeVec::new(Opts::new(name, help), labels);
                self.add(family.inspect(|family| {
                    for (values, value) in rows {
                        if let Ok(gauge) = family.get_metric_with_label_values(&values) {
                            gauge.set(value);
                        }
                    }
                }));
            }
        }
    }

    /// Adds what was measured as it happened.
    pub fn histogram(&mut self, histogram: &Histogram) {
        self.extend(histogram.0.as_ref());
    }

    /// The same, by labels.
    pub fn histograms(&mut self, histograms: &Histograms) {
        self.extend(histograms.0.as_ref());
    }

    /// Adds what was counted as it happened.
    pub fn counters(&mut self, counters: &Counters) {
        self.extend(counters.0.as_ref());
    }

    /// Adds what Prometheus wants to know of every process, under its own names: processor time,
    /// memory, open files, threads, the time it started. Linux only.
    pub fn process(&mut self) {
        #[cfg(target_os = "linux")]
        self.extend(Some(&prometheus::process_collector::ProcessCollector::for_self()));
    }

    /// The figures as text, sorted by name and by the values of their labels.
    #[must_use]
    pub fn into_text(mut self) -> String {
        self.families.sort_by(|one, other| one.name().cmp(other.name()));
        // A family without figures (nothing happened yet) is none to Prometheus.
        self.families.retain(|family| !family.get_metric().is_empty());
        for family in &mut self.families {
            family.mut_metric().sort_by(|one, other| labels(one).cmp(labels(other)));
        }
        TextEncoder::new().encode_to_string(&self.families).unwrap_or_default()
    }

    fn add<C: Collector>(&mut self, collector: prometheus::Result<C>) {
        debug_assert!(collector.is_ok(), "a name that Prometheus does not allow: {:?}", collector.err());
        self.extend(collector.ok().as_ref());
    }

    fn extend(&mut self, collector: Option<&impl Collector>) {
        self.families.extend(collector.into_iter().flat_map(Collector::collect));
    }
}

fn labels(metric: &Metric) -> impl Iterator<Item = &str> {
    metric.get_label().iter().map(LabelPair::value)
}

/// A count as Prometheus' numbers are: a double, exact to 2^53.
#[must_use]
pub fn float(value: u64) -> f64 {
    let (high, low) = (value >> 32, value & u64::from(u32::MAX));
    let half = |half: u64| f64::from(u32::try_from(half).unwrap_or(u32::MAX));
    half(high) * 4_294_967_296.0 + half(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_with_help_type_and_labels_sorted_by_name() {
        let mut scrape = Scrape::new();
        scrape.counter("posto_b_total", "Of b", 7);
        scrape.gauge("posto_a", "Of a", 0.5);
        let rows = [(vec!["x\"y"], 1.0), (vec!["z"], 2.0)];
        scrape.rows((Kind::Gauge, "posto_c", "Of c"), &["who"], rows);
        let expected = "# HELP posto_a Of a\n# TYPE posto_a gauge\nposto_a 0.5\n\
                        # HELP posto_b_total Of b\n# TYPE posto_b_total counter\nposto_b_total 7\n\
                        # HELP posto_c Of c\n# TYPE posto_c gauge\nposto_c{who=\"x\\\"y\"} 1\nposto_c{who=\"z\"} 2\n";
        assert_eq!(scrape.into_text(), expected);
    }

    #[test]
    fn what_never_happened_is_left_out_and_what_did_is_counted_in_its_class() {
        let (asked, took) =
            (Counters::new("asked_total", "Asked", &["by"]), Histogram::new("took_seconds", "Took", &[1.0]));
        let mut scrape = Scrape::new();
        scrape.counters(&asked);
        assert_eq!(scrape.into_text(), "");
        asked.count(&["me"]);
        took.observe(0.5);
        took.observe(2.0);
        let mut scrape = Scrape::new();
        scrape.counters(&asked);
        scrape.histogram(&took);
        let text = scrape.into_text();
        for line in
            ["asked_total{by=\"me\"} 1", "took_seconds_bucket{le=\"1\"} 1", "took_seconds_bucket{le=\"+Inf\"} 2"]
        {
            assert!(text.lines().any(|found| found == line), "{line}: {text}");
        }
    }

    #[test]
    fn large_counts_keep_their_value() {
        assert_eq!([0, 1, 1 << 32, (1 << 53) - 1].map(float), [0.0, 1.0, 4_294_967_296.0, 9_007_199_254_740_991.0]);
    }
}
