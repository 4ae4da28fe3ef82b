//! Peers of v1: one of our own, datagram by datagram, and the Python stand-ins.

use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use posto_tests::captures::{scenarios, text};
use posto_tests::process::{Serving, posto, python, run, shared};
use posto_wire::{Packet, json};
use serde_json::Value;

/// A v1 client that sends what it is told and shows what it gets.
pub struct RawPeer {
    socket: UdpSocket,
    session: SocketAddr,
}

impl RawPeer {
    /// Opens a session.
    pub fn open(server: SocketAddr) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
        socket.set_read_timeout(Some(Duration::from_secs(5))).expect("a time-out");
        let peer = Self { socket, session: server };
        peer.send(&Packet { syn: true, next_sequence: 1, ..Packet::EMPTY });
        let (answer, session) = peer.receive();
        let number = answer["seq"].as_u64().expect("a number");
        let peer = Self { session, ..peer };
        peer.send(&Packet { ack: true, ack_number: number + 1, sequence: 1, ..Packet::EMPTY });
        peer
    }

    /// Sends a command and returns the answer.
    pub fn ask(&self, sequence: u64, data: &str) -> Value {
        self.send(&Packet::request(sequence, json::parse(data.as_bytes()).expect("JSON")));
        self.receive().0
    }

    fn send(&self, packet: &Packet) {
        self.socket.send_to(&packet.to_bytes(), self.session).expect("sent");
    }

    fn receive(&self) -> (Value, SocketAddr) {
        let mut buffer = [0; 2048];
        let (length, from) = self.socket.recv_from(&mut buffer).expect("an answer");
        assert!(length <= 1024, "a v1 peer reads at most 1,024 bytes");
        (serde_json::from_slice(&buffer[..length]).expect("JSON"), from)
    }
}

/// The Python stand-ins do what the original did: every capture, byte for byte.
#[test]
fn the_python_peers_are_faithful_to_the_captures() {
    let Some(captures) = shared("v1") else { return };
    let output = run(python("replay_check.py").arg(captures), "", Duration::from_secs(120));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains(" passed, 0 failed"), "{said}");
}

#[test]
fn the_python_client_of_v1_talks_to_our_server() {
    let Some(file) = shared("v1/client.jsonl") else { return };
    let scenarios = scenarios(&file);
    let dialogue = scenarios.iter().find(|scenario| text(scenario, "scenario") == "dialogue").expect("the dialogue");
    let probe = UdpSocket::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    for session_ports in ["shared".to_owned(), format!("{probe}-{probe}")] {
        let data = tempfile::tempdir().expect("a directory");
        let serving = Serving::serve(data.path(), &["--session-ports", &session_ports]);
        let address = serving.udp();
        let mut client = python("v1_client.py");
        client.arg(address.ip().to_string()).arg(address.port().to_string());
        let output = run(&mut client, text(dialogue, "typed"), Duration::from_secs(20));
        assert_eq!(String::from_utf8_lossy(&output.stdout), text(dialogue, "printed"), "{session_ports}");
        assert!(output.status.success());
    }
}

#[test]
fn our_client_talks_to_the_python_server_of_v1() {
    let Some(file) = shared("v1/client.jsonl") else { return };
    let scenarios = scenarios(&file);
    let dialogue = scenarios.iter().find(|scenario| text(scenario, "scenario") == "dialogue").expect("the dialogue");
    let server = PythonServer::start();
    let address = server.serving.udp();
    let mut client = posto(["client", &address.ip().to_string(), &address.port().to_string()]);
    let output = run(&mut client, text(dialogue, "typed"), Duration::from_secs(20));
    assert_eq!(String::from_utf8_lossy(&output.stdout), text(dialogue, "printed"));
    assert!(output.status.success());
    server.assert_only_whole_commands(2);
}

/// The stand-in of the original server, and what it was asked.
pub struct PythonServer {
    /// The process.
    pub serving: Serving,
    directory: tempfile::TempDir,
}

impl PythonServer {
    /// Starts one with the nine records.
    pub fn start() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let records = directory.path().join("records.json");
        std::fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/../data/dados.json"), &records).expect("copied");
        let mut server = python("v1_server.py");
        server.args(["--port", "0", "--records"]).arg(records).arg("--log").arg(directory.path().join("log"));
        Self { serving: Serving::start(&mut server, 1), directory }
    }

    /// An original server dies of anything but complete `D` and `P` of the fuels 0 to 2: exactly
    /// so many arrived, and none brought a thread down.
    pub fn assert_only_whole_commands(&self, expected: usize) {
        let log = std::fs::read_to_string(self.directory.path().join("log")).expect("a log");
        assert!(!log.contains("\"fault\""), "{log}");
        assert_eq!(log.lines().count(), expected, "{log}");
        for line in log.lines() {
            let entry: Value = serde_json::from_str(line).expect("JSON");
            let data = &entry["dados"];
            assert!(matches!(text(data, "acao"), "D" | "P"), "{line}");
            assert!(matches!(text(data, "tipoCombustivel"), "0" | "1" | "2"), "{line}");
        }
    }
}
