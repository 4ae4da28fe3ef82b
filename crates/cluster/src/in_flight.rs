//! Who waits here for what was proposed. An answer needs both: the log's acknowledgement, and that this
//! server has executed the entry.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use posto_store::{Done, JournalError, Outcome};

/// Those who wait, by the numbers of their proposals.
#[derive(Default)]
pub(crate) struct InFlight(Mutex<HashMap<u64, Waiting>>);

struct Waiting {
    done: Done,
    /// The log has acknowledged the entry.
    acknowledged: bool,
    /// The entry has come back from the log, and was handed on to be executed.
    handed: bool,
    /// What came of it here.
    outcome: Option<Outcome>,
}

impl InFlight {
    /// Somebody waits for this proposal, unless so many wait already.
    pub(crate) fn add(&self, number: u64, done: Done, most: usize) -> Result<(), Done> {
        let mut waiting = self.0.lock();
        if waiting.len() >= most {
            return Err(done);
        }
        waiting.insert(number, Waiting { done, acknowledged: false, handed: false, outcome: None });
        Ok(())
    }

    /// Nobody waits for this one: it was not proposed.
    pub(crate) fn forget(&self, number: u64) {
        self.0.lock().remove(&number);
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.0.lock().len()
    }

    /// The entry has come back from the log: whom the writer is to tell what came of it. `None` where
    /// nobody waits (any more).
    pub(crate) fn hand(self: &Arc<Self>, number: u64) -> Option<Done> {
        let mut waiting = self.0.lock();
        let waiting = waiting.get_mut(&number).filter(|waiting| !waiting.handed)?;
        waiting.handed = true;
        let in_flight = Arc::clone(self);
        Some(Box::new(move |result| in_flight.executed(number, result)))
    }

    /// Whether the entry has come back from the log.
    pub(crate) fn is_handed(&self, number: u64) -> bool {
        self.0.lock().get(&number).is_some_and(|waiting| waiting.handed)
    }

    /// The log has acknowledged the entry.
    pub(crate) fn acknowledge(&self, number: u64) {
        let mut all = self.0.lock();
        let Some(waiting) = all.get_mut(&number) else { return };
        waiting.acknowledged = true;
        if waiting.outcome.is_some()
            && let Some(Waiting { done, outcome: Some(outcome), .. }) = all.remove(&number)
        {
            drop(all);
            done(Ok(outcome));
        }
    }

    fn executed(&self, number: u64, result: Result<Outcome, JournalError>) {
        let mut all = self.0.lock();
        let Some(waiting) = all.get_mut(&number) else { return };
        let outcome = match result {
            Ok(outcome) if !waiting.acknowledged => {
                waiting.outcome = Some(outcome);
                return;
            }
            result => result,
        };
        let removed = all.remove(&number);
        drop(all);
        if let Some(waiting) = removed {
            (waiting.done)(outcome);
        }
    }

    /// The time for this proposal is over without the log's acknowledgement. What the log itself handed
    /// out and this server executed, it has nevertheless.
    pub(crate) fn conclude(&self, number: u64, result: Result<Outcome, JournalError>) {
        let removed = self.0.lock().remove(&number);
        if let Some(Waiting { done, outcome, .. }) = removed {
            done(outcome.map_or(result, Ok));
        }
    }

    /// Nothing will come any more.
    pub(crate) fn give_up_all(&self, error: &JournalError) {
        let all = std::mem::take(&mut *self.0.lock());
        for Waiting { done, outcome, .. } in all.into_values() {
            done(outcome.map_or_else(|| Err(error.clone()), Ok));
        }
    }
}

impl std::fmt::Debug for InFlight {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InFlight").field("waiting", &self.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn waiting() -> (Arc<InFlight>, mpsc::Receiver<Result<Outcome, JournalError>>) {
        let (in_flight, (sender, receiver)) = (Arc::new(InFlight::default()), mpsc::channel());
        let done: Done = Box::new(move |result| drop(sender.send(result)));
        assert!(in_flight.add(1, done, 1).is_ok());
        (in_flight, receiver)
    }

    /// The writer is told what came of it.
    fn execute(in_flight: &Arc<InFlight>, result: Result<Outcome, JournalError>) {
        let done = in_flight.hand(1).expect("somebody waits");
        done(result);
    }

    #[test]
    fn an_answer_needs_the_acknowledgement_and_the_execution_in_either_order() {
        let (in_flight, answer) = waiting();
        in_flight.acknowledge(1);
        assert!(answer.try_recv().is_err());
        execute(&in_flight, Ok(Outcome::Seeded));
        assert!(matches!(answer.try_recv(), Ok(Ok(Outcome::Seeded))));

        let (in_flight, answer) = waiting();
        execute(&in_flight, Ok(Outcome::Seeded));
        assert!(answer.try_recv().is_err());
        in_flight.acknowledge(1);
        assert!(matches!(answer.try_recv(), Ok(Ok(Outcome::Seeded))));
        assert_eq!(in_flight.len(), 0);
    }

    #[test]
    fn who_gave_up_is_told_once_and_what_was_executed_counts() {
        let (in_flight, answer) = waiting();
        let executed = in_flight.hand(1).unwrap();
        in_flight.conclude(1, Err(JournalError::Unsure));
        assert!(matches!(answer.try_recv(), Ok(Err(JournalError::Unsure))));
        executed(Ok(Outcome::Seeded));
        assert!(answer.try_recv().is_err());

        let (in_flight, answer) = waiting();
        execute(&in_flight, Ok(Outcome::Seeded));
        in_flight.conclude(1, Err(JournalError::Unsure));
        assert!(matches!(answer.try_recv(), Ok(Ok(Outcome::Seeded))));
    }

    #[test]
    fn a_journal_that_stopped_is_told_at_once() {
        let (in_flight, answer) = waiting();
        execute(&in_flight, Err(JournalError::Panicked));
        assert!(matches!(answer.try_recv(), Ok(Err(JournalError::Panicked))));
    }

    #[test]
    fn no_more_wait_than_may() {
        let (in_flight, _answer) = waiting();
        assert!(in_flight.add(2, Box::new(|_| {}), 1).is_err());
        assert!(in_flight.hand(2).is_none() && in_flight.hand(1).is_some() && in_flight.hand(1).is_none());
    }
}
