//! However long names, ids and numbers are: no answer is longer than a peer of v1 reads, none is
//! refused for its length, and nothing is left out of its parts. [`crate::support::Peer`] measures
//! every datagram.

use posto_market::{
    Currency, Fuel, ImportedPrice, ImportedStation, Label, OpeningHours, Position, Price, Quote, Service, Station,
    StationId, Timestamp, Unit,
};
use posto_wire::{Object, Value};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::{NOW, Peer, Serving};

/// Characters of every length on the wire: 1, 2, 6 and 12 bytes.
fn label() -> impl Strategy<Value = Option<Label>> {
    let character = proptest::sample::select(&['a', '"', '\\', 'é', '\u{7f}', '中', '🚗', '\u{10ffff}', ' '][..]);
    let text = proptest::collection::vec(character, 0..=80).prop_map(|text| text.into_iter().collect::<String>());
    let longest =
        proptest::sample::select(&['a', 'é', '🚗'][..]).prop_map(|character| character.to_string().repeat(80));
    prop_oneof![text, longest].prop_map(|text| Label::new(&text))
}

fn price() -> impl Strategy<Value = Quote> {
    let at = prop_oneof![Just(None), (0..100_i64).prop_map(|millis| Some(Timestamp::from_millis(NOW - millis)))];
    let coordinates =
        prop_oneof![Just(None), (1..40_usize).prop_map(|blanks| Some(format!("({}1;1)", " ".repeat(blanks))))];
    (1_u32..=999_999, at, coordinates).prop_map(|(thousandths, reported_at, coordinates)| Quote {
        price: Price::from_thousandths(thousandths).expect("a price"),
        currency: Currency::EUR,
        unit: Unit::Kilogram,
        reported_at,
        coordinates: coordinates.map(Into::into),
    })
}

/// Stations within some metres of a point of their own, so that one case does not see another's.
fn stations() -> impl Strategy<Value = Vec<ImportedStation>> {
    let position = (-9_i32..=9, -9_i32..=9);
    let labels = (label(), label(), label(), label());
    let prices = proptest::collection::btree_map(0..Fuel::COUNT, price(), 0..=Fuel::COUNT);
    let hours = proptest::option::of("[ -~]{0,200}");
    let station = (position, labels, hours, price(), prices, 1..=40_usize);
    proptest::collection::vec(station, 1..12).prop_map(|stations| {
        let made = stations.into_iter().enumerate();
        made.map(|(number, ((north, east), (name, brand, address, source), hours, gasoline, prices, padding))| {
            let id = StationId::parse(&format!("{}{number}", "x".repeat(padding))).expect("an id");
            let position = Position::from_microdegrees(-1_234_567 + north, -123_456_789 + east).expect("a position");
            let mut prices: Vec<_> =
                prices.into_iter().map(|(fuel, quote)| ImportedPrice { fuel: Fuel::ALL[fuel], quote }).collect();
            prices.retain(|price| price.fuel != Fuel::Gasoline);
            prices.push(ImportedPrice { fuel: Fuel::Gasoline, quote: gasoline });
            let hours = hours.as_deref().and_then(OpeningHours::new);
            let (service, members_only) = (Some(Service::Served), Some(false));
            let known = Station { hours, service, members_only, ..Station::at(id, position) };
            let station = Station { name, brand, address, source, ..known };
            ImportedStation { station, prices, ended: Vec::new() }
        })
        .collect()
    })
}

/// The content of an answer that is no error.
fn ok(answer: &Value) -> &Object {
    let ok = answer.as_object().and_then(|answer| answer.get("ok")).and_then(Value::as_object);
    ok.unwrap_or_else(|| panic!("no ok: {answer:?}"))
}

fn elements(answer: &Object, member: &str) -> Vec<Value> {
    match answer.get(member) {
        Some(Value::List(list)) => list.clone(),
        other => panic!("no list: {other:?}"),
    }
}

