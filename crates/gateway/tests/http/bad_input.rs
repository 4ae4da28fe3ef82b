//! Every mistake of a request in one answer, and no input that makes the gateway fail.

use axum::body::Body;
use axum::http::{Method, Request};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::support::{Gateway, friendly, post};

fn pairs(faults: &[(String, String)]) -> Vec<(&str, &str)> {
    faults.iter().map(|(name, reason)| (name.as_str(), reason.as_str())).collect()
}

#[tokio::test]
async fn every_bad_parameter_is_told_at_once() {
    let gateway = Gateway::before(friendly);
    let query = "fuel=kerosene&raduis=5&lat=91&lat=3&lon=abc&max_age=old&rank=fast&litres=NaN&limit=201&currency=brl\
                 &cursor=x&foo=1&consumption=";
    let answered = gateway.get(&format!("/stations?{query}")).await;
    let faults = answered.faults(400, "unreadable-request");
    let expected = [
        ("raduis", "unknown; did you mean radius?"),
        ("lat", "given twice"),
        ("foo", "unknown"),
        ("fuel", "no such fuel"),
        ("radius", "missing"),
        ("lon", "not a number"),
        ("max_age", "not an age"),
        ("rank", "none of the choices"),
        ("litres", "out of range"),
        ("consumption", "empty"),
        ("currency", "not a currency"),
        ("limit", "out of range"),
        ("cursor", "not a cursor"),
    ];
    assert_eq!(pairs(&faults), expected);
    let errors = &answered.json()["errors"];
    assert_eq!(errors[0]["value"], "5");
    assert_eq!(errors[7]["allowed"], "price, distance, trip");
    assert!(errors[3]["allowed"].as_str().unwrap().contains("gasoline_e10"));
    assert!(gateway.asked().is_empty());
}

#[tokio::test]
async fn missing_parameters_are_400_and_bad_ranges_422() {
    let gateway = Gateway::before(friendly);
    let answered = gateway.get("/stations/cheapest").await;
    let missing = ["fuel", "radius", "lat", "lon"].map(|name| (name, "missing"));
    assert_eq!(pairs(&answered.faults(400, "unreadable-request")), missing);
    for (parameter, value) in [
        ("radius", "0"),
        ("radius", "-1"),
        ("radius", "NaN"),
        ("radius", "inf"),
        ("radius", "1e999"),
        ("radius", "20016.5"),
        ("radius", "1e9"),
        ("lat", "90.0001"),
        ("lon", "-181"),
        ("limit", "0"),
        ("limit", "-3"),
        ("limit", "99999999999999999999999"),
        ("max_age", "0"),
        ("litres", "0"),
        ("consumption", "1001"),
        ("consumption", "-1"),
        ("max_age", "99999999d"),
    ] {
        let mut query = vec![("fuel", "diesel"), ("radius", "1"), ("lat", "0"), ("lon", "0")];
        query.retain(|(name, _)| *name != parameter);
        query.push((parameter, value));
        let query = query.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
        let faults = gateway.get(&format!("/stations?{query}")).await.faults(422, "not-allowed");
        assert_eq!(pairs(&faults), [(parameter, "out of range")], "{value}");
    }
}

