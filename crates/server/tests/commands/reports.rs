//! Reports: once at all where they have an id, and for the station that is meant (PROTOCOL §5.3, §7.8).

use posto_client::ClientError;
use posto_market::{Fuel, Label, StationWish};
use posto_wire::command::Report;
use posto_wire::{ErrorCode, Mistake};

use crate::support::{Serving, at, id, price, record, soon};

/// A report of gasoline at a point by the equator.
fn report(longitude: f64, thousandths: u32) -> Report {
    let wish = StationWish {
        fuel: Fuel::Gasoline,
        position: at(0.0, longitude),
        station: None,
        radius_km: 0.0,
        new: false,
        name: None,
        brand: None,
    };
    Report {
        wish,
        price: price(thousandths),
        coordinates: format!("(0;{longitude})"),
        id: None,
        reporter: None,
        cautious: false,
    }
}

/// A report of gasoline, of this name.
pub(crate) fn a_report(name: Option<&str>) -> Report {
    Report { id: name.map(str::to_owned), ..report(1.0, 4999) }
}

fn named(name: &str, report: Report) -> Report {
    Report { id: Some(name.to_owned()), ..report }
}

/// The same for whatever is within 50 m.
fn about_there(report: Report) -> Report {
    Report { wish: StationWish { radius_km: 0.05, ..report.wish }, ..report }
}

fn refusal<T: std::fmt::Debug>(outcome: Result<T, ClientError>) -> Mistake {
    match outcome.expect_err("a refusal") {
        ClientError::Refused(mistake) => *mistake,
        error => panic!("{error}"),
    }
}

#[tokio::test]
async fn a_repeated_datagram_is_answered_again_and_not_executed_again() {
    let serving = Serving::start();
    let mut peer = serving.peer().await;
    let d = r#"{"acao": "D", "tipoCombustivel": "2", "coordenadas": "(1;1)", "valor": 4999}"#;
    let request = peer.request(d);
    let first = peer.exchange(&request).await;
    assert_eq!(peer.exchange(&request).await, first);
    assert_eq!(serving.restart().await.opening.reports, 1);
}

