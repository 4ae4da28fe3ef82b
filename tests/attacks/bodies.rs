//! Bodies that are too long, endless, or of another length than they say.

use std::io::Write as _;

use crate::support::{Kept, Others, Victim, ends};

const HEAD: &str = "POST /stations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

#[test]
fn bodies_that_are_too_long_are_refused_before_they_are_read() {
    let victim = Victim::up();
    let others = Others::start(victim.http());
    let too_long = format!("{{{}", " ".repeat(17 * 1024));
    for _ in 0..20 {
        let mut announced = Kept::open(victim.http());
        let answer = announced.send(&format!("{HEAD}Content-Length: 10000000000\r\n\r\n{{")).expect("an answer");
        assert_eq!((answer.status, answer.code().as_str()), (413, "body-too-large"));

        let mut whole = Kept::open(victim.http());
        let length = too_long.len();
        let answer = whole.send(&format!("{HEAD}Content-Length: {length}\r\n\r\n{too_long}"));
        assert_eq!(answer.expect("an answer").status, 413);

        // Chunks without end: refused at 16 KiB, whatever more is sent.
        let mut endless = Kept::open(victim.http());
        let _ = endless.stream.write_all(format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n").as_bytes());
        let chunk = format!("1000\r\n{}\r\n", " ".repeat(0x1000));
        while endless.stream.write_all(chunk.as_bytes()).is_ok() {}
        let (ended, said) = ends(&mut endless.stream);
        assert!(ended && (said.is_empty() || said.starts_with(b"HTTP/1.1 413")), "{}", String::from_utf8_lossy(&said));
    }
    others.stop("60 bodies without end", &victim);
    victim.is_well();
}

#[test]
fn a_body_of_another_length_than_it_says_harms_nobody() {
    let victim = Victim::up();
    let body = r#"{"fuel": "ethanol", "price": 3.5, "lat": 1.5, "lon": 2.5}"#;
    let (length, shorter) = (body.len(), body.len() - 1);
    let mut broken_off = Kept::open(victim.http());
    broken_off.stream.write_all(format!("{HEAD}Content-Length: 100\r\n\r\n{body}").as_bytes()).expect("it takes bytes");
    broken_off.stream.shutdown(std::net::Shutdown::Write).expect("half closed");
    let (ended, said) = ends(&mut broken_off.stream);
    assert!(ended && (said.is_empty() || said.starts_with(b"HTTP/1.1 400")), "{}", String::from_utf8_lossy(&said));

    // The last byte is taken for the beginning of the next request, which then is none.
    let mut longer = Kept::open(victim.http());
    let answer = longer.send(&format!("{HEAD}Content-Length: {shorter}\r\n\r\n{body}")).expect("an answer");
    assert_eq!((answer.status, answer.code().as_str()), (400, "unreadable-request"));

    // Two lengths that differ, and a length beside chunks, are how requests are smuggled past proxies.
    for heads in [
        format!("Content-Length: {length}\r\nContent-Length: {shorter}\r\n"),
        "Content-Length: -1\r\n".to_owned(),
        "Content-Length: 0x10\r\n".to_owned(),
        "Transfer-Encoding: chunked, identity\r\n".to_owned(),
    ] {
        let mut kept = Kept::open(victim.http());
        let answer = kept.send(&format!("{HEAD}{heads}\r\n{body}")).expect("an answer");
        assert_eq!(answer.status, 400, "{heads}");
    }
    victim.is_well();
}