#[tokio::test]
async fn every_value_out_of_range_is_told_at_once_with_its_range() {
    let gateway = Gateway::before(friendly);
    let km = "a number of kilometres above 0, up to 20016";
    let bbox = "west,south,east,north in degrees, south not above north";
    let age = "8d, 12h, 30m, 45s, a number of seconds from 1 to 10000000000, or all";
    let limit = "a whole number from 1 to 200";
    let litres = "litres from 0.1 to 10000";
    let consumption = "litres per 100 km from 0 to 1000";
    let trip = "fuel=diesel&rank=trip&max_age=0&litres=0&consumption=-1";
    let of_trip = [("max_age", age), ("litres", litres), ("consumption", consumption), ("limit", limit)];
    let cases = [
        ("radius=0&lat=0&lon=0&limit=0", ("radius", km)),
        ("radius=-5&lat=0&lon=0&limit=201", ("radius", km)),
        ("radius=NaN&lat=0&lon=0&limit=0", ("radius", km)),
        ("radius=20017&lat=0&lon=0&limit=201", ("radius", km)),
        ("bbox=0,10,1,9&lat=0&lon=0&limit=201", ("bbox", bbox)),
    ];
    for (query, area) in cases {
        let answered = gateway.get(&format!("/stations?{trip}&{query}")).await;
        answered.faults(422, "not-allowed");
        let errors = answered.json()["errors"].as_array().unwrap().clone();
        let told: Vec<_> = errors
            .iter()
            .map(|error| (error["parameter"].as_str().unwrap(), error["allowed"].as_str().unwrap()))
            .collect();
        let expected: Vec<_> = std::iter::once(area).chain(of_trip).collect();
        assert_eq!(told, expected, "{query}");
    }
    let statistics = gateway.get("/statistics?fuel=diesel&radius=20017&lat=0&lon=0").await;
    assert_eq!(pairs(&statistics.faults(422, "not-allowed")), [("radius", "out of range")]);
    assert!(gateway.asked().is_empty());
}

#[tokio::test]
async fn parameters_that_exclude_each_other_conflict() {
    let gateway = Gateway::before(friendly);
    let both = "/stations?fuel=diesel&radius=1&lat=0&lon=0&bbox=0,0,1,1";
    assert_eq!(gateway.get(both).await.faults(422, "conflicting-parameters")[0].0, "bbox");
    let unbeaten = "/stations?fuel=diesel&bbox=0,0,1,1&pareto=true";
    assert_eq!(gateway.get(unbeaten).await.faults(422, "conflicting-parameters")[0].0, "pareto");
    let both = gateway.get(&format!("{unbeaten}&rank=trip")).await.faults(422, "conflicting-parameters");
    assert_eq!(both.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["rank", "pareto"]);
    for rank in ["distance", "trip"] {
        let path = format!("/stations?fuel=diesel&bbox=0,0,1,1&rank={rank}");
        assert_eq!(gateway.get(&path).await.faults(422, "conflicting-parameters")[0].0, "rank");
    }
    for (path, missing) in [
        ("/stations?fuel=diesel&radius=1", vec!["lat", "lon"]),
        ("/stations?fuel=diesel&bbox=0,0,1,1&lat=0", vec!["lon"]),
        ("/stations?fuel=diesel&lat=0&lon=0", vec!["radius"]),
        ("/stations?fuel=diesel", vec!["radius"]),
    ] {
        let faults = gateway.get(path).await.faults(422, "conflicting-parameters");
        assert_eq!(faults.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), missing, "{path}");
    }
    assert!(gateway.asked().is_empty());
}

#[tokio::test]
async fn routes_without_parameters_take_none() {
    let gateway = Gateway::before(friendly);
    for path in ["/fuels?x=1", "/time?fuel=diesel", "/stations/abc?fuel=diesel"] {
        assert_eq!(gateway.get(path).await.faults(400, "unreadable-request").len(), 1, "{path}");
    }
}

#[tokio::test]
async fn unknown_routes_and_methods_are_problems() {
    let gateway = Gateway::before(friendly);
    for path in ["/nothing", "/stations/", "/stations/a/b", "/docs/nothing", "//", "/stations/cheapest/"] {
        gateway.get(path).await.problem(404, "unknown-route");
    }
    for (method, path, allow) in [
        (Method::DELETE, "/stations", "GET,HEAD,POST"),
        (Method::POST, "/fuels", "GET,HEAD"),
        (Method::PUT, "/", "GET,HEAD"),
        (Method::TRACE, "/openapi.json", "GET,HEAD"),
    ] {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        let answered = gateway.send(request).await;
        answered.problem(405, "method-not-allowed");
        assert_eq!(answered.header("allow"), allow, "{path}");
    }
}