/// Asks until there is no `proximo` any more, and counts what came.
async fn all_parts(peer: &mut Peer, members: &str, list: &str) -> usize {
    let (mut count, mut next) = (0, String::new());
    loop {
        let command = format!(r#"{{{members}, "proximo": "{next}", "formato": "json"}}"#);
        let answer = peer.asked(&command).await;
        let part = elements(ok(&answer), list);
        assert!(!part.is_empty(), "a part holds at least one: {command}");
        count += part.len();
        match ok(&answer).get("proximo").and_then(Value::as_text) {
            Some(after) => next = after.to_owned(),
            None => return count,
        }
    }
}

async fn assert_all_answers_fit(stations: Vec<ImportedStation>) {
    let serving = Serving::start();
    for station in &stations {
        serving.put(station.clone());
    }
    let mut peer = serving.peer().await;
    let around = r#""tipoCombustivel": "2", "coordenadas": "(-1.234567;-123.456789)", "raio": 0.9"#;
    peer.told(&format!(r#"{{"acao": "P", {around}}}"#)).await;
    for order in ["preco", "distancia", "viagem"] {
        let search = format!(r#"{around}, "max_idade_s": "tudo", "suspeitos": true, "ordem": "{order}""#);
        let best = peer.asked(&format!(r#"{{"acao": "P", {search}, "formato": "json"}}"#)).await;
        assert_eq!(elements(ok(&best), "postos").len(), 1);
        assert_eq!(all_parts(&mut peer, &format!(r#""acao": "L", {search}"#), "postos").await, stations.len());
    }
    for ImportedStation { station, prices, .. } in &stations {
        let members = format!(r#""acao": "S", "posto": "{}""#, station.id);
        assert_eq!(all_parts(&mut peer, &members, "precos").await, prices.len());
    }
    let report = format!(
        r#"{{"acao": "D", {around}, "valor": 1, "raio_m": 1000, "id": "{}", "formato": "json"}}"#,
        "x".repeat(64)
    );
    let answer = peer.asked(&report).await;
    if stations.len() > 1 {
        let refused =
            answer.as_object().and_then(|answer| answer.get("erro")).and_then(Value::as_object).expect("a refusal");
        assert_eq!(refused.get("codigo").and_then(Value::as_text), Some("posto_ambiguo"));
        assert!(!elements(refused, "candidatos").is_empty());
    } else {
        assert_eq!(ok(&answer).get("nova"), Some(&Value::Bool(false)));
    }
    serving.stop().await.expect("nothing failed");
}

#[test]
fn whatever_stations_are_called_every_answer_fits_and_nothing_is_left_out() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut runner = TestRunner::new(Config { cases: 96, ..Config::default() });
    let outcome = runner.run(&stations(), |stations| {
        runtime.block_on(assert_all_answers_fit(stations));
        Ok(())
    });
    outcome.unwrap();
}

#[tokio::test]
async fn the_longest_of_everything_fits() {
    let longest = || Label::new(&"🚗".repeat(80));
    let quote = Quote {
        price: Price::MAX,
        currency: Currency::EUR,
        unit: Unit::CubicMetre,
        reported_at: Some(Timestamp::from_millis(NOW - 40 * 86_400_000)),
        coordinates: Some(format!("(-1.234567;-123.456789{})", "0".repeat(41)).into()),
    };
    let station = |number: i32| ImportedStation {
        station: Station {
            name: longest(),
            brand: longest(),
            address: longest(),
            source: longest(),
            hours: OpeningHours::new(&"\"".repeat(100)),
            service: Some(Service::Served),
            members_only: Some(false),
            ..Station::at(
                StationId::parse(&format!("{}{number}", "x".repeat(63))).expect("an id"),
                Position::from_microdegrees(-1_234_567 - number, -123_456_789).expect("a position"),
            )
        },
        ended: Vec::new(),
        prices: Fuel::ALL.into_iter().map(|fuel| ImportedPrice { fuel, quote: quote.clone() }).collect(),
    };
    assert_all_answers_fit((0..9).map(station).collect()).await;
}

#[tokio::test]
async fn an_echo_of_the_longest_action_fits() {
    let serving = Serving::start();
    let mut peer = serving.peer().await;
    let action = "🚗".repeat(60);
    let text = peer.told(&format!(r#"{{"acao": "{action}"}}"#)).await;
    assert_eq!(text, format!("Ação não conhecida: {}\n", "🚗".repeat(32)));
    let answer = peer.ask(&format!(r#"{{"acao": "{action}", "formato": "json"}}"#)).await;
    assert!(answer.starts_with(r#"{"erro": {"codigo": "acao_desconhecida""#), "{answer}");
}
