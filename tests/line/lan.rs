//! The local network, on loopback: two receivers and two talkers, one of each from Python's standard
//! library; what a server tells there, and how it is found.

use std::io::{BufRead as _, BufReader, Read};
use std::net::UdpSocket;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use posto_tests::process::{Serving, posto, python, run};
use serde_json::Value;

const GROUP: &str = "224.3.29.71";
const LOOPBACK: &str = "127.0.0.1";

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Someone who listens; stopped when the test lets go of it.
struct Listening {
    child: Child,
    lines: Receiver<String>,
}

impl Listening {
    /// Starts it and waits for its first line, which says that it listens.
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let (to, lines) = channel();
        read(child.stdout.take().expect("piped"), to.clone());
        read(child.stderr.take().expect("piped"), to);
        let listening = Self { child, lines };
        listening.next();
        listening
    }

    fn next(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("it says something more")
    }
}

/// Hands on what is printed, line by line, until nobody wants it.
fn read(printed: impl Read + Send + 'static, to: Sender<String>) {
    let lines = BufReader::new(printed).lines().map_while(Result::ok);
    std::thread::spawn(move || lines.map(|line| to.send(line)).take_while(Result::is_ok).for_each(drop));
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that no other test's group has.
fn a_port() -> String {
    UdpSocket::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port().to_string()
}

fn feed(port: &str, more: &[&str]) -> Listening {
    let group = format!("{GROUP}:{port}");
    Listening::start(posto(["feed", "--lang", "en", "--group", &group, "--interface", LOOPBACK]).args(more))
}

fn talk(port: &str, user: &str, lines: &str) {
    let group = format!("{GROUP}:{port}");
    let mut talk = posto(["talk", "--user", user, "--group", &group, "--interface", LOOPBACK]);
    let output = run(&mut talk, lines, PATIENCE);
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn every_receiver_hears_every_talker_and_a_leave_switches_nobody_off() {
    let port = a_port();
    let ours = feed(&port, &[]);
    let mut until_leave = feed(&port, &["--until-leave"]);
    let mut hears = python("multicast_peer.py");
    let theirs = Listening::start(hears.args(["hear", GROUP, &port, LOOPBACK, "4"]));
    talk(&port, "motorista-7", "fila grande na bomba 2\nsair\nnever sent\n");
    let mut stranger = python("multicast_peer.py");
    let lines = "{\"user\": \"motorista-8\", \"data\": \"\\u001b[2Jacabou o etanol\"}\n{\"user\": 1}\n";
    let output = run(stranger.args(["talk", GROUP, &port, LOOPBACK]), lines, PATIENCE);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(ours.next(), "motorista-7: fila grande na bomba 2");
    assert_eq!(ours.next(), "motorista-7 left");
    assert_eq!(ours.next(), r"motorista-8: \u{1b}[2Jacabou o etanol");
    let told: Value = serde_json::from_str(&theirs.next()).expect("JSON");
    assert_eq!(told, serde_json::json!({"user": "motorista-7", "data": "fila grande na bomba 2"}));
    let left: Value = serde_json::from_str(&theirs.next()).expect("JSON");
    assert_eq!(left["data"], "sair");
    assert_eq!(until_leave.next(), "motorista-7: fila grande na bomba 2");
    assert_eq!(until_leave.next(), "motorista-7 left");
    assert!(until_leave.child.wait().expect("it ends").success());
}

#[test]
fn a_remark_that_nobody_would_read_is_not_sent_and_a_flood_is_not_shown() {
    let port = a_port();
    let ours = feed(&port, &["--json"]);
    let flood = format!("{{\"user\": \"x\", \"data\": \"{}\"}}\n", "y".repeat(20)).repeat(500);
    let mut stranger = python("multicast_peer.py");
    run(stranger.args(["talk", GROUP, &port, LOOPBACK]), &flood, PATIENCE);
    let group = format!("{GROUP}:{port}");
    let mut long = posto(["talk", "--user", "z", "--group", &group, "--interface", LOOPBACK]);
    let output = run(&mut long, &format!("{}\n", "w".repeat(300)), PATIENCE);
    assert!(String::from_utf8_lossy(&output.stderr).contains("280"), "{output:?}");
    let mut shown = 0;
    // The leave of `z`, who sent nothing else, comes after all of the flood.
    while !ours.next().contains("\"z\"") {
        shown += 1;
    }
    assert!((1..250).contains(&shown), "{shown} of 500 were shown");
}

#[test]
fn a_server_tells_each_report_once_it_is_stored() {
    let (port, data) = (a_port(), tempfile::tempdir().expect("a directory"));
    let ours = feed(&port, &[]);
    let group = format!("{GROUP}:{port}");
    let server = Serving::serve(data.path(), &["--lan", "--lan-group", &group, "--lan-interface", LOOPBACK]);
    let udp = server.udp().to_string();
    // The server's own session there may not be open yet: report until it is heard.
    let (heard, hearing) = channel();
    std::thread::scope(|scope| {
        let udp = &udp;
        scope.spawn(move || {
            for price in 3_001..3_100 {
                let price = format!("{}.{:03}", price / 1000, price % 1000);
                let mut report = posto(["report", "gasoline", &price, "-22.2175", "-54.7653", "--server", udp]);
                assert!(run(&mut report, "", PATIENCE).status.success());
                if hearing.recv_timeout(Duration::from_millis(300)).is_ok() {
                    break;
                }
            }
        });
        let told = ours.next();
        heard.send(()).expect("it reports");
        assert!(told.starts_with("posto: gasolina 3.0") && told.contains(" BRL/l, Auto Posto Mitai ("), "{told}");
    });
}

#[test]
fn a_server_is_found_without_an_address_and_not_any_more_once_it_has_ended() {
    let (port, data) = (a_port(), tempfile::tempdir().expect("a directory"));
    let group = format!("{GROUP}:{port}");
    let server = Serving::serve(data.path(), &["--lan", "--lan-group", &group, "--lan-interface", LOOPBACK]);
    let find = || {
        let mut client = posto(["client", "--lang", "en", "--lan", "--lan-interface", LOOPBACK]);
        let output = run(&mut client, "P 2 5 -22.2175 -54.7653\n", PATIENCE);
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    };
    // Others on this machine may make themselves known, too.
    let ours = format!("Server found on the local network: {}\n", server.udp());
    let said = (0..20).map(|_| find()).find(|said| said.contains(&ours)).expect("it is found");
    assert!(said.contains("R$ 3.999"), "{said}");
    server.terminate();
    let said = find();
    assert!(!said.contains(&ours), "{said}");
}
