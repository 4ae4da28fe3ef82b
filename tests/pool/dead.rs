//! All servers dead: a 503 with its reason at once, hardly a datagram more than before, and the
//! first that comes back is used again.

use std::time::{Duration, Instant};

use posto_tests::process::Serving;

use crate::support::{Grave, Load, book, copy_of, gateway, serve_again, until_answered};

#[test]
fn both_dead_is_told_at_once_with_its_reason_and_one_that_comes_back_is_used_again() {
    let first = book();
    let second = copy_of(first.path());
    let servers = [Serving::serve(first.path(), &[]), Serving::serve(second.path(), &[])];
    let addresses = [servers[0].udp(), servers[1].udp()];
    let gateway = gateway(&addresses, &[]);
    until_answered(gateway.http());
    let load = Load::of_reads(gateway.http(), 8, Duration::from_millis(20));
    load.until_more(100);
    servers.into_iter().for_each(Serving::kill);
    let dead = Instant::now();
    let graves = addresses.map(Grave::at);
    std::thread::sleep(Duration::from_secs(4));
    let answered = load.stop();
    let datagrams: Vec<_> = graves.map(Grave::leave).into();

    let dead: Vec<_> = answered.iter().filter(|it| it.at >= dead).collect();
    assert!(dead.len() > 100, "{}", dead.len());
    for it in &dead {
        let response = &it.response;
        assert_eq!(response.status, 503, "{}", response.text());
        assert_eq!(response.json()["code"], "server-silent");
        assert!(response.header("retry-after").is_some_and(|it| it.parse().is_ok_and(|seconds: u32| seconds > 0)));
    }
    let longest = dead.iter().map(|it| it.took).max().expect("some");
    eprintln!("{} asked of the dead, {datagrams:?} datagrams, {longest:?} at most", dead.len());
    assert!(longest < Duration::from_secs(3), "{longest:?}");
    let sent: usize = datagrams.iter().sum();
    assert!(sent * 10 <= dead.len() * 12, "{sent} datagrams for {} requests", dead.len());

    let _second = serve_again(addresses[1], second.path());
    let started = Instant::now();
    until_answered(gateway.http());
    eprintln!("used again after {:?}", started.elapsed());
    gateway.terminate();
}
