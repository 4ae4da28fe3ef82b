//! `--watch`: rounds that go on after a failed one, until a signal.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Place, WebServer, answer};

#[test]
fn rounds_go_on_after_a_failed_one_and_end_by_a_signal() {
    let place = Place::new();
    let dados = |price| {
        let text = format!(r#"[{{"tipoCombustivel": "2", "valor": {price}, "coordenadas": "(-22.2;-54.8)"}}]"#);
        answer("200 OK", "", text.as_bytes())
    };
    let server = WebServer::start(vec![dados(5899), answer("404 Not Found", "", b""), dados(5799)]);
    for signal in ["TERM", "INT"] {
        let mut command = place.command(&["dados", "--url", &server.address, "--watch", "1s"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut wait_for = |expected: &str| loop {
            let line = lines.next().expect("more to read").expect("readable");
            if line.contains(expected) {
                return line;
            }
        };
        for _ in 0..3 {
            let next = wait_for("next import: ");
            assert!(next.ends_with('Z'), "it says when: {next}");
        }
        let sent = Command::new("kill").arg(format!("-{signal}")).arg(child.id().to_string()).status();
        assert!(sent.expect("kill runs").success());
        let started = Instant::now();
        while child.try_wait().expect("it can be waited for").is_none() {
            assert!(started.elapsed() < Duration::from_secs(20), "it has not ended after {signal}");
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(child.wait().expect("it ended").success(), "{signal}");
    }
    assert_eq!(place.holds(), (1, 1));
    assert!(server.asked().len() >= 6);
}

#[test]
fn what_cannot_be_repeated_is_refused_at_once() {
    let place = Place::new();
    place.import(&["dados", "-", "--watch", "1m"]).failed_with("cannot read standard input more than once");
    place.import(&["italy", "--download", "--watch", "5s"]).failed_with("at least 60 s");
    assert_eq!(place.import(&["italy", "--download", "--watch", "often"]).code, Some(2));
}
