//! Who of a pool is asked: who may be, who is left alone, and who of the rest costs less to wait for.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use super::Errand;
use super::breaker::Gate;
use super::dice::Dice;
use super::rest::Fitness;
use super::server::Server;
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

/// The servers that there are at a time.
#[derive(Debug, Default)]
pub(super) struct Roster {
    /// Those that were named as servers, then the fallbacks.
    pub(super) servers: Vec<Arc<Server>>,
    /// How many are no fallbacks.
    pub(super) main: usize,
    dice: Dice,
}

impl Roster {
    /// Where the name at this place of the options was found, if it has several addresses.
    pub(super) fn addresses_of(&self, place: usize) -> Vec<SocketAddr> {
        self.servers.iter().filter_map(|server| server.address_of(place)).collect()
    }

    /// Whether nobody else is left to ask.
    pub(super) fn all_tried(&self, errand: Errand, tried: &[usize]) -> bool {
        self.eligible(errand).iter().all(|index| tried.contains(index))
    }

    /// Who is asked: of two servers taken at random that are not left alone, the one that costs less
    /// to wait for; one that lacks what others have only where no other of its kind is left, one that refused
    /// a moment ago only where not even such a one is, the fallbacks only where no other is left at all.
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
            let mut best = (Fitness::Refusing, Vec::with_capacity(group.len()));
            for index in group {
                let Some(server) = self.servers.get(index) else { continue };
                let fitness = server.fitness(now, errand);
                // It answered a moment ago: there is nothing to find out.
                let gate = if fitness == Fitness::Refusing { Gate::Open } else { server.gate(now) };
                match gate {
                    Gate::Probe => return Some(index),
                    Gate::Open if index == 0 && self.book(0) == Book::Unasked && fitness == Fitness::Fit => {
                        return Some(index);
                    }
                    Gate::Open if fitness < best.0 => best = (fitness, vec![index]),
                    Gate::Open if fitness == best.0 => best.1.push(index),
                    Gate::Open | Gate::Shut(_) => {}
                }
            }
            match best.1[..] {
                [] => {}
                [only] => return Some(only),
                _ => return self.cheaper_of_two(&best.1),
            }
        }
        // All are left alone, but somebody must be asked.
        eligible.into_iter().find(|index| !tried.contains(index))
    }

    /// Whether somebody is left to ask who is there and has refused nothing like this a moment ago.
    pub(super) fn has_a_willing_one(&self, now: Instant, errand: Errand, tried: &[usize]) -> bool {
        let left = self.eligible(errand).into_iter().filter(|index| *index < self.main && !tried.contains(index));
        let mut left = left.filter_map(|index| self.servers.get(index));
        left.any(|server| server.fitness(now, errand) < Fitness::Refusing && !server.is_silent(now))
    }

    /// Learns the book of a server that was named beside the first, where it is not known; whether it
    /// may be asked this.
    ///
    /// # Errors
    /// Why no session with it can be had.
    pub(super) async fn meet(&self, index: usize, errand: Errand, deadline: Instant) -> Result<bool, ClientError> {
        if index == 0 || index >= self.main || self.book(index) != Book::Unasked {
            return Ok(true);
        }
        if let Some(server) = self.servers.get(index) {
            server.meet(deadline).await?;
        }
        Ok(self.eligible(errand).contains(&index))
    }

    /// Whether what it answers is known to be of the pool's book.
    pub(super) fn is_home(&self, index: usize) -> bool {
        let is_the_same = || self.home().is_some_and(|home| self.book(index) == Book::Named(home));
        index == 0 || (index < self.main && is_the_same())
    }

    /// The pool's book: the first server's, or while nobody has met that one, the book of a group that
    /// another one belongs to.
    pub(super) fn home(&self) -> Option<String> {
        let named = |book| if let Book::Named(book) = book { Some(book) } else { None };
        match self.book(0) {
            Book::Unasked => self.members().next().and_then(|index| named(self.book(index))),
            book => named(book),
        }
    }

    /// Whether it takes writes like the first one: all servers of a group hand on to each other what they
    /// are told.
    pub(super) fn is_of_the_group(&self, index: usize) -> bool {
        self.members().any(|member| member == index) && self.is_home(index)
    }

    /// Whether it may be watched, as far as is known.
    pub(super) fn may_be_watched(&self, index: usize) -> bool {
        index < self.main && self.is_writable(index)
    }

    /// Those that say they belong to a group.
    fn members(&self) -> impl Iterator<Item = usize> {
        let main = self.servers.iter().take(self.main).enumerate();
        main.filter(|(_, server)| server.is_member()).map(|(index, _)| index)
    }

    /// Whether a server that was named beside the first may be asked what changes nothing: while its book
    /// or the pool's is not known it counts as a copy.
    fn is_readable(&self, index: usize) -> bool {
        self.is_home(index)
            || self.book(index) == Book::Unasked
            || (self.book(0) == Book::Unasked && self.home().is_none())
    }

    /// Whether it may be told what is to be stored: the first one, and the others of its group. What a
    /// copy of a journal is told, the journal itself never learns.
    fn is_writable(&self, index: usize) -> bool {
        let there_may_be_one = || self.book(0) == Book::Unasked || self.is_of_the_group(0);
        // Who belongs to it is found out by asking.
        let may_belong = || self.book(index) == Book::Unasked || self.is_of_the_group(index);
        index == 0 || (there_may_be_one() && may_belong())
    }

    /// Who may be asked this.
    fn eligible(&self, errand: Errand) -> Vec<usize> {
        match errand {
            Errand::Report { .. } => (0..self.main).filter(|index| self.is_writable(*index)).collect(),
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
    use crate::limits::{BREAKER_TIMEOUTS, REST};
    use crate::pool::PoolOptions;
    use crate::pool::members::Members;

    const MAIN: usize = 3;
    const REPORT: Errand = Errand::Report { named: true };

    /// Three servers and a fallback, each of a random book, some of a group, and some of them left alone:
    /// by seed.
    fn random_roster(seed: u64) -> (Arc<Roster>, Vec<bool>, Instant) {
        let names = |count: usize| (0..count).map(|_| "127.0.0.1:9".to_owned()).collect();
        let options = PoolOptions { servers: names(MAIN), fallbacks: names(1), ..PoolOptions::new("") };
        let (roster, now) = (Members::new(options).roster(), Instant::now());
        let mut shut = Vec::new();
        for (index, server) in roster.servers.iter().enumerate() {
            let dice = seed >> (4 * index) & 15;
            let (book, is_member) = match dice % 6 {
                0 => (Book::Unasked, false),
                1 => (Book::Nameless, false),
                2 => (Book::Named("a".to_owned()), false),
                3 => (Book::Named("b".to_owned()), false),
                4 => (Book::Named("a".to_owned()), true),
                _ => (Book::Named("b".to_owned()), true),
            };
            server.told(book, is_member);
            shut.push(dice / 8 % 2 == 1);
            if shut[index] {
                (0..BREAKER_TIMEOUTS).for_each(|_| server.timed_out(now));
            }
        }
        (roster, shut, now)
    }

    fn subsets() -> impl Iterator<Item = Vec<usize>> {
        (0_usize..16).map(|tried| (0..=MAIN).filter(|index| tried >> index & 1 == 1).collect())
    }

    #[test]
    fn whatever_the_books_and_troubles_who_is_asked_may_be_asked() {
        for seed in (0..65_536).step_by(7) {
            let (roster, shut, now) = random_roster(seed);
            for tried in subsets() {
                let open: Vec<_> =
                    roster.eligible(Errand::Read).into_iter().filter(|index| !tried.contains(index)).collect();
                let Some(read) = roster.choose(now, Errand::Read, &tried) else {
                    assert!(open.is_empty(), "seed {seed}, {tried:?}: somebody is left to ask");
                    continue;
                };
                assert!(open.contains(&read), "seed {seed}, {tried:?}: {read}");
                let is_free = |index: &usize| *index < MAIN && !shut[*index];
                if open.iter().any(is_free) {
                    assert!(is_free(&read), "seed {seed}, {tried:?}: {read} although one of ours is free");
                }
                if let (Some(home), Book::Named(book)) = (roster.home(), roster.book(read)) {
                    assert!(read == MAIN || read == 0 || book == home, "seed {seed}, {tried:?}: {read} is a stranger");
                }
            }
        }
    }

    #[test]
    fn a_report_goes_to_the_first_server_or_to_another_one_of_its_group_and_to_nobody_else() {
        for seed in (0..65_536).step_by(7) {
            let (roster, _, now) = random_roster(seed);
            for tried in subsets() {
                let written = roster.choose(now, REPORT, &tried);
                let may = |index: usize| {
                    let (first, book) = (&roster.servers[0], roster.book(index));
                    let group = match roster.home() {
                        Some(home) if first.is_member() || first.book() == Book::Unasked => Some(Book::Named(home)),
                        _ => None,
                    };
                    let belongs = roster.servers[index].is_member() && Some(&book) == group.as_ref();
                    let is_met_first = book == Book::Unasked && (group.is_some() || first.book() == Book::Unasked);
                    index == 0 || belongs || is_met_first
                };
                let left = (0..MAIN).any(|index| may(index) && !tried.contains(&index));
                assert_eq!(written.is_some(), left, "seed {seed}, {tried:?}");
                assert!(written.is_none_or(|index| index < MAIN && may(index)), "seed {seed}, {tried:?}: {written:?}");
            }
        }
    }

    #[test]
    fn who_was_busy_or_behind_rests_as_long_as_there_is_another_one_and_only_from_such_errands() {
        let (roster, _, now) = random_roster(0x444);
        roster.servers[1].refuses(now, Errand::Read, REST);
        roster.servers[2].refuses(now, Errand::Read, REST);
        for _ in 0..50 {
            assert_eq!(roster.choose(now, Errand::Read, &[]), Some(0));
            assert!(matches!(roster.choose(now, Errand::Read, &[0]), Some(1 | 2)), "better than the fallback");
        }
        let mut asked: Vec<_> = (0..100).filter_map(|_| roster.choose(now, REPORT, &[])).collect();
        asked.sort_unstable();
        asked.dedup();
        assert_eq!(asked, [0, 1, 2], "it may still be told something");
        let later = now + REST;
        assert!((0..100).any(|_| roster.choose(later, Errand::Read, &[]) != Some(0)), "and is asked again");
    }

    #[test]
    fn who_lacks_what_others_have_is_asked_before_who_refuses() {
        let (roster, _, now) = random_roster(0x444);
        roster.servers[0].refuses(now, Errand::Read, REST);
        roster.servers[1].is_old(now, REST);
        for _ in 0..50 {
            assert_eq!(roster.choose(now, Errand::Read, &[]), Some(2));
            assert_eq!(roster.choose(now, Errand::Read, &[2]), Some(1));
            assert_eq!(roster.choose(now, Errand::Read, &[1, 2]), Some(0));
        }
        assert!(roster.has_a_willing_one(now, Errand::Read, &[0, 2]));
        assert!(!roster.has_a_willing_one(now, Errand::Read, &[1, 2]), "the fallback is of another book");
        assert!((0..100).any(|_| roster.choose(now, REPORT, &[]) == Some(1)), "it takes reports");
    }

    #[test]
    fn a_probe_is_due_to_one_reader_only() {
        let (roster, _, now) = random_roster(0x222A);
        let due = now + Duration::from_secs(2);
        assert_eq!(roster.choose(due, Errand::Read, &[]), Some(0));
        assert!((0..100).all(|_| roster.choose(due, Errand::Read, &[]) != Some(0)));
    }
}
