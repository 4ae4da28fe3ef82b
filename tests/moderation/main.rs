//! Keeping the data clean, as real processes: what an operator does with `posto moderate` is seen at
//! once on every route and is still so after kill -9; nobody else can do it, and no answer tells whose
//! a price is.

mod access;

use std::path::Path;
use std::process::Output;
use std::time::Duration;

use posto_tests::http::{Response, get, post};
use posto_tests::process::{Serving, posto, run};
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(30);

/// The cheapest gasoline of the sample stations, and another one.
const TAUROS: &str = "6u119dk9y0t4";
const MITAI: &str = "6u119g3j6uk1";

/// Where the sample stations are.
const AROUND: &str = "fuel=gasoline&radius=50&lat=-22.2175&lon=-54.7653";

fn moderate(server: &Serving, arguments: &[&str]) -> Output {
    let address = server.udp().to_string();
    let all = [&["moderate"], arguments, &["--server", address.as_str(), "--lang", "en"]].concat();
    run(&mut posto(all), "", PATIENCE)
}

/// Standard output of an order that succeeds.
fn done(server: &Serving, arguments: &[&str]) -> String {
    let output = moderate(server, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn done_json(server: &Serving, arguments: &[&str]) -> Value {
    let told = done(server, &[arguments, &["--json"]].concat());
    serde_json::from_str(&told).unwrap_or_else(|error| panic!("{error}: {told}"))
}

/// Every route that could tell of a station, by its name.
fn routes(station: &str) -> Vec<String> {
    vec![
        format!("/stations/cheapest?{AROUND}"),
        format!("/stations?{AROUND}&limit=200&include_suspect=true"),
        "/stations?fuel=gasoline&bbox=-55,-23,-54,-22&max_age=all".to_owned(),
        "/map?fuel=gasoline&bbox=-55,-23,-54,-22&zoom=22".to_owned(),
        format!("/statistics?{AROUND}"),
        format!("/stations/{station}"),
        format!("/stations/{station}/prices"),
    ]
}

/// On how many of the routes a station is told of.
fn seen(server: &Serving, station: &str) -> usize {
    let told = routes(station).into_iter().map(|route| get(server.http(), &route).text());
    told.filter(|text| text.contains(&format!("\"{station}\"")) || text.contains("\"prices\":[{")).count()
}

fn prices_known(server: &Serving) -> (u64, u64) {
    let statistics = get(server.http(), &format!("/statistics?{AROUND}")).json();
    let time = get(server.http(), "/time").json();
    (statistics["count"].as_u64().expect("a count"), time["stations"].as_u64().expect("a count"))
}

fn report(server: &Serving, station: &str, price: &str) -> Response {
    let place = r#""lat": -22.223665, "lon": -54.771388"#;
    let body = format!(r#"{{"fuel": "gasoline", "price": {price}, {place}, "station": "{station}"}}"#);
    post(server.http(), "/stations", "", &body)
}

fn current(server: &Serving, station: &str) -> Option<f64> {
    let detail = get(server.http(), &format!("/stations/{station}")).json();
    let prices = detail["prices"].as_array()?.clone();
    prices.iter().find(|price| price["fuel"] == "gasoline").and_then(|price| price["price"].as_f64())
}

/// kill -9, and the same directory again.
fn killed_and_started(server: Serving, data: &Path) -> Serving {
    server.kill();
    Serving::up(data, &[])
}

#[test]
fn a_hidden_station_is_gone_from_every_route_at_once_and_after_kill_9() {
    let data = tempfile::tempdir().expect("a directory");
    let up = Serving::up(data.path(), &[]);
    let before = prices_known(&up);
    assert!(seen(&up, TAUROS) >= 5, "it is told of: {}", seen(&up, TAUROS));
    let told = done(&up, &["hide", TAUROS, "--reason", "does not exist", "--as", "ana"]);
    assert_eq!(told, "station hidden (act 1): 3 ended\n");
    let is_gone = |up: &Serving| {
        assert_eq!(seen(up, TAUROS), 0);
        assert_eq!(prices_known(up), (before.0 - 1, before.1 - 1));
        for route in routes(TAUROS).into_iter().skip(5) {
            let answer = get(up.http(), &route);
            assert_eq!((answer.status, answer.json()["code"].as_str()), (404, Some("unknown-station")), "{route}");
        }
        let refused = report(up, TAUROS, "1.999");
        assert_eq!((refused.status, refused.json()["code"].as_str()), (409, Some("hidden-station")));
    };
    is_gone(&up);
    let up = killed_and_started(up, data.path());
    is_gone(&up);
    let exported = run(posto(["export", "csv", "--data"]).arg(data.path()), "", PATIENCE);
    assert!(exported.status.success() && !String::from_utf8_lossy(&exported.stdout).contains(TAUROS));
    let verified = run(posto(["verify", "--json", "--data"]).arg(data.path()), "", PATIENCE);
    let verified: Value = serde_json::from_slice(&verified.stdout).expect("JSON");
    assert_eq!(
        (&verified["whole"], &verified["out_of_sight"], &verified["acts"]),
        (&json!(true), &json!(1), &json!(1))
    );

    // At its very place a report makes another station.
    let body = r#"{"fuel": "gasoline", "price": 4.5, "lat": -22.223665, "lon": -54.771388, "radius_m": 0}"#;
    let other = post(up.http(), "/stations", "", body).json();
    assert_eq!((other["new_station"].as_bool(), other["station"] == TAUROS), (Some(true), false), "{other}");

    // A copy of the journal knows it too.
    let copy = tempfile::tempdir().expect("a directory");
    let file = copy.path().join("posto.db");
    let backed_up = run(posto(["backup", "--data"]).arg(data.path()).arg(&file), "", PATIENCE);
    assert!(backed_up.status.success(), "{}", String::from_utf8_lossy(&backed_up.stderr));
    assert_eq!(seen(&Serving::up(copy.path(), &[]), TAUROS), 0);

    let told = done(&up, &["show", TAUROS]);
    assert_eq!(told, "station shown again (act 2): 3 restored\n");
    assert!(seen(&up, TAUROS) >= 3);
}

#[test]
fn a_merged_station_is_the_other_one_also_for_imports() {
    let data = tempfile::tempdir().expect("a directory");
    let up = Serving::up(data.path(), &[]);
    let told = done(&up, &["merge", MITAI, TAUROS]);
    assert!(told.starts_with("stations merged (act 1): 3 ended"), "{told}");
    let up = killed_and_started(up, data.path());
    assert_eq!(get(up.http(), &format!("/stations/{MITAI}")).json()["id"], TAUROS);
    assert_eq!(get(up.http(), &format!("/stations/{MITAI}/prices")).status, 200, "its past can be read");
    assert_eq!(report(&up, MITAI, "3.5").json()["station"], TAUROS);
    assert_eq!(current(&up, TAUROS), Some(3.5));
    let records = data.path().join("records.csv");
    let csv = "station,name,brand,address,source,latitude,longitude,fuel,price,currency,unit,reported_at,coordinates\n";
    let time = get(up.http(), "/time").json();
    let now = time["time"].as_str().expect("a time");
    let row = format!("{MITAI},,,,,-22.2,-54.7,gasoline,3.25,BRL,l,{now},\n");
    std::fs::write(&records, format!("{csv}{row}")).expect("a file");
    let mut import = posto(["import", "csv", "--server", &up.udp().to_string()]);
    let imported = run(import.arg(&records), "", PATIENCE);
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    assert_eq!(current(&up, TAUROS), Some(3.25));
    let refused = moderate(&up, &["merge", TAUROS, MITAI]);
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("in sight"), "{refused:?}");
}

#[test]
fn a_withdrawal_brings_back_the_price_before_it_and_is_in_the_log() {
    let data = tempfile::tempdir().expect("a directory");
    let up = Serving::up(data.path(), &[]);
    assert_eq!(report(&up, TAUROS, "0.001").status, 200);
    let origins = done_json(&up, &["origins"]);
    let spammer = origins["origins"].as_array().expect("a list").iter().map(|origin| origin["origin"].as_str());
    let spammer = spammer.flatten().find(|origin| *origin != "seed").expect("somebody reported").to_owned();
    let withdraw = ["withdraw", spammer.as_str(), "--since", "1h"];
    let unasked = moderate(&up, &withdraw);
    let error = String::from_utf8_lossy(&unasked.stderr).into_owned();
    assert!(!unasked.status.success() && error.contains("--yes") && error.contains("1 withdrawn"), "{error}");
    assert!(done(&up, &[&withdraw[..], &["--dry-run"]].concat()).starts_with("dry run, nothing was done"));
    assert_eq!(current(&up, TAUROS), Some(0.001), "only tried");
    let told = done(&up, &[&withdraw[..], &["--yes", "--reason", "lies", "--as", "ana"]].concat());
    assert_eq!(told, "prices withdrawn (act 1): 1 withdrawn, 1 restored\n");
    assert_eq!(current(&up, TAUROS), Some(3.999));
    let up = killed_and_started(up, data.path());
    assert_eq!(current(&up, TAUROS), Some(3.999));
    let past = get(up.http(), &format!("/stations/{TAUROS}/prices?fuel=gasoline")).text();
    assert!(!past.contains("0.001"), "{past}");
    let log = done_json(&up, &["log"]);
    let act = &log["acts"][0];
    assert_eq!((&act["act"], &act["origin"], &act["reason"]), (&json!("withdraw"), &json!(spammer), &json!("lies")));
    assert!(act["operator"].as_str().is_some_and(|who| who.starts_with("ana, ")), "{act}");
    assert!(done(&up, &["log"]).contains("withdraw"), "a table for people");
    assert_eq!(done(&up, &["end", TAUROS, "gasoline"]), "price ended (act 2): 1 ended\n");
    assert_eq!(current(&up, TAUROS), None);
    assert_eq!(done(&up, &["end", TAUROS, "gasoline"]), "nothing to end: there is no price\n");
}

#[test]
fn what_users_point_out_is_listed_until_it_is_settled() {
    let data = tempfile::tempdir().expect("a directory");
    let up = Serving::up(data.path(), &[]);
    assert_eq!(done(&up, &["flags"]), "no flag that nobody has looked at\n");
    let path = format!("/stations/{TAUROS}/flags");
    let flag = r#"{"reason": "price-gone", "fuel": "gasoline", "note": "now 5.099"}"#;
    for _ in 0..2 {
        let answer = post(up.http(), &path, "", flag);
        assert_eq!((answer.status, answer.text().as_str()), (202, ""));
    }
    assert_eq!(current(&up, TAUROS), Some(3.999), "an answer never changes by it");
    let unknown = post(up.http(), "/stations/nobody/flags", "", flag);
    assert_eq!((unknown.status, unknown.json()["code"].as_str()), (404, Some("unknown-station")));
    let up = killed_and_started(up, data.path());
    let flags = done_json(&up, &["flags"]);
    let expected = json!({"station": TAUROS, "name": "Auto Posto Tauros", "reason": "price-gone", "fuel": "gasoline",
        "count": 1, "first": flags["flags"][0]["first"], "last": flags["flags"][0]["last"], "note": "now 5.099"});
    assert_eq!(flags["flags"], json!([expected]), "twice by one counts once");
    assert_eq!(done(&up, &["dismiss", TAUROS]), "flags dismissed (act 1): 1 flags settled\n");
    assert_eq!(done_json(&up, &["flags"])["flags"], json!([]));
}
