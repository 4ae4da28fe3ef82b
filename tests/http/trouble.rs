//! What a client of the gateway meets when the server is in trouble, and how it ends.

use std::time::{Duration, Instant};

use posto_tests::http::get;
use posto_tests::process::{Serving, posto, run};

const CHEAPEST: &str = "/stations/cheapest?fuel=gasoline&radius=5&lat=-22.2175&lon=-54.7653";

#[test]
fn a_silent_server_is_told_by_the_deadline_and_comes_back_without_a_restart_of_the_gateway() {
    let data = tempfile::tempdir().expect("a directory");
    let server = Serving::serve(data.path(), &[]);
    let address = server.udp();
    let gateway = Serving::gateway(address);
    assert_eq!(get(gateway.http(), CHEAPEST).status, 200);
    assert_eq!(get(gateway.http(), "/readyz").status, 200);

    server.signal("STOP");
    let silent = get(gateway.http(), CHEAPEST);
    assert!(matches!(silent.status, 503 | 504), "{}", silent.text());
    assert_eq!(get(gateway.http(), "/readyz").status, 503);
    assert_eq!(get(gateway.http(), "/healthz").status, 200);
    server.signal("CONT");
    until_answered(&gateway);

    // Killed and started again on the same port: its sessions are unknown to the new process.
    server.kill();
    let gone = get(gateway.http(), CHEAPEST);
    assert!(matches!(gone.status, 503 | 504), "{}", gone.text());
    assert!(gone.status == 504 || gone.header("retry-after").is_some());
    let address = address.to_string();
    let mut again = posto(["serve", "--udp", &address, "--data"]);
    let _server = Serving::start(again.arg(data.path()), 1);
    until_answered(&gateway);
}

fn until_answered(gateway: &Serving) {
    let started = Instant::now();
    loop {
        let answer = get(gateway.http(), CHEAPEST);
        if answer.status == 200 {
            return;
        }
        assert!(started.elapsed() < Duration::from_secs(15), "{}", answer.text());
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn sigterm_ends_everything_properly() {
    let data = tempfile::tempdir().expect("a directory");
    let up = Serving::up(data.path(), &[]);
    assert_eq!(get(up.http(), CHEAPEST).status, 200);
    up.terminate();
    Serving::up(data.path(), &[]).terminate();
}

#[test]
fn what_cannot_start_says_why_in_one_line() {
    let data = tempfile::tempdir().expect("a directory");
    let up = Serving::up(data.path(), &[]);
    let (udp, http) = (up.udp().to_string(), up.http().to_string());
    let file = data.path().join("posto.db");
    let under_a_file = file.join("data");
    let cases: [(&[&str], &str); 4] = [
        (&["serve", "--udp", &udp, "--data", "unused"], "cannot bind UDP"),
        (&["gateway", "--http", &http], "cannot bind HTTP"),
        (&["serve", "--udp", "127.0.0.1:0", "--data", under_a_file.to_str().expect("UTF-8")], "data directory"),
        (&["cheapest", "gasoline", "5", "0", "0", "--server", "127.0.0.1:9"], "does not answer"),
    ];
    for (arguments, expected) in cases {
        let output = run(posto(arguments).current_dir(data.path()), "", Duration::from_secs(20));
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(said.contains(expected) && said.lines().count() == 1, "{arguments:?}: {said}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}
