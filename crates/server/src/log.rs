//! Refused datagrams in the log: counted by every worker, told for all together, at most once a second.

use std::collections::BTreeMap;
use std::time::Instant;

use parking_lot::Mutex;
use posto_session::Counters;
use posto_wire::Refusal;

use crate::limits::REFUSAL_LOG_PAUSE;

/// What every worker has counted, and when it was last logged.
#[derive(Debug, Default)]
pub(crate) struct RefusalLog(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    last: Option<Instant>,
    counted: BTreeMap<u64, Counters>,
}

impl State {
    fn sum(&self, count: impl Fn(&Counters) -> u64) -> u64 {
        self.counted.values().map(count).sum()
    }
}

impl RefusalLog {
    /// Logs what has been refused since the start, unless that was done just now.
    pub(crate) fn log(&self, worker: u64, counters: Counters) {
        let mut state = self.0.lock();
        state.counted.insert(worker, counters);
        if state.last.is_some_and(|last| last.elapsed() < REFUSAL_LOG_PAUSE) {
            return;
        }
        state.last = Some(Instant::now());
        let counted = Refusal::ALL.map(|reason| (reason, state.sum(|counters| counters.refused(reason))));
        let reasons =
            counted.iter().filter(|(_, count)| *count > 0).map(|(reason, count)| format!("{reason}: {count}"));
        tracing::warn!(
            datagrams = state.sum(Counters::refused_in_all),
            reasons = reasons.collect::<Vec<_>>().join(", "),
            wrong_checksum = state.sum(|counters| counters.wrong_checksum),
            wrong_cookie = state.sum(|counters| counters.wrong_cookie),
            table_full = state.sum(|counters| counters.table_full),
            wrong_seal = state.sum(|counters| counters.wrong_seal),
            wrong_numbers = state.sum(|counters| counters.wrong_numbers),
            syn_floods = state.sum(|counters| counters.syn_floods),
            "refused since the start"
        );
    }
}
