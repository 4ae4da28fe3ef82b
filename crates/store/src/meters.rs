//! What the journal measures of itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use posto_metrics::{Histogram, Scrape, Source};

use crate::journal::Journal;
use crate::limits::MAX_QUEUED;

/// Upper bounds of the classes of batches: doublings up to the largest batch.
const BATCHES: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// Upper bounds of the classes of commits in seconds: a good disk syncs in 100 µs, a bad one in 50 ms.
const COMMITS: [f64; 12] = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0];

/// What the writer measures; clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Meters {
    /// Entries of each batch.
    pub(crate) batch: Histogram,
    /// Seconds that each commit took, its sync included.
    pub(crate) commit: Histogram,
    /// The last place of the history that is durable.
    position: Arc<AtomicI64>,
}

impl Meters {
    pub(crate) fn new(position: i64) -> Self {
        Self {
            batch: Histogram::new("posto_journal_batch_entries", "Entries written in one transaction", &BATCHES),
            commit: Histogram::new("posto_journal_commit_seconds", "Time of one commit with its sync", &COMMITS),
            position: Arc::new(AtomicI64::new(position)),
        }
    }

    pub(crate) fn durable(&self, position: i64) {
        self.position.store(position, Ordering::Relaxed);
    }
}

impl Source for Journal {
    fn tell(&self, scrape: &mut Scrape) {
        let meters = self.meters();
        scrape.histogram(&meters.batch);
        scrape.histogram(&meters.commit);
        scrape.count("posto_journal_queue_entries", "Entries waiting for the writer", self.queued());
        scrape.count("posto_journal_queue_limit_entries", "Most entries that may wait", MAX_QUEUED);
        let position = usize::try_from(meters.position.load(Ordering::Relaxed)).unwrap_or(0);
        scrape.count("posto_journal_position", "Number of the last durable entry of the history", position);
        let failed = usize::from(self.failure().is_some());
        scrape.count(
            "posto_journal_failed",
            "Whether the journal stopped by itself (1) and nothing more is stored",
            failed,
        );
        let counts = self.book().counts();
        scrape.count("posto_book_stations", "Stations in the book", counts.stations);
        scrape.count("posto_book_prices", "Current prices in the book", counts.prices);
        if let Some(newest) = self.book().newest() {
            let help = "When the newest price was reported, in seconds since the Unix epoch";
            let millis = u64::try_from(newest.millis()).unwrap_or(0);
            scrape.gauge(
                "posto_book_newest_price_timestamp_seconds",
                help,
                std::time::Duration::from_millis(millis).as_secs_f64(),
            );
        }
    }
}
