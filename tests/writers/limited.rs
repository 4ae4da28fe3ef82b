//! `--open-writes limited`: those for whom nobody vouches, beside those with a token.

use posto_tests::http::get;
use posto_tests::process::{Serving, posto};

use crate::support::{bearer, body, from, origins, report, text, token};

#[test]
fn a_fresh_price_of_a_token_stays_until_a_second_address_says_the_same() {
    let data = tempfile::tempdir().expect("a directory");
    let (file, directory) = (data.path().join("tokens"), data.path().join("data"));
    let ana = token(&file, "ana-da-silva");
    // Nothing here is on loopback: the gateway is believed for a key that only it has.
    let mut command = posto(["up", "--udp", "0.0.0.0:0", "--http", "0.0.0.0:0", "--open-writes", "limited"]);
    command.args(["--data", text(&directory), "--tokens", text(&file), "--trusted-proxy", "127.0.0.1"]);
    let mut up = Serving::start(&mut command, 2);
    up.http = up.http.map(|address| (std::net::Ipv4Addr::LOCALHOST, address.port()).into());

    let first = report(up.http(), &bearer(&ana), &body(1, "5.000"));
    assert_eq!(first.status, 201, "{}", first.text());
    let waits = report(up.http(), &from("192.0.2.1"), &body(1, "3.000"));
    assert_eq!((waits.status, waits.json()["pending"].as_bool()), (202, Some(true)), "{}", waits.text());
    assert_eq!(waits.json()["station"], first.json()["station"]);
    assert_eq!(report(up.http(), &from("192.0.2.1"), &body(1, "3.000")).status, 202, "the same one again");
    let still = get(up.http(), "/stations/cheapest?fuel=gasoline&radius=1&lat=10.5&lon=1");
    assert_eq!(still.json()["price"], 5);
    let second = report(up.http(), &from("2001:db8::1"), &body(1, "3.010"));
    assert_eq!((second.status, second.json()["replaced"].as_f64()), (200, Some(5.0)), "{}", second.text());
    assert_eq!(report(up.http(), &from("192.0.2.9"), &body(2, "3.000")).status, 201, "where nobody was before");
    assert_eq!(report(up.http(), &bearer(&ana), &body(1, "4.000")).status, 200, "a token displaces what it likes");

    let station = first.json()["station"].as_str().expect("an id").to_owned();
    for route in [
        "/stations/cheapest?fuel=gasoline&radius=1&lat=10.5&lon=1".to_owned(),
        "/stations?fuel=gasoline&radius=1&lat=10.5&lon=1".to_owned(),
        format!("/stations/{station}"),
        format!("/stations/{station}/prices"),
    ] {
        let answer = get(up.http(), &route);
        assert_eq!(answer.status, 200, "{}", answer.text());
        for secret in ["ana-da-silva", "anon", "192.0.2", "token"] {
            assert!(!answer.text().contains(secret), "{route}: {}", answer.text());
        }
    }
    up.terminate();
    let origins = origins(&directory);
    assert_eq!((origins.len(), &*origins[0], &*origins[3]), (4, "token ana-da-silva", "token ana-da-silva"));
    assert!(origins[1..3].iter().all(|origin| origin.starts_with("anon ") && origin.len() == 21), "{origins:?}");
    assert_ne!(origins[1], origins[2]);
}
