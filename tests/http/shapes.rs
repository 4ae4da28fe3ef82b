//! The documented shapes, from the nine sample records; and the same answers over UDP and HTTP.

use std::time::Duration;

use posto_tests::http::{get, post, send};
use posto_tests::process::{Serving, posto, run};
use serde_json::{Value, json};

fn up() -> (Serving, tempfile::TempDir) {
    let data = tempfile::tempdir().expect("a directory");
    (Serving::up(data.path(), &[]), data)
}

#[test]
fn the_cheapest_of_the_sample_stations_has_the_documented_shape() {
    let (up, _data) = up();
    let answer = get(up.http(), "/stations/cheapest?fuel=gasoline&radius=5&lat=-22.2175&lon=-54.7653");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let mut station = answer.json();
    let distance_km = station["distance_km"].take();
    assert!((distance_km.as_f64().expect("km") - 0.926).abs() < 0.01, "{distance_km}");
    let expected = json!({
        "id": station["id"], "name": "Auto Posto Tauros", "brand": null, "lat": -22.223665, "lon": -54.771388,
        "fuel": "gasoline", "price": 3.999, "currency": "BRL", "unit": "l", "distance_km": null,
        "reported_at": null, "age_s": null, "stale": true, "suspect": false, "source": "reports", "attribution": null,
        "opening_hours": null, "open": null, "service": null, "members_only": null,
    });
    assert_eq!(station, expected);
    assert!(answer.text().contains("\"price\":3.999,"), "the price is exact: {}", answer.text());
}

#[test]
fn udp_and_http_give_the_same_answers() {
    let (up, _data) = up();
    let server = up.udp().to_string();
    for (fuel, radius, lat, lon) in [("gasoline", "5", "-22.2175", "-54.7653"), ("diesel", "1", "-22.2269", "-54.8077")]
    {
        let http =
            get(up.http(), &format!("/stations/cheapest?fuel={fuel}&radius={radius}&lat={lat}&lon={lon}")).json();
        let mut cheapest = posto(["cheapest", fuel, radius, lat, lon, "--json", "--server", &server]);
        let output = run(&mut cheapest, "", Duration::from_secs(10));
        let udp: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(http["id"], udp["id"]);
        assert_eq!(http["lat"], udp["lat"]);
        assert_eq!(http["price"].as_f64(), udp["price"].as_f64());
        assert_eq!(http["distance_km"], udp["distance_km"]);
    }
    let output =
        run(&mut posto(["cheapest", "gasoline", "1", "0", "0", "--server", &server]), "", Duration::from_secs(10));
    assert_eq!(output.status.code(), Some(3), "nothing found is its own exit code");
}

#[test]
fn a_report_is_searchable_at_once_and_its_key_counts_once() {
    let (up, _data) = up();
    let body = r#"{"fuel": "gasoline", "price": 2.999, "lat": -22.22, "lon": -54.7653, "name": "Posto Novo"}"#;
    let key = "Idempotency-Key: 0123456789abcdef\r\n";
    let first = post(up.http(), "/stations", key, body);
    assert_eq!(first.status, 201, "{}", first.text());
    assert_eq!(first.json()["new_station"], true);
    let cheapest = get(up.http(), "/stations/cheapest?fuel=gasoline&radius=5&lat=-22.2175&lon=-54.7653").json();
    assert_eq!((cheapest["name"].as_str(), cheapest["stale"].as_bool()), (Some("Posto Novo"), Some(false)));
    assert!(cheapest["age_s"].as_u64().is_some_and(|age| age < 60));

    let again = post(up.http(), "/stations", key, body);
    assert_eq!((again.status, again.json()), (201, first.json()), "the stored answer");
    let other = post(up.http(), "/stations", key, &body.replace("2.999", "2.998"));
    assert_eq!((other.status, other.json()["code"].as_str()), (409, Some("key-reused")));
    let replaced = post(up.http(), "/stations", "", &body.replace("2.999", "3.001"));
    assert_eq!((replaced.status, replaced.json()["replaced"].to_string().as_str()), (200, "2.999"));
}

