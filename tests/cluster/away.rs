//! NATS gone: reports are refused soon and never acknowledged falsely, reads go on and say how old they
//! are, and all is well again when it is back.

use std::time::{Duration, Instant};

use posto_tests::http::{Response, get};

use crate::after::{all_are_equal, stored};
use crate::support::{CHEAPEST, Group, gateway, report};

/// After so long without NATS a report is refused at once, not when its time is over.
const NOTICED: Duration = Duration::from_secs(4);

/// What a report here waits for at most. Who was under way when NATS went hears that nobody knows.
const DEADLINE: &str = "X-Deadline-Ms: 2000\r\n";

/// "At once", on a slow machine: far below the seconds that a report is waited for.
const AT_ONCE: Duration = Duration::from_secs(1);

fn is_refused_for_now(answer: &Response) {
    assert_eq!(answer.status, 503, "{}", answer.text());
    let wait = answer.header("retry-after").expect("it says when to come back");
    assert!(wait.parse::<u32>().is_ok_and(|seconds| seconds > 0), "{wait}");
}

/// Reports and reads without NATS, from when it went.
fn without_nats(group: &Group, prices: std::ops::Range<u32>) {
    let gone = Instant::now();
    for price in prices {
        let (asked, since) = (Instant::now(), gone.elapsed());
        let answer = report(group.http(), 1, price, Some(&format!("away-report-{price:06}")), DEADLINE);
        if since >= NOTICED || answer.status != 504 {
            is_refused_for_now(&answer);
        }
        assert!(since < NOTICED || asked.elapsed() < AT_ONCE, "refused after {:?}", asked.elapsed());
        let read = get(group.http(), CHEAPEST);
        assert_eq!(read.status, 200, "{}", read.text());
        let age = read.header("posto-book-age").map(|age| age.parse::<u64>().expect("seconds"));
        assert!(since < NOTICED || age.is_some_and(|age| (2..120).contains(&age)), "{since:?}: {age:?}");
        std::thread::sleep(Duration::from_millis(250));
    }
    assert!(gone.elapsed() > NOTICED, "too short to say anything");
}

fn until_all_is_well(group: &Group, price: u32) {
    group.until("reports are taken again", || report(group.http(), 2, price, None, "").status < 300);
    group.until("answers are as new as can be", || get(group.http(), CHEAPEST).header("posto-book-age").is_none());
}

#[test]
fn without_nats_reports_are_refused_soon_and_reads_go_on_and_say_how_old_they_are() {
    let Some(mut group) = Group::start(&[]) else { return };
    assert_eq!(report(group.http(), 0, 1_000, None, "").status, 201);
    group.until("all servers have it", || (0..20).all(|_| get(group.http(), CHEAPEST).status == 200));

    (0..3).for_each(|node| group.nats.kill(node));
    without_nats(&group, 2_000..2_025);
    // A server that starts now does not know how much it lacks: it puts off whoever reads.
    group.servers[2].kill();
    group.servers[2].start();
    let alone = gateway(&[group.servers[2].address]);
    is_refused_for_now(&get(alone.http(), "/readyz"));
    is_refused_for_now(&get(alone.http(), CHEAPEST));
    let others = (0..20).all(|_| get(group.http(), CHEAPEST).status == 200);
    assert!(others, "the others answer");
    (0..3).for_each(|node| group.nats.start_again(node));
    until_all_is_well(&group, 3_000);
    group.until("it has caught up", || get(alone.http(), "/readyz").status == 200);
    alone.terminate();

    // The same where the nodes are there and say nothing.
    (0..3).for_each(|node| group.nats.signal(node, "STOP"));
    without_nats(&group, 2_025..2_050);
    (0..3).for_each(|node| group.nats.signal(node, "CONT"));
    until_all_is_well(&group, 3_001);

    // What was refused may come again, and counts once.
    for price in 2_000..2_050 {
        let key = format!("away-report-{price:06}");
        group.until("it is taken", || report(group.http(), 1, price, Some(&key), "").status < 300);
    }
    group.settle();
    let servers = group.end();
    let directories: Vec<_> = servers.iter().map(|server| server.data()).collect();
    for directory in &directories {
        let stored = stored(directory);
        for price in 2_000..2_050 {
            assert_eq!(stored.iter().filter(|it| **it == price).count(), 1, "{price}");
        }
    }
    all_are_equal(&directories);
}
