//! How this server stands to the log: when it was last heard, how much it has, whether it takes entries.

use std::time::{Duration, Instant};

use parking_lot::Mutex;
use posto_store::LogStanding;

use crate::limits::{ASK_EVERY, LEVEL, MAX_BEHIND, STALLED_AFTER};

/// What is known of the log; shared by those who find it out.
#[derive(Debug)]
pub(crate) struct Standing(Mutex<Known>);

/// A full log is asked again after so long.
const FULL_FOR: Duration = Duration::from_secs(1);

#[derive(Debug)]
struct Known {
    /// The log was as described then, or later. Since the start nothing was heard: this is the start.
    heard: Instant,
    /// Its last entry, as far as known.
    last: Option<u64>,
    /// Its last entry when it was first heard of.
    first_last: Option<u64>,
    connected: bool,
    /// It ends before what this server has executed: nodes that have come back may know better soon.
    shorter: bool,
    /// When this server had all but a little of it.
    level: Instant,
    /// Entries published that the log has not acknowledged.
    unacknowledged: usize,
    /// Since when no word came while something was waiting for it.
    waiting_since: Instant,
    /// An entry got no word until its end: until there is a word, one at a time.
    doubtful: bool,
    full_until: Option<Instant>,
    figures: Figures,
}

/// How large the log is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    pub(crate) messages: u64,
    pub(crate) bytes: u64,
    /// `None`: no bound of its own.
    pub(crate) max_bytes: Option<u64>,
}

impl Standing {
    pub(crate) fn new(now: Instant) -> Self {
        Self(Mutex::new(Known {
            heard: now,
            last: None,
            first_last: None,
            connected: false,
            shorter: false,
            level: now,
            unacknowledged: 0,
            waiting_since: now,
            doubtful: false,
            full_until: None,
            figures: Figures::default(),
        }))
    }

    /// The log had this last entry at some moment after `asked`.
    pub(crate) fn heard(&self, asked: Instant, last: u64, figures: Figures) {
        let mut known = self.0.lock();
        known.heard = known.heard.max(asked);
        known.last = Some(known.last.map_or(last, |before| before.max(last)));
        known.first_last.get_or_insert(last);
        known.figures = figures;
    }

    /// The log has at least this entry.
    pub(crate) fn has(&self, last: u64) {
        let mut known = self.0.lock();
        known.last = Some(known.last.map_or(last, |before| before.max(last)));
    }

    pub(crate) fn connected(&self, connected: bool) {
        self.0.lock().connected = connected;
    }

    /// Whether the log ends before what this server has executed.
    pub(crate) fn shorter(&self, shorter: bool) {
        self.0.lock().shorter = shorter;
    }

    pub(crate) fn last(&self) -> Option<u64> {
        self.0.lock().last
    }

    pub(crate) fn figures(&self) -> Figures {
        self.0.lock().figures
    }

    /// One more entry is on its way.
    pub(crate) fn published(&self, now: Instant) {
        let mut known = self.0.lock();
        if known.unacknowledged == 0 {
            known.waiting_since = now;
        }
        known.unacknowledged += 1;
    }

    /// The log has acknowledged one that was published at `published`.
    pub(crate) fn acknowledged(&self, published: Instant, now: Instant) {
        let mut known = self.0.lock();
        known.unacknowledged = known.unacknowledged.saturating_sub(1);
        known.waiting_since = now;
        known.doubtful = false;
        known.full_until = None;
        known.heard = known.heard.max(published);
    }

    /// The log said something to what was published at `published`, which is to be published anew.
    pub(crate) fn answered(&self, published: Instant, now: Instant) {
        let mut known = self.0.lock();
        known.waiting_since = now;
        known.doubtful = false;
        known.heard = known.heard.max(published);
    }

    /// Nobody waits for one any more; whether the log had no word on it.
    pub(crate) fn gave_up(&self, without_a_word: bool) {
        let mut known = self.0.lock();
        known.unacknowledged = known.unacknowledged.saturating_sub(1);
        known.doubtful |= without_a_word;
    }

    /// The log says that it is full; whether that is news.
    pub(crate) fn full(&self, now: Instant) -> bool {
        self.0.lock().full_until.replace(now + FULL_FOR).is_none()
    }

