//! Who of a pool is asked: who may be, who is left alone, and who of the rest costs less to wait for.

use std::sync::Arc;
use std::time::Instant;

use super::breaker::Gate;
use super::server::Server;
use super::{Errand, Pool};
use crate::error::ClientError;

/// The random id of a server's journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Book {
    /// Nobody asked yet.
    Unasked,
    /// An original server has none.
    Nameless,
    /// This one.
    Named(String),
}

impl Pool {
    /// Whether nobody else is left to ask.
    pub(super) fn all_tried(&self, errand: Errand, tried: &[usize]) -> bool {
        self.eligible(errand).iter().all(|index| tried.contains(index))
    }

    /// Who is asked: of two servers taken at random that are not left alone, the one that costs less
    /// to wait for; the fallbacks only where no other is left.
    pub(super) fn choose(&self, now: Instant, errand: Errand, tried: &[usize]) -> Option<usize> {
        if self.servers.len() == 1 {
            return tried.is_empty().then_some(0);
        }
        let eligible = self.eligible(errand);
        if eligible.len() == 1 {
            // The last one is never left alone: there is nobody better to ask.
            return eligible.into_iter().find(|index| !tried.contains(index));
        }
        let open: Vec<_> = eligible.iter().copied().filter(|index| !tried.contains(index)).collect();
        let (main, fallbacks): (Vec<_>, Vec<_>) = open.into_iter().partition(|index| *index < self.main);
        for group in [main, fallbacks] {
            let mut usable = Vec::with_capacity(group.len());
            for index in group {
                match self.servers.get(index).map(|server| server.gate(now)) {
                    Some(Gate::Probe) => return Some(index),
                    Some(Gate::Open) if index == 0 && self.book(0) == Book::Unasked => return Some(index),
                    Some(Gate::Open) => usable.push(index),
                    Some(Gate::Shut(_)) | None => {}
                }
            }
            match usable[..] {
                [] => {}
                [only] => return Some(only),
                _ => return self.cheaper_of_two(&usable),
            }
        }
        // All are left alone, but somebody must be asked.
        eligible.into_iter().find(|index| !tried.contains(index))
    }

    /// Learns the book of a server that was named beside the first, where it is not known; whether it
    /// may be asked.
    ///
    /// # Errors
    /// Why no session with it can be had.
    pub(super) async fn meet(&self, index: usize, deadline: Instant) -> Result<bool, ClientError> {
        if index == 0 || index >= self.main || self.book(index) != Book::Unasked {
            return Ok(true);
        }
        if let Some(server) = self.servers.get(index) {
            server.meet(deadline).await?;
        }
        Ok(self.is_readable(index))
    }

    /// Whether what it answers is known to be of the first server's book.
    pub(super) fn is_home(&self, index: usize) -> bool {
        let is_the_same = || matches!(self.book(0), Book::Named(_)) && self.book(index) == self.book(0);
        index == 0 || (index < self.main && is_the_same())
    }

    /// Whether a server that was named beside the first may be asked what changes nothing: while the
    /// book of either is not known it counts as a copy.
    fn is_readable(&self, index: usize) -> bool {
        self.is_home(index) || self.book(0) == Book::Unasked || self.book(index) == Book::Unasked
    }

    /// Who may be asked this. What stores something goes to the first server only: what a copy of its
    /// journal is told, the journal itself never learns.
    fn eligible(&self, errand: Errand) -> Vec<usize> {
        match errand {
            Errand::Report { .. } => vec![0],
            Errand::Read => {
                (0..self.servers.len()).filter(|index| *index >= self.main || self.is_readable(*index)).collect()
            }
        }
    }

    fn cheaper_of_two(&self, usable: &[usize]) -> Option<usize> {
        let (first, second) = self.dice.two_of(usable)?;
        let (first, second) = (*first, *second);
        let cost = |index: usize| self.servers.get(index).map_or(f64::INFINITY, |server| server.cost());
        Some(if cost(second) < cost(first) { second } else { first })
    }

    fn book(&self, index: usize) -> Book {
        self.servers.get(index).map_or(Book::Nameless, |server: &Arc<Server>| server.book())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::limits::BREAKER_TIMEOUTS;
    use crate::pool::PoolOptions;

    const MAIN: usize = 3;

    /// Three servers and a fallback, each of a random book and some of them left alone: by seed.
    fn random_pool(seed: u64) -> (Pool, Vec<bool>, Instant) {
        let names = |count: usize| (0..count).map(|_| "127.0.0.1:9".to_owned()).collect();
        let options = PoolOptions { servers: names(MAIN), fallbacks: names(1), ..PoolOptions::new("") };
        let (pool, now) = (Pool::new(options), Instant::now());
        let mut shut = Vec::new();
        for (index, server) in pool.servers.iter().enumerate() {
            let dice = seed >> (3 * index);
            server.told(match dice % 4 {
                0 => Book::Unasked,
                1 => Book::Nameless,
                2 => Book::Named("a".to_owned()),
                _ => Book::Named("b".to_owned()),
            });
            shut.push(dice / 4 % 2 == 1);
            if shut[index] {
                (0..BREAKER_TIMEOUTS).for_each(|_| server.timed_out(now));
            }
        }
        (pool, shut, now)
    }

    #[test]
    fn whatever_the_books_and_troubles_who_is_asked_may_be_asked() {
        for seed in 0..4096 {
            for tried in 0_usize..16 {
                let (pool, shut, now) = random_pool(seed);
                let tried: Vec<_> = (0..=MAIN).filter(|index| tried >> index & 1 == 1).collect();
                let written = pool.choose(now, Errand::Report { named: true }, &tried);
                assert_eq!(written, (!tried.contains(&0)).then_some(0), "seed {seed}: only the first is written to");

                let open: Vec<_> =
                    pool.eligible(Errand::Read).into_iter().filter(|index| !tried.contains(index)).collect();
                let Some(read) = pool.choose(now, Errand::Read, &tried) else {
                    assert!(open.is_empty(), "seed {seed}, {tried:?}: somebody is left to ask");
                    continue;
                };
                assert!(open.contains(&read), "seed {seed}, {tried:?}: {read}");
                let is_free = |index: &usize| *index < MAIN && !shut[*index];
                if open.iter().any(is_free) {
                    assert!(is_free(&read), "seed {seed}, {tried:?}: {read} although one of ours is free");
                }
                if let (Book::Named(home), Book::Named(book)) = (pool.book(0), pool.book(read)) {
                    assert!(read == MAIN || book == home, "seed {seed}, {tried:?}: {read} is a stranger");
                }
            }
        }
    }

    #[test]
    fn a_probe_is_due_to_one_reader_only() {
        let (pool, _, now) = random_pool(0b010_010_010_110);
        let due = now + Duration::from_secs(2);
        assert_eq!(pool.choose(due, Errand::Read, &[]), Some(0));
        assert!((0..100).all(|_| pool.choose(due, Errand::Read, &[]) != Some(0)));
    }
}
