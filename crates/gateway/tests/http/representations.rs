//! The forms of an answer, its tag, its compression, and lists that go on.

use std::io::Read as _;

use axum::body::Body;
use axum::http::Request;
use posto_market::Freshness;
use posto_wire::answer::{History, StationPrice, Stations};
use posto_wire::{Command, Search};
use serde_json::{Value, json};

use crate::support::{Answered, Gateway, Script, friendly, gasoline, mitai, ok, past, station_price};

const LIST: &str = "/stations?fuel=gasoline&radius=5&lat=-22.2175&lon=-54.7653";
const CHEAPEST: &str = "/stations/cheapest?fuel=gasoline&radius=5&lat=-22.2175&lon=-54.7653";
const MAP: &str = "/map?fuel=gasoline&bbox=-54.9,-22.3,-54.7,-22.1&zoom=12";

async fn get_with(gateway: &Gateway, path: &str, headers: &[(&str, &str)]) -> Answered {
    let request = headers.iter().fold(Request::get(path), |request, (name, value)| request.header(*name, *value));
    gateway.send(request.body(Body::empty()).unwrap()).await
}

/// Two stations, the second with a name that a spreadsheet would execute.
fn two(_: &Command) -> Option<posto_wire::Value> {
    let mut dangerous = StationPrice { distance_m: None, trip_cost: Some(205.12), ..station_price() };
    dangerous.station.name = Some("=HYPERLINK(\"http://evil\",\"a\"), b".to_owned());
    dangerous.station.brand = Some("@x".to_owned());
    dangerous.price = posto_wire::answer::PriceFacts { reported_at: None, stale: true, ..gasoline(6000) };
    ok(&Stations { stations: vec![station_price(), dangerous], next: None })
}

#[tokio::test]
async fn a_list_is_what_the_client_prefers_or_406() {
    let gateway = Gateway::before(two);
    for (accept, media_type) in [
        ("*/*", "application/json"),
        ("text/html, application/geo+json;q=0.9, */*;q=0.1", "application/geo+json"),
        ("text/csv", "text/csv; charset=utf-8; header=present"),
        ("text/csv;q=0.5, application/json;q=0.4", "text/csv; charset=utf-8; header=present"),
    ] {
        let answered = get_with(&gateway, LIST, &[("accept", accept)]).await;
        assert_eq!((answered.status.as_u16(), answered.header("content-type")), (200, media_type), "{accept}");
        let vary: Vec<_> = answered.headers.get_all("vary").iter().filter_map(|vary| vary.to_str().ok()).collect();
        assert!(vary.join(",").contains("accept"), "{vary:?}");
    }
    let refused = get_with(&gateway, LIST, &[("accept", "text/html")]).await;
    let detail = refused.problem(406, "not-acceptable")["detail"].as_str().unwrap().to_owned();
    for form in ["application/json", "application/geo+json", "text/csv"] {
        assert!(detail.contains(form), "{detail}");
    }
    get_with(&gateway, MAP, &[("accept", "text/csv")]).await.problem(406, "not-acceptable");
    get_with(&gateway, CHEAPEST, &[("accept", "text/csv")]).await.problem(406, "not-acceptable");
}

