//! A full stream: it takes no more reports, and all that was acknowledged is read on.

use std::time::{Duration, Instant};

use posto_tests::http::get;

use crate::after::{all_are_equal, stored};
use crate::support::{CHEAPEST, ENOUGH, Group, report};

/// Some hundred messages.
const MAX_BYTES: &str = "120000";

#[test]
fn a_full_stream_refuses_reports_and_all_is_read_on() {
    let Some(mut group) = Group::start_sized(3, 2, &["--cluster-max-bytes", MAX_BYTES]) else { return };
    let (started, mut acknowledged) = (Instant::now(), Vec::new());
    let refused = loop {
        let price = 1_000 + u32::try_from(acknowledged.len()).expect("few");
        let answer = report(group.http(), 0, price, None, "");
        match answer.status {
            200 | 201 => acknowledged.push(price),
            _ => break answer,
        }
        assert!(started.elapsed() < ENOUGH, "it is never full");
    };
    assert_eq!(refused.status, 503, "{}", refused.text());
    assert!(refused.header("retry-after").is_some(), "{}", refused.text());
    assert!(acknowledged.len() > 50, "{}", acknowledged.len());
    eprintln!("{} reports fit into {MAX_BYTES} bytes", acknowledged.len());
    for price in 5_000..5_010 {
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
        assert_eq!(stored(directory), acknowledged, "what was acknowledged, and nothing else");
    }
    all_are_equal(&directories);
}
