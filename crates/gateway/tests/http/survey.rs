//! Maps, histories, statistics, and the filters of a list.

use posto_market::{Area, Freshness, Fuel};
use posto_wire::answer::{Cells, History, PastPrice, Stations, Statistics};
use posto_wire::{Command, ErrorCode, Search};
use serde_json::json;

use crate::support::{Gateway, cell, friendly, ok, past, refuse, station_price};

const MAP: &str = "/map?fuel=gasoline&bbox=-54.9,-22.3,-54.7,-22.1&zoom=12";
const STATISTICS: &str = "/statistics?fuel=gasoline&radius=5&lat=-22.2175&lon=-54.7653";

fn asked(gateway: &Gateway) -> Command {
    gateway.asked().pop().unwrap().command
}

#[tokio::test]
async fn a_map_is_put_together_from_its_parts() {
    let gateway = Gateway::before(|command| {
        let Command::Map(map) = command else { return None };
        let next = (map.skip < 3).then(|| map.cursor_text(map.skip + 1));
        let lowest = (map.skip > 0).then_some(4999);
        ok(&Cells { cells: vec![cell(lowest)], next })
    });
    let map = gateway.get(MAP).await;
    assert_eq!(map.status, 200, "{}", map.text());
    let suspects = json!({
        "lat": -22.5, "lon": -54.5, "count": 12, "min_price": null, "currency": null, "station": null,
    });
    assert_eq!(map.json()["cells"][0], suspects);
    assert!(map.text().contains(r#""min_price":4.999,"currency":"BRL""#), "{}", map.text());
    assert_eq!(map.json()["cells"].as_array().unwrap().len(), 4);
    let Command::Map(asked) = asked(&gateway) else { panic!() };
    assert_eq!((asked.fuel, asked.zoom, asked.skip), (Fuel::Gasoline, 12, 3));
}

#[tokio::test]
async fn every_mistake_in_a_map_is_told_at_once() {
    let gateway = Gateway::before(friendly);
    for (query, status, code, expected) in [
        ("", 400, "unreadable-request", vec!["fuel", "bbox", "zoom"]),
        ("fuel=x&bbox=0,10,1,9&zoom=23", 422, "not-allowed", vec!["fuel", "bbox", "zoom"]),
        ("fuel=diesel&bbox=0,0,1,1&zoom=1.5&radius=5", 400, "unreadable-request", vec!["radius", "zoom"]),
        ("fuel=diesel&bbox=0,0,1,1&zoom=-1", 422, "not-allowed", vec!["zoom"]),
    ] {
        let answered = gateway.get(&format!("/map?{query}")).await;
        let names: Vec<_> = answered.faults(status, code).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, expected, "{query}");
        let allowed = answered.json()["errors"].as_array().unwrap().iter().all(|error| !error["allowed"].is_null());
        assert!(allowed || status == 400, "{}", answered.text());
    }
    assert!(gateway.asked().is_empty());
}

#[tokio::test]
async fn a_history_has_its_shape_and_reaches_the_server_as_asked() {
    let gateway = Gateway::before(friendly);
    let answered = gateway.get("/stations/it-1/prices").await;
    let expected = json!({
        "prices": [{
            "fuel": "gasoline", "price": 4.999, "ended": false, "currency": "BRL", "unit": "l", "reported_at": null,
            "age_s": null, "recorded_at": "2026-01-02T03:04:05Z",
        }],
        "cursor": null,
    });
    assert_eq!(answered.json(), expected);
    let path = "/stations/it-1/prices?fuel=alcohol&since=2026-08-21T06:00:00Z&limit=1";
    assert_eq!(gateway.get(path).await.status, 200);
    let Command::History(history) = asked(&gateway) else { panic!() };
    assert_eq!((history.station.as_str(), history.fuel), ("it-1", Some(Fuel::Ethanol)));
    assert_eq!((history.limit, history.before), (1, None));
    assert_eq!(history.since.map(posto_wire::time::format).as_deref(), Some("2026-08-21T06:00:00Z"));
    assert_eq!(gateway.get("/stations/it-1/prices?since=30d").await.status, 200);
    let Command::History(history) = asked(&gateway) else { panic!() };
    assert!(history.since.is_some_and(|since| since.millis() > 0));
}

#[tokio::test]
async fn the_end_of_a_price_is_no_price() {
    let gateway = Gateway::before(|_| {
        let end = PastPrice { price: None, ..past(1) };
        ok(&History { prices: vec![end, past(4999)], next: None })
    });
    let told = gateway.get("/stations/it-1/prices").await.json();
    let told = [0, 1].map(|place| (told["prices"][place]["price"].clone(), told["prices"][place]["ended"].clone()));
    assert_eq!(told, [(json!(null), json!(true)), (json!(4.999), json!(false))]);
}

#[tokio::test]
async fn every_mistake_in_a_history_is_told_at_once() {
    let gateway = Gateway::before(friendly);
    let answered = gateway.get("/stations/it-1/prices?fuel=x&since=yesterday&limit=201&cursor=0&zoom=1").await;
    let names: Vec<_> = answered.faults(400, "unreadable-request").into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["zoom", "fuel", "since", "limit", "cursor"]);
    for bad in ["0d", "0", "99999999999999d"] {
        let path = format!("/stations/it-1/prices?since={bad}");
        assert_eq!(gateway.get(&path).await.faults(422, "not-allowed")[0].1, "out of range", "{bad}");
    }
    for moment in ["2026-08-21T06:00:00.5Z", "2028-02-29T06:00:00-03:00"] {
        assert_eq!(gateway.get(&format!("/stations/it-1/prices?since={moment}")).await.status, 200, "{moment}");
    }
    for bad in [
        "",
        "all",
        "1.5d",
        "2026-13-01T00:00:00Z",
        "d",
        "2026-08-21",
        "2026-08-21T06Z",
        "2026-08-21%2006:00:00Z",
        "2026-08-21T06:00:00",
    ] {
        let path = format!("/stations/it-1/prices?since={bad}");
        assert_eq!(gateway.get(&path).await.faults(400, "unreadable-request")[0].0, "since", "{bad}");
    }
    assert_eq!(gateway.get("/stations/a%20b/prices").await.faults(422, "not-allowed")[0].0, "id");
    let gateway = Gateway::before(|_| refuse(ErrorCode::PostoDesconhecido));
    gateway.get("/stations/nobody/prices").await.problem(404, "unknown-station");
}

