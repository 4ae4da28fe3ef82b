//! The 7 scenarios of `client.jsonl`: for the same typing `posto client` prints what the original
//! client printed, and ends with the same exit code.

use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use posto_tests::captures::{scenarios, text};
use posto_tests::process::{posto, run, shared};
use serde_json::Value;

#[test]
fn our_client_prints_what_the_original_client_printed() {
    let Some(file) = shared("v1/client.jsonl") else { return };
    let scenarios = scenarios(&file);
    assert_eq!(scenarios.len(), 7);
    // Side by side: one of them is 25 s of silence.
    std::thread::scope(|scope| {
        for scenario in &scenarios {
            scope.spawn(move || replay(scenario));
        }
    });
}

fn replay(scenario: &Value) {
    let name = text(scenario, "scenario");
    let server = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let port = server.local_addr().expect("an address").port().to_string();
    let done = Arc::new(AtomicBool::new(false));
    let playing = {
        let (datagrams, done) = (scenario["datagrams"].clone(), Arc::clone(&done));
        std::thread::spawn(move || play(&server, datagrams.as_array().expect("datagrams"), &done))
    };
    let output = run(
        &mut posto(["client", "--protocol", "v1", "127.0.0.1", &port]),
        text(scenario, "typed"),
        Duration::from_secs(60),
    );
    done.store(true, Ordering::Relaxed);
    playing.join().expect("the fake server");
    assert_eq!(String::from_utf8_lossy(&output.stdout), printed(scenario), "{name}");
    assert_eq!(output.status.code().map(i64::from), scenario["exit"].as_i64(), "{name}");
}

/// What the original printed; where a request follows one that failed, with the number that ours
/// gives it: it never uses one again (PROTOCOL §4), so `seq` is one more and the sum two less.
fn printed(scenario: &Value) -> String {
    let printed = text(scenario, "printed");
    if text(scenario, "scenario") != "answers with ACK false" {
        return printed.to_owned();
    }
    printed.replace("\"ack\": 2,", "\"ack\": 3,").replace("\"checksum\": 84", "\"checksum\": 82")
}

/// A fake server that answers as the captured one did: each datagram but a repeated one gets the
/// answers that followed it in the capture.
fn play(server: &UdpSocket, datagrams: &[Value], done: &AtomicBool) {
    server.set_read_timeout(Some(Duration::from_millis(50))).expect("a time-out");
    let mut script = datagrams.iter().peekable();
    let mut last_syn = false;
    while !done.load(Ordering::Relaxed) {
        let mut buffer = [0; 2048];
        let Ok((length, from)) = server.recv_from(&mut buffer) else { continue };
        let sent: Value = serde_json::from_slice(&buffer[..length]).expect("JSON");
        let is_syn = sent["SYN"] == true;
        if is_syn && last_syn {
            continue; // ours repeats its SYN
        }
        last_syn = is_syn;
        let Some(expected) = script.next() else { panic!("the capture has no more datagrams, but {sent} came") };
        let expected: Value = serde_json::from_str(text(expected, "client_sent")).expect("JSON");
        assert_same(&sent, &expected);
        while let Some(answer) = script.next_if(|datagram| datagram["we_answered"].is_string()) {
            let answer = with_numbers_of(&sent, text(answer, "we_answered"), &expected);
            server.send_to(answer.as_bytes(), from).expect("sent");
        }
    }
    assert!(script.next().is_none(), "the client did not send all that the original sent");
}

/// Equal but for the numbers of a request after a failed one.
fn assert_same(sent: &Value, expected: &Value) {
    let plain = |packet: &Value| {
        let mut packet = packet.clone();
        for member in ["seq", "proxSeq", "checksum"] {
            packet[member] = Value::Null;
        }
        packet
    };
    assert_eq!(plain(sent), plain(expected));
}

/// The answer with `ack` and `checksum` moved by as much as the request's own differ.
fn with_numbers_of(sent: &Value, answer: &str, expected: &Value) -> String {
    if sent["seq"] == expected["seq"] {
        return answer.to_owned();
    }
    let number = |packet: &Value, member: &str| packet[member].as_u64().expect("a number");
    let (ack, ours) = (number(expected, "seq") + 1, number(sent, "seq") + 1);
    let sums = (number(expected, "checksum"), number(sent, "checksum"));
    answer
        .replace(&format!("\"ack\": {ack}"), &format!("\"ack\": {ours}"))
        .replace(&format!("\"checksum\": {}", sums.0), &format!("\"checksum\": {}", sums.1))
}
