//! The 16 scenarios of `server.jsonl` against our server, byte for byte but where PROTOCOL §3–4
//! says "do not copy"; those places are listed in [`ours`].

use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use posto_tests::captures::{scenarios, text};
use posto_tests::process::{Serving, shared};
use serde_json::Value;

/// The packet with every member at its default and no data: "I do not know your session".
const UNKNOWN_SESSION: &str =
    r#"{"dados": null, "SYN": false, "ACK": false, "FIN": false, "ack": 0, "seq": 0, "proxSeq": 0, "checksum": null}"#;

#[test]
fn the_original_s_scenarios_are_answered_on_one_shared_port() {
    replay_all(|serving| serving.udp());
}

#[test]
fn the_original_s_scenarios_are_answered_on_session_ports_too() {
    let Some(file) = shared("v1/server.jsonl") else { return };
    // Ports near the end of the range, tried until some are free: the option takes no port 0.
    for scenario in scenarios(&file) {
        let serving = serve_on_a_range(&scenario);
        replay(&scenario, serving.udp(), true);
    }
}

fn serve_on_a_range(scenario: &Value) -> Serving {
    let probe = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let first = probe.local_addr().expect("an address").port();
    drop(probe);
    let data = tempfile::tempdir().expect("a directory").keep();
    Serving::serve(&data, &["--session-ports", &format!("{first}-{first}"), "--seed", seed(scenario)])
}

fn replay_all(server: impl Fn(&Serving) -> SocketAddr + Sync) {
    let Some(file) = shared("v1/server.jsonl") else { return };
    let scenarios = scenarios(&file);
    assert_eq!(scenarios.len(), 16);
    // Side by side: one of them is 28 s of silence.
    std::thread::scope(|scope| {
        for scenario in &scenarios {
            let server = &server;
            scope.spawn(move || {
                let data = tempfile::tempdir().expect("a directory");
                let serving = Serving::serve(data.path(), &["--seed", seed(scenario)]);
                replay(scenario, server(&serving), false);
            });
        }
    });
}

fn seed(scenario: &Value) -> &'static str {
    match text(scenario, "records_before") {
        "no file" => "none",
        "the nine records" => concat!(env!("CARGO_MANIFEST_DIR"), "/../data/dados.json"),
        other => panic!("unknown records: {other}"),
    }
}

fn replay(scenario: &Value, server: SocketAddr, session_ports: bool) {
    let name = text(scenario, "scenario");
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let (mut session, mut number) = (server, 0);
    for (index, step) in scenario["steps"].as_array().expect("steps").iter().enumerate() {
        if let Some(seconds) = step["wait_s"].as_u64() {
            // The session-port run need not be silent a second time.
            std::thread::sleep(Duration::from_secs(if session_ports { 1 } else { seconds }));
            continue;
        }
        let sent = with_number(text(step, "sent"), number);
        let to = if text(step, "to") == "server port" { server } else { session };
        socket.send_to(sent.as_bytes(), to).expect("sent");
        let expected = ours(name, index, session_ports).unwrap_or_else(|| step["answer"].as_str().map(str::to_owned));
        let answer = receive(&socket, expected.is_some());
        if let Some((answer, from)) = answer.as_ref().filter(|(answer, _)| answer.contains("\"SYN\": true")) {
            (session, number) = (*from, sequence(answer));
            assert_eq!(session != server, session_ports, "{name}: the SYN+ACK came from {session}");
            assert_ne!(number, 0, "{name}: N is a cookie");
            let expected = expected
                .expect("a SYN+ACK")
                .replace("\"seq\": 0, \"proxSeq\": 1", &format!("\"seq\": {number}, \"proxSeq\": {}", number + 1));
            assert_eq!(*answer, expected, "{name}, step {index}");
        } else {
            assert_eq!(answer.map(|(answer, _)| answer), expected, "{name}, step {index}: {sent}");
        }
    }
}

/// A client echoes N in its handshake ACK; the captures are of N = 0.
fn with_number(sent: &str, number: u64) -> String {
    let ack = r#""ACK": true, "FIN": false, "ack": 1,"#;
    sent.replace(ack, &format!(r#""ACK": true, "FIN": false, "ack": {},"#, number + 1))
}

fn sequence(answer: &str) -> u64 {
    let value: Value = serde_json::from_str(answer).expect("JSON");
    value["seq"].as_u64().expect("a number")
}

/// An answer; where none is expected, 300 ms of silence are enough to see that none comes.
fn receive(socket: &UdpSocket, expected: bool) -> Option<(String, SocketAddr)> {
    let patience = if expected { 5_000 } else { 300 };
    socket.set_read_timeout(Some(Duration::from_millis(patience))).expect("a time-out");
    let mut buffer = [0; 2048];
    let (length, from) = socket.recv_from(&mut buffer).ok()?;
    assert!(length <= 1024, "a v1 peer reads at most 1,024 bytes");
    Some((String::from_utf8(buffer[..length].to_vec()).expect("UTF-8"), from))
}

/// Where our answer is not the original's, and why.
fn ours(scenario: &str, step: usize, session_ports: bool) -> Option<Option<String>> {
    let answer = match (scenario, step) {
        // Nothing is executed, so there is nothing to tell (PROTOCOL §4, "checksum first").
        ("wrong checksum", 2) => {
            r#"{"dados": null, "SYN": false, "ACK": false, "FIN": false, "ack": 2, "seq": 0, "proxSeq": 0, "checksum": 167}"#
        }
        // A data packet of an unknown session is told so (PROTOCOL §3).
        ("empty data", 3) | ("data before the handshake ACK", 1 | 2) => UNKNOWN_SESSION,
        // On the shared port a SYN always gets a SYN+ACK (PROTOCOL §3).
        ("SYN on the session port", 2) if !session_ports => {
            r#"{"dados": null, "SYN": true, "ACK": true, "FIN": false, "ack": 1, "seq": 0, "proxSeq": 1, "checksum": null}"#
        }
        // A second handshake ACK is ignored, and the session goes on (PROTOCOL §3).
        ("second handshake ACK", 2) => return Some(None),
        ("second handshake ACK", 3) => {
            r#"{"dados": "Nenhuma posto encontrado para esses par\u00e2metros.", "SYN": false, "ACK": true, "FIN": false, "ack": 2, "seq": 0, "proxSeq": 0, "checksum": 167}"#
        }
        _ => return None,
    };
    Some(Some(answer.to_owned()))
}

#[test]
fn the_same_number_with_other_content_is_another_report() {
    let data = tempfile::tempdir().expect("a directory");
    let serving = Serving::serve(data.path(), &["--seed", "none"]);
    let peer = super::peers::RawPeer::open(serving.udp());
    for valor in [4999, 1234] {
        let answer = peer
            .ask(1, &format!(r#"{{"acao": "D", "tipoCombustivel": "2", "coordenadas": "(1;1)", "valor": {valor}}}"#));
        assert_eq!(answer["dados"], "Dados gravados");
    }
    let answer = peer.ask(2, r#"{"acao": "P", "tipoCombustivel": "2", "coordenadas": "(1;1)", "raio": 1}"#);
    assert_eq!(answer["dados"], "Tipo combustível: gasolina\nPreço: R$ 1.234\ncoordenadas: (1;1)");
}
