//! A fuel-price server that is stopped or frozen, and more requests than a gateway takes at once.

use std::time::{Duration, Instant};

use posto_tests::process::Serving;

use crate::support::{CHEAPEST, ENOUGH, Kept};

fn until_answered(gateway: &Serving) {
    let started = Instant::now();
    while Kept::open(gateway.http()).get(CHEAPEST).expect("an answer").status != 200 {
        assert!(started.elapsed() < ENOUGH, "it does not come back");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn while_the_server_is_frozen_everyone_is_told_and_it_comes_back_by_itself() {
    let data = tempfile::tempdir().expect("a directory");
    let server = Serving::serve(data.path(), &[]);
    let gateway = Serving::gateway(server.udp());
    until_answered(&gateway);
    server.signal("STOP");
    let asked = Instant::now();
    let first = Kept::open(gateway.http()).get(CHEAPEST).expect("an answer");
    println!("frozen server: first {} {} after {:.0?}", first.status, first.code(), asked.elapsed());
    assert!(matches!(first.status, 503 | 504), "{}", first.status);
    let asked = Instant::now();
    let second = Kept::open(gateway.http()).get(CHEAPEST).expect("an answer");
    println!("frozen server: then {} {} after {:.0?}", second.status, second.code(), asked.elapsed());
    assert_eq!(second.status, 503);
    assert!(second.head.contains("retry-after: "), "{}", second.head);
    assert_eq!(Kept::open(gateway.http()).get("/readyz").expect("an answer").status, 503);
    assert_eq!(Kept::open(gateway.http()).get("/healthz").expect("an answer").status, 200);
    server.signal("CONT");
    until_answered(&gateway);
    assert_eq!(Kept::open(gateway.http()).get("/readyz").expect("an answer").status, 200);
}

#[test]
fn more_requests_than_are_taken_at_once_are_refused_at_once_and_the_pulse_is_not() {
    let data = tempfile::tempdir().expect("a directory");
    let server = Serving::serve(data.path(), &[]);
    let gateway = Serving::gateway(server.udp());
    until_answered(&gateway);
    let mut asking: Vec<_> = (0..900).map(|_| Kept::open(gateway.http())).collect();
    server.signal("STOP");
    let request = format!("GET {CHEAPEST} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    for kept in &mut asking {
        let _ = std::io::Write::write_all(&mut kept.stream, request.as_bytes());
    }
    assert_eq!(Kept::open(gateway.http()).get("/healthz").expect("an answer").status, 200);
    // On a slow machine the first of them have been silent for too long by the time they ask.
    let answers: Vec<_> = asking.iter_mut().filter_map(|kept| kept.answer().ok()).collect();
    let busy = answers.iter().filter(|answer| answer.code() == "busy").count();
    println!("900 requests to a frozen server: {busy} told busy, {} that it is silent", answers.len() - busy);
    for answer in &answers {
        assert!(matches!(answer.status, 503 | 504), "{} {}", answer.head, String::from_utf8_lossy(&answer.body));
    }
    assert!(answers.len() > 300, "{}", answers.len());
    server.signal("CONT");
    until_answered(&gateway);
}
