//! Refused datagrams in the log: counted, and told at most once a second.

use std::time::Instant;

use parking_lot::Mutex;
use posto_session::Counters;
use posto_wire::Refusal;

use crate::limits::REFUSAL_LOG_PAUSE;

/// When refusals were last logged.
#[derive(Debug, Default)]
pub(crate) struct RefusalLog {
    last: Mutex<Option<Instant>>,
}

impl RefusalLog {
    /// Logs what has been refused since the start, unless that was done just now.
    pub(crate) fn log(&self, counters: &Counters) {
        let mut last = self.last.lock();
        if last.is_some_and(|last| last.elapsed() < REFUSAL_LOG_PAUSE) {
            return;
        }
        *last = Some(Instant::now());
        let counted = Refusal::ALL.map(|reason| (reason, counters.refused(reason)));
        let reasons =
            counted.iter().filter(|(_, count)| *count > 0).map(|(reason, count)| format!("{reason}: {count}"));
        tracing::warn!(
            datagrams = counters.refused_in_all(),
            reasons = reasons.collect::<Vec<_>>().join(", "),
            wrong_checksum = counters.wrong_checksum,
            wrong_cookie = counters.wrong_cookie,
            table_full = counters.table_full,
            wrong_seal = counters.wrong_seal,
            wrong_numbers = counters.wrong_numbers,
            syn_floods = counters.syn_floods,
            "refused since the start"
        );
    }
}
