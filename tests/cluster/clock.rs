//! Servers whose clocks are wrong by days: the stream's order and the stream's time count.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use posto_tests::process::root;

use crate::after::{all_are_equal, stored};
use crate::nats::Nats;
use crate::support::{Group, Member, gateway, journal, report};

/// libfaketime as `cargo xtask test` unpacks it; `None`, with a word, where it is not.
fn faketime() -> Option<PathBuf> {
    let machine = std::env::consts::ARCH;
    let library = format!("target/libfaketime/usr/lib/{machine}-linux-gnu/faketime/libfaketime.so.1");
    let library = root().join(library);
    if library.exists() {
        return Some(library);
    }
    eprintln!("SKIPPED: {} is not here; cargo xtask test unpacks it", library.display());
    None
}

fn milliseconds_now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    i64::try_from(now.as_millis()).expect("before the year 292 million")
}

#[test]
fn servers_with_wrong_clocks_agree_on_every_time_and_on_the_order() {
    let Some(library) = faketime() else { return };
    let Some(mut nats) = Nats::start(3) else { return };
    let servers = [None, Some("+3d"), Some("-400d")].into_iter().enumerate().map(|(number, wrong)| {
        let server = Member::new(&mut nats, number, &["--seed", "none"]);
        let Some(wrong) = wrong else { return server };
        let library = library.to_str().expect("UTF-8");
        server.with("LD_PRELOAD", library).with("FAKETIME", wrong).with("FAKETIME_DONT_FAKE_MONOTONIC", "1")
    });
    let servers = servers.collect();
    let group = Group::of(nats, servers);
    let gateways: Vec<_> = group.servers.iter().map(|server| gateway(&[server.address])).collect();
    let begun = milliseconds_now();
    for price in 1_000..1_060 {
        let by = gateways[usize::try_from(price % 3).expect("few")].http();
        group.until("it is taken", || report(by, 0, price, Some(&format!("clock-report-{price:06}")), "").status < 300);
    }
    group.settle();
    gateways.into_iter().for_each(posto_tests::process::Serving::terminate);
    let servers = group.end();
    let directories: Vec<_> = servers.iter().map(|server| server.data()).collect();
    all_are_equal(&directories);
    assert_eq!(stored(&directories[1]), (1_000..1_060).collect::<Vec<_>>());
    let journal = journal(&directories[2]);
    let times = "SELECT min(recorded_at), max(recorded_at), min(reported_at), max(reported_at) FROM reports";
    let times: [i64; 4] =
        journal.query_row(times, [], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?])).expect("times");
    let (least, most) = (begun - 60_000, milliseconds_now() + 60_000);
    assert!(times.iter().all(|time| (least..most).contains(time)), "{times:?}, not in {least}..{most}");
}
