//! Answers that somebody else forged while the server is stopped (SIGSTOP): from another port, from
//! another address, in every shape that a true one could have. Nobody believes them.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, UdpSocket};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use posto_tests::process::{Serving, posto, run};

/// A free port of ours.
fn a_port() -> SocketAddr {
    UdpSocket::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address")
}

/// Packets that would open a session, answer its first request and its second, or end it.
fn forgeries() -> Vec<String> {
    let packet = |data: &str, flags: [bool; 2], numbers: [u64; 3], sum: u32| {
        let ([syn, ack], [ack_number, seq, next]) = (flags, numbers);
        format!(
            "{{\"dados\": {data}, \"SYN\": {syn}, \"ACK\": {ack}, \"FIN\": false, \"ack\": {ack_number}, \"seq\": {seq}, \
             \"proxSeq\": {next}, \"checksum\": {sum}}}"
        )
    };
    let mut all = vec![
        packet("null", [true, true], [1, 0, 1], 0).replace("\"checksum\": 0", "\"checksum\": null"),
        packet("\"FORJADO\"", [false, false], [0, 0, 0], 0),
        packet("null", [false, false], [0, 0, 0], 0),
    ];
    for ack in [2, 3, 4] {
        all.extend((0..=255).map(|sum| packet("\"FORJADO\"", [false, true], [ack, 0, 0], sum)));
    }
    all
}

/// Sends the forgeries to `target` again and again, from another port and another address of this
/// machine, while `work` goes on.
fn under_forgeries<T>(target: SocketAddr, work: impl FnOnce() -> T) -> T {
    let done = AtomicBool::new(false);
    let sources = ["127.0.0.1:0", "127.0.0.2:0"].map(|source| UdpSocket::bind(source).expect("an address of loopback"));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let all = forgeries();
            while !done.load(Ordering::Relaxed) {
                for (index, forged) in all.iter().enumerate() {
                    for source in &sources {
                        // Nobody may be there yet, or any more.
                        let _ = source.send_to(forged.as_bytes(), target);
                    }
                    if index % 32 == 0 {
                        std::thread::sleep(Duration::from_millis(1));
                    }
                }
            }
        });
        let result = work();
        done.store(true, Ordering::Relaxed);
        result
    })
}

#[test]
fn ping_believes_nobody_but_the_server() {
    let data = tempfile::tempdir().expect("a directory");
    let server = Serving::serve(data.path(), &[]);
    let (port, ours) = (server.udp().port().to_string(), a_port());
    let bound = ours.to_string();
    let arguments = ["ping", "--lang", "en", "--count", "1", "--bind", &bound, "127.0.0.1", &port];
    server.signal("STOP");
    let output = under_forgeries(ours, || run(&mut posto(arguments), "", Duration::from_secs(60)));
    server.signal("CONT");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("The server seems to be down.") && said.contains("from other addresses or ports, ignored"),
        "{said}"
    );
    let output = run(&mut posto(arguments), "", Duration::from_secs(60));
    assert!(output.status.success(), "it goes on where the server does: {output:?}");
}

/// v1 has no secret, so what is tested here is just that an answer must come from the session's own
/// address and port.
#[test]
fn an_open_session_takes_its_answer_from_the_server_only() {
    let data = tempfile::tempdir().expect("a directory");
    let server = Serving::serve(data.path(), &[]);
    for protocol in ["v1", "v2"] {
        let (port, ours) = (server.udp().port().to_string(), a_port());
        let bound = ours.to_string();
        let mut client =
            posto(["client", "--protocol", protocol, "--timeout", "20s", "--bind", &bound, "127.0.0.1", &port]);
        let mut child = client.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
        let mut typed = child.stdin.take().expect("piped");
        let mut printed = BufReader::new(child.stdout.take().expect("piped")).lines().map(|line| line.expect("text"));
        let ask = b"P 2 5 -22.2175 -54.7653\n";
        typed.write_all(ask).expect("it reads");
        assert!(printed.by_ref().any(|line| line.contains("R$ 3.999")));
        server.signal("STOP");
        typed.write_all(ask).expect("it reads");
        under_forgeries(ours, || std::thread::sleep(Duration::from_millis(700)));
        server.signal("CONT");
        drop(typed);
        let rest: Vec<_> = printed.collect();
        assert!(rest.iter().any(|line| line.contains("R$ 3.999")), "{protocol}: {rest:?}");
        assert!(!rest.iter().any(|line| line.contains("FORJADO")), "{protocol}: {rest:?}");
        assert!(child.wait().expect("it ends").success());
    }
}
