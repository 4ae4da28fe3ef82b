//! When a server is left alone: after five time-outs in a row, or when a fifth of at least twenty
//! requests in ten seconds timed out (a circuit breaker after Nygard, "Release It!", 2007).

use std::time::{Duration, Instant};

use crate::limits::{BREAKER_LEAST_REQUESTS, BREAKER_SHARE, BREAKER_TIMEOUTS, BREAKER_WINDOW, MAX_SHUT, MIN_SHUT};

const BUCKETS: usize = 10;

/// What may be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    /// Ask.
    Open,
    /// Ask this once, to see whether the server is back.
    Probe,
    /// Leave it alone for so long.
    Shut(Duration),
}

/// The state of a breaker, for those who watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerState {
    /// Requests go through.
    Closed,
    /// None do, for now.
    Open,
    /// One is on its way, to see whether the server is back.
    Probing,
}

/// The breaker of one server.
#[derive(Debug)]
pub(crate) struct Breaker {
    timeouts_in_a_row: u32,
    /// Requests and time-outs of each second.
    counts: [(u64, u32, u32); BUCKETS],
    epoch: Instant,
    shut: Option<Shut>,
    /// How long it is shut next time.
    next: Duration,
}

#[derive(Debug, Clone, Copy)]
struct Shut {
    until: Instant,
    probing: bool,
}

impl Breaker {
    pub(crate) const fn new(now: Instant) -> Self {
        Self { timeouts_in_a_row: 0, counts: [(0, 0, 0); BUCKETS], epoch: now, shut: None, next: MIN_SHUT }
    }

    pub(crate) fn gate(&mut self, now: Instant) -> Gate {
        match &mut self.shut {
            None => Gate::Open,
            Some(shut) if now < shut.until => Gate::Shut(shut.until - now),
            // The one before has not said anything yet; after as long again it counts as lost.
            Some(shut) if shut.probing && now < shut.until + MIN_SHUT => Gate::Shut(shut.until + MIN_SHUT - now),
            Some(shut) => {
                *shut = Shut { until: now, probing: true };
                Gate::Probe
            }
        }
    }

    pub(crate) fn state(&self) -> BreakerState {
        match self.shut {
            None => BreakerState::Closed,
            Some(Shut { probing: true, .. }) => BreakerState::Probing,
            Some(_) => BreakerState::Open,
        }
    }

    /// The server answered.
    pub(crate) fn answered(&mut self, now: Instant) {
        self.timeouts_in_a_row = 0;
        if self.shut.take().is_some() {
            self.counts = [(0, 0, 0); BUCKETS];
            self.next = MIN_SHUT;
        }
        self.count(now, false);
    }

    /// It did not, in time.
    pub(crate) fn timed_out(&mut self, now: Instant) {
        self.timeouts_in_a_row = self.timeouts_in_a_row.saturating_add(1);
        self.count(now, true);
        let failed_probe = self.shut.is_some_and(|shut| shut.probing);
        let shuts = self.timeouts_in_a_row >= BREAKER_TIMEOUTS || self.too_many(now);
        if failed_probe || (self.shut.is_none() && shuts) {
            self.shut = Some(Shut { until: now + self.next, probing: false });
            self.next = (self.next * 2).min(MAX_SHUT);
        }
    }

    fn second(&self, now: Instant) -> u64 {
        now.saturating_duration_since(self.epoch).as_secs()
    }

    fn count(&mut self, now: Instant, timed_out: bool) {
        let second = self.second(now);
        let bucket = usize::try_from(second).ok().and_then(|second| self.counts.get_mut(second % BUCKETS));
        let Some((of, requests, timeouts)) = bucket else { return };
        if *of != second {
            (*of, *requests, *timeouts) = (second, 0, 0);
        }
        *requests = requests.saturating_add(1);
        *timeouts = timeouts.saturating_add(u32::from(timed_out));
    }

    fn too_many(&self, now: Instant) -> bool {
        let oldest = self.second(now).saturating_sub(BREAKER_WINDOW.as_secs() - 1);
        let recent = self.counts.iter().filter(|(of, ..)| *of >= oldest);
        let (requests, timeouts) = recent.fold((0_u64, 0_u64), |(requests, timeouts), (_, asked, late)| {
            (requests + u64::from(*asked), timeouts + u64::from(*late))
        });
        requests >= BREAKER_LEAST_REQUESTS && timeouts * 100 >= requests * BREAKER_SHARE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: fn(u64) -> Duration = Duration::from_secs;

    fn breaker() -> (Breaker, Instant) {
        let now = Instant::now();
        (Breaker::new(now), now)
    }

    #[test]
    fn five_timeouts_in_a_row_shut_it_for_longer_and_longer_until_a_probe_is_answered() {
        let (mut breaker, start) = breaker();
        (0..4).for_each(|_| breaker.timed_out(start));
        breaker.answered(start);
        (0..4).for_each(|_| breaker.timed_out(start));
        assert_eq!(breaker.gate(start), Gate::Open, "not in a row");
        breaker.timed_out(start);
        assert_eq!((breaker.gate(start), breaker.state()), (Gate::Shut(S(1)), BreakerState::Open));
        assert_eq!(breaker.gate(start + S(1)), Gate::Probe);
        assert_eq!((breaker.gate(start + S(1)), breaker.state()), (Gate::Shut(S(1)), BreakerState::Probing));
        breaker.timed_out(start + S(1));
        assert_eq!(breaker.gate(start + S(2)), Gate::Shut(S(1)), "two seconds this time");
        assert_eq!(breaker.gate(start + S(3)), Gate::Probe);
        breaker.answered(start + S(3));
        assert_eq!((breaker.gate(start + S(3)), breaker.state()), (Gate::Open, BreakerState::Closed));
    }

    #[test]
    fn it_is_never_shut_for_more_than_a_minute() {
        let (mut breaker, mut now) = breaker();
        (0..5).for_each(|_| breaker.timed_out(now));
        for _ in 0..10 {
            let Gate::Shut(wait) = breaker.gate(now) else { panic!("shut") };
            assert!(wait <= S(60));
            now += wait;
            assert_eq!(breaker.gate(now), Gate::Probe);
            breaker.timed_out(now);
        }
        assert_eq!(breaker.gate(now), Gate::Shut(S(60)));
    }

    #[test]
    fn a_fifth_of_twenty_in_ten_seconds_shuts_it_and_older_ones_are_forgotten() {
        let (mut shut, start) = breaker();
        for number in 0..20 {
            let now = start + Duration::from_millis(number * 100);
            if number % 5 == 4 { shut.timed_out(now) } else { shut.answered(now) }
        }
        assert_ne!(shut.gate(start + S(2)), Gate::Open);
        let (mut open, start) = breaker();
        for number in 0..40 {
            let now = start + S(number);
            if number % 4 == 3 { open.timed_out(now) } else { open.answered(now) }
        }
        assert_eq!(open.gate(start + S(40)), Gate::Open, "never twenty in ten seconds");
    }

    #[test]
    fn a_probe_that_says_nothing_makes_way_for_another() {
        let (mut breaker, start) = breaker();
        (0..5).for_each(|_| breaker.timed_out(start));
        assert_eq!(breaker.gate(start + S(1)), Gate::Probe);
        assert_eq!(breaker.gate(start + S(2)), Gate::Probe);
    }
}
