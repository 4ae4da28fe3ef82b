//! Reports while the server that takes them is stopped, started again, or loses its answers: none is
//! lost, none is there twice, which the journal shows.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use posto_relay::{Blackout, Both, Chance, Faults};
use posto_tests::http::get;
use posto_tests::process::Serving;

use crate::support::{
    CHEAPEST, ENOUGH, Load, Relaying, all_are_well, book, copy_of, gateway, report, serve_again, stored, until_answered,
};

/// Threads that report, each report until it is accepted, as a client does that keeps its key.
struct Reporting {
    stop: Arc<AtomicBool>,
    numbers: Arc<AtomicU32>,
    again: Arc<AtomicU32>,
    threads: Vec<JoinHandle<()>>,
}

impl Reporting {
    fn start(gateway: SocketAddr, reporters: usize) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (numbers, again) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
        let threads = (0..reporters).map(|_| {
            let (stop, numbers, again) = (Arc::clone(&stop), Arc::clone(&numbers), Arc::clone(&again));
            std::thread::spawn(move || {
                while !stop.load(Ordering::SeqCst) {
                    let number = numbers.fetch_add(1, Ordering::SeqCst);
                    let tried = until_accepted(gateway, number);
                    again.fetch_add(tried - 1, Ordering::SeqCst);
                    std::thread::sleep(Duration::from_millis(10));
                }
            })
        });
        let threads = threads.collect();
        Self { stop, numbers, again, threads }
    }

    fn until_more(&self, more: u32) {
        let (started, before) = (Instant::now(), self.numbers.load(Ordering::SeqCst));
        while self.numbers.load(Ordering::SeqCst) < before + more {
            assert!(started.elapsed() < ENOUGH, "nothing more is accepted");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// All that was accepted: the numbers from 0 to this one.
    fn stop(self) -> u32 {
        self.stop.store(true, Ordering::SeqCst);
        for thread in self.threads {
            thread.join().expect("a reporter ends without a panic");
        }
        let accepted = self.numbers.load(Ordering::SeqCst);
        eprintln!("{accepted} reports accepted, asked {} times more", self.again.load(Ordering::SeqCst));
        accepted
    }
}

/// Reports until it is accepted; how often it was asked.
fn until_accepted(gateway: SocketAddr, number: u32) -> u32 {
    let started = Instant::now();
    for tried in 1.. {
        let answer = report(gateway, number);
        match answer.status {
            200 | 201 => return tried,
            503 | 504 => assert!(started.elapsed() < ENOUGH, "{}", answer.text()),
            _ => panic!("{number}: {}", answer.text()),
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    unreachable!("until it is accepted")
}

fn each_once(accepted: u32) -> Vec<u32> {
    (0..accepted).collect()
}

#[test]
fn reports_while_the_server_is_restarted_are_stored_once_each_and_only_there() {
    let first = book();
    let second = copy_of(first.path());
    let (before, copy) = (stored(first.path()), Serving::serve(second.path(), &[]));
    let mut server = Serving::serve(first.path(), &[]);
    let address = server.udp();
    let gateway = gateway(&[address, copy.udp()], &[]);
    until_answered(gateway.http());
    // The copy is met by those who read.
    let reading = Load::of_reads(gateway.http(), 2, Duration::from_millis(20));
    reading.until_more(50);
    let reporting = Reporting::start(gateway.http(), 8);
    for _ in 0..2 {
        reporting.until_more(60);
        server.terminate();
        std::thread::sleep(Duration::from_millis(300));
        server = serve_again(address, first.path());
    }
    reporting.until_more(60);
    let accepted = reporting.stop();
    all_are_well(&reading.stop());
    server.terminate();
    copy.terminate();
    gateway.terminate();
    assert_eq!(before.len(), stored(second.path()).len(), "a copy is not written to");
    assert_eq!(stored(first.path())[..], [&before[..], &each_once(accepted)].concat()[..]);
}

#[test]
fn reports_through_kills_with_lost_answers_are_executed_once() {
    let data = book();
    let before = stored(data.path());
    let mut server = Serving::serve(data.path(), &[]);
    let address = server.udp();
    // What goes up arrives; of what comes down much is lost, and for a while all of it.
    let down = Faults {
        loss: Chance::per_mille(300),
        blackouts: vec![Blackout::Every { dark: Duration::from_millis(400), period: Duration::from_millis(1_500) }],
        ..Faults::none(Duration::ZERO)
    };
    let relay = Relaying::start(address, Both { up: Faults::none(Duration::ZERO), down });
    let gateway = gateway(&[relay.address], &[]);
    until_answered(gateway.http());
    let reporting = Reporting::start(gateway.http(), 8);
    for _ in 0..3 {
        reporting.until_more(20);
        server.kill();
        server = serve_again(address, data.path());
    }
    reporting.until_more(20);
    let accepted = reporting.stop();
    gateway.terminate();
    server.terminate();
    let lost = relay.stop().counters.down.lost();
    eprintln!("{lost} answers lost");
    assert!(lost > 10, "{lost}");
    assert_eq!(stored(data.path())[..], [&before[..], &each_once(accepted)].concat()[..]);
}

#[test]
fn of_servers_with_different_books_only_the_first_is_written_to_and_a_fallback_is_named() {
    let (first, other) = (book(), book());
    let empty = tempfile::tempdir().expect("a directory");
    let before = stored(other.path()).len();
    let (server, fallback) = (Serving::serve(first.path(), &[]), Serving::serve(other.path(), &[]));
    let named = Serving::serve(empty.path(), &["--seed", "none"]);
    let gateway = gateway(&[server.udp(), named.udp()], &[fallback.udp()]);
    until_answered(gateway.http());
    for number in 0..20 {
        assert_eq!(report(gateway.http(), number).status, 201);
        let read = get(gateway.http(), CHEAPEST);
        assert_eq!((read.status, read.header("posto-fallback")), (200, None), "{}", read.text());
    }
    server.kill();
    let started = Instant::now();
    for number in 20..24 {
        let refused = report(gateway.http(), number);
        assert_eq!(refused.status, 503, "{}", refused.text());
        let read = get(gateway.http(), CHEAPEST);
        assert_eq!((read.status, read.header("posto-fallback")), (200, Some("true")), "{}", read.text());
    }
    assert!(started.elapsed() < ENOUGH);
    gateway.terminate();
    fallback.terminate();
    named.terminate();
    assert_eq!(stored(other.path()).len(), before, "a fallback is not written to");
    assert_eq!(stored(first.path()).len() - before, 20);
}
