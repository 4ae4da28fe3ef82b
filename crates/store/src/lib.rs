//! The journal: prices made durable in an SQLite file before they are acknowledged, and the book
//! loaded from it at start-up.
//!
//! The way of a report: [`Journal::submit`] queues it (`queue.rs`); the one writer thread
//! (`writer.rs`) takes what is queued, decides each entry over the book and what precedes it in the
//! batch (`batch.rs`; the rules themselves are `posto-market`'s), commits the batch with one sync,
//! changes the book, and then acknowledges. After a failed write or sync nothing more is
//! acknowledged: the journal stops. Between the two the batch's changes are told to those who wait for
//! them (`tail.rs`).
//!
//! Where a replicated log orders the entries (`ordered.rs`), what is submitted goes to it, and what it
//! says comes to the same writer through a [`Follower`].
//!
//! What operators do to keep the data clean is in `moderation.rs`.
//!
//! Past prices are read beside the writer (`history.rs`, `reader.rs`); what finds them is brought up
//! to date now and then (`indexing.rs`). What works on the file of a
//! running server from outside reads it only: [`backup`], [`verify`], [`each_price`].

mod backup;
mod batch;
mod claims;
mod current;
mod database;
mod directory;
mod entry;
mod error;
mod follower;
mod following;
mod history;
mod id;
mod indexing;
mod journal;
pub mod limits;
mod load;
mod meters;
mod moderation;
mod options;
mod ordered;
mod origin;
mod outcome;
mod queue;
mod reader;
mod readonly;
mod retention;
mod rows;
mod schema;
mod seen;
mod tail;
mod times;
mod verify;
mod vouched;
mod writer;
pub mod yardstick;

pub use backup::{BackedUp, Copied, Progress, backup};
pub use current::each_price;
pub use entry::{Entry, Report};
pub use error::{BackupError, HistoryError, JournalError, OpenError, SubmitError};
pub use follower::Follower;
pub use following::look;
pub use history::{HistoryQuery, PastPrice};
pub use id::ReportId;
pub use journal::{Journal, Opened, Opening};
pub use moderation::{ActRefusal, Flag, FlagGroup, Moderated, Moderation, OriginCount, PastAct};
pub use options::{Clock, Options, Seed, SeedRecord, system_clock};
pub use ordered::{Done, EMPTY_BASE, Followed, Found, LogStanding, Ordered, Sequencer, Standing, StreamId};
pub use origin::Origin;
pub use outcome::{Outcome, Reported};
pub use reader::Answer;
pub use tail::{News, PriceChange};
pub use verify::{Verification, verify};

#[cfg(test)]
mod tests;
