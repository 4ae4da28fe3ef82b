//! Seeded nonsense: paths, queries and headers that might be requests, and bytes that are none.

use std::io::Write as _;

use posto_tests::random::Random;

use crate::support::{Kept, Others, Victim, ends};

const SEED: u64 = 11;

/// Words that a parser might stumble over, between those that it knows. Not `events`, which has no end.
const WORDS: [&str; 39] = [
    "/",
    "stations",
    "cheapest",
    "map",
    "statistics",
    "fuels",
    "time",
    "docs",
    "..",
    "%2e%2e",
    "%00",
    "%ff",
    "%",
    "%2",
    "?",
    "&",
    "=",
    "fuel=gasoline",
    "radius=5",
    "lat=-22.2",
    "lon=-54.7",
    "NaN",
    "1e999",
    "-0",
    "bbox=1,2,3",
    "bbox=-180,-90,180,90",
    "zoom=99",
    "limit=201",
    "cursor=%7b%7d",
    "max_age=8d",
    ";",
    "#",
    "+",
    "\\",
    "é",
    "\u{202e}",
    "'\"<script>",
    "{}",
    "[]",
];

#[test]
fn no_path_and_no_query_breaks_anything() {
    let victim = Victim::up();
    let others = Others::start(victim.http());
    let mut random = Random::new(SEED);
    let mut kept = Kept::open(victim.http());
    for _ in 0..600 {
        let words = (0..=random.below(8)).map(|_| WORDS[usize::try_from(random.below(39)).expect("small")]);
        let target = format!("/{}", words.collect::<String>());
        let method =
            ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "BREW"][usize::try_from(random.below(6)).expect("small")];
        let request = format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        kept.stream.write_all(request.as_bytes()).expect("it takes bytes");
        let (ended, said) = ends(&mut kept.stream);
        assert!(ended, "{request}");
        let status = String::from_utf8_lossy(said.get(9..12).unwrap_or_default()).into_owned();
        assert!(matches!(status.as_bytes().first(), Some(b'2' | b'3' | b'4')), "seed {SEED}: {request:?}: {status}");
        kept = Kept::open(victim.http());
    }
    others.stop("600 nonsensical targets", &victim);
}

#[test]
fn bytes_that_are_no_request_end_their_connection_alone() {
    let victim = Victim::up();
    let others = Others::start(victim.http());
    let mut random = Random::new(SEED);
    for number in 0..300 {
        let start: &[u8] = match number % 4 {
            0 => b"",
            1 => b"GET / HTTP/1.1\r\nHost: localhost\r\n",
            2 => b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            _ => b"POST /stations HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n",
        };
        let noise: Vec<u8> = (0..random.below(2_000)).map(|_| random.bits().to_be_bytes()[0]).collect();
        let mut kept = Kept::open(victim.http());
        // It may be refused in the middle.
        let _ = kept.stream.write_all(&[start, &noise].concat());
        let _ = kept.stream.shutdown(std::net::Shutdown::Write);
        assert!(ends(&mut kept.stream).0, "seed {SEED}, number {number}");
    }
    others.stop("300 connections of noise", &victim);
    victim.is_well();
}
