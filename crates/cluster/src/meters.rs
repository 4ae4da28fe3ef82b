//! What the cluster measures of itself.

use std::time::{Duration, Instant};

use posto_metrics::{Counters, Histogram, Scrape, float};

use crate::sequencer::Shared;

/// Upper bounds of the classes of acknowledgements in seconds: a node answers within a millisecond, an
/// election takes seconds.
const ACKNOWLEDGED: [f64; 12] = [0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.25, 1.0, 4.0, 16.0];

/// What is counted as it happens.
#[derive(Debug)]
pub(crate) struct Meters {
    attempts: Counters,
    acknowledged: Histogram,
    refused: Counters,
    consumers: Counters,
}

/// What became of one attempt to publish.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Attempt {
    /// The log has it now.
    Acknowledged,
    /// The log had a message of that name already.
    Duplicate,
    /// No word in time.
    TimedOut,
    /// The log refused it.
    Refused,
}

impl Meters {
    pub(crate) fn new() -> Self {
        let result = ["result"];
        Self {
            attempts: Counters::new("posto_cluster_publish_attempts_total", "Attempts to publish an entry", &result),
            acknowledged: Histogram::new(
                "posto_cluster_acknowledged_seconds",
                "Time from the first attempt to publish an entry to the stream's acknowledgement",
                &ACKNOWLEDGED,
            ),
            refused: Counters::new("posto_cluster_refused_total", "Entries not taken", &["reason"]),
            consumers: Counters::new("posto_cluster_consumers_total", "Consumers made to follow the stream", &["why"]),
        }
    }

    pub(crate) fn attempt(&self, attempt: Attempt) {
        self.attempts.count(&[match attempt {
            Attempt::Acknowledged => "acknowledged",
            Attempt::Duplicate => "duplicate",
            Attempt::TimedOut => "timed_out",
            Attempt::Refused => "refused",
        }]);
    }

    pub(crate) fn acknowledged(&self, after: Duration) {
        self.acknowledged.observe(after.as_secs_f64());
    }

    /// An entry was not taken: `at_once`, as the log is not there, or after its time was over.
    pub(crate) fn refused(&self, at_once: bool) {
        self.refused.count(&[if at_once { "at_once" } else { "too_late" }]);
    }

    /// A consumer was made: the first one, or as the one before had ended.
    pub(crate) fn consumer(&self, first: bool) {
        self.consumers.count(&[if first { "start" } else { "trouble" }]);
    }
}

impl Shared {
    /// Adds the figures of this moment.
    pub(crate) fn tell(&self, scrape: &mut Scrape) {
        let (meters, position) = (&self.meters, *self.applied.borrow());
        scrape.counters(&meters.attempts);
        scrape.counters(&meters.refused);
        scrape.counters(&meters.consumers);
        scrape.histogram(&meters.acknowledged);
        let now = self.standing.of(position, Instant::now());
        let yes = |is: bool| if is { 1.0 } else { 0.0 };
        scrape.gauge("posto_cluster_position", "Last message of the stream in this server's book", float(position));
        scrape.gauge(
            "posto_cluster_behind_messages",
            "Messages that the stream is known to have and this server has not executed",
            now.behind.map_or(f64::NAN, float),
        );
        let silent = now.silent_for.as_secs_f64();
        scrape.gauge("posto_cluster_silent_seconds", "How long nothing was heard of the stream", silent);
        scrape.gauge(
            "posto_cluster_caught_up",
            "Whether this server has caught up since its start (1)",
            yes(now.caught_up),
        );
        scrape.gauge("posto_cluster_writable", "Whether reports are taken (1)", yes(now.writable));
        scrape.count(
            "posto_cluster_waiting_entries",
            "Entries that wait for the stream or for their turn",
            self.in_flight.len(),
        );
        let figures = self.standing.figures();
        scrape.gauge("posto_cluster_stream_messages", "Messages in the stream", float(figures.messages));
        scrape.gauge("posto_cluster_stream_bytes", "Bytes of the stream, in one copy", float(figures.bytes));
        if let Some(most) = figures.max_bytes {
            let help = "Most bytes of the stream, where it is bounded: at them it takes no more reports";
            scrape.gauge("posto_cluster_stream_limit_bytes", help, float(most));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::{Notify, watch};

    use super::*;
    use crate::in_flight::InFlight;
    use crate::proposal::Instance;
    use crate::standing::{Figures, Standing};

    #[test]
    fn every_metric_that_the_alerts_and_the_dashboard_name_is_told() {
        let now = Instant::now();
        let shared = Shared {
            instance: Instance::of(1),
            in_flight: Arc::new(InFlight::default()),
            standing: Standing::new(now),
            meters: Meters::new(),
            applied: watch::channel(0).1,
            handed: watch::Sender::new(0),
            closed: watch::Sender::new(false),
            anew: Notify::new(),
        };
        shared.standing.heard(now, 1, Figures { messages: 1, bytes: 1, max_bytes: Some(2) });
        shared.meters.attempt(Attempt::TimedOut);
        shared.meters.refused(true);
        let mut scrape = Scrape::new();
        shared.tell(&mut scrape);
        let told = scrape.into_text();
        let alerts = include_str!("../../../data/ops/cluster/alerts.yml");
        let dashboard = include_str!("../../../data/ops/cluster/dashboard.json");
        let texts = [alerts, dashboard].join(" ");
        let words = texts.split(|character: char| !character.is_ascii_alphanumeric() && character != '_');
        let named: Vec<_> = words.filter(|word| word.starts_with("posto_cluster_")).collect();
        assert!(named.len() > 20, "{named:?}");
        for name in named {
            assert!(told.contains(&format!("\n{name}")), "{name} is not told:\n{told}");
        }
    }
}
