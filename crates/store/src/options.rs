//! How a journal is opened.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use posto_market::{Currency, Fuel, Label, Position, Price, Timestamp};

use crate::error::JournalError;
use crate::limits::{CHECKPOINT_PAGES, MAX_UNINDEXED};

/// Tells the time of a report.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Told once, from the writer thread, why the journal stopped.
pub(crate) type OnFailure = Box<dyn FnOnce(&JournalError) + Send>;

/// Where the journal is and how it behaves. Start from [`Options::new`].
pub struct Options {
    /// Its directory; made where it does not exist.
    pub directory: PathBuf,
    /// The currency of a report that does not say one, where no price is near to go by.
    pub default_currency: Currency,
    /// What a new directory starts with.
    pub seed: Seed,
    /// The clock.
    pub clock: Clock,
    /// Called once, from the writer thread, when the journal stopped because a write or a sync
    /// failed: the moment to end the process. See also [`crate::Journal::failure`].
    pub on_failure: Option<OnFailure>,
    /// How long past prices are kept; `None`: for ever. Older ones go in the writer's idle time. The
    /// current price of a fuel at a station stays however old it is, and nothing goes that a
    /// repeated report may still ask for ([`crate::limits::REMEMBER_IDS_FOR`]), nor, where the journal
    /// follows a replicated log, what an operator's act reaches ([`crate::limits::ACTS_REACH`]).
    pub keep_history: Option<Duration>,
    /// Another of SQLite's VFSs than its own: for tests on disks that fail.
    #[doc(hidden)]
    pub vfs: Option<String>,
    /// [`CHECKPOINT_PAGES`], but in tests.
    #[doc(hidden)]
    pub checkpoint_pages: u32,
    /// [`MAX_UNINDEXED`], but in tests.
    #[doc(hidden)]
    pub max_unindexed: i64,
    #[cfg(test)]
    pub(crate) sabotage: crate::tests::Sabotage,
}

/// What a new directory starts with. One that holds a journal already gets nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Seed {
    /// Nothing.
    #[default]
    None,
    /// These prices, in this order.
    Records(Vec<SeedRecord>),
}

/// A price of unknown age, with the station at exactly this position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeedRecord {
    /// The fuel.
    pub fuel: Fuel,
    /// Its price, in [`Options::default_currency`].
    pub price: Price,
    /// Where the station is.
    pub position: Position,
    /// The position as it was written.
    pub coordinates: String,
    /// The station's name, where known.
    pub name: Option<Label>,
}

impl Options {
    /// A journal in this directory, in Brazilian reals, without a seed, by the system's clock.
    #[must_use]
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            default_currency: Currency::BRL,
            seed: Seed::None,
            clock: Arc::new(system_clock),
            on_failure: None,
            keep_history: None,
            vfs: None,
            checkpoint_pages: CHECKPOINT_PAGES,
            max_unindexed: MAX_UNINDEXED,
            #[cfg(test)]
            sabotage: crate::tests::Sabotage::None,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { directory, default_currency, seed, .. } = self;
        f.debug_struct("Options")
            .field("directory", directory)
            .field("default_currency", default_currency)
            .field("seed", seed)
            .finish_non_exhaustive()
    }
}

/// The system's time; the Unix epoch where the system's clock is set before it.
#[must_use]
pub fn system_clock() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}