    /// Whether another entry may be proposed by a server that is at this position.
    pub(crate) fn takes(&self, position: u64, now: Instant) -> bool {
        let known = self.0.lock();
        let stalled = known.unacknowledged > 0 && (known.doubtful || now - known.waiting_since >= STALLED_AFTER);
        let full = known.full_until.is_some_and(|until| now < until);
        let lost = now.saturating_duration_since(known.heard) >= 4 * ASK_EVERY;
        let behind = known.last.is_none_or(|last| last.saturating_sub(position) > MAX_BEHIND);
        known.connected && !known.shorter && !stalled && !full && !lost && !behind && known.caught_up(position)
    }

    /// As the journal tells it, of a server that is at this position.
    pub(crate) fn of(&self, position: u64, now: Instant) -> LogStanding {
        let writable = self.takes(position, now);
        let mut known = self.0.lock();
        let behind = known.last.map(|last| last.saturating_sub(position));
        if behind.is_none_or(|behind| behind <= LEVEL) {
            known.level = known.heard;
        }
        LogStanding {
            behind,
            silent_for: now.saturating_duration_since(known.level),
            caught_up: known.caught_up(position),
            writable,
        }
    }
}

impl Known {
    /// Whoever has had everything that there was when it started, has caught up.
    fn caught_up(&self, position: u64) -> bool {
        self.first_last.is_some_and(|first| position >= first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connected(now: Instant, last: u64) -> Standing {
        let standing = Standing::new(now);
        standing.connected(true);
        standing.heard(now, last, Figures::default());
        standing
    }

    #[test]
    fn a_server_has_caught_up_with_what_was_there_when_it_started() {
        let now = Instant::now();
        assert!(!Standing::new(now).of(9, now).caught_up);
        let standing = connected(now, 7);
        assert_eq!((standing.of(6, now).caught_up, standing.of(6, now).behind), (false, Some(1)));
        standing.has(9);
        assert_eq!((standing.of(7, now).caught_up, standing.of(7, now).behind), (true, Some(2)));
    }

    #[test]
    fn without_the_logs_word_nothing_more_is_taken_until_there_is_one() {
        let now = Instant::now();
        let standing = connected(now, 0);
        assert!(standing.takes(0, now));
        standing.published(now);
        assert!(standing.takes(0, now));
        let later = now + STALLED_AFTER;
        assert!(!standing.takes(0, later));
        standing.gave_up(true);
        assert!(standing.takes(0, later), "one, to try");
        standing.published(later);
        assert!(!standing.takes(0, later));
        standing.acknowledged(later, later);
        assert!(standing.takes(0, later));
    }

    #[test]
    fn who_is_cut_off_or_far_behind_takes_nothing() {
        let now = Instant::now();
        let standing = connected(now, 0);
        standing.connected(false);
        assert!(!standing.takes(0, now));
        standing.connected(true);
        assert!(!standing.takes(0, now + 4 * ASK_EVERY));
        standing.has(MAX_BEHIND + 1);
        assert!(!standing.takes(0, now) && standing.takes(1, now));
    }

    #[test]
    fn who_has_much_to_catch_up_with_is_as_old_as_when_it_was_level() {
        let now = Instant::now();
        let standing = connected(now, 5);
        assert_eq!(standing.of(5, now).silent_for, Duration::ZERO);
        let later = now + Duration::from_secs(60);
        standing.heard(later, LEVEL + 6, Figures::default());
        assert_eq!(standing.of(5, later).silent_for, Duration::from_secs(60));
        assert_eq!(standing.of(6, later).silent_for, Duration::ZERO);
    }

    #[test]
    fn a_log_that_ends_too_early_is_given_nothing() {
        let now = Instant::now();
        let standing = connected(now, 5);
        standing.shorter(true);
        assert!(!standing.takes(7, now));
        standing.shorter(false);
        assert!(standing.takes(7, now));
    }

    #[test]
    fn a_full_log_is_asked_again_after_a_while() {
        let now = Instant::now();
        let standing = connected(now, 0);
        assert!(standing.full(now) && !standing.takes(0, now));
        assert!(standing.takes(0, now + FULL_FOR));
        assert!(!standing.full(now + FULL_FOR), "it was full before");
    }
}
