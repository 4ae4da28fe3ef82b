//! The whole search against a real `posto up`: lists, maps, histories and statistics over HTTP, and
//! the same from the command line over UDP.

use std::process::Output;
use std::time::Duration;

use posto_tests::http::{get, post};
use posto_tests::process::{Serving, posto, run};
use serde_json::{Value, json};

/// Stations along a road to the east: one a kilometre or so, dearer the nearer.
fn a_road(stations: u32) -> (Serving, tempfile::TempDir) {
    let data = tempfile::tempdir().expect("a directory");
    let up = Serving::up(data.path(), &["--seed", "none"]);
    for number in 0..stations {
        let (lon, price) = (f64::from(number) * 0.01, 5.0 - f64::from(number) * 0.01);
        let brand = if number % 2 == 0 { "Ipê" } else { "Sol" };
        let body =
            format!(r#"{{"fuel": "gasoline", "price": {price:.3}, "lat": 1, "lon": {lon}, "brand": "{brand}"}}"#);
        assert_eq!(post(up.http(), "/stations", "", &body).status, 201);
    }
    (up, data)
}

fn ask(up: &Serving, arguments: &[&str]) -> Output {
    let server = up.udp().to_string();
    run(posto(arguments).args(["--server", &server]), "", Duration::from_secs(10))
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stations(list: &Value) -> &Vec<Value> {
    list["stations"].as_array().unwrap_or_else(|| panic!("{list}"))
}

#[test]
fn a_list_is_filtered_and_unbeaten() {
    let (up, _data) = a_road(12);
    let list = |more: &str| get(up.http(), &format!("/stations?fuel=gasoline&radius=50&lat=1&lon=0{more}")).json();
    assert_eq!(stations(&list("")).len(), 12);
    let brand = list("&brand=IP%C3%8A");
    assert_eq!(stations(&brand).len(), 6, "whatever the case: {brand}");
    assert!(stations(&brand).iter().all(|station| station["brand"] == "Ipê"));
    assert_eq!(stations(&list("&pareto=true")).len(), 12, "every one is nearer or cheaper");

    let beaten = r#"{"fuel": "gasoline", "price": 6, "lat": 1, "lon": 0.055, "new": true}"#;
    assert_eq!(post(up.http(), "/stations", "", beaten).status, 201);
    let unbeaten = list("&pareto=true&rank=distance");
    assert_eq!(stations(&unbeaten).len(), 12, "{unbeaten}");
    assert!(stations(&unbeaten).iter().all(|station| station["price"] != 6), "{unbeaten}");
    for station in stations(&unbeaten) {
        assert!(station["reported_at"].is_string() && station["age_s"].is_u64(), "{station}");
        assert_eq!(station["suspect"], false);
    }
    let trip = list("&rank=trip&litres=40&consumption=7");
    assert!(stations(&trip).iter().all(|station| station["trip_cost"].is_number()));
}

#[test]
fn a_map_has_every_station_in_its_cells() {
    let (up, _data) = a_road(40);
    let map = |bbox: &str| get(up.http(), &format!("/map?fuel=gasoline&bbox={bbox}&zoom=22"));
    let whole = map("-1,0,1,2");
    assert_eq!(whole.status, 200, "{}", whole.text());
    let map_of = whole.json();
    let cells = map_of["cells"].as_array().expect("cells");
    let count: u64 = cells.iter().filter_map(|cell| cell["count"].as_u64()).sum();
    assert_eq!(count, 40, "in {} cells of several answers", cells.len());
    for cell in cells {
        assert_eq!(cell["station"].is_string(), cell["count"] == 1, "{cell}");
        assert_eq!(cell["currency"].is_null(), cell["min_price"].is_null(), "{cell}");
    }
    let lowest = cells.iter().filter_map(|cell| cell["min_price"].as_f64()).fold(f64::INFINITY, f64::min);
    assert!((lowest - 4.61).abs() < 1e-9, "{lowest}");
    assert_eq!(map("10,10,11,11").json(), json!({"cells": []}));
}

#[test]
fn a_history_is_whole_and_goes_on_where_it_stopped() {
    let (up, _data) = a_road(1);
    for thousandths in 0..30 {
        let body = format!(r#"{{"fuel": "gasoline", "price": 4.{thousandths:03}, "lat": 1, "lon": 0}}"#);
        assert_eq!(post(up.http(), "/stations", "", &body).status, 200);
    }
    let diesel = r#"{"fuel": "diesel", "price": 3.5, "lat": 1, "lon": 0}"#;
    let station = post(up.http(), "/stations", "", diesel).json()["station"].as_str().expect("an id").to_owned();
    let history = |more: &str| get(up.http(), &format!("/stations/{station}/prices?{more}"));
    let whole = history("limit=200").json();
    let prices = whole["prices"].as_array().expect("prices");
    assert_eq!((prices.len(), &whole["cursor"]), (32, &Value::Null));
    assert_eq!((prices[0]["fuel"].as_str(), prices[0]["price"].to_string().as_str()), (Some("diesel"), "3.5"));
    assert_eq!(prices[1]["price"].to_string(), "4.029", "newest first");
    assert!(prices.iter().all(|price| price["recorded_at"].is_string() && price["age_s"].is_u64()));

    let (mut parts, mut cursor) = (Vec::new(), String::new());
    loop {
        let part = history(&format!("limit=7{cursor}")).json();
        parts.extend(part["prices"].as_array().expect("prices").iter().map(|price| price["price"].to_string()));
        let Some(next) = part["cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(parts, prices.iter().map(|price| price["price"].to_string()).collect::<Vec<_>>());
    assert_eq!(history("fuel=diesel").json()["prices"].as_array().map(Vec::len), Some(1));
    assert_eq!(history("since=2999-01-01T00:00:00Z").json(), json!({"prices": [], "cursor": null}));
    assert_eq!(history("since=1h").json()["prices"].as_array().map(Vec::len), Some(20), "20 where nothing is said");
    let nobody = get(up.http(), "/stations/nobody/prices");
    assert_eq!((nobody.status, nobody.json()["code"].as_str()), (404, Some("unknown-station")));

    let typed = ask(&up, &["history", &station, "gasoline", "--json"]);
    let answer: Value = serde_json::from_str(&said(&typed)).expect("JSON");
    assert_eq!(answer["prices"].as_array().map(Vec::len), Some(31));
    let piped = said(&ask(&up, &["history", &station, "--since", "30d", "--lang", "pt"]));
    assert_eq!(piped.lines().count(), 33, "a heading and no chart: {piped}");
    assert!(piped.starts_with("combustível") && piped.contains("gasolina"), "{piped}");
    let unknown = ask(&up, &["history", "nobody"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("no station has the id nobody"));
}

#[test]
fn statistics_tell_what_is_a_good_price() {
    let (up, _data) = a_road(7);
    let statistics = |area: &str| get(up.http(), &format!("/statistics?fuel=gasoline&{area}"));
    let known = statistics("radius=50&lat=1&lon=0").json();
    for (member, expected) in [("min", "4.94"), ("q1", "4.95"), ("median", "4.97"), ("q3", "4.99"), ("max", "5")] {
        assert_eq!(known[member].to_string(), expected, "{known}");
    }
    assert_eq!((known["count"].as_u64(), known["currency"].as_str()), (Some(7), Some("BRL")));
    assert!(known["reported_at"].is_string() && known["age_s"].is_u64());
    assert_eq!(statistics("bbox=-0.001,0,0.021,2").json()["count"], 3);
    let empty = statistics("radius=1&lat=50&lon=0");
    assert_eq!((empty.status, empty.json()["count"].as_u64()), (200, Some(0)));
    assert_eq!((&empty.json()["min"], &empty.json()["reported_at"]), (&Value::Null, &Value::Null));
}

#[test]
fn the_sample_stations_have_no_time_and_say_so() {
    let data = tempfile::tempdir().expect("a directory");
    let up = Serving::up(data.path(), &[]);
    let area = "fuel=gasoline&radius=10&lat=-22.2175&lon=-54.7653";
    let list = get(up.http(), &format!("/stations?{area}")).json();
    assert!(!stations(&list).is_empty());
    for station in stations(&list) {
        assert_eq!((&station["reported_at"], &station["age_s"]), (&Value::Null, &Value::Null));
    }
    let known = get(up.http(), &format!("/statistics?{area}")).json();
    assert_eq!((known["count"].as_u64(), &known["age_s"]), (Some(3), &Value::Null), "{known}");
    let id = stations(&list)[0]["id"].as_str().expect("an id");
    let past = get(up.http(), &format!("/stations/{id}/prices?fuel=gasoline")).json();
    assert_eq!(
        (&past["prices"][0]["reported_at"], past["prices"][0]["price"].to_string()),
        (&Value::Null, "3.999".into())
    );
    assert!(past["prices"][0]["recorded_at"].is_string());
}

#[test]
fn bad_input_is_named_with_what_is_allowed_all_at_once() {
    let (up, _data) = a_road(1);
    let query = "fuel=gasoline&radius=NaN&lat=91&lon=0&limit=201&max_age=0&litres=0&consumption=-1&pareto=maybe";
    let problem = get(up.http(), &format!("/stations?{query}"));
    assert_eq!(problem.status, 422, "{}", problem.text());
    let problem = problem.json();
    let errors = problem["errors"].as_array().expect("errors");
    let mut named: Vec<_> = errors.iter().filter_map(|error| error["parameter"].as_str()).collect();
    named.sort_unstable();
    assert_eq!(named, ["consumption", "lat", "limit", "litres", "max_age", "pareto", "radius"], "{problem}");
    assert!(errors.iter().all(|error| error["allowed"].is_string()), "{problem}");
    let plain = "fuel=gasoline&radius=1&lat=0&lon=0";
    for bad in ["limit=0", "litres=0", "max_age=0"] {
        assert_eq!(get(up.http(), &format!("/stations?{plain}&{bad}")).status, 422, "{bad}");
    }
    assert_eq!(get(up.http(), &format!("/stations?{plain}&litres=30")).status, 200, "consumption has a default");
    for bad in ["0,10,1,9", "0,0,181,1"] {
        let problem = get(up.http(), &format!("/map?fuel=gasoline&bbox={bad}&zoom=3")).json();
        assert_eq!(problem["errors"][0]["parameter"], "bbox", "{problem}");
        assert!(problem["errors"][0]["allowed"].as_str().is_some_and(|allowed| allowed.contains("south")));
    }
    for (path, parameter) in [
        ("/stations?fuel=gasoline&bbox=0,0,1,1&pareto=true", "pareto"),
        ("/stations?fuel=gasoline&bbox=0,0,1,1&rank=trip", "rank"),
    ] {
        let problem = get(up.http(), path);
        assert_eq!((problem.status, problem.json()["code"].as_str()), (422, Some("conflicting-parameters")));
        assert_eq!(problem.json()["errors"][0]["parameter"], parameter);
    }
}

#[test]
fn the_command_line_lists_as_http_does() {
    let (up, _data) = a_road(15);
    let query = "/stations?fuel=gasoline&radius=50&lat=1&lon=0&rank=distance&limit=12";
    let http = get(up.http(), query).json();
    let place = ["gasoline", "50", "1", "0"];
    let typed = [&["list"], place.as_slice(), &["--rank", "distance", "--limit", "12", "--json"]].concat();
    let udp: Value = serde_json::from_str(&said(&ask(&up, &typed))).expect("JSON");
    let ids = |list: &Value| stations(list).iter().map(|station| station["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&udp), ids(&http));
    assert!(udp["cursor"].is_string() && http["cursor"].is_string(), "both go on, each by its own cursor");

    let table = said(&ask(&up, &[&["list"], place.as_slice(), &["--brand", "sol", "--rank", "trip"]].concat()));
    assert_eq!(table.lines().count(), 8, "{table}");
    let heading: Vec<_> = table.lines().next().unwrap_or_default().split_whitespace().collect();
    assert_eq!(heading, ["price", "km", "age", "trip", "station", "name", "brand"]);
    assert!(table.contains("BRL/l") && table.contains("0 min") && !table.contains("Ipê"), "{table}");
    let portuguese = said(&ask(&up, &[&["list"], place.as_slice(), &["--pareto", "--lang", "pt"]].concat()));
    assert!(portuguese.starts_with("preço") && portuguese.contains("Ipê"), "{portuguese}");
    let nothing = ask(&up, &["list", "diesel", "50", "1", "0"]);
    assert_eq!((nothing.status.code(), nothing.stdout.len()), (Some(3), 0));
    for bad in [["--limit", "0"], ["--limit", "201"], ["--litres", "0"], ["--consumption", "-1"], ["--max-age", "0d"]] {
        let [name, value] = bad;
        let refused = ask(&up, &[&["list"], place.as_slice(), &[&format!("{name}={value}")]].concat());
        assert_eq!(refused.status.code(), Some(2), "{bad:?}");
        assert!(String::from_utf8_lossy(&refused.stderr).contains("expected"), "{bad:?}");
    }
}
