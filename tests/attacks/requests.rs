//! The table of bad requests, against a real process: each is a problem that names everything wrong.

use posto_tests::http::{Response, post, send};

use crate::support::Victim;

/// Each fault's parameter.
fn named(response: &Response) -> Vec<String> {
    let problem = response.json();
    assert_eq!(response.header("content-type"), Some("application/problem+json"));
    assert_eq!(problem["status"], response.status);
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().map(|fault| fault["parameter"].as_str().unwrap_or("?").to_owned()).collect()
}

#[test]
fn every_bad_request_is_told_all_that_is_wrong_with_it() {
    let victim = Victim::up();
    let get = |target: &str| posto_tests::http::get(victim.http(), target);
    let searches: [(&str, u16, &[&str]); 6] = [
        ("fuel=gasoline&radius=5&lat=1&lon=2&colour=red&raduis=1", 400, &["colour", "raduis"]),
        ("fuel=gasoline&radius=near&lat=north&lon=2", 400, &["radius", "lat"]),
        ("fuel=gasoline&radius=NaN&lat=inf&lon=2", 400, &["radius", "lat"]),
        ("", 400, &["fuel", "radius", "lat", "lon"]),
        ("fuel=gasoline&radius=5&radius=6&lat=1&lat=1&lon=2", 400, &["radius", "lat"]),
        ("fuel=%ff&radius=5&lat=1&lon=2", 400, &["fuel"]),
    ];
    for (query, status, expected) in searches {
        let response = get(&format!("/stations/cheapest?{query}"));
        let mut found = named(&response);
        assert!(matches!(response.status, 400 | 422), "{query}: {}", response.text());
        found.retain(|name| expected.contains(&name.as_str()));
        assert_eq!(
            (response.status.min(status), found.len()),
            (status, expected.len()),
            "{query}: {}",
            response.text()
        );
    }

    let body = r#"{"fuel": "water", "price": -1, "lat": 91, "colour": "red", "lat": 3}"#;
    let response = post(victim.http(), "/stations", "", body);
    for name in ["fuel", "price", "lat", "lon", "colour"] {
        assert!(named(&response).iter().any(|found| found == name), "{name}: {}", response.text());
    }

    let host = "Host: localhost\r\nConnection: close\r\n";
    let deleted = send(victim.http(), &format!("DELETE /stations HTTP/1.1\r\n{host}\r\n"));
    assert_eq!((deleted.status, deleted.json()["code"].as_str()), (405, Some("method-not-allowed")));
    assert!(deleted.header("allow").is_some_and(|allow| allow.contains("GET") && allow.contains("POST")));
    let typed = |media_type: &str, body: &str| {
        let length = body.len();
        let head = format!("POST /stations HTTP/1.1\r\n{host}Content-Type: {media_type}\r\nContent-Length: {length}");
        send(victim.http(), &format!("{head}\r\n\r\n{body}"))
    };
    for (response, status, code) in [
        (typed("text/plain", "{}"), 415, "unsupported-media-type"),
        (typed("application/json", &" ".repeat(17 * 1024)), 413, "body-too-large"),
        (typed("application/json", "{\"fuel\": "), 400, "unreadable-request"),
        (get("/nowhere"), 404, "unknown-route"),
    ] {
        assert_eq!((response.status, response.json()["code"].as_str()), (status, Some(code)), "{}", response.text());
    }
}
