//! CoAP's retransmission (RFC 7252 §4.2 and §4.8) over our link: confirmable requests, each with its
//! answer in the acknowledgement.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use posto_relay::{Both, Direction, Link};
use posto_tests::net::Faults;
use posto_tests::random::Random;

use super::{REQUESTS, TOGETHER, Tally};

/// ACK_TIMEOUT
const TIMEOUT: Duration = Duration::from_secs(2);
/// MAX_RETRANSMIT
const RETRANSMISSIONS: u32 = 4;

/// The request in the air.
struct InFlight {
    number: u32,
    wanted: Instant,
    timeout: Duration,
    due: Instant,
    repeats: u32,
}

struct Client {
    link: Link<Vec<u8>>,
    random: Random,
    /// When those that wait were wanted.
    waiting: VecDeque<Instant>,
    started: usize,
    in_flight: Option<InFlight>,
    datagrams: usize,
}

/// Adds what becomes of the requests with this seed.
pub(super) fn run(seed: u64, faults: Faults, tally: &mut Tally) {
    let start = Instant::now();
    let mut random = Random::new(seed);
    let link = Link::new(start, Both::same(faults), random.bits());
    let waiting = VecDeque::from(vec![start; TOGETHER]);
    let mut client = Client { link, random, waiting, started: TOGETHER, in_flight: None, datagrams: 0 };
    let mut now = start;
    let mut number = 0;
    loop {
        if client.in_flight.is_none() {
            let Some(wanted) = client.waiting.pop_front() else { break };
            number += 1;
            client.begin(now, number, wanted);
        }
        now = client.next(now);
        while let Some((direction, bytes)) = client.link.poll(now) {
            match direction {
                Direction::Up => client.send(now, Direction::Down, bytes),
                Direction::Down => tally.times.extend(client.answered(now, &bytes)),
            }
        }
        client.repeat(now);
    }
    tally.requests += client.started;
    tally.datagrams += client.datagrams;
}

impl Client {
    fn begin(&mut self, now: Instant, number: u32, wanted: Instant) {
        // ACK_RANDOM_FACTOR 1.5
        let timeout = TIMEOUT + self.random.up_to(TIMEOUT / 2);
        self.in_flight = Some(InFlight { number, wanted, timeout, due: now + timeout, repeats: 0 });
        self.send(now, Direction::Up, number.to_be_bytes().to_vec());
    }

    fn send(&mut self, now: Instant, direction: Direction, bytes: Vec<u8>) {
        self.datagrams += 1;
        self.link.push(now, direction, bytes);
    }

    /// When something happens next.
    fn next(&self, now: Instant) -> Instant {
        let due = self.in_flight.as_ref().map(|in_flight| in_flight.due);
        due.into_iter().chain(self.link.poll_timeout()).min().unwrap_or(now)
    }

    /// Ends the request that this answers; returns the time it took.
    fn answered(&mut self, now: Instant, bytes: &[u8]) -> Option<Duration> {
        let ours = self.in_flight.take_if(|in_flight| in_flight.number.to_be_bytes() == bytes)?;
        self.want(now);
        Some(now - ours.wanted)
    }

    /// One has ended: another is wanted.
    fn want(&mut self, now: Instant) {
        if self.started < REQUESTS {
            self.started += 1;
            self.waiting.push_back(now);
        }
    }

    fn repeat(&mut self, now: Instant) {
        let Some(in_flight) = self.in_flight.as_mut().filter(|in_flight| in_flight.due <= now) else { return };
        if in_flight.repeats >= RETRANSMISSIONS {
            self.in_flight = None;
            return self.want(now);
        }
        in_flight.repeats += 1;
        in_flight.timeout *= 2;
        in_flight.due = now + in_flight.timeout;
        let bytes = in_flight.number.to_be_bytes().to_vec();
        self.send(now, Direction::Up, bytes);
    }
}
