//! Reads: cheapest, list, one station, fuels, time.

use std::time::Duration;

use posto_gateway::Options;
use posto_market::{Area, Freshness, Fuel, Rank};
use posto_wire::answer::{OpeningFacts, StationDetail, StationPrice, Stations};
use posto_wire::{Command, ErrorCode, Search};
use serde_json::json;

use crate::support::{Gateway, friendly, gasoline, mitai, ok, refuse, station_price};

const CHEAPEST: &str = "/stations/cheapest?fuel=gasoline&radius=5&lat=-22.2175&lon=-54.7653";

fn searched(gateway: &Gateway) -> Search {
    match gateway.asked().pop().unwrap().command {
        Command::Cheapest(search) | Command::List(search) => search,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_cheapest_is_one_flat_object_with_an_exact_price() {
    let gateway = Gateway::before(friendly);
    let answered = gateway.get(CHEAPEST).await;
    assert_eq!(answered.status, 200);
    assert_eq!(answered.header("content-type"), "application/json");
    assert_eq!(answered.header("cache-control"), "private, no-cache");
    assert!(answered.text().contains(r#""price":4.999,"#), "{}", answered.text());
    let mut station = answered.json();
    let age_s = station.as_object_mut().unwrap().remove("age_s").unwrap();
    assert!(age_s.is_u64(), "{age_s}");
    let expected = json!({
        "id": "6u119g3j6uk1", "name": "Auto Posto Mitai", "brand": null, "lat": -22.217551, "lon": -54.765349,
        "fuel": "gasoline", "price": 4.999, "currency": "BRL", "unit": "l", "reported_at": "2026-01-02T03:04:05Z",
        "stale": false, "opening_hours": null, "open": null, "service": null, "members_only": null,
        "distance_km": 1.235, "suspect": false, "source": "reports", "attribution": null,
    });
    assert_eq!(station, expected);
}

#[tokio::test]
async fn a_search_reaches_the_server_as_it_was_asked() {
    let gateway = Gateway::before(friendly);
    gateway.get(&format!("{CHEAPEST}&rank=trip&litres=30&consumption=6.5&max_age=8d&currency=EUR")).await;
    let search = searched(&gateway);
    assert_eq!(search.fuel, Fuel::Gasoline);
    assert_eq!(search.coordinates.as_deref(), Some("(-22.217500;-54.765300)"));
    assert!(matches!(search.area, Area::Circle(circle) if circle.radius_km() == 5.0));
    assert!(matches!(search.rank, Rank::Trip(trip) if trip.litres == 30.0 && trip.consumption == 6.5));
    assert_eq!(search.freshness, Freshness::AtMost(Duration::from_secs(8 * 86_400)));
    assert_eq!(search.currency.unwrap().code(), "EUR");

    gateway.get("/stations?fuel=0&bbox=177,-20,-178,-15&limit=200&max_age=all").await;
    let search = searched(&gateway);
    assert_eq!((search.fuel, search.limit, search.freshness), (Fuel::Diesel, 200, Freshness::Any));
    assert!(matches!(search.area, Area::Box { bounds, centre: None } if bounds.south_west().longitude() == 177.0));

    gateway.get("/stations?fuel=%C3%A1lcool&bbox=-55,-23,-54,-22&lat=-22.5&lon=-54.5&rank=distance").await;
    let search = searched(&gateway);
    assert_eq!((search.fuel, search.rank, search.limit), (Fuel::Ethanol, Rank::Distance, 20));
    assert!(search.area.centre().is_some());
}

#[tokio::test]
async fn the_largest_radius_is_the_whole_earth() {
    let gateway = Gateway::before(friendly);
    assert_eq!(gateway.get("/stations?fuel=diesel&radius=20016&lat=0&lon=0").await.status, 200);
    assert!(matches!(searched(&gateway).area, Area::Circle(circle) if circle.radius_km() == 20_016.0));
}

#[tokio::test]
async fn nothing_found_is_404_for_the_cheapest_and_an_empty_list_else() {
    let gateway = Gateway::before(|_| ok(&Stations { stations: Vec::new(), next: None }));
    gateway.get(CHEAPEST).await.problem(404, "no-station-in-radius");
    let list = gateway.get("/stations?fuel=gasoline&radius=5&lat=-22.2175&lon=-54.7653").await;
    assert_eq!((list.status.as_u16(), list.text()), (200, r#"{"stations":[],"sources":[],"cursor":null}"#));
}

#[tokio::test]
async fn a_list_goes_on_at_its_cursor() {
    let gateway = Gateway::before(|command| {
        let Command::List(search) = command else { return None };
        let cursor = "40b3870000000000~4999~3ff3c083126e978d~6u119g3j6uk1".to_owned();
        let next = search.after.is_none().then_some(cursor);
        ok(&Stations { stations: vec![station_price()], next })
    });
    let path = "/stations?fuel=gasoline&radius=5&lat=-22.2175&lon=-54.7653&limit=1";
    let first = gateway.get(path).await.json();
    let cursor = first["cursor"].as_str().unwrap();
    let second = gateway.get(&format!("{path}&cursor={cursor}")).await.json();
    assert_eq!(second["cursor"], json!(null));
    assert_eq!(searched(&gateway).after.unwrap().price.thousandths(), 4999);
}

#[tokio::test]
async fn trip_cost_attribution_and_unknown_ages_are_told() {
    let options = Options { attributions: vec![("it".to_owned(), "Dati: MIMIT".to_owned())], ..Options::default() };
    let gateway = Gateway::with(
        |_| {
            let mut station = mitai();
            (station.source, station.id) = (Some("it".to_owned()), "it-61154".to_owned());
            let price = posto_wire::answer::PriceFacts { reported_at: None, stale: true, ..gasoline(6000) };
            let found = StationPrice { station, price, distance_m: None, trip_cost: Some(205.12), ..station_price() };
            ok(&Stations { stations: vec![found], next: None })
        },
        options,
    );
    let answered = gateway.get(&format!("{CHEAPEST}&rank=trip")).await;
    assert!(answered.text().contains(r#""price":6,"#), "{}", answered.text());
    assert!(answered.text().contains(r#""trip_cost":205.12"#), "{}", answered.text());
    let station = answered.json();
    assert_eq!((&station["source"], &station["attribution"]), (&json!("it"), &json!("Dati: MIMIT")));
    assert_eq!(
        (&station["age_s"], &station["reported_at"], &station["stale"]),
        (&json!(null), &json!(null), &json!(true))
    );
    assert_eq!(station["distance_km"], json!(null));
    let list = gateway.get("/stations?fuel=gasoline&radius=5&lat=-22.2175&lon=-54.7653").await.json();
    assert_eq!(list["sources"], json!([{ "source": "it", "attribution": "Dati: MIMIT" }]));
}

#[tokio::test]
async fn opening_hours_service_and_members_are_told_where_they_are_known() {
    let script: crate::support::Script = |command| {
        let opening = OpeningFacts {
            hours: Some("Mo-Sa 07:00-22:00".to_owned()),
            open: Some(false),
            service: Some(if matches!(command, Command::List(_)) { "ambos" } else { "robo" }.to_owned()),
            members_only: Some(true),
        };
        match command {
            Command::Station { .. } => {
                let prices = vec![gasoline(4999)];
                ok(&StationDetail { station: mitai(), address: None, opening, prices, next: None })
            }
            _ => ok(&Stations { stations: vec![StationPrice { opening, ..station_price() }], next: None }),
        }
    };
    let gateway = Gateway::before(script);
    let list = gateway.get("/stations?fuel=gasoline&radius=5&lat=-22.2175&lon=-54.7653").await.json();
    let members = ["opening_hours", "open", "service", "members_only"];
    let told = |station: &serde_json::Value| members.map(|member| station[member].clone());
    let known = [json!("Mo-Sa 07:00-22:00"), json!(false), json!("both"), json!(true)];
    assert_eq!(told(&list["stations"][0]), known);
    let detail = gateway.get("/stations/6u119g3j6uk1").await.json();
    let of_the_future = [known[0].clone(), known[1].clone(), json!(null), known[3].clone()];
    assert_eq!(told(&detail), of_the_future);
}

#[tokio::test]
async fn only_open_stations_are_asked_for_where_that_is_wanted() {
    let gateway = Gateway::before(|_| ok(&Stations { stations: Vec::new(), next: None }));
    for path in [CHEAPEST, "/stations?fuel=gasoline&radius=5&lat=-22.2175&lon=-54.7653"] {
        gateway.get(path).await;
        assert!(!searched(&gateway).open);
        gateway.get(&format!("{path}&open_now=true")).await;
        assert!(searched(&gateway).open);
        let faults = gateway.get(&format!("{path}&open_now=yes")).await.faults(422, "not-allowed");
        assert_eq!(faults[0].0, "open_now");
    }
    let nothing = gateway.get(&format!("{CHEAPEST}&open_now=true")).await.problem(404, "no-station-in-radius");
    assert!(nothing["detail"].as_str().unwrap().contains("opening hours"), "{nothing}");
}

#[tokio::test]
async fn a_station_has_all_its_prices_and_an_unknown_one_is_404() {
    let gateway = Gateway::before(friendly);
    let station = gateway.get("/stations/6u119g3j6uk1").await.json();
    assert_eq!(station["prices"][0]["price"], 4.999);
    assert_eq!((&station["address"], &station["source"]), (&json!(null), &json!("reports")));
    for bad in ["a%20b", "%ff", &"x".repeat(65)] {
        assert_eq!(gateway.get(&format!("/stations/{bad}")).await.faults(422, "not-allowed")[0].0, "id");
    }
    let gateway = Gateway::before(|_| refuse(ErrorCode::PostoDesconhecido));
    gateway.get("/stations/nobody").await.problem(404, "unknown-station");
}

#[tokio::test]
async fn fuels_and_time_have_their_shapes() {
    let gateway = Gateway::before(friendly);
    let fuels = gateway.get("/fuels").await.json();
    assert_eq!(fuels["fuels"].as_array().unwrap().len(), 9);
    let ethanol = json!({
        "code": 1, "slug": "ethanol", "names": { "pt": "álcool", "en": "ethanol" }, "unit": "l",
        "aliases": ["1", "alcohol", "álcool", "alcool", "etanol"],
    });
    assert_eq!(fuels["fuels"][1], ethanol);
    let time = json!({
        "time": "2026-01-02T03:04:05Z", "version": "0.1.0", "uptime_s": 5, "stations": 1, "prices": 1, "book": "b",
    });
    assert_eq!(gateway.get("/time").await.json(), time);
}

#[tokio::test]
async fn what_the_server_refuses_gets_its_status() {
    let cases: [(crate::support::Script, u16, &str); 8] = [
        (|_| refuse(ErrorCode::ParametroInvalido), 422, "not-allowed"),
        (|_| refuse(ErrorCode::NaoPermitido), 403, "not-permitted"),
        (|_| refuse(ErrorCode::Ocupado), 503, "busy"),
        (|_| refuse(ErrorCode::DiarioParado), 503, "server-stopped"),
        (|_| refuse(ErrorCode::RespostaGrande), 502, "unreadable-answer"),
        (|_| refuse(ErrorCode::AcaoDesconhecida), 501, "not-supported-by-server"),
        (|_| Some("Dados gravados".into()), 502, "unreadable-answer"),
        (|_| ok(&Stations { stations: vec![strange()], next: None }), 502, "unreadable-answer"),
    ];
    for (script, status, code) in cases {
        Gateway::before(script).get(CHEAPEST).await.problem(status, code);
    }
}

/// With a fuel of the future.
fn strange() -> StationPrice {
    let mut station = station_price();
    station.price.fuel = 99;
    station
}