#[tokio::test]
async fn only_json_is_served_and_read() {
    let gateway = Gateway::before(friendly);
    for path in ["/fuels", "/time", "/stations/abc", "/statistics?fuel=diesel&radius=1&lat=0&lon=0"] {
        let request =
            Request::get(path).header("accept", "text/csv, application/json;q=0").body(Body::empty()).unwrap();
        gateway.send(request).await.problem(406, "not-acceptable");
    }
    let request = Request::get("/fuels").header("accept", "text/html,*/*;q=0.1").body(Body::empty()).unwrap();
    assert_eq!(gateway.send(request).await.status, 200);
    for media_type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""] {
        let request = Request::post("/stations").header("content-type", media_type).body(Body::from("{}")).unwrap();
        gateway.send(request).await.problem(415, "unsupported-media-type");
    }
    gateway
        .send(Request::post("/stations").body(Body::from("{}")).unwrap())
        .await
        .problem(415, "unsupported-media-type");
}

#[tokio::test]
async fn a_body_over_the_limit_is_413_announced_or_not() {
    let gateway = Gateway::before(friendly);
    let long = format!("{{\"name\": \"{}\"}}", "x".repeat(16 * 1024));
    gateway.post(&long).await.problem(413, "body-too-large");
    let announced = Request::post("/stations")
        .header("content-type", "application/json")
        .header("content-length", "99999999")
        .body(Body::empty())
        .unwrap();
    gateway.send(announced).await.problem(413, "body-too-large");
}

#[tokio::test]
async fn every_bad_member_of_a_body_is_told_at_once() {
    let gateway = Gateway::before(friendly);
    let body = r#"{"fuel": "kerosene", "prise": 5, "price": "4.999", "lat": 91, "lat": 1, "lon": [], "new": 1,
                   "radius_m": 1001, "station": "a b", "name": 7}"#;
    let faults = gateway.post(body).await.faults(400, "unreadable-request");
    let expected = [
        ("prise", "unknown; did you mean price?"),
        ("lat", "given twice"),
        ("fuel", "no such fuel"),
        ("price", "not a JSON number"),
        ("lon", "not a JSON number"),
        ("name", "not a JSON string"),
        ("station", "not a station's id"),
        ("radius_m", "out of range"),
        ("new", "neither true nor false"),
    ];
    assert_eq!(pairs(&faults), expected);
    let wrong_types = r#"{"fuel": 2, "price": null, "lat": "0", "lon": true}"#;
    assert_eq!(gateway.post(wrong_types).await.faults(422, "not-allowed").len(), 4);
    assert_eq!(gateway.post("{}").await.faults(400, "unreadable-request").len(), 4);
    assert!(gateway.asked().is_empty());
}

#[tokio::test]
async fn malformed_json_is_told_with_its_place() {
    let gateway = Gateway::before(friendly);
    for body in ["", "{", "{\"fuel\": }", "{} {}", "nonsense", "{\"lat\": 01}", "{\"a\": NaN}", "{'a': 1}"] {
        let problem = gateway.post(body).await.problem(400, "unreadable-request");
        assert!(problem["detail"].as_str().unwrap().contains("line 1 column"), "{problem}");
    }
    for body in ["[]", "5", "\"text\"", "null"] {
        gateway.post(body).await.problem(422, "not-allowed");
    }
    let request = Request::post("/stations").header("content-type", "application/json");
    gateway.send(request.body(Body::from(vec![0xff, 0xfe])).unwrap()).await.problem(400, "unreadable-request");
    let lone_surrogate = r#"{"fuel": "diesel", "price": 5, "lat": 0, "lon": 0, "name": "\ud800"}"#;
    assert_eq!(gateway.post(lone_surrogate).await.faults(400, "unreadable-request")[0].1, "not Unicode");
}

