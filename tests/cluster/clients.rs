//! Clients that write and read through the gateway while faults happen, and what each of them saw.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use posto_tests::http::Response;
use posto_tests::random::Random;

use crate::register::{Act, Operation, Tick, Value};
use crate::support::{ENOUGH, get_with, longitude, position_of, report};

/// Registers whose clients hand the highest position on to each other, with every answer.
pub(crate) const SHARING: u32 = 3;
/// All registers; the clients of the further ones keep what they know for themselves.
pub(crate) const REGISTERS: u32 = 6;

const WRITERS: u64 = 6;
const READERS: u64 = 5;

/// What a client did, and was told.
#[derive(Debug, Clone)]
pub(crate) struct Done {
    pub(crate) client: u64,
    pub(crate) register: u32,
    pub(crate) operation: Operation,
    /// The position that the answer told.
    pub(crate) position: Option<u64>,
    /// The position that the question named.
    pub(crate) carried: Option<u64>,
    pub(crate) at: Instant,
    /// Until the last answer.
    pub(crate) took: Duration,
}

/// One request that was answered by an error.
#[derive(Debug, Clone)]
pub(crate) struct Refused {
    pub(crate) act: Act,
    pub(crate) carried: Option<u64>,
    pub(crate) at: Instant,
    pub(crate) took: Duration,
    pub(crate) status: u16,
    pub(crate) text: String,
    pub(crate) retry_after: bool,
}

/// What all of them saw.
#[derive(Default)]
pub(crate) struct Seen {
    ticks: AtomicU64,
    values: AtomicU32,
    shared: AtomicU64,
    book: OnceLock<String>,
    stop: AtomicBool,
    done: Mutex<Vec<Done>>,
    refused: Mutex<Vec<Refused>>,
}

impl Seen {
    fn tick(&self) -> Tick {
        self.ticks.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// All that was done.
    pub(crate) fn done(&self) -> Vec<Done> {
        self.done.lock().expect("no panic").clone()
    }

    /// All that was refused.
    pub(crate) fn refused(&self) -> Vec<Refused> {
        self.refused.lock().expect("no panic").clone()
    }

    fn refuse(&self, act: Act, carried: Option<u64>, at: Instant, answer: &Response) {
        let (took, text) = (at.elapsed(), answer.text());
        let retry_after = answer.header("retry-after").is_some();
        let refused = Refused { act, carried, at, took, status: answer.status, text, retry_after };
        self.refused.lock().expect("no panic").push(refused);
    }
}

/// The clients.
pub(crate) struct Load {
    pub(crate) seen: Arc<Seen>,
    threads: Vec<JoinHandle<()>>,
}

impl Load {
    pub(crate) fn start(gateway: SocketAddr, seed: u64) -> Self {
        let seen = Arc::new(Seen::default());
        let threads = (0..WRITERS + READERS).map(|number| {
            let seen = Arc::clone(&seen);
            let random = Random::new(seed ^ (number << 32));
            std::thread::spawn(move || Client { gateway, number, random, seen, own: 0 }.run())
        });
        let threads = threads.collect();
        Self { seen, threads }
    }

