//! Thousands of connections that ask nothing, or asked once, from a few addresses.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::support::{Others, Victim, connect_from, files};

/// As many as the issue wants; here the limits on open files may allow fewer.
const WANTED: usize = 10_000;

/// As many as the gateway keeps.
const KEPT: usize = 4_096;

/// Opens them from eight addresses and says something on each.
fn connections(victim: &Victim, words: &str) -> Vec<TcpStream> {
    let count = WANTED.min(files().saturating_sub(1_500));
    let open = |number: usize| {
        let address = [127, 0, 1, u8::try_from(number % 8).expect("small")];
        let mut stream = connect_from(address, victim.http(), None).expect("it takes connections");
        // The longest idle are sent away while the last ones come.
        let _ = stream.write_all(words.as_bytes());
        stream
    };
    (0..count).map(open).collect()
}

fn bytes_each(victim: &Victim, before_kb: u64, count: usize) -> u64 {
    (victim.memory_kb() - before_kb) * 1024 / u64::try_from(count.min(KEPT)).expect("few")
}

#[test]
fn ten_thousand_silent_connections_hold_nobody_up() {
    let victim = Victim::up();
    let before_kb = victim.memory_kb();
    let others = Others::start(victim.http());
    let streams = connections(&victim, "");
    std::thread::sleep(std::time::Duration::from_millis(500));
    let each = bytes_each(&victim, before_kb, streams.len());
    others.stop(&format!("{} silent connections of {each} bytes", streams.len()), &victim);
    victim.is_well();
}

#[test]
fn ten_thousand_connections_that_asked_once_hold_nobody_up() {
    let victim = Victim::up();
    let before_kb = victim.memory_kb();
    let others = Others::start(victim.http());
    let mut streams = connections(&victim, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let mut answered = 0;
    for stream in &mut streams {
        let mut answer = [0; 1024];
        let length = stream.read(&mut answer).unwrap_or(0);
        answered += usize::from(answer[..length].starts_with(b"HTTP/1.1 200"));
    }
    assert!(answered > streams.len() / 2, "{answered} of {}", streams.len());
    let each = bytes_each(&victim, before_kb, streams.len());
    others.stop(&format!("{} idle connections of {each} bytes", streams.len()), &victim);
    victim.is_well();
}

#[test]
fn one_address_has_its_share_and_loses_its_own_longest_idle() {
    let victim = Victim::up();
    let ask = |stream: &mut TcpStream| {
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("it takes bytes");
        assert!(stream.read(&mut [0; 512]).expect("it answers") > 0);
    };
    let mut other = connect_from([127, 0, 0, 3], victim.http(), None).expect("it listens");
    ask(&mut other);
    let others = Others::start(victim.http());
    let open = || connect_from([127, 0, 0, 2], victim.http(), None).expect("it takes connections");
    let count = 2_200.min(files() / 4);
    let mut streams: Vec<_> = (0..count).map(|_| open()).collect();
    if count == 2_200 {
        assert_eq!(streams[0].read(&mut [0; 1]).unwrap_or(0), 0, "the longest idle went");
    }
    let last = streams.last_mut().expect("many");
    ask(last);
    ask(&mut other);
    others.stop(&format!("{count} connections of one address"), &victim);
}
