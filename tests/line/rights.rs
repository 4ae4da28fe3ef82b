//! Who may do what over TCP: what a v1 session may.

use std::time::Duration;

use posto_tests::process::{Serving, posto, run};

use crate::{DOURADOS, say};

const IMPORT: &str = r#"{"acao": "I", "id": "it-1", "lat": 1, "lon": 1, "precos": [{"combustivel": 2, "valor": 1799, "moeda": "EUR", "unidade": "l"}]}"#;

#[test]
fn with_a_key_or_with_v1_read_nobody_reports_over_tcp() {
    let data = tempfile::tempdir().expect("a directory");
    let key = data.path().join("posto.key");
    let made = run(posto(["key", "new"]).arg(&key), "", Duration::from_secs(20));
    assert!(made.status.success());
    let key = key.to_str().expect("a name");
    let lines = format!("D 2 1 {DOURADOS}\nP 2 5 {DOURADOS}\n");
    for (decision, stored) in
        [(&["--psk-file", key][..], false), (&["--v1", "read"], false), (&["--psk-file", key, "--open-writes"], true)]
    {
        let prices = tempfile::tempdir().expect("a directory");
        let server = Serving::serve_lines(prices.path(), decision);
        let said = say(server.tcp(), lines.as_bytes());
        assert_eq!(said.starts_with("Dados gravados"), stored, "{decision:?}: {said}");
        assert_eq!(said.contains("R$ 0.001"), stored, "{decision:?}: {said}");
        assert!(stored || said.contains("R$ 3.999"), "asking is for everyone: {said}");
    }
}

#[test]
fn operators_work_where_the_listener_itself_is_bound_to_loopback() {
    let data = tempfile::tempdir().expect("a directory");
    let near = Serving::serve_lines(data.path(), &[]);
    assert!(say(near.tcp(), format!("{IMPORT}\n").as_bytes()).contains("precos_mudados\": 1"));
    near.terminate();
    // UDP on loopback says nothing of TCP.
    let fixed = ["serve", "--udp", "127.0.0.1:0", "--tcp", "0.0.0.0:0", "--open-writes", "--data"];
    let far = Serving::start(posto(fixed).arg(data.path()), 2);
    let reached = ([127, 0, 0, 1], far.tcp().port()).into();
    let said = say(reached, format!("{IMPORT}\n").as_bytes());
    assert!(said.contains("nao_permitido"), "{said}");
}

#[test]
fn a_public_address_needs_a_decision_and_v1_off_leaves_nobody_to_ask() {
    let data = tempfile::tempdir().expect("a directory");
    for (more, expected) in [
        (&["--tcp", "0.0.0.0:0"][..], "tcp: 0.0.0.0:0: everyone who reaches this address could report"),
        (&["--tcp", "127.0.0.1:0", "--v1", "off"], "with --v1 off nobody may ask there"),
        (&["--tcp", "nowhere"], "POSTO_TCP"),
    ] {
        let mut serve = posto(["serve", "--udp", "127.0.0.1:0", "--data"]);
        let output = run(serve.arg(data.path()).args(more), "", Duration::from_secs(20));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(expected), "{more:?}: {said}");
    }
}
