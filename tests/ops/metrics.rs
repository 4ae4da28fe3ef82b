//! `/metrics` of real processes: it moves with what happens, and only those may read it who should.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use posto_tests::http::{get, post, send};
use posto_tests::process::{Serving, posto};

/// Where a search finds a sample price.
const SEARCH: &str = "/stations/cheapest?fuel=gasoline&radius=5&lat=-22.2175&lon=-54.7653";
const REPORT: &str = r#"{"fuel": "gasoline", "price": 3.5, "lat": -22.2237, "lon": -54.7714}"#;

/// A figure's value; the sum over its rows where it has labels.
fn value(text: &str, name: &str) -> Option<f64> {
    let rows = text.lines().filter_map(|line| {
        let (key, value) = line.rsplit_once(' ')?;
        (key.split('{').next() == Some(name)).then(|| value.parse::<f64>().expect("a number"))
    });
    rows.reduce(|sum, value| sum + value)
}

fn text_at(address: SocketAddr) -> String {
    let answer = get(address, "/metrics");
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.header("content-type").is_some_and(|kind| kind.starts_with("text/plain; version=0.0.4")));
    answer.text()
}

#[test]
fn every_figure_moves_with_what_happens() {
    let data = tempfile::tempdir().expect("a directory");
    let up = Serving::up(data.path(), &[]);
    for _ in 0..3 {
        assert_eq!(get(up.http(), SEARCH).status, 200);
    }
    assert_eq!(post(up.http(), "/stations", "", REPORT).status, 200);
    assert_eq!(get(up.http(), "/stations/cheapest?radius=0").status, 400);
    let text = text_at(up.http());
    let row = r#"posto_http_requests_total{method="GET",route="/stations/cheapest",status="200"} 3"#;
    assert!(text.lines().any(|line| line == row), "{row}: {text}");
    for (name, expected) in [
        ("posto_http_request_duration_seconds_count", 5.0),
        ("posto_http_requests_in_flight", 1.0),
        ("posto_http_shed_total", 0.0),
        ("posto_pool_answers_total", 4.0),
        ("posto_pool_timeouts_total", 0.0),
        ("posto_server_sessions", 1.0),
        ("posto_journal_batch_entries_sum", 1.0),
        ("posto_journal_commit_seconds_count", 1.0),
        ("posto_journal_position", 10.0),
        ("posto_journal_failed", 0.0),
        ("posto_book_stations", 3.0),
        ("posto_book_prices", 9.0),
        ("posto_build_info", 1.0),
    ] {
        assert_eq!(value(&text, name), Some(expected), "{name}: {text}");
    }
    // `T` of a session that is new, perhaps.
    assert!(value(&text, "posto_server_commands_total").is_some_and(|commands| commands >= 4.0), "{text}");
    for above_zero in [
        "posto_pool_round_trip_seconds",
        "process_resident_memory_bytes",
        "process_open_fds",
        "process_start_time_seconds",
    ] {
        assert!(value(&text, above_zero).is_some_and(|value| value > 0.0), "{above_zero}: {text}");
    }
    let newest = value(&text, "posto_book_newest_price_timestamp_seconds").expect("a price was reported");
    assert!(newest > 1_700_000_000.0, "seconds since 1970: {newest}");
    up.terminate();
}

#[test]
fn names_are_prometheus_own_and_no_label_holds_what_a_peer_sent() {
    let data = tempfile::tempdir().expect("a directory");
    let up = Serving::up(data.path(), &[]);
    get(up.http(), "/no/such/file-4711");
    get(up.http(), "/stations/station-4712");
    send(up.http(), &format!("BREW-4713 / HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", up.http()));
    let text = text_at(up.http());
    assert!(!text.contains("471"), "{text}");
    let mut families = BTreeSet::new();
    for line in text.lines() {
        if let Some(described) = line.strip_prefix("# TYPE ") {
            let (name, kind) = described.split_once(' ').expect("a type");
            assert!(families.insert(name), "{name} twice");
            assert!(name.starts_with("posto_") || name.starts_with("process_"), "{name}");
            assert_eq!(kind == "counter", name.ends_with("_total"), "{name} is a {kind}");
        }
    }
    assert!(families.len() > 40, "{families:?}");
}

#[test]
fn the_udp_server_alone_serves_its_figures_where_it_is_told_to() {
    let data = tempfile::tempdir().expect("a directory");
    let mut command = posto(["serve", "--udp", "127.0.0.1:0", "--metrics", "127.0.0.1:0", "--data"]);
    let serve = Serving::start(command.arg(data.path()), 2);
    let metrics = serve.metrics.expect("it tells where");
    let gateway = Serving::gateway(serve.udp());
    assert_eq!(get(gateway.http(), SEARCH).status, 200);
    let text = text_at(metrics);
    assert_eq!(value(&text, "posto_server_sessions"), Some(1.0));
    assert_eq!(value(&text, "posto_book_stations"), Some(3.0));
    assert_eq!(value(&text, "posto_http_requests_total"), None, "there is no gateway in it");
    assert_eq!(get(metrics, SEARCH).status, 404);
    let text = text_at(gateway.http());
    assert_eq!(value(&text, "posto_http_requests_total"), Some(1.0));
    assert_eq!(value(&text, "posto_server_sessions"), None, "there is no server in it");
    serve.terminate();
}

#[test]
fn the_routes_own_metrics_are_for_programs_on_this_machine() {
    let data = tempfile::tempdir().expect("a directory");
    let up = Serving::up(data.path(), &[]);
    let asked = |header: &str| {
        let host = up.http();
        send(host, &format!("GET /metrics HTTP/1.1\r\nHost: {host}\r\n{header}Connection: close\r\n\r\n"))
    };
    assert_eq!(asked("").status, 200);
    for handed_on in
        ["X-Forwarded-For: 203.0.113.7\r\n", "Forwarded: for=203.0.113.7\r\n", "Origin: http://evil.example\r\n"]
    {
        let answer = asked(handed_on);
        assert_eq!((answer.status, answer.json()["code"].as_str()), (403, Some("not-permitted")), "{handed_on}");
    }
}

#[test]
fn metrics_with_an_address_of_their_own_are_not_among_the_routes() {
    let data = tempfile::tempdir().expect("a directory");
    let mut command =
        posto(["up", "--udp", "127.0.0.1:0", "--http", "127.0.0.1:0", "--metrics", "127.0.0.1:0", "--data"]);
    let up = Serving::start(command.arg(data.path()), 3);
    assert_eq!(get(up.http(), "/metrics").status, 404);
    let text = text_at(up.metrics.expect("it tells where"));
    for name in ["posto_http_requests_total", "posto_pool_sessions", "posto_server_sessions", "posto_book_stations"] {
        assert!(value(&text, name).is_some(), "{name}: {text}");
    }
    let taken = up.metrics.expect("it tells where").to_string();
    let mut second = posto(["serve", "--udp", "127.0.0.1:0", "--metrics", &taken, "--data"]);
    let other = tempfile::tempdir().expect("a directory");
    let refused = second.arg(other.path()).output().expect("it runs");
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains(&format!("cannot bind metrics {taken}")));
}
