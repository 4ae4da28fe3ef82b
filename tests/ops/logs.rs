//! The log: one request's name on both sides of the UDP link, and nobody's position in it. That it shows
//! networks and no addresses is tested in `crates/udp/src/shortened.rs`: here every peer is this machine.

use std::fs::File;
use std::path::Path;

use posto_tests::http::{get, post};
use posto_tests::process::{Serving, posto, root, run};
use serde_json::Value;

/// A command whose log goes into a file, as JSON and with every request.
fn logged(arguments: &[&str], log: &Path) -> std::process::Command {
    let mut command = posto(arguments.iter().chain(&["--log", "json", "--verbose"]));
    command.env("RUST_LOG", "info").stderr(File::create(log).expect("a file"));
    command
}

/// The lines of a log, each one JSON object.
fn lines(log: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(log).expect("readable");
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

/// The line about the request of this name.
fn line_of(log: &[Value], id: &str) -> Value {
    let mut of_it = log.iter().filter(|line| line["fields"]["request_id"] == id);
    of_it.next().unwrap_or_else(|| panic!("no line with {id}: {log:?}"))["fields"].clone()
}

#[test]
fn a_request_has_one_name_in_the_gateway_s_log_and_in_the_server_s() {
    let data = tempfile::tempdir().expect("a directory");
    let (serve_log, gateway_log) = (data.path().join("serve.log"), data.path().join("gateway.log"));
    let mut serve = logged(&["serve", "--udp", "127.0.0.1:0"], &serve_log);
    let serve = Serving::start(serve.env("POSTO_DATA", data.path().join("prices")), 1);
    let address = serve.udp().to_string();
    let gateway =
        Serving::start(&mut logged(&["gateway", "--http", "127.0.0.1:0", "--server", &address], &gateway_log), 1);

    let report = r#"{"fuel": "gasoline", "price": 3.5, "lat": -22.223665, "lon": -54.771388}"#;
    let answer = post(gateway.http(), "/stations", "X-Request-Id: a-name-of-my-own\r\n", report);
    assert_eq!((answer.status, answer.header("x-request-id")), (200, Some("a-name-of-my-own")));
    let found = get(gateway.http(), "/stations/cheapest?fuel=gasoline&radius=5&lat=-22.223665&lon=-54.771388");
    let given = found.header("x-request-id").expect("a name").to_owned();
    gateway.terminate();
    serve.terminate();

    let (ours, theirs) = (lines(&gateway_log), lines(&serve_log));
    for (id, method, route, status, command) in
        [("a-name-of-my-own", "POST", "/stations", 200, "D"), (&given, "GET", "/stations/cheapest", 200, "P")]
    {
        let (gateway, server) = (line_of(&ours, id), line_of(&theirs, id));
        assert_eq!((gateway["method"].as_str(), gateway["route"].as_str()), (Some(method), Some(route)), "{gateway}");
        assert_eq!(gateway["status"], status, "{gateway}");
        assert_eq!(server["command"], command, "{server}");
    }
    for log in [&gateway_log, &serve_log] {
        let text = std::fs::read_to_string(log).expect("readable");
        assert!(!text.contains("54.77"), "a position in full: {text}");
    }
    let peers: Vec<_> = theirs.iter().filter_map(|line| line["fields"]["peer"].as_str()).collect();
    assert!(!peers.is_empty() && peers.iter().all(|peer| peer.starts_with("127.0.0.1:")), "{peers:?}");
}

#[test]
fn up_tells_where_everything_is_and_standard_output_holds_the_addresses_alone() {
    let data = tempfile::tempdir().expect("a directory");
    let log = data.path().join("log");
    let mut command = posto(["up", "--udp", "127.0.0.1:0", "--http", "127.0.0.1:0"]);
    command.env("RUST_LOG", "info").env("POSTO_DATA", data.path().join("prices"));
    let up = Serving::start(command.stderr(File::create(&log).expect("a file")), 2);
    let (http, udp) = (up.http(), up.udp());
    assert_eq!(get(http, "/docs/").status, 200);
    assert_eq!(up.terminate_and_read(), "", "nothing but the two addresses");
    let told = std::fs::read_to_string(&log).expect("readable");
    let prices = data.path().join("prices").display().to_string();
    for place in [
        format!("page     http://{http}/"),
        format!("API      http://{http}/docs/"),
        format!("metrics  http://{http}/metrics"),
        format!("UDP      {udp}"),
        format!("prices   {prices}"),
    ] {
        assert!(told.contains(&place), "{place}: {told}");
    }
}

#[test]
fn health_says_whether_a_server_answers() {
    let patience = std::time::Duration::from_secs(10);
    let data = tempfile::tempdir().expect("a directory");
    let up = Serving::up(data.path(), &[]);
    let (http, udp) = (up.http().to_string(), up.udp().to_string());
    for arguments in [["health", "--http", &http], ["health", "--server", &udp]] {
        let output = run(&mut posto(arguments), "", patience);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    up.terminate();
    for arguments in [["health", "--http", &http], ["health", "--server", &udp]] {
        let output = run(posto(arguments).current_dir(root()), "", patience);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(String::from_utf8_lossy(&output.stderr).starts_with("posto: "), "it says why");
    }
}
