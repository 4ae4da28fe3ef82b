//! Servers that execute the same log come to the same, whatever else is different about them.

use std::path::Path;
use std::time::Duration;

use posto_faulty_disk::Random;
use posto_market::{Fuel, StationId};
use rusqlite::Connection;
use tempfile::{TempDir, tempdir};

use super::log::{self, Logged, Outcomes, dump, feed, follow};
use super::support::{StillClock, id};
use crate::limits::ACTS_REACH;
use crate::{Follower, Journal, Options, verify};

const ENTRIES: u64 = 330;
const SEEDS: u64 = 12;

/// A server, and what its users were told.
struct Server {
    directory: TempDir,
    options: fn(&Path) -> Options,
    open: Option<(Journal, Follower)>,
    outcomes: Outcomes,
}

impl Server {
    fn new(options: fn(&Path) -> Options) -> Self {
        let directory = tempdir().unwrap();
        let open = Some(follow(options(directory.path())));
        Self { directory, options, open, outcomes: Outcomes::new() }
    }

    fn feed(&mut self, log: &[Logged], most: u64) {
        let (journal, follower) = self.open.as_ref().unwrap();
        let from = follower.position() + 1;
        let to = ENTRIES.min(from + most - 1);
        let mut told = feed(follower, log, (from, to));
        assert_eq!(journal.position(), to, "{:?}", journal.failure());
        self.outcomes.append(&mut told);
    }

    fn restart(&mut self) {
        self.open.take().unwrap().0.close().unwrap();
        self.open = Some(follow((self.options)(self.directory.path())));
    }

    fn journal(&self) -> &Journal {
        &self.open.as_ref().unwrap().0
    }

    /// Everything that anybody can see in the book.
    fn book(&self, stations: &[StationId]) -> Vec<String> {
        let book = self.journal().book();
        let told = stations.iter().map(|id| {
            let ended = Fuel::ALL.map(|fuel| book.ended(id, fuel));
            format!("{:?} {:?} {ended:?}", book.standing(id), book.station(id))
        });
        told.chain([format!("{:?}", book.counts())]).collect()
    }
}

fn plain(directory: &Path) -> Options {
    Options::new(directory)
}

fn hasty(directory: &Path) -> Options {
    let mut options = StillClock::at(9_999_999_999_999).options(directory);
    (options.checkpoint_pages, options.max_unindexed) = (3, 4);
    options
}

fn forgetful(directory: &Path) -> Options {
    let mut options = StillClock::at(0).options(directory);
    options.keep_history = Some(Duration::ZERO);
    options.max_unindexed = 50;
    options
}

/// Three servers with the log of a seed: one gets it as fast as it can, one with restarts in between, one
/// forgets what is old. How much that was.
fn compare(seed: u64) -> usize {
    let mut random = Random::new(seed);
    let log = log::random(&mut random, usize::try_from(ENTRIES).unwrap());
    let [mut whole, mut restarted, mut pruned] = [plain, hasty, forgetful].map(Server::new);
    whole.feed(&log, ENTRIES);
    while restarted.journal().position() < ENTRIES {
        restarted.feed(&log, 1 + random.below(12));
        if random.one_in(4) {
            restarted.restart();
        }
    }
    while pruned.journal().position() < ENTRIES {
        pruned.feed(&log, 1 + random.below(60));
        pruned.restart();
        // Idle long enough to tidy up.
        std::thread::sleep(Duration::from_millis(40));
    }
    for (position, outcome) in &whole.outcomes {
        let outcome = outcome.as_ref().unwrap();
        assert_eq!(restarted.outcomes[position].as_ref().unwrap(), outcome, "seed {seed}, entry {position}");
        assert_eq!(pruned.outcomes[position].as_ref().unwrap(), outcome, "seed {seed}, entry {position}, pruned");
    }
    let stations = stations(whole.directory.path());
    let book = whole.book(&stations);
    for server in [&mut restarted, &mut pruned] {
        assert_eq!(server.book(&stations), book, "seed {seed}");
        server.restart();
        assert_eq!(server.book(&stations), book, "seed {seed}, from the file");
    }
    same_files([whole, restarted, pruned], seed)
}

fn stations(directory: &Path) -> Vec<StationId> {
    let file = Connection::open(directory.join("posto.db")).unwrap();
    let mut statement = file.prepare("SELECT id FROM stations").unwrap();
    let ids = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
    ids.map(|name| id(&name.unwrap())).collect()
}

fn same_files(servers: [Server; 3], seed: u64) -> usize {
    let [whole, restarted, pruned] = servers.map(|server| {
        server.open.unwrap().0.close().unwrap();
        assert_eq!(verify(server.directory.path()).unwrap().defects, [""; 0], "seed {seed}");
        dump(server.directory.path(), None)
    });
    assert_eq!(whole, restarted, "seed {seed}");
    let mut forgotten = 0;
    for (table, rows) in &pruned {
        if ["reports", "withdrawn", "stand_ins"].contains(table) {
            assert!(rows.iter().all(|row| whole[table].contains(row)), "seed {seed}: {table}");
            forgotten += whole[table].len() - rows.len();
        } else {
            assert_eq!(rows, &whole[table], "seed {seed}: {table}");
        }
    }
    forgotten
}

#[test]
fn servers_of_one_log_come_to_the_same_whatever_they_are_told_and_whenever_they_are_restarted() {
    let forgotten: usize = (0..SEEDS).map(compare).sum();
    assert!(forgotten > 0, "nothing was ever forgotten");
    assert!(ACTS_REACH > Duration::from_secs(24 * 3600));
}
