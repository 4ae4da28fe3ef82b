//! Every datagram that was captured from the running original program (server and client), read
//! and written again. The captures lie outside the repository; PROTOCOL.md keeps some of them.

use std::path::Path;

use posto_wire::{Packet, Received, Value, command, packet, python};
use serde_json::Value as Json;

const CAPTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/v1");

/// The members of a packet in the order in which v1 writes them.
const CANONICAL: [&str; 7] = ["SYN", "ACK", "FIN", "ack", "seq", "proxSeq", "checksum"];

/// The scenarios of a capture; none, with a message, where it is not there.
fn scenarios(file: &str) -> Vec<Json> {
    let path = Path::new(CAPTURES).join(file);
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("SKIPPED: there is no {}", path.display());
        return Vec::new();
    };
    let scenarios: Vec<_> = text.lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect();
    assert!(!scenarios.is_empty(), "{} is empty", path.display());
    scenarios
}

fn text<'a>(object: &'a Json, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Json::as_str)
}

/// A captured datagram read, and written again byte for byte where its members are v1's own.
fn read(datagram: &str) -> Received {
    let received = packet::parse(datagram.as_bytes()).unwrap_or_else(|refusal| panic!("{refusal}: {datagram}"));
    let members: Vec<_> = received.header.iter().map(|(name, _)| name).collect();
    if members == CANONICAL {
        assert_eq!(String::from_utf8_lossy(&received.packet.to_bytes()), datagram);
    } else {
        assert_eq!(members[..7], CANONICAL, "unknown members come after: {datagram}");
    }
    received
}

/// Whether the packet carries a command.
fn is_request(packet: &Packet) -> bool {
    matches!(packet.data, Value::Object(_))
}

#[test]
fn every_datagram_of_the_original_server_is_read_and_written_again() {
    let mut requests = 0;
    for scenario in scenarios("server.jsonl") {
        let name = text(&scenario, "scenario").unwrap_or_default();
        for step in scenario["steps"].as_array().expect("steps") {
            let Some(sent) = text(step, "sent").map(read) else { continue };
            let answer = text(step, "answer").map(read);
            if !is_request(&sent.packet) {
                continue;
            }
            requests += 1;
            let matches = sent.packet.checksum == Some(sent.computed_checksum);
            assert!(matches || name == "wrong checksum", "{name}");
            if let Some(answer) = answer {
                assert_eq!(answer.packet.checksum, Some(sent.computed_checksum), "{name}: the sum is echoed");
                assert_eq!(answer.packet.ack, matches, "{name}");
                assert_eq!(answer.packet.ack_number, sent.packet.sequence + 1, "{name}");
                assert_understood(&sent.packet.data, &answer.packet.data);
            }
        }
    }
    eprintln!("{requests} requests of the original's server capture");
}

/// A command is read, and what v1 refused is refused in its words.
fn assert_understood(data: &Value, answer: &Value) {
    match command::read(data) {
        Ok(request) => {
            let upper = python::dumps(data).replace("\"acao\": \"p\"", "\"acao\": \"P\"");
            assert_eq!(python::dumps(&request.to_value()), upper);
        }
        Err((_, mistake)) => assert_eq!(*answer, Value::from(mistake.to_string())),
    }
}

#[test]
fn every_datagram_of_the_original_client_is_read_and_written_again() {
    let mut requests = 0;
    for scenario in scenarios("client.jsonl") {
        for datagram in scenario["datagrams"].as_array().expect("datagrams") {
            if let Some(answered) = text(datagram, "we_answered") {
                read(answered);
            }
            let Some(sent) = text(datagram, "client_sent").map(read) else { continue };
            if is_request(&sent.packet) {
                requests += 1;
                let Packet { sequence, data, .. } = sent.packet.clone();
                assert_eq!(sent.packet, Packet::request(sequence, data), "we ask as the original client does");
                assert_eq!(sent.packet.checksum, Some(sent.computed_checksum));
            }
        }
    }
    eprintln!("{requests} requests of the original's client capture");
}
