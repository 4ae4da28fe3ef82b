//! `posto ping`: through loss, to nobody, and for programs.

use std::net::UdpSocket;
use std::process::Stdio;
use std::time::Duration;

use posto_tests::process::{Serving, posto, run};
use serde_json::Value;

const PATIENCE: Duration = Duration::from_secs(90);

/// What `posto ping` prints, and whether anything was answered.
fn ping(port: u16, more: &[&str]) -> (Option<i32>, String) {
    let port = port.to_string();
    let output = run(posto(["ping", "--lang", "pt", "127.0.0.1", &port]).args(more), "", PATIENCE);
    (output.status.code(), String::from_utf8(output.stdout).expect("UTF-8"))
}

#[test]
fn a_server_near_by_is_there_and_its_sizes_are_told() {
    let data = tempfile::tempdir().expect("a directory");
    let server = Serving::serve(data.path(), &[]);
    for protocol in ["any", "v1", "v2"] {
        let more = ["--count", "2", "--interval", "10ms", "--json", "--protocol", protocol];
        let (code, said) = ping(server.udp().port(), &more);
        assert_eq!(code, Some(0), "{said}");
        let lines: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let kinds: Vec<_> = lines.iter().map(|line| line["kind"].as_str().expect("a kind")).collect();
        assert_eq!(kinds, ["handshake", "request", "request", "summary"]);
        for line in &lines[..3] {
            assert_eq!(line["answered"], true, "{line}");
            assert!(line["sent_bytes"].as_u64() > Some(100) && line["received_bytes"].as_u64() > Some(100), "{line}");
        }
        assert_eq!(lines[3]["answered"], 2);
        assert!(lines[3]["received"]["datagrams"].as_u64() >= Some(3), "{}", lines[3]);
    }
}

#[test]
fn at_fifty_per_cent_loss_it_waits_longer_and_longer_and_succeeds() {
    let data = tempfile::tempdir().expect("a directory");
    let server = Serving::serve(data.path(), &[]);
    let to = server.udp().to_string();
    let faults = ["--drop", "0.5", "--seed", "3"];
    let mut relay = posto(["relay", "--udp", "127.0.0.1:0", "--to", &to]);
    let relay = Serving::start(relay.args(faults).stderr(Stdio::null()), 1);
    let (code, said) = ping(relay.udp().port(), &["--count", "6", "--interval", "10ms"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("aguardando 0,1 s … 0,2 s …"), "{said}");
    assert!(!said.contains(" 0 repetidos por perda"), "{said}");
}

#[test]
fn a_silent_server_is_given_up_in_clear_words() {
    let nobody = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let port = nobody.local_addr().expect("an address").port();
    let (code, said) = ping(port, &["--count", "1"]);
    assert_eq!(code, Some(1), "{said}");
    let waits = "conexão: aguardando 0,1 s … 0,2 s … 0,4 s … 0,8 s … 1,6 s … desisto: nenhuma resposta";
    assert!(said.contains(waits) && said.contains("O servidor parece fora do ar."), "{said}");
}