#[tokio::test]
async fn bad_headers_are_400() {
    let gateway = Gateway::before(friendly);
    for deadline in ["0", "2001", "-1", "1.5", "soon", "", "+5", "99999999999999999999"] {
        let request = Request::get("/time").header("x-deadline-ms", deadline).body(Body::empty()).unwrap();
        assert_eq!(gateway.send(request).await.faults(400, "unreadable-request")[0].0, "X-Deadline-Ms", "{deadline}");
    }
    for key in ["short", "0123456789abcdef ", "0123456789abcdef/", &"x".repeat(65), ""] {
        let mut request = post(r#"{"fuel": "diesel", "price": 5, "lat": 0, "lon": 0}"#);
        request.headers_mut().insert("idempotency-key", key.parse().unwrap());
        assert_eq!(gateway.send(request).await.faults(400, "unreadable-request")[0].0, "Idempotency-Key", "{key}");
    }
}

/// Whatever stands in the query, the gateway answers with a status below 500.
#[test]
fn no_query_makes_the_gateway_fail() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let gateway = runtime.block_on(async { Gateway::before(friendly) });
    let name = prop_oneof![
        4 => prop::sample::select(vec![
            "fuel", "radius", "lat", "lon", "bbox", "rank", "litres", "consumption", "max_age", "currency", "limit",
            "cursor", "zoom", "since", "pareto", "brand", "include_suspect",
        ])
        .prop_map(str::to_owned),
        1 => "[a-z%=+&]{0,8}",
    ];
    let value = prop_oneof![
        prop::sample::select(vec![
            "diesel",
            "5",
            "-22.2",
            "0",
            "1e308",
            "-1e-320",
            "NaN",
            "all",
            "8d",
            "price",
            "trip",
            "BRL",
            "%ff",
            "%",
            "%00",
            "0,0,1,1",
            "180,-90,-180,90",
            "1,2,3",
            "40b3870000000000~4999~3ff3c083126e978d~x",
            "7ff0000000000000~1~0~x",
            "22",
            "true",
            "2026-08-21T06:00:00Z",
        ])
        .prop_map(str::to_owned),
        "[ -\"$-~]{0,12}".prop_filter_map("no character that ends a URI", |text| (!text
            .contains(['<', '>', '"', '`', '{', '}', '\\', '^', '|', ' ']))
        .then_some(text)),
    ];
    let query = prop::collection::vec((name, value), 0..8);
    let route = prop::sample::select(vec![
        "/stations",
        "/stations/cheapest",
        "/fuels",
        "/stations/x",
        "/stations/x/prices",
        "/map",
        "/statistics",
    ]);
    let mut runner = TestRunner::new(ProptestConfig { cases: 512, ..ProptestConfig::default() });
    let outcome = runner.run(&(route, query), |(route, query)| {
        let query = query.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
        let Ok(request) = Request::get(format!("{route}?{query}")).body(Body::empty()) else { return Ok(()) };
        let answered = runtime.block_on(gateway.send(request));
        prop_assert!(answered.status.as_u16() < 500, "{}", answered.text());
        prop_assert!(serde_json::from_slice::<serde_json::Value>(&answered.body).is_ok());
        Ok(())
    });
    outcome.unwrap();
}

/// Whatever the body, likewise.
#[test]
fn no_body_makes_the_gateway_fail() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let gateway = runtime.block_on(async { Gateway::before(friendly) });
    let value = prop_oneof![
        prop::sample::select(vec![
            "5",
            "4.999",
            "-0",
            "1e999",
            "null",
            "true",
            "\"diesel\"",
            "[]",
            "{}",
            "\"\\ud800\"",
            "\"\""
        ])
        .prop_map(str::to_owned),
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
        any::<f64>().prop_map(|number| serde_json::to_string(&number).unwrap()),
    ];
    let name =
        prop::sample::select(vec!["fuel", "price", "lat", "lon", "name", "brand", "station", "radius_m", "new", "x"]);
    let mut runner = TestRunner::new(ProptestConfig { cases: 512, ..ProptestConfig::default() });
    let outcome = runner.run(&prop::collection::vec((name, value), 0..10), |members| {
        let members = members.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect::<Vec<_>>().join(", ");
        let answered = runtime.block_on(gateway.post(&format!("{{{members}}}")));
        prop_assert!(answered.status.as_u16() < 500, "{}", answered.text());
        Ok(())
    });
    outcome.unwrap();
}
