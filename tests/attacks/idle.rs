//! Thousands of connections that ask nothing, or asked once, from a few addresses.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::support::{CHEAPEST, Others, Victim, connect_from, files};

/// As many as the issue wants; here the limits on open files may allow fewer.
const WANTED: usize = 10_000;

fn connections(victim: &Victim, mut first: impl FnMut(&mut TcpStream)) -> Vec<TcpStream> {
    let count = WANTED.min(files().saturating_sub(1_500));
    let open = |number: usize| {
        let address = [127, 0, 1, u8::try_from(number % 8).expect("small")];
        let mut stream = connect_from(address, victim.http(), None).expect("it takes connections");
        first(&mut stream);
        stream
    };
    (0..count).map(open).collect()
}

#[test]
fn ten_thousand_silent_connections_hold_nobody_up() {
    let victim = Victim::up();
    let before = victim.memory_kb();
    let others = Others::start(victim.http());
    let streams = connections(&victim, |_| ());
    std::thread::sleep(std::time::Duration::from_millis(500));
    let each = (victim.memory_kb() - before) * 1024 / u64::try_from(streams.len()).expect("few");
    others.stop(&format!("{} silent connections of {each} bytes", streams.len()), &victim);
    victim.is_well();
}

#[test]
fn ten_thousand_connections_that_asked_once_hold_nobody_up() {
    let victim = Victim::up();
    let before = victim.memory_kb();
    let others = Others::start(victim.http());
    let request = format!("GET {CHEAPEST} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let streams = connections(&victim, |stream| {
        stream.write_all(request.as_bytes()).expect("it takes bytes");
        let mut answer = [0; 2048];
        assert!(stream.read(&mut answer).expect("it answers") > 0);
        assert!(answer.starts_with(b"HTTP/1.1 200"));
    });
    let each = (victim.memory_kb() - before) * 1024 / u64::try_from(streams.len()).expect("few");
    others.stop(&format!("{} idle connections of {each} bytes", streams.len()), &victim);
    victim.is_well();
}

#[test]
fn one_address_has_its_share_and_loses_its_own_longest_idle() {
    let victim = Victim::up();
    let mut other = connect_from([127, 0, 0, 3], victim.http(), None).expect("it listens");
    let others = Others::start(victim.http());
    let open = || connect_from([127, 0, 0, 2], victim.http(), None).expect("it takes connections");
    let count = 4_200.min(files() / 4);
    let mut streams: Vec<_> = (0..count).map(|_| open()).collect();
    if count == 4_200 {
        assert_eq!(streams[0].read(&mut [0; 1]).unwrap_or(0), 0, "the longest idle went");
    }
    let last = streams.last_mut().expect("many");
    for stream in [&mut other, last] {
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("it takes bytes");
        assert!(stream.read(&mut [0; 512]).expect("it answers") > 0);
    }
    others.stop(&format!("{count} connections of one address"), &victim);
}
