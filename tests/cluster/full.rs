//! A full stream: it takes no more reports, and all that was acknowledged is read on.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use posto_tests::http::{Response, get};

use crate::after::{all_are_equal, stored};
use crate::support::{CHEAPEST, ENOUGH, Group, report};

/// The least that is allowed: one or two thousand reports.
const MAX_BYTES: &str = "1MB";

const WRITERS: u32 = 8;

/// Reports until the first is refused: the prices that were acknowledged, and that refusal.
fn write_until_refused(gateway: SocketAddr, writer: u32) -> (Vec<u32>, Response) {
    let (started, mut acknowledged) = (Instant::now(), Vec::new());
    for price in (0..).map(|number| 1_000 + number * WRITERS + writer) {
        let answer = report(gateway, writer, price, None, "");
        match answer.status {
            200 | 201 => acknowledged.push(price),
            _ => return (acknowledged, answer),
        }
        assert!(started.elapsed() < ENOUGH, "it is never full");
    }
    unreachable!("it is full at some time")
}

#[test]
fn a_full_stream_refuses_reports_and_all_is_read_on() {
    let Some(mut group) = Group::start_sized(3, 2, &["--cluster-max-bytes", MAX_BYTES]) else { return };
    let http = group.http();
    let written = std::thread::scope(|scope| {
        let writing: Vec<_> =
            (0..WRITERS).map(|writer| scope.spawn(move || write_until_refused(http, writer))).collect();
        writing.into_iter().map(|writing| writing.join().expect("no panic")).collect::<Vec<_>>()
    });
    let mut acknowledged = Vec::new();
    for (prices, refused) in written {
        assert_eq!(refused.status, 503, "{}", refused.text());
        assert!(refused.header("retry-after").is_some(), "{}", refused.text());
        acknowledged.extend(prices);
    }
    acknowledged.sort_unstable();
    assert!(acknowledged.len() > 500, "{}", acknowledged.len());
    eprintln!("{} reports fit into {MAX_BYTES}", acknowledged.len());
    for price in 500_000..500_010 {
        let asked = Instant::now();
        assert_eq!(report(group.http(), 0, price, None, "").status, 503);
        assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
        let read = get(group.http(), CHEAPEST);
        assert_eq!((read.status, read.header("posto-book-age")), (200, None), "{}", read.text());
    }
    // A server that is started again finds the full stream, and is ready.
    group.servers[0].kill();
    group.servers[0].start();
    group.servers[1].kill();
    group.until("the one started again answers", || get(group.http(), CHEAPEST).status == 200);
    group.servers[1].start();
    group.settle();
    let servers = group.end();
    let directories: Vec<_> = servers.iter().map(|server| server.data()).collect();
    for directory in &directories {
        let mut stored = stored(directory);
        stored.sort_unstable();
        assert_eq!(stored, acknowledged, "what was acknowledged, and nothing else");
    }
    all_are_equal(&directories);
}
