//! How often one client may ask and report.

use posto_tests::http::{Response, get, send};
use posto_tests::process::Serving;

use crate::support::{bearer, body, from, report, text, token};

fn numbers(answer: &Response, name: &str) -> String {
    answer.header(name).unwrap_or_default().to_owned()
}

#[test]
fn an_address_beyond_its_share_is_told_when_to_come_again_and_others_are_not_held_up() {
    let data = tempfile::tempdir().expect("a directory");
    let arguments = ["--trusted-proxy", "127.0.0.0/8", "--write-rate", "2/h", "--read-rate", "3/h"];
    let up = Serving::up(data.path(), &arguments);
    let one = from("198.51.100.1, 192.0.2.1");
    for left in ["1", "0"] {
        let answer = report(up.http(), &one, &body(1, "4.999"));
        assert!(matches!(answer.status, 200 | 201), "{}", answer.text());
        assert_eq!(numbers(&answer, "ratelimit-policy"), "\"writes\";q=2;w=3600");
        assert!(numbers(&answer, "ratelimit").starts_with(&format!("\"writes\";r={left};t=")));
    }
    let refused = report(up.http(), &one, &body(1, "4.999"));
    assert_eq!((refused.status, refused.json()["code"].as_str()), (429, Some("too-many-requests")));
    let wait: u32 = numbers(&refused, "retry-after").parse().expect("seconds");
    assert!((1700..=1800).contains(&wait), "{wait}");
    assert!(numbers(&refused, "ratelimit").starts_with("\"writes\";r=0;t="));
    assert_eq!(report(up.http(), &from("192.0.2.2"), &body(2, "4.999")).status, 201);
    assert_eq!(report(up.http(), &from("2001:db8::1"), &body(3, "4.999")).status, 201);
    assert_eq!(report(up.http(), &from("2001:db8::2"), &body(4, "4.999")).status, 201);
    assert_eq!(report(up.http(), &from("2001:db8::3"), &body(5, "4.999")).status, 429, "one /64 is one");
    assert_eq!(report(up.http(), "", &body(6, "4.999")).status, 201, "this machine has no limit");

    let ask =
        || send(up.http(), &format!("GET /time HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{one}\r\n", up.http()));
    for _ in 0..3 {
        assert_eq!(ask().status, 200);
    }
    assert_eq!(ask().status, 429);
    assert_eq!(get(up.http(), "/time").header("ratelimit"), None);
}

#[test]
fn a_token_has_its_share_wherever_it_comes_from() {
    let data = tempfile::tempdir().expect("a directory");
    let file = data.path().join("tokens");
    let (ana, rui) = (token(&file, "ana"), token(&file, "rui"));
    let arguments = ["--tokens", text(&file), "--token-write-rate", "2/h", "--trusted-proxy", "127.0.0.1"];
    let up = Serving::up(&data.path().join("data"), &arguments);
    let status = |token: &str, address, place| {
        report(up.http(), &(bearer(token) + &from(address)), &body(place, "4.999")).status
    };
    assert_eq!((status(&ana, "192.0.2.1", 1), status(&ana, "192.0.2.2", 2)), (201, 201));
    assert_eq!((status(&ana, "192.0.2.3", 3), status(&rui, "192.0.2.3", 3)), (429, 201));
}

#[test]
fn nobody_is_believed_who_is_no_trusted_proxy() {
    let data = tempfile::tempdir().expect("a directory");
    let up = Serving::up(data.path(), &["--write-rate", "1/h"]);
    for place in 0..3 {
        let answer = report(up.http(), &from("192.0.2.1"), &body(place, "4.999"));
        assert_eq!((answer.status, answer.header("ratelimit")), (201, None), "it is this machine that asks");
    }
}
