//! Two copies of one book behind a gateway: when one ends, whoever reads does not notice.

use std::time::{Duration, Instant};

use posto_relay::{Blackout, Both, Faults};
use posto_tests::http::get;
use posto_tests::process::Serving;

use crate::support::{CHEAPEST, Load, Relaying, all_are_well, book, copy_of, gateway};

/// Readers at once: many of them wait for the one that ends.
const READERS: usize = 32;
const PAUSE: Duration = Duration::from_millis(2);

/// How one of two copies ends under load: `which` of them, and by what.
fn one_of_two_ends(which: usize, end: impl FnOnce(Serving)) {
    let first = book();
    let second = copy_of(first.path());
    let mut servers = vec![Serving::serve(first.path(), &[]), Serving::serve(second.path(), &[])];
    let gateway = gateway(&[servers[0].udp(), servers[1].udp()], &[]);
    let load = Load::of_reads(gateway.http(), READERS, PAUSE);
    load.until_more(300);
    end(servers.remove(which));
    load.until_more(1_000);
    let answered = all_are_well(&load.stop());
    eprintln!("{answered} read, none failed");
    gateway.terminate();
}

#[test]
fn the_first_of_two_copies_killed_under_load_fails_no_read() {
    one_of_two_ends(0, Serving::kill);
}

#[test]
fn the_second_of_two_copies_killed_under_load_fails_no_read() {
    one_of_two_ends(1, Serving::kill);
}

#[test]
fn one_of_two_copies_stopped_with_sigterm_under_load_fails_no_read() {
    one_of_two_ends(0, Serving::terminate);
}

/// The path to the first is dark from one second on, for three.
#[test]
fn a_path_that_is_dead_while_another_works_is_noticed_and_used_again_when_it_is_back() {
    let first = book();
    let second = copy_of(first.path());
    let [server, other] = [Serving::serve(first.path(), &[]), Serving::serve(second.path(), &[])];
    let (dark, light) = (Duration::from_millis(1_000), Duration::from_millis(4_000));
    let path = Faults { blackouts: vec![Blackout::Once { from: dark, to: light }], ..Faults::none(Duration::ZERO) };
    let relay = Relaying::start(server.udp(), Both { up: path.clone(), down: path });
    let gateway = gateway(&[relay.address, other.udp()], &[]);
    let load = Load::of_reads(gateway.http(), 8, 10 * PAUSE);
    std::thread::sleep(Duration::from_secs(9));
    let answered = load.stop();
    all_are_well(&answered);
    // Each reader may wait once for the silence to be noticed, and once for a probe.
    let slow = answered.iter().filter(|it| it.took > Duration::from_millis(400)).count();
    assert!(slow <= 5 * 8, "{slow} of {} were slow", answered.len());
    let last = answered.iter().map(|it| it.at).max().expect("some");
    let late: Vec<_> = answered.iter().filter(|it| it.at + Duration::from_secs(1) > last).collect();
    assert!(late.iter().all(|it| it.took < Duration::from_millis(400)), "at the end all is well");
    // How much of the load the path gets again is the choice's business; that it is used is seen when
    // there is no other.
    other.kill();
    let alone = Instant::now();
    while get(gateway.http(), CHEAPEST).status != 200 {
        assert!(alone.elapsed() < Duration::from_secs(20), "it is used again");
        std::thread::sleep(PAUSE);
    }
    gateway.terminate();
    let up = relay.stop().counters.up;
    eprintln!("{} read, {slow} slow; of the dead path {up:?}", answered.len());
    let reads = u64::try_from(answered.len()).expect("few");
    // Little of the load went into the dark, and what went there was asked again.
    assert!(up.blacked_out > 0, "the path was used before: {up:?}");
    assert!(up.blacked_out * 5 < reads, "{up:?} of {reads}");
}
