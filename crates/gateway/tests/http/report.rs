//! `POST /stations`: exact prices, ids from keys, and what the server may say to a report.

use posto_gateway::{Anonymous, Options, TokenStore, Tokens, new_token, token_line};
use posto_market::StationId;
use posto_wire::command::{Report, Reporter};
use posto_wire::{Command, ErrorCode};
use serde_json::json;

use crate::support::{Gateway, Script, friendly, ok, post, refuse, reported};

const REPORT: &str = r#"{"fuel": "gasoline", "price": 4.999, "lat": -22.2175, "lon": -54.7653}"#;

fn sent(gateway: &Gateway) -> Report {
    match gateway.asked().pop().unwrap().command {
        Command::Report(report) => report,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_first_price_is_201_with_its_place() {
    let gateway = Gateway::before(friendly);
    let answered = gateway.post(REPORT).await;
    assert_eq!(answered.status, 201);
    assert_eq!(answered.header("location"), "/stations/6u119g3j6uk1");
    assert_eq!(answered.header("cache-control"), "no-store");
    let expected = json!({
        "station": "6u119g3j6uk1", "fuel": "gasoline", "price": 4.999, "currency": "BRL", "unit": "l",
        "new_station": true, "replaced": null, "reported_at": "2026-01-02T03:04:05Z",
    });
    assert_eq!(answered.json(), expected);
    let report = sent(&gateway);
    assert_eq!((report.price.thousandths(), report.wish.radius_km), (4999, 0.05));
    assert_eq!(report.coordinates, "(-22.217500;-54.765300)");
}

#[tokio::test]
async fn a_replaced_price_is_200_and_told_exactly() {
    let gateway = Gateway::before(|_| ok(&reported(Some(4899))));
    let answered = gateway.post(REPORT).await;
    assert_eq!((answered.status.as_u16(), answered.header("location")), (200, ""));
    assert!(answered.text().contains(r#""replaced":4.899,"#), "{}", answered.text());
}

#[tokio::test]
async fn every_member_reaches_the_server() {
    let gateway = Gateway::before(friendly);
    let body = r#"{"fuel": "1", "price": 5e0, "lat": 1, "lon": -2.5, "name": " Auto  Posto ", "brand": null,
                   "station": "it-61154", "radius_m": 0, "new": false}"#;
    assert_eq!(gateway.post(body).await.status, 201);
    let Report { wish, price, .. } = sent(&gateway);
    assert_eq!((price.thousandths(), wish.radius_km, wish.new), (5000, 0.0, false));
    assert_eq!(wish.name.unwrap().as_str(), "Auto Posto");
    assert_eq!((wish.brand, wish.station), (None, StationId::parse("it-61154")));
    assert_eq!(gateway.post(r#"{"fuel": "1", "price": 5, "lat": 1, "lon": 1, "new": true}"#).await.status, 201);
    assert!(sent(&gateway).wish.new);
}

#[tokio::test]
async fn a_known_station_cannot_be_a_new_one() {
    let gateway = Gateway::before(friendly);
    let body = r#"{"fuel": "diesel", "price": 5, "lat": 1, "lon": 1, "station": "it-1", "new": true}"#;
    let faults = gateway.post(body).await.faults(422, "conflicting-parameters");
    assert_eq!(faults[0].0, "new");
}

#[tokio::test]
async fn a_price_is_taken_exactly_or_refused() {
    let gateway = Gateway::before(friendly);
    let body = |price: &str| format!(r#"{{"fuel": "diesel", "price": {price}, "lat": 0, "lon": 0}}"#);
    for (price, thousandths) in [("0.001", 1), ("999.999", 999_999), ("4.9990000", 4999), ("49.99e-1", 4999)] {
        assert_eq!(gateway.post(&body(price)).await.status, 201, "{price}");
        assert_eq!(sent(&gateway).price.thousandths(), thousandths, "{price}");
    }
    for price in ["4.9999", "0", "-1", "1000", "0.0001", "1e300", "4.999000000000001", "\"4.999\"", "null", "[4.999]"] {
        let answered = gateway.post(&body(price)).await;
        let faults = answered.faults(422, "not-allowed");
        assert_eq!((faults.len(), faults[0].0.as_str()), (1, "price"), "{price}");
        let allowed = answered.json()["errors"][0]["allowed"].as_str().unwrap().to_owned();
        assert!(allowed.contains("0.001 to 999.999"), "{allowed}");
    }
}

#[tokio::test]
async fn the_same_key_is_the_same_id_and_no_key_is_always_another() {
    let gateway = Gateway::before(friendly);
    let mut ids = Vec::new();
    for key in [Some("0123456789abcdef"), Some("0123456789abcdef"), Some("another-key_0001"), None, None] {
        let mut request = post(REPORT);
        if let Some(key) = key {
            request.headers_mut().insert("idempotency-key", key.parse().unwrap());
        }
        assert_eq!(gateway.send(request).await.status, 201);
        ids.push(sent(&gateway).id.unwrap());
    }
    assert!(ids.iter().all(|id| id.len() == 64));
    assert_eq!(ids[0], ids[1]);
    ids.remove(0);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 4);
}

#[tokio::test]
async fn what_the_server_says_to_a_report_gets_its_status() {
    let cases: [(Script, u16, &str); 4] = [
        (|_| refuse(ErrorCode::IdReutilizado), 409, "key-reused"),
        (|_| refuse(ErrorCode::PostoDesconhecido), 404, "unknown-station"),
        (|_| refuse(ErrorCode::DiarioParado), 503, "server-stopped"),
        (|_| refuse(ErrorCode::Ocupado), 503, "busy"),
    ];
    for (script, status, code) in cases {
        Gateway::before(script).post(REPORT).await.problem(status, code);
    }
    let gateway = Gateway::before(|_| refuse(ErrorCode::PostoAmbiguo));
    let problem = gateway.post(REPORT).await.problem(409, "ambiguous-station");
    let candidate = json!({
        "id": "6u119g3j6uk1", "name": "Auto Posto Mitai", "brand": null, "lat": -22.217551, "lon": -54.765349,
        "distance_m": 12.5,
    });
    assert_eq!(problem["candidates"], json!([candidate]));
}

#[tokio::test]
async fn a_report_that_waits_for_a_second_reporter_is_202() {
    let gateway = Gateway::before(|_| refuse(ErrorCode::AguardaConfirmacao));
    let answered = gateway.post(REPORT).await;
    assert_eq!((answered.status.as_u16(), answered.header("location")), (202, ""));
    let told = answered.json();
    assert_eq!(told["pending"], true);
    assert_eq!((told["station"].as_str(), told["price"].as_f64()), (Some("6u119g3j6uk1"), Some(4.999)));
}

#[tokio::test]
async fn the_server_is_told_whose_report_it_is_and_whether_anybody_vouches_for_them() {
    let token = new_token().unwrap();
    let tokens = TokenStore::new(Tokens::parse(&token_line("ana", &token, "")).unwrap());
    for (anonymous, cautious) in [(Anonymous::Open, false), (Anonymous::Limited, true)] {
        let options = Options { tokens: Some(tokens.clone()), anonymous, ..Options::default() };
        let gateway = Gateway::with(friendly, options);
        assert_eq!(gateway.post(REPORT).await.status, 201);
        let here = Reporter::at(std::net::Ipv4Addr::LOCALHOST.into());
        assert_eq!((sent(&gateway).reporter, sent(&gateway).cautious), (Some(here), cautious));
        let mut request = post(REPORT);
        request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        assert_eq!(gateway.send(request).await.status, 201);
        assert_eq!(sent(&gateway).reporter, Some(Reporter::Token("ana".to_owned())));
        assert!(!sent(&gateway).cautious);
    }
}

#[tokio::test]
async fn texts_too_long_for_a_datagram_are_refused() {
    let gateway = Gateway::before(friendly);
    let long = "\u{1f6e2}".repeat(80);
    let body = format!(r#"{{"fuel": "diesel", "price": 5, "lat": 0, "lon": 0, "name": "{long}", "brand": "{long}"}}"#);
    gateway.post(&body).await.problem(422, "too-long-for-server");
    let body = format!(r#"{{"fuel": "diesel", "price": 5, "lat": 0, "lon": 0, "name": "{}"}}"#, "x".repeat(81));
    assert_eq!(gateway.post(&body).await.faults(422, "not-allowed")[0].1, "too long");
}
