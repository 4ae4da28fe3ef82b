//! Defects put into the journal on purpose: the crash test must find each of them.

use rusqlite::Connection;

use crate::outcome::Outcome;
use crate::queue::Job;

/// What is wrong with the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sabotage {
    /// Nothing.
    None,
    /// It does not sync.
    NoSync,
    /// It acknowledges before the commit.
    AcknowledgeFirst,
}

impl Sabotage {
    pub(crate) fn after_opening(self, connection: &Connection) {
        if self == Self::NoSync {
            connection.pragma_update(None, "synchronous", "OFF").unwrap();
        }
    }

    pub(crate) fn before_commit(self, jobs: &mut [Job], outcomes: &[Outcome]) {
        if self == Self::AcknowledgeFirst {
            for (job, outcome) in jobs.iter_mut().zip(outcomes) {
                if let Some(done) = job.done.take() {
                    done(Ok(outcome.clone()));
                }
            }
        }
    }
}