    /// Waits until so many more writes were acknowledged.
    pub(crate) fn until_more(&self, more: usize) {
        let written = || self.seen.done().iter().filter(|done| done.operation.act == Act::Write).count();
        let (started, before) = (Instant::now(), written());
        while written() < before + more {
            assert!(started.elapsed() < ENOUGH, "nothing more is acknowledged: {:?}", self.seen.refused().last());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends it, once each has what it waits for.
    pub(crate) fn stop(self) -> Arc<Seen> {
        self.seen.stop.store(true, Ordering::SeqCst);
        for thread in self.threads {
            thread.join().expect("a client ends without a panic");
        }
        self.seen
    }
}

struct Client {
    gateway: SocketAddr,
    number: u64,
    random: Random,
    seen: Arc<Seen>,
    /// The highest position that this client was told.
    own: u64,
}

impl Client {
    fn run(mut self) {
        while !self.seen.stop.load(Ordering::SeqCst) {
            let register = u32::try_from(self.random.below(REGISTERS.into())).expect("few");
            if self.number < WRITERS {
                self.write(register);
            }
            self.read(register);
            std::thread::sleep(Duration::from_millis(2 + self.random.below(15)));
        }
    }

    /// What a read of this register carries: what all know, what this client knows, or nothing.
    fn carried(&self, register: u32) -> Option<u64> {
        if register < SHARING {
            return Some(self.seen.shared.load(Ordering::SeqCst));
        }
        // The last readers carry nothing, as programs that know nothing of positions.
        (self.number + 2 < WRITERS + READERS).then_some(self.own)
    }

    /// Keeps what an answer tells.
    fn learn(&mut self, register: u32, answer: &Response) -> Option<u64> {
        let (book, position) = position_of(answer)?;
        assert_eq!(*self.seen.book.get_or_init(|| book.clone()), book, "all servers have one book");
        self.own = self.own.max(position);
        if register < SHARING {
            self.seen.shared.fetch_max(position, Ordering::SeqCst);
        }
        Some(position)
    }

    /// Reports until it is acknowledged, as a client does that keeps its key; one in eight gives up at
    /// the first error and never learns.
    fn write(&mut self, register: u32) {
        let value: Value = 1 + self.seen.values.fetch_add(1, Ordering::SeqCst);
        let (key, patient) = (key_of(value), self.random.below(8) > 0);
        let (begin, at) = (self.seen.tick(), Instant::now());
        let answer = loop {
            let asked = Instant::now();
            let answer = report(self.gateway, register, value, Some(&key), "");
            match answer.status {
                200 | 201 => break Some(answer),
                503 | 504 | 409 => self.seen.refuse(Act::Write, None, asked, &answer),
                _ => panic!("{value}: {} {}", answer.status, answer.text()),
            }
            if !patient {
                break None;
            }
            assert!(at.elapsed() < 3 * ENOUGH, "{value} is never acknowledged: {}", answer.text());
            std::thread::sleep(Duration::from_millis(50));
        };
        let told = answer.as_ref().map(|answer| self.learn(register, answer));
        let position = told.map(|position| position.expect("an acknowledgement tells its position"));
        // What is learned is told before the end is: whoever begins after it knows it.
        let end = answer.map(|_| self.seen.tick());
        self.note(Done {
            client: self.number,
            register,
            operation: Operation { act: Act::Write, value, begin, end },
            position,
            carried: None,
            at,
            took: at.elapsed(),
        });
    }

    fn read(&mut self, register: u32) {
        let begin = self.seen.tick();
        let (carried, at) = (self.carried(register), Instant::now());
        let known = carried.filter(|position| *position > 0).zip(self.seen.book.get());
        let header = known.map(|(position, book)| format!("Posto-Position: {book}.{position}\r\n")).unwrap_or_default();
        let answer = get_with(self.gateway, &target_of(register), &header);
        let value = match answer.status {
            200 => price_in(&answer),
            404 => 0,
            _ => return self.seen.refuse(Act::Read, carried, at, &answer),
        };
        let position = self.learn(register, &answer);
        let end = Some(self.seen.tick());
        let operation = Operation { act: Act::Read, value, begin, end };
        self.note(Done { client: self.number, register, operation, position, carried, at, took: at.elapsed() });
    }

    fn note(&self, done: Done) {
        self.seen.done.lock().expect("no panic").push(done);
    }
}

/// The key that the report of a value has.
pub(crate) fn key_of(value: Value) -> String {
    format!("chaos-report-{value:08}")
}

/// A search that finds the register's station and no other.
fn target_of(register: u32) -> String {
    format!("/stations/cheapest?fuel=ethanol&radius=0.2&lat=10.5&lon={:.3}&include_suspect=true", longitude(register))
}

/// The price in thousandths.
fn price_in(answer: &Response) -> Value {
    let price = answer.json()["price"].to_string();
    let (whole, part) = price.split_once('.').unwrap_or((&price, ""));
    format!("{whole}{part:0<3}").parse().unwrap_or_else(|_| panic!("no price: {}", answer.text()))
}