#[tokio::test]
async fn statistics_of_nothing_are_a_count_of_zero_and_nulls() {
    let gateway = Gateway::before(friendly);
    let nothing = json!({
        "count": 0, "min": null, "q1": null, "median": null, "q3": null, "max": null, "currency": null, "unit": null,
        "reported_at": null, "age_s": null,
    });
    assert_eq!(gateway.get(STATISTICS).await.json(), nothing);
    let boxed = gateway.get("/statistics?fuel=2&bbox=177,-20,-178,-15&max_age=all&currency=EUR").await;
    assert_eq!(boxed.json(), nothing);
    let Command::Statistics(survey) = asked(&gateway) else { panic!() };
    assert!(matches!(survey.area, Area::Box { centre: None, .. }));
    assert_eq!((survey.freshness, survey.currency.unwrap().code()), (Freshness::Any, "EUR"));
}

#[tokio::test]
async fn statistics_have_exact_prices_and_the_age_of_the_newest() {
    let gateway = Gateway::before(|_| {
        ok(&Statistics {
            count: 48,
            min: Some(1689),
            first_quartile: Some(1729),
            median: Some(1759),
            third_quartile: Some(1800),
            max: Some(1999),
            newest: Some("2026-01-02T03:04:05Z".to_owned()),
            currency: Some("EUR".to_owned()),
            unit: Some("l".to_owned()),
        })
    });
    let answered = gateway.get(STATISTICS).await;
    let prices = r#""count":48,"min":1.689,"q1":1.729,"median":1.759,"q3":1.8,"max":1.999"#;
    assert!(answered.text().contains(prices), "{}", answered.text());
    let statistics = answered.json();
    assert_eq!(statistics["reported_at"], "2026-01-02T03:04:05Z");
    assert!(statistics["age_s"].is_u64());
}

