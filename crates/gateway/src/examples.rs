//! The examples of the API document: made by the code that makes the answers, from the nine records
//! that a new server starts with (`data/dados.json`).

mod problems;

use posto_market::{Fuel, Position, geohash};
use posto_wire::answer;
use serde::Serialize;
use serde_json::{Value, json};

pub(crate) use problems::problem;

use crate::routes;
use crate::shapes::{
    Attributions, History, Map, MapFeatures, Pending, Reported, ServerTime, StationDetail, StationFeatures,
    StationList, StationPrice, Statistics, csv,
};

/// A station of the nine records: name, latitude, longitude.
type Sample = (&'static str, f64, f64);

const MITAI: Sample = ("Auto Posto Mitai", -22.217551, -54.765349);
const IPIRANGA: Sample = ("Auto Posto Ipiranga", -22.226945, -54.807717);
const TAUROS: Sample = ("Auto Posto Tauros", -22.223665, -54.771388);

const REQUEST_ID: &str = "check-7";

pub(crate) fn cheapest() -> Value {
    found(TAUROS, 3999)
}

pub(crate) fn list() -> Value {
    stations().map_or(Value::Null, |list| value(&list))
}

pub(crate) fn list_geojson() -> Value {
    stations().map_or(Value::Null, |list| value(&StationFeatures::from(&list)))
}

pub(crate) fn list_csv() -> Value {
    let table = stations().and_then(|list| csv::stations(&list)).unwrap_or_default();
    json!(String::from_utf8_lossy(&table))
}

fn stations() -> Option<StationList> {
    let stations = [(TAUROS, 3999), (IPIRANGA, 5343), (MITAI, 6000)].map(|(sample, price)| priced(sample, price));
    let page = posto_client::Page { stations: stations.into(), next: None };
    StationList::new(page, &Attributions::new()).ok()
}

pub(crate) fn station() -> Value {
    let prices = [(Fuel::Diesel, 4989), (Fuel::Ethanol, 5000), (Fuel::Gasoline, 3999)];
    let prices = prices.map(|(fuel, price)| facts_of_price(fuel, price)).into();
    let detail =
        answer::StationDetail { station: facts(TAUROS), address: None, opening: opening(), prices, next: None };
    value(&StationDetail::new(detail, &Attributions::new()))
}

pub(crate) fn map() -> Value {
    value(&cells())
}

pub(crate) fn map_geojson() -> Value {
    value(&MapFeatures::from(&cells()))
}

fn cells() -> Map {
    let cell = |count, (_, lat, lon): Sample, price, station| answer::Cell {
        lat,
        lon,
        count,
        lowest: Some(price),
        currency: Some("BRL".to_owned()),
        station,
    };
    let cells = vec![cell(2, TAUROS, 3999, None), cell(1, IPIRANGA, 5343, Some(facts(IPIRANGA).id))];
    Map::from(cells)
}

pub(crate) fn history() -> Value {
    let past = |price, reported_at: Option<&str>, recorded_at: &str| answer::PastPrice {
        fuel: Fuel::Gasoline.code(),
        price: Some(price),
        currency: "BRL".to_owned(),
        unit: "l".to_owned(),
        reported_at: reported_at.map(str::to_owned),
        recorded_at: recorded_at.to_owned(),
    };
    // The age that a running gateway tells counts from its clock; the example's would never stay.
    let prices = vec![past(3999, None, "2026-08-21T06:00:00.123Z"), past(4099, None, "2026-08-14T06:00:00Z")];
    value(&History::from(posto_client::Past { prices, next: None }))
}

pub(crate) fn statistics() -> Value {
    value(&Statistics::from(answer::Statistics {
        count: 3,
        min: Some(3999),
        first_quartile: Some(3999),
        median: Some(5343),
        third_quartile: Some(6000),
        max: Some(6000),
        newest: None,
        currency: Some("BRL".to_owned()),
        unit: Some("l".to_owned()),
    }))
}

/// A price, and a comment that keeps the connection alive.
pub(crate) fn events() -> Value {
    let (place, station) = ("5b1f0c6e9a7d4832.48471", cheapest());
    json!(format!("event: price\ndata: {station}\nid: {place}\n\n: alive\nid: {place}\n\n"))
}

pub(crate) fn station_id() -> Value {
    json!(facts(TAUROS).id)
}

pub(crate) fn report() -> Value {
    json!({ "fuel": "gasoline", "price": 4.999, "lat": MITAI.1, "lon": MITAI.2 })
}

pub(crate) fn flag() -> Value {
    json!({ "reason": "price-gone", "fuel": "gasoline", "note": "the sign says 5.099" })
}

pub(crate) fn reported() -> Value {
    value(&Reported::new(answer::Reported { price: 4899, ..stored() }, Fuel::GasolinePremium))
}

pub(crate) fn replaced() -> Value {
    value(&Reported::new(answer::Reported { replaced: Some(6000), ..stored() }, Fuel::Gasoline))
}

pub(crate) fn pending() -> Value {
    let price = posto_market::Price::from_thousandths(2999);
    price.map_or(Value::Null, |price| value(&Pending::new(Some("it-61154".to_owned()), Fuel::Gasoline, price)))
}

pub(crate) fn fuels() -> Value {
    value(&routes::fuels::every())
}

pub(crate) fn time() -> Value {
    value(&ServerTime::from(answer::ServerTime {
        ahead_of_utc_s: None,
        now: "2026-08-21T06:00:00.123Z".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        uptime_s: 86_400,
        stations: 3,
        prices: 9,
        book: "5b1f0c6e9a7d4832".to_owned(),
        position: None,
        group: answer::GroupStanding::default(),
    }))
}

fn found(sample: Sample, price: u32) -> Value {
    let station = StationPrice::new(priced(sample, price), &Attributions::new());
    station.map_or(Value::Null, |station| value(&station))
}

/// Seen from the place of the parameters' examples.
fn priced(sample: Sample, price: u32) -> answer::StationPrice {
    let here = Position::from_degrees(-22.2175, -54.7653);
    let there = Position::from_degrees(sample.1, sample.2);
    let distance_m = here.zip(there).map(|(here, there)| here.distance_km(there) * 1000.0);
    let price = facts_of_price(Fuel::Gasoline, price);
    answer::StationPrice { station: facts(sample), price, opening: opening(), distance_m, trip_cost: None }
}

fn facts((name, lat, lon): Sample) -> answer::StationFacts {
    let id = Position::from_degrees(lat, lon).map(geohash).unwrap_or_default();
    answer::StationFacts { id, lat, lon, name: Some(name.to_owned()), brand: None, source: None }
}

/// As a feed might tell it.
fn opening() -> answer::OpeningFacts {
    answer::OpeningFacts {
        hours: Some("24/7".to_owned()),
        open: Some(true),
        service: Some("frentista".to_owned()),
        members_only: Some(false),
    }
}

/// Nobody knows when the nine were reported.
fn facts_of_price(fuel: Fuel, price: u32) -> answer::PriceFacts {
    let unit = fuel.default_unit().sign().to_owned();
    answer::PriceFacts {
        fuel: fuel.code(),
        price,
        currency: "BRL".to_owned(),
        unit,
        reported_at: None,
        stale: true,
        suspect: false,
    }
}

fn stored() -> answer::Reported {
    answer::Reported {
        station: facts(MITAI).id,
        new_station: false,
        replaced: None,
        price: 4999,
        currency: "BRL".to_owned(),
        unit: "l".to_owned(),
        at: "2026-08-21T06:00:00.123Z".to_owned(),
    }
}

fn value(shape: &impl Serialize) -> Value {
    serde_json::to_value(shape).unwrap_or_default()
}