#[tokio::test]
async fn a_damaged_request_is_not_executed() {
    let serving = Serving::start();
    let mut peer = serving.peer().await;
    let request = peer.request(r#"{"acao": "D", "tipoCombustivel": "2", "coordenadas": "(1;1)", "valor": 4999}"#);
    let damaged = posto_wire::Packet { checksum: request.checksum.map(|sum| sum.wrapping_add(1)), ..request.clone() };
    let answer = peer.exchange(&damaged).await;
    assert!(!answer.ack && answer.data == posto_wire::Value::Null, "{answer:?}");
    assert_eq!((answer.ack_number, answer.checksum), (request.sequence + 1, request.checksum));
    assert_eq!(serving.journal.book().counts().prices, 0);
    assert_eq!(peer.exchange(&request).await.data, "Dados gravados".into());
}

#[tokio::test]
async fn the_same_id_and_content_gets_the_first_answer_again_in_any_session() {
    let serving = Serving::start();
    let (first, second) = (serving.client().await, serving.client().await);
    let stored = soon(first.report(named("r1", report(1.0, 4999)))).await.unwrap();
    soon(first.report(report(1.0, 3999))).await.unwrap();
    assert_eq!(soon(second.report(named("r1", report(1.0, 4999)))).await.unwrap(), stored);
    let found = serving.journal.book().quote(&id(&stored.station), Fuel::Gasoline).unwrap();
    assert_eq!(found.price, price(3999), "the repeat changed nothing");
    assert_eq!(serving.restart().await.opening.reports, 2);
}

#[tokio::test]
async fn the_same_id_with_other_content_is_refused() {
    let serving = Serving::start();
    let client = serving.client().await;
    soon(client.report(named("r1", report(1.0, 4999)))).await.unwrap();
    let others = [
        report(1.0, 3999),
        report(2.0, 4999),
        about_there(report(1.0, 4999)),
        Report { coordinates: "(0.0;1.0)".to_owned(), ..report(1.0, 4999) },
        Report { wish: StationWish { fuel: Fuel::Diesel, ..report(1.0, 4999).wish }, ..report(1.0, 4999) },
        Report { wish: StationWish { name: Label::new("Nome"), ..report(1.0, 4999).wish }, ..report(1.0, 4999) },
    ];
    for other in others {
        let mistake = refusal(soon(client.report(named("r1", other))).await);
        assert_eq!((mistake.code, mistake.parameter.as_deref()), (ErrorCode::IdReutilizado, Some("id")));
        assert_eq!(mistake.message, "O id já foi usado com outro conteúdo nas últimas 24 horas");
    }
    assert_eq!(serving.journal.book().counts().prices, 1);
}

#[tokio::test]
async fn an_id_is_remembered_across_a_restart() {
    let serving = Serving::start();
    let stored = soon(serving.client().await.report(named("r1", report(1.0, 4999)))).await.unwrap();
    let serving = serving.restart().await;
    let client = serving.client().await;
    assert_eq!(soon(client.report(named("r1", report(1.0, 4999)))).await.unwrap(), stored);
    let mistake = refusal(soon(client.report(named("r1", report(1.0, 1)))).await);
    assert_eq!(mistake.code, ErrorCode::IdReutilizado);
    assert_eq!(serving.restart().await.opening.reports, 1);
}

#[tokio::test]
async fn the_request_id_is_no_content() {
    let serving = Serving::start();
    let mut peer = serving.peer().await;
    let d = |request_id: &str| {
        format!(
            r#"{{"acao": "D", "tipoCombustivel": "2", "coordenadas": "(1;1)", "valor": 4999, "id": "r1", "formato": "json", "pedido": "{request_id}"}}"#
        )
    };
    let first = peer.ask(&d("a")).await;
    assert!(first.starts_with(r#"{"ok": "#), "{first}");
    assert_eq!(peer.ask(&d("b")).await, first);
}

#[tokio::test]
async fn a_refused_report_may_be_put_right_under_the_same_id() {
    let serving = Serving::start();
    let client = serving.client().await;
    let nowhere = StationWish { station: Some(id("it-9")), ..report(1.0, 4999).wish };
    let mistake = refusal(soon(client.report(named("r1", Report { wish: nowhere, ..report(1.0, 4999) }))).await);
    assert_eq!(mistake.code, ErrorCode::PostoDesconhecido);
    assert_eq!(mistake.message, "Nenhum posto tem o id it-9");
    soon(client.report(named("r1", report(1.0, 4999)))).await.unwrap();
}

#[tokio::test]
async fn several_stations_within_the_radius_are_left_to_the_reporter() {
    let serving = Serving::start();
    let step = 0.0001; // 11 m
    for (name, steps) in [("it-far", 9.0), ("it-2", 2.0), ("it-1", 1.0)] {
        serving.put(record(name, at(0.0, 1.0 + steps * step), 1500));
    }
    let client = serving.client().await;
    let here = about_there(report(1.0, 4999));
    let mistake = refusal(soon(client.report(here.clone())).await);
    assert_eq!(mistake.code, ErrorCode::PostoAmbiguo);
    assert_eq!(mistake.message, "2 postos ficam perto dessa posição: escolha um pelo id, ou peça um novo");
    assert_eq!(
        (mistake.parameter.as_deref(), mistake.allowed.as_deref()),
        (Some("posto"), Some("um dos candidatos, ou novo: true"))
    );
    let candidates: Vec<_> =
        mistake.candidates.iter().map(|known| (known.station.id.as_str(), known.distance_m)).collect();
    assert_eq!(candidates, [("it-1", 11.12), ("it-2", 22.24)]);
    let chosen = Report { wish: StationWish { station: Some(id("it-2")), ..here.wish.clone() }, ..here.clone() };
    let stored = soon(client.report(chosen)).await.unwrap();
    assert_eq!((stored.station.as_str(), stored.replaced, stored.new_station), ("it-2", Some(1500), false));
    assert_eq!(stored.currency, "EUR", "as the price it replaces");
    let new = Report { wish: StationWish { new: true, ..here.wish.clone() }, ..here };
    let stored = soon(client.report(new)).await.unwrap();
    assert!(stored.new_station && stored.replaced.is_none());
    assert_eq!(stored.currency, "EUR", "as its neighbours");
}

#[tokio::test]
async fn one_station_within_the_radius_is_meant_and_none_is_a_new_one() {
    let serving = Serving::start();
    serving.put(record("it-1", at(0.0, 1.0003), 1500));
    let client = serving.client().await;
    assert_eq!(soon(client.report(about_there(report(1.0, 4999)))).await.unwrap().station, "it-1");
    assert!(soon(client.report(report(1.0, 4999))).await.unwrap().new_station, "not exactly there");
    assert!(soon(client.report(about_there(report(2.0, 4999)))).await.unwrap().new_station);
}

#[tokio::test]
async fn of_many_candidates_the_nearest_are_named_as_far_as_they_fit() {
    let serving = Serving::start();
    for number in 0..40 {
        let mut record = record(&format!("it-{number}"), at(0.0, 1.0 + f64::from(number) * 1e-5), 1500);
        record.station.name = Label::new(&"é".repeat(80));
        serving.put(record);
    }
    let mistake = refusal(soon(serving.client().await.report(about_there(report(1.0, 4999)))).await);
    assert!(mistake.message.starts_with("40 postos"), "{}", mistake.message);
    let candidates: Vec<_> = mistake.candidates.iter().map(|known| known.station.id.clone()).collect();
    assert!((2..40).contains(&candidates.len()), "{candidates:?}");
    let nearest: Vec<_> = (0..candidates.len()).map(|number| format!("it-{number}")).collect();
    assert_eq!(candidates, nearest);
}

#[tokio::test]
async fn a_report_fills_the_blanks_of_a_station_and_overwrites_nothing() {
    let serving = Serving::start();
    let mut known = record("it-1", at(0.0, 1.0), 1500);
    known.station.brand = Label::new("IP");
    serving.put(known);
    let client = serving.client().await;
    for (name, brand) in [("Nome", "Marca"), ("Outro nome", "Outra marca")] {
        let wish = StationWish { name: Label::new(name), brand: Label::new(brand), ..report(1.0, 4999).wish };
        soon(client.report(Report { wish, ..report(1.0, 4999) })).await.unwrap();
    }
    let station = soon(client.station(id("it-1"))).await.unwrap().station;
    assert_eq!((station.name.as_deref(), station.brand.as_deref()), (Some("Nome"), Some("IP")));
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_restart() {
    let serving = Serving::start();
    let client = serving.client().await;
    let mut reports = tokio::task::JoinSet::new();
    let client = std::sync::Arc::new(client);
    for number in 0..50_u32 {
        let client = std::sync::Arc::clone(&client);
        reports.spawn(async move { client.report(report(f64::from(number), 1000 + number)).await.unwrap() });
    }
    let stored = soon(reports.join_all()).await;
    assert_eq!(stored.len(), 50);
    let serving = serving.restart().await;
    assert_eq!((serving.opening.reports, serving.opening.prices), (50, 50));
    let client = serving.client().await;
    let detail = soon(client.station(id(&stored[7].station))).await.unwrap();
    assert_eq!(detail.prices[0].price, stored[7].price);
}