#[tokio::test]
async fn geojson_has_longitude_first_and_the_station_as_its_properties() {
    let gateway = Gateway::before(two);
    let plain = gateway.get(LIST).await.json();
    let map = get_with(&gateway, LIST, &[("accept", "application/geo+json")]).await;
    assert!(map.text().contains(r#""price":4.999,"#), "exact: {}", map.text());
    let map = map.json();
    assert_eq!(
        (&map["type"], &map["cursor"], &map["sources"]),
        (&json!("FeatureCollection"), &json!(null), &json!([]))
    );
    let feature = &map["features"][0];
    assert_eq!((&feature["type"], &feature["id"]), (&json!("Feature"), &json!("6u119g3j6uk1")));
    assert_eq!(feature["geometry"], json!({ "type": "Point", "coordinates": [-54.765349, -22.217551] }));
    for (feature, station) in map["features"].as_array().unwrap().iter().zip(plain["stations"].as_array().unwrap()) {
        assert_eq!(&feature["properties"], station);
    }
    let gateway = Gateway::before(friendly);
    let cells = get_with(&gateway, MAP, &[("accept", "application/geo+json")]).await.json();
    assert_eq!(cells["features"][0]["geometry"]["coordinates"], json!([-54.5, -22.5]));
    assert_eq!(cells["features"][0]["properties"], gateway.get(MAP).await.json()["cells"][0]);
}

#[tokio::test]
async fn csv_has_a_header_exact_prices_and_no_formulas() {
    let table = get_with(&Gateway::before(two), LIST, &[("accept", "text/csv")]).await;
    let lines: Vec<_> = table.text().split_terminator("\r\n").collect();
    assert_eq!(lines.len(), 3, "{}", table.text());
    let columns: Vec<_> = lines[0].split(',').collect();
    let plain = Gateway::before(two).get(LIST).await.json();
    let mut members: Vec<_> = plain["stations"][1].as_object().unwrap().keys().map(String::as_str).collect();
    let mut sorted = columns.clone();
    sorted.sort_unstable();
    members.sort_unstable();
    assert_eq!(sorted, members, "the members of the JSON answer");
    let first: Vec<_> = lines[1].split(',').collect();
    assert_eq!(
        first[..9],
        ["6u119g3j6uk1", "Auto Posto Mitai", "", "-22.217551", "-54.765349", "gasoline", "4.999", "BRL", "l"]
    );
    let dangerous = r#"6u119g3j6uk1,"'=HYPERLINK(""http://evil"",""a""), b",'@x,-22.217551,"#;
    assert!(lines[2].starts_with(dangerous), "{}", lines[2]);
    assert!(lines[2].ends_with(",,,true,false,,,,,,reports,,205.12"), "{}", lines[2]);
}

#[tokio::test]
async fn an_answer_that_has_only_grown_older_is_304() {
    let gateway = Gateway::before(friendly);
    for path in [CHEAPEST, LIST, MAP, "/fuels", "/problems", "/openapi.json", "/stations/it-1", "/time"] {
        let first = gateway.get(path).await;
        let tag = first.header("etag").to_owned();
        assert!(tag.starts_with("W/\"") && tag.ends_with('"'), "{path}: {tag}");
        assert_eq!(first.header("cache-control"), "private, no-cache", "{path}");
        let again = get_with(&gateway, path, &[("if-none-match", &format!("\"x\", {tag}"))]).await;
        assert_eq!((again.status.as_u16(), again.body.len()), (304, 0), "{path}");
        assert_eq!((again.header("etag"), again.header("content-type")), (tag.as_str(), ""), "{path}");
        assert_eq!(again.header("cache-control"), "private, no-cache");
        assert!(!again.header("x-request-id").is_empty() && !again.header("access-control-allow-origin").is_empty());
        assert_eq!(get_with(&gateway, path, &[("if-none-match", "W/\"other\"")]).await.status, 200);
    }
    let tags = ["application/json", "application/geo+json", "text/csv"].map(|accept| {
        let request = Request::get(LIST).header("accept", accept).body(Body::empty()).unwrap();
        gateway.send(request)
    });
    let [json, geojson, csv] = tags;
    let (json, geojson, csv) = (json.await, geojson.await, csv.await);
    assert!(json.header("etag") != geojson.header("etag") && geojson.header("etag") != csv.header("etag"));
}

#[tokio::test]
async fn another_price_is_another_tag_and_a_problem_has_none() {
    let cheap: Script =
        |_| ok(&Stations { stations: vec![StationPrice { price: gasoline(4998), ..station_price() }], next: None });
    let tag = Gateway::before(friendly).get(CHEAPEST).await.header("etag").to_owned();
    let changed = get_with(&Gateway::before(cheap), CHEAPEST, &[("if-none-match", &tag)]).await;
    assert_eq!(changed.status, 200);
    assert_ne!(changed.header("etag"), tag);
    let gateway = Gateway::before(|_| ok(&Stations { stations: Vec::new(), next: None }));
    let nothing = get_with(&gateway, CHEAPEST, &[("if-none-match", "*")]).await;
    nothing.problem(404, "no-station-in-radius");
    assert_eq!(nothing.header("etag"), "");
    let reported = Request::post("/stations").header("content-type", "application/json").header("if-none-match", "*");
    let body = Body::from(r#"{"fuel": "diesel", "price": 5, "lat": 0, "lon": 0}"#);
    assert_eq!(Gateway::before(friendly).send(reported.body(body).unwrap()).await.status, 201);
}

#[tokio::test]
async fn long_answers_are_compressed_for_who_takes_it_and_short_ones_never() {
    let many: Script = |_| ok(&Stations { stations: vec![station_price(); 20], next: None });
    let gateway = Gateway::before(many);
    let plain = gateway.get(LIST).await;
    for (accepted, used) in [("gzip", "gzip"), ("br, gzip", "br"), ("gzip;q=0.5, br;q=0.1", "gzip"), ("identity", "")] {
        let answered = get_with(&gateway, LIST, &[("accept-encoding", accepted)]).await;
        assert_eq!(answered.header("content-encoding"), used, "{accepted}");
        assert_eq!(answered.header("etag"), plain.header("etag"));
        let vary: Vec<_> = answered.headers.get_all("vary").iter().filter_map(|vary| vary.to_str().ok()).collect();
        assert!(vary.join(",").contains("accept-encoding"), "{vary:?}");
        let mut body = Vec::new();
        match used {
            "gzip" => drop(flate2::read::GzDecoder::new(answered.body.as_slice()).read_to_end(&mut body).unwrap()),
            "br" => assert!(answered.body.len() * 4 < plain.body.len()),
            _ => body.clone_from(&answered.body),
        }
        assert!(used == "br" || without_ages(&body) == without_ages(&plain.body));
    }
    let short = get_with(&gateway, CHEAPEST, &[("accept-encoding", "gzip, br")]).await;
    assert_eq!((short.header("content-encoding"), short.json()["price"].to_string().as_str()), ("", "4.999"));
}

fn without_ages(body: &[u8]) -> Value {
    let mut list: Value = serde_json::from_slice(body).unwrap();
    list["stations"].as_array_mut().unwrap().iter_mut().for_each(|station| station["age_s"] = json!(null));
    list
}

const PLACE: &str = "40b3870000000000~4999~3ff3c083126e978d~6u119g3j6uk1";

/// Always one station, and always more behind it.
fn endless(command: &Command) -> Option<posto_wire::Value> {
    match command {
        Command::History(_) => ok(&History { prices: vec![past(4999)], next: Some("77".to_owned()) }),
        _ => ok(&Stations { stations: vec![station_price()], next: Some(PLACE.to_owned()) }),
    }
}

fn searched(gateway: &Gateway) -> Search {
    match gateway.asked().pop().unwrap().command {
        Command::List(search) => search,
        other => panic!("{other:?}"),
    }
}

/// The path in `Link: <…>; rel="next"`.
fn next(answered: &Answered) -> String {
    let link = answered.header("link").strip_prefix('<').and_then(|link| link.strip_suffix(">; rel=\"next\""));
    link.unwrap_or_else(|| panic!("{}", answered.header("link"))).to_owned()
}

#[tokio::test]
async fn the_link_to_the_next_part_leads_there_in_every_form() {
    let gateway = Gateway::before(endless);
    for accept in ["application/json", "application/geo+json", "text/csv"] {
        let first = get_with(&gateway, &format!("{LIST}&limit=1&brand=Auto%20Posto"), &[("accept", accept)]).await;
        let second = get_with(&gateway, &next(&first), &[("accept", accept)]).await;
        assert_eq!(second.status, 200, "{}", second.text());
        let search = searched(&gateway);
        assert_eq!(search.after.unwrap().price.thousandths(), 4999);
        assert_eq!((search.limit, search.brand.unwrap().as_str()), (1, "Auto Posto"));
        assert_eq!(next(&second), next(&first), "one cursor, and the same parameters");
    }
    let first = gateway.get("/stations/it-1/prices?limit=1").await;
    assert_eq!(gateway.get(&next(&first)).await.status, 200);
    let Command::History(history) = gateway.asked().pop().unwrap().command else { panic!() };
    assert_eq!((history.before, history.limit), (Some(77), 1));
    assert_eq!(Gateway::before(friendly).get(LIST).await.header("link"), "", "the end");
}

#[tokio::test]
async fn later_parts_keep_the_age_and_the_currency_that_the_first_one_settled() {
    let gateway = Gateway::before(endless);
    let first = gateway.get(&format!("{LIST}&limit=1")).await;
    assert_eq!((searched(&gateway).freshness, searched(&gateway).currency), (Freshness::Preferred, None));
    gateway.get(&next(&first)).await;
    let search = searched(&gateway);
    assert_eq!(search.currency.unwrap().code(), "BRL");
    assert_eq!(search.freshness, Freshness::AtMost(posto_market::limits::FRESH_FOR));

    let old = Gateway::before(|command| {
        let mut found = station_price();
        // The server's second part holds a new report, which the first one had not.
        found.price.stale = matches!(command, Command::List(Search { after: None, .. }));
        ok(&Stations { stations: vec![found], next: Some(PLACE.to_owned()) })
    });
    let second = old.get(&next(&old.get(&format!("{LIST}&limit=1")).await)).await;
    assert_eq!(searched(&old).freshness, Freshness::Any);
    old.get(&next(&second)).await;
    assert_eq!(searched(&old).freshness, Freshness::Any);

    let strict = format!("{LIST}&limit=1&max_age=8d&currency=EUR");
    gateway.get(&next(&gateway.get(&strict).await)).await;
    let search = searched(&gateway);
    assert_eq!(search.freshness, Freshness::AtMost(std::time::Duration::from_secs(8 * 86_400)));
    assert_eq!(search.currency.unwrap().code(), "EUR");
}

#[tokio::test]
async fn a_cursor_of_another_list_is_refused() {
    let gateway = Gateway::before(endless);
    let cursor = gateway.get(&format!("{LIST}&limit=1")).await.json()["cursor"].as_str().unwrap().to_owned();
    assert_eq!(gateway.get(&format!("{LIST}&limit=7&cursor={cursor}")).await.status, 200, "parts may differ in length");
    let asked = gateway.asked().len();
    for other in [
        format!("{LIST}&rank=distance&cursor={cursor}"),
        format!("/stations?fuel=diesel&radius=5&lat=-22.2175&lon=-54.7653&cursor={cursor}"),
        format!("/stations/it-1/prices?cursor={cursor}"),
        format!("{LIST}&cursor=AAAAAAAAAAAAAAAAAAAAAAAA"),
        format!("{LIST}&cursor={}", mitai().id),
    ] {
        let refused = gateway.get(&other).await;
        assert_eq!(refused.faults(422, "conflicting-parameters")[0].0, "cursor", "{other}");
        assert!(refused.text().contains("limit may differ"));
    }
    for broken in ["x", PLACE, "%20", &"A".repeat(201)] {
        let refused = gateway.get(&format!("{LIST}&cursor={broken}")).await;
        assert_eq!(refused.faults(400, "unreadable-request")[0].1, "not a cursor", "{broken}");
    }
    assert_eq!(gateway.asked().len(), asked, "nobody was asked");
}
