//! The table of loss and round trip, kept in `tests/sim/table.txt`: our v2 beside what CoAP's
//! constants make of the same link.

mod coap;

use std::time::Duration;

use posto_tests::net::{Executor, Faults, Outcome, World, chosen, for_seeds, per_mille};

use super::load::{self, LOAD, Load};
use super::{ms, s};

/// Per cent, in each direction.
const LOSSES: [u32; 6] = [0, 1, 5, 10, 20, 30];
/// Milliseconds, there and back.
const ROUND_TRIPS: [u64; 4] = [10, 50, 200, 800];
const SEEDS: u64 = 4;
const REQUESTS: usize = 100;
const TOGETHER: usize = 8;

/// What became of the requests of one row.
#[derive(Debug, Default)]
struct Tally {
    requests: usize,
    datagrams: usize,
    /// From the moment it is wanted to its answer.
    times: Vec<Duration>,
}

impl Tally {
    fn p99(&mut self) -> Duration {
        self.times.sort();
        let index = (self.times.len() * 99).div_ceil(100).saturating_sub(1);
        self.times.get(index).copied().unwrap_or_default()
    }

    fn columns(&mut self) -> String {
        let count = u32::try_from(self.times.len()).expect("few").max(1);
        let mean = self.times.iter().sum::<Duration>() / count;
        let (answered, each) = (self.times.len() * 1000 / self.requests, self.datagrams * 100 / self.requests);
        let (p99, mean) = (self.p99().as_millis(), mean.as_millis());
        format!("{:>5}.{} {mean:>8} {p99:>8} {:>6}.{:02}", answered / 10, answered % 10, each / 100, each % 100)
    }
}

fn link(loss: u32, round_trip: u64) -> Faults {
    Faults { loss: per_mille(loss * 10), jitter: ms(round_trip) / 20, ..Faults::none(ms(round_trip) / 2) }
}

fn ours(loss: u32, round_trip: u64) -> Tally {
    let mut tally = Tally::default();
    for_seeds("table", SEEDS, |seed| {
        let at_once = Executor { slowest: Duration::ZERO, refused: 0, lost: 0 };
        let mut world = World::v2(seed, link(loss, round_trip), at_once);
        world.record = true;
        load::drive(&mut world, Load { clients: 1, requests: REQUESTS, together: TOGETHER, patience: s(30), ..LOAD });
        tally.requests += world.asked.len();
        tally.datagrams += world.recorded.len();
        for asked in &world.asked {
            if let Some((ended, Outcome::Answered(_))) = &asked.ended {
                tally.times.push(*ended - asked.at);
            }
        }
    });
    tally
}

fn coap(loss: u32, round_trip: u64) -> Tally {
    let mut tally = Tally::default();
    for_seeds("table", SEEDS, |seed| coap::run(seed, link(loss, round_trip), &mut tally));
    tally
}

const HEAD: &str = "\
v2 beside CoAP's constants, on the same seeded link
===================================================

Written by `POSTO_BLESS=1 cargo test -p posto-tests --test sim table`; the same test compares it. One client that wants
8 requests answered at any time, 100 in all, 4 seeds a row, in virtual time; loss is in each direction, the round trip has
a tenth of itself as jitter, and the server answers at once.

  ours   v2 as it is, handshake included, with 30 s for a request
  CoAP   RFC 7252's defaults: the first time-out 2 s to 3 s, doubled, 4 retransmissions at most, one request in the air
         (NSTART 1), for which the seven others wait; no handshake

  loss: per cent of datagrams, each way      rtt: ms
  answered: per cent      mean, p99: ms from wanting an answer to having it      each: datagrams for a request, both ways

           |               ours                  |               CoAP
  loss rtt | answered     mean      p99     each | answered     mean      p99     each
-----------+-------------------------------------+-------------------------------------
";

#[test]
fn table() {
    let mut table = String::from(HEAD);
    for loss in LOSSES {
        for round_trip in ROUND_TRIPS {
            let (mut ours, mut coap) = (ours(loss, round_trip), coap(loss, round_trip));
            let row = format!("{loss:>6} {round_trip:>3} |  {} |  {}\n", ours.columns(), coap.columns());
            table.push_str(&row);
            if chosen().is_none() {
                assert_eq!(ours.times.len(), ours.requests, "every request completes: {row}");
                assert!(ours.p99() < coap.p99(), "{row}");
            }
        }
    }
    print!("{table}");
    if chosen().is_some() {
        return; // the table is of all seeds
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/sim/table.txt");
    if std::env::var_os("POSTO_BLESS").is_some() {
        std::fs::write(path, &table).expect("table.txt is ours to write");
    }
    assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), table, "changed: look at it, then POSTO_BLESS=1");
}
