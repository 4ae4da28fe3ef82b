//! Clients that ask for much and read nothing of it.

use std::io::Write as _;
use std::time::Duration;

use crate::support::{Kept, LONG, Others, Victim, connect_from, ends, files};

#[test]
fn answers_that_nobody_reads_are_bounded_and_their_connections_cut() {
    let victim = Victim::up();
    let others = Others::start(victim.http());
    let request = format!("GET {LONG} HTTP/1.1\r\nHost: localhost\r\n\r\n").repeat(20);
    let count = 600.min(files() / 8);
    let mut streams = Vec::new();
    for _ in 0..count {
        let mut stream = connect_from([127, 0, 0, 2], victim.http(), Some(2048)).expect("it takes connections");
        // Some are cut while they ask: they hold most.
        let _ = stream.write_all(request.as_bytes());
        streams.push(stream);
    }
    std::thread::sleep(Duration::from_secs(1));
    others.stop(&format!("{count} connections with 20 long answers that nobody reads"), &victim);
    // Nobody is waited for longer than the limit.
    std::thread::sleep(Duration::from_secs(10));
    let (ended, _) = ends(&mut streams[0]);
    assert!(ended);
    victim.is_well();
}

#[test]
fn events_that_nobody_reads_are_bounded() {
    let victim = Victim::up();
    let others = Others::start(victim.http());
    let request = "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let streams: Vec<_> = (0..200)
        .map(|_| {
            let mut stream = connect_from([127, 0, 0, 2], victim.http(), Some(2048)).expect("it takes connections");
            stream.write_all(request.as_bytes()).expect("it takes bytes");
            stream
        })
        .collect();
    let mut reporter = Kept::open(victim.http());
    for number in 0..200 {
        let body = format!(r#"{{"fuel": "diesel", "price": {}.5, "lat": 1.5, "lon": 2.5}}"#, 1 + number % 9);
        let head = "POST /stations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
        let answer = reporter.send(&format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()));
        assert!(matches!(answer.expect("an answer").status, 200 | 201 | 503));
    }
    others.stop(&format!("200 changes to {} streams that nobody reads", streams.len()), &victim);
    drop(streams);
    victim.is_well();
}