#[tokio::test]
async fn every_mistake_in_statistics_is_told_at_once() {
    let gateway = Gateway::before(friendly);
    let answered = gateway.get("/statistics?fuel=x&radius=0&lat=91&lon=181&max_age=0&currency=eur").await;
    let names: Vec<_> = answered.faults(422, "not-allowed").into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["fuel", "radius", "lat", "lon", "max_age", "currency"]);
    let both = gateway.get("/statistics?fuel=2&radius=1&lat=0&lon=0&bbox=0,0,1,1").await;
    assert_eq!(both.faults(422, "conflicting-parameters")[0].0, "bbox");
    assert_eq!(gateway.get("/statistics?fuel=2").await.faults(422, "conflicting-parameters")[0].0, "radius");
    for (half, missing) in [("radius=1&lat=0", "lon"), ("bbox=0,0,1,1&lon=0", "lat"), ("radius=1", "lat")] {
        let answered = gateway.get(&format!("/statistics?fuel=2&{half}")).await;
        let faults = answered.faults(422, "conflicting-parameters");
        assert_eq!(faults[0], (missing.to_owned(), "missing".to_owned()), "{half}");
    }
}

#[tokio::test]
async fn a_list_may_be_filtered() {
    let gateway = Gateway::before(|_| {
        let mut suspect = station_price();
        suspect.price.suspect = true;
        ok(&Stations { stations: vec![suspect], next: None })
    });
    let plain = "/stations?fuel=gasoline&radius=5&lat=-22.2175&lon=-54.7653";
    let list = gateway.get(&format!("{plain}&pareto=true&brand=%20Auto%20%20Posto&include_suspect=true")).await.json();
    assert_eq!(list["stations"][0]["suspect"], true);
    let Command::List(Search { brand, pareto, suspects, .. }) = asked(&gateway) else { panic!() };
    assert_eq!((brand.unwrap().as_str(), pareto, suspects), ("Auto Posto", true, true));
    gateway.get(plain).await;
    let Command::List(Search { brand, pareto, suspects, .. }) = asked(&gateway) else { panic!() };
    assert_eq!((brand, pareto, suspects), (None, false, false));
    let long = "x".repeat(81);
    for (bad, name) in [
        ("pareto=1".to_owned(), "pareto"),
        ("include_suspect=yes".to_owned(), "include_suspect"),
        ("brand=%20".to_owned(), "brand"),
        (format!("brand={long}"), "brand"),
    ] {
        assert_eq!(gateway.get(&format!("{plain}&{bad}")).await.faults(422, "not-allowed")[0].0, name);
    }
}

/// Talks v1 as the original server does: N is 0, so the client takes it for one.
async fn original() -> (Gateway, tokio::task::JoinHandle<()>) {
    let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let gateway = Gateway::asking(socket.local_addr().unwrap());
    let serving = tokio::spawn(async move {
        let mut buffer = [0; 1500];
        while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
            let received = posto_wire::packet::parse(&buffer[..length]).unwrap();
            if received.packet.syn {
                let opened = posto_wire::Packet {
                    syn: true,
                    ack: true,
                    ack_number: 1,
                    next_sequence: 1,
                    ..posto_wire::Packet::EMPTY
                };
                socket.send_to(&opened.to_bytes(), from).await.unwrap();
            }
        }
    });
    (gateway, serving)
}

#[tokio::test]
async fn in_front_of_an_original_server_they_are_not_supported() {
    let (gateway, serving) = original().await;
    for path in [MAP, STATISTICS, "/stations/it-1/prices"] {
        gateway.get(path).await.problem(501, "not-supported-by-server");
    }
    serving.abort();
}
