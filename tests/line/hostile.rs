//! Peers that send what is no command: too much, too slowly, too much else. Nothing of it is executed,
//! and nobody else notices.

use std::io::{ErrorKind, Write as _};
use std::time::Duration;

use posto_tests::process::Serving;
use posto_tests::random::Random;

use crate::{DOURADOS, connect, say};

/// A command that would be seen, were it executed.
fn smuggled() -> String {
    format!("D 2 1 {DOURADOS}\n")
}

fn assert_unharmed(server: &Serving) {
    let said = say(server.tcp(), format!("P 2 5 {DOURADOS}\n").as_bytes());
    assert!(said.contains("R$ 3.999"), "{said}");
}

#[test]
fn a_browser_s_post_reports_no_price() {
    let data = tempfile::tempdir().expect("a directory");
    let server = Serving::serve_lines(data.path(), &[]);
    let body = smuggled();
    let length = body.len();
    let post =
        format!("POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\r\n{body}");
    for request in [post, format!("GET / HTTP/1.0\r\n\r\n{body}"), format!("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{body}")] {
        let said = say(server.tcp(), request.as_bytes());
        assert!(said.starts_with("Esta porta não fala HTTP") && said.lines().count() == 1, "{said}");
    }
    // A TLS greeting, whose session ticket a site may fill as it likes.
    let said = say(server.tcp(), format!("\u{16}\u{3}\u{1}\n{body}").as_bytes());
    assert!(said.starts_with("Esta porta"), "{said}");
    assert_unharmed(&server);
}

#[test]
fn a_line_too_long_ends_its_connection_and_nothing_after_it_is_read() {
    let data = tempfile::tempdir().expect("a directory");
    let server = Serving::serve_lines(data.path(), &[]);
    let longest = format!("{}\n{}", "x".repeat(65_536), "sair\n");
    assert!(say(server.tcp(), longest.as_bytes()).ends_with("Conexão encerrada.\n"));
    for filler in ["x", "{", "GET /"] {
        let longer = format!("{}\n{}", filler.repeat(65_537), smuggled());
        let said = say(server.tcp(), longer.as_bytes());
        assert!(said.starts_with("A linha passa de 65536 bytes") && said.lines().count() == 1, "{said}");
    }
    assert_unharmed(&server);
}

#[test]
fn a_line_cut_off_by_the_end_of_its_connection_is_not_executed() {
    let data = tempfile::tempdir().expect("a directory");
    let server = Serving::serve_lines(data.path(), &[]);
    let said = say(server.tcp(), smuggled().trim_end().as_bytes());
    assert!(said.starts_with("A última linha não terminou"), "{said}");
    assert_unharmed(&server);
}

#[test]
fn binary_junk_is_explained_or_closed_on_and_harms_nobody() {
    let data = tempfile::tempdir().expect("a directory");
    let server = Serving::serve_lines(data.path(), &[]);
    let mut random = Random::new(8);
    for _ in 0..50 {
        let length = 1 + random.below(4_000);
        let junk: Vec<u8> = (0..length).map(|_| u8::try_from(random.below(256)).expect("a byte")).collect();
        let _ = say_bytes(&server, &junk);
    }
    let said = say_bytes(&server, b"caf\xe9\nP 2 \xff\xf4\xff\xfd\x065 -22.2175 -54.7653\r\0\nsair\n");
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(said.starts_with("A linha não está em UTF-8: o byte 0xe9, na posição 3"), "{said}");
    assert!(said.contains("R$ 3.999") && said.ends_with("Conexão encerrada.\n"), "{said}");
    assert_unharmed(&server);
}

/// What the server says to these bytes; a telnet's wishes may be answered in bytes that are no text.
fn say_bytes(server: &Serving, bytes: &[u8]) -> Vec<u8> {
    use std::io::Read as _;
    let mut stream = connect(server.tcp());
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let mut said = Vec::new();
    let _ = stream.read_to_end(&mut said);
    said
}

/// It asks and asks and never reads: its answers fill the system's buffers, then it waits; nobody else
/// does.
#[test]
fn who_never_reads_its_answers_keeps_nobody_waiting() {
    let data = tempfile::tempdir().expect("a directory");
    let server = Serving::serve_lines(data.path(), &[]);
    let mut slow = connect(server.tcp());
    slow.set_write_timeout(Some(Duration::from_millis(300))).expect("a time-out");
    let questions = "{\"acao\": \"T\"}\n".repeat(1_000);
    let stuck = (0..10_000).find_map(|_| slow.write_all(questions.as_bytes()).err()).expect("it gets stuck");
    assert!(matches!(stuck.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{stuck}");
    for _ in 0..20 {
        assert_unharmed(&server);
    }
}
