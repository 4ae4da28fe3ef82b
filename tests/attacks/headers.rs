//! Headers without end, and requests before the answers to the former ones.

use std::io::Write as _;

use crate::support::{CHEAPEST, Kept, Others, Victim, ends};

#[test]
fn long_and_many_headers_are_refused() {
    let victim = Victim::up();
    let others = Others::start(victim.http());
    let many: String = (0..5_000).map(|number| format!("X-{number}: 1\r\n")).collect();
    let heads = [
        format!("GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: {}\r\n\r\n", "a".repeat(1 << 20)),
        format!("GET / HTTP/1.1\r\nHost: localhost\r\n{many}\r\n"),
        format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "a".repeat(1 << 20)),
        // One that has no end.
        format!("GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: {}", "a".repeat(1 << 20)),
    ];
    for _ in 0..20 {
        for head in &heads {
            let mut kept = Kept::open(victim.http());
            // It may be refused before its last byte is taken, and a reset may overtake the refusal.
            let _ = kept.stream.write_all(head.as_bytes());
            let (ended, said) = ends(&mut kept.stream);
            let is_refused = said.is_empty() || said.starts_with(b"HTTP/1.1 431") || said.starts_with(b"HTTP/1.1 414");
            assert!(ended && is_refused, "{}", String::from_utf8_lossy(&said));
        }
    }
    others.stop("80 headers of 1 MB", &victim);
    victim.is_well();
}

#[test]
fn requests_that_come_together_are_answered_in_order() {
    let victim = Victim::up();
    let others = Others::start(victim.http());
    let mut kept = Kept::open(victim.http());
    let targets = ["/healthz", CHEAPEST, "/nowhere", "/fuels"];
    for _ in 0..20 {
        let all = targets.map(|target| format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        kept.stream.write_all(all.concat().repeat(10).as_bytes()).expect("it takes bytes");
        for number in 0..40 {
            let answer = kept.answer().expect("an answer");
            assert_eq!(answer.status, if number % 4 == 2 { 404 } else { 200 });
        }
    }
    others.stop("800 requests, 40 at a time", &victim);
}