#[test]
fn two_stations_within_fifty_metres_are_a_question_back() {
    let (up, _data) = up();
    for lon in ["10.0000", "10.0004"] {
        let body = format!(r#"{{"fuel": "diesel", "price": 5, "lat": 50, "lon": {lon}, "new": true}}"#);
        assert_eq!(post(up.http(), "/stations", "", &body).status, 201);
    }
    let between = r#"{"fuel": "diesel", "price": 4, "lat": 50, "lon": 10.0002}"#;
    let answer = post(up.http(), "/stations", "", between);
    assert_eq!((answer.status, answer.json()["code"].as_str()), (409, Some("ambiguous-station")), "{}", answer.text());
    let candidates = answer.json()["candidates"].as_array().expect("candidates").clone();
    assert_eq!(candidates.len(), 2);
    let chosen = candidates[0]["id"].as_str().expect("an id");
    let body = format!(r#"{{"fuel": "diesel", "price": 4, "lat": 50, "lon": 10.0002, "station": "{chosen}"}}"#);
    let answer = post(up.http(), "/stations", "", &body);
    assert_eq!((answer.status, answer.json()["station"].as_str()), (200, Some(chosen)));
}

#[test]
fn a_list_is_ranked_whole_and_goes_on_where_it_stopped() {
    let data = tempfile::tempdir().expect("a directory");
    let up = Serving::up(data.path(), &["--seed", "none"]);
    for number in 0..25 {
        let lon = f64::from(number) * 0.01;
        let body = format!(r#"{{"fuel": "lpg", "price": {}, "lat": 1, "lon": {lon}}}"#, 5.0 - lon);
        assert_eq!(post(up.http(), "/stations", "", &body).status, 201);
    }
    let whole = get(up.http(), "/stations?fuel=lpg&radius=100&lat=1&lon=0&rank=distance&limit=200").json();
    let ids = |list: &Value| -> Vec<String> {
        list["stations"].as_array().expect("stations").iter().map(|station| station["id"].to_string()).collect()
    };
    assert_eq!(ids(&whole).len(), 25);
    assert_eq!(whole["cursor"], Value::Null);
    let (mut parts, mut cursor) = (Vec::new(), String::new());
    loop {
        let part =
            get(up.http(), &format!("/stations?fuel=lpg&radius=100&lat=1&lon=0&rank=distance&limit=7{cursor}")).json();
        parts.extend(ids(&part));
        let Some(next) = part["cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(parts, ids(&whole));
    let boxed = get(up.http(), "/stations?fuel=lpg&bbox=-0.001,0.9,0.101,1.1").json();
    assert_eq!(ids(&boxed).len(), 11);
    assert!(boxed["stations"][0]["distance_km"].is_null());
    assert_eq!(boxed["stations"][0]["price"].to_string(), "4.9", "cheapest first");
}

#[test]
fn every_bad_parameter_is_told_at_once() {
    let (up, _data) = up();
    let answer = get(up.http(), "/stations/cheapest?fuel=petroleum&radius=-1&lat=91&lon=x&radios=5");
    let problem = answer.json();
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    let errors = problem["errors"].as_array().expect("errors");
    let mut named: Vec<_> = errors.iter().filter_map(|error| error["parameter"].as_str()).collect();
    named.sort_unstable();
    assert_eq!(named, ["fuel", "lat", "lon", "radios", "radius"], "{problem}");
    assert_eq!(answer.status, 400);
    assert_eq!(get(up.http(), "/stations/cheapest?fuel=diesel&radius=-1&lat=91&lon=0").status, 422);
    assert_eq!(get(up.http(), "/nowhere").status, 404);
    let deleted = send(up.http(), "DELETE /stations HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert_eq!(deleted.status, 405);
    assert!(deleted.header("allow").is_some_and(|allow| allow.contains("POST")));
    let large = format!(r#"{{"name": "{}"}}"#, "x".repeat(17_000));
    assert_eq!(post(up.http(), "/stations", "", &large).status, 413);
}
