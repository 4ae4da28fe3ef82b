//! How many requests of a v2 session may be in the air: additive increase, multiplicative decrease
//! (Chiu and Jain, 1989), between 4 and what the server allows (PROTOCOL §8.5).

use std::time::{Duration, Instant};

use crate::limits::V2_LEAST_WINDOW;

/// The window of one session.
#[derive(Debug)]
pub(super) struct Window {
    cap: u32,
    size: u32,
    /// Answers since the window last grew.
    answers: u32,
    /// When it was last halved.
    reduced: Option<Instant>,
}

impl Window {
    /// As wide as the server allows: on a path that loses nothing it stays so.
    pub(super) const fn new(cap: u32) -> Self {
        Self { cap, size: cap, answers: 0, reduced: None }
    }

    pub(super) fn has_room(&self, in_flight: usize) -> bool {
        u32::try_from(in_flight).is_ok_and(|in_flight| in_flight < self.size)
    }

    /// A request was answered: one more may be in the air after a whole window of answers.
    pub(super) fn grow(&mut self) {
        self.answers += 1;
        if self.answers >= self.size && self.size < self.cap {
            self.size += 1;
            self.answers = 0;
        }
    }

    /// Something was lost, or the server is busy. Losses of one round trip count once; returns
    /// whether this one counted.
    pub(super) fn shrink(&mut self, now: Instant, round_trip: Duration) -> bool {
        let counts = self.reduced.is_none_or(|reduced| reduced + round_trip <= now);
        if counts {
            self.size = (self.size / 2).max(V2_LEAST_WINDOW).min(self.cap);
            self.answers = 0;
            self.reduced = Some(now);
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ms, start};

    #[test]
    fn it_halves_once_a_round_trip_down_to_four_and_grows_by_one_a_window() {
        let mut window = Window::new(32);
        assert!(window.shrink(start(), ms(10)) && !window.shrink(start() + ms(9), ms(10)));
        assert_eq!(window.size, 16);
        for round in 1..10 {
            window.shrink(start() + ms(10 * round), ms(10));
        }
        assert_eq!(window.size, 4);
        (0..4).for_each(|_| window.grow());
        assert_eq!((window.size, window.has_room(4), window.has_room(5)), (5, true, false));
        (0..10_000).for_each(|_| window.grow());
        assert_eq!(window.size, 32);
    }

    #[test]
    fn a_server_that_allows_less_than_four_is_heeded() {
        let mut window = Window::new(2);
        window.shrink(start(), ms(10));
        assert_eq!(window.size, 2);
    }
}
