//! Imports: operators' business, and the same twice is once (PROTOCOL §5.4, §7.6).

use posto_client::ClientError;
use posto_market::{Area, Circle, Fuel, Label, OpeningHours, Service, Timestamp};
use posto_wire::answer::Imported;
use posto_wire::{ErrorCode, Search, Value};

use crate::support::{NOW, Serving, at, id, options, record, soon};

const I: &str = r#"{"acao": "I", "id": "it-61154", "lat": 45.46, "lon": 9.19, "fonte": "it", "precos": [{"combustivel": 0, "valor": 1689, "moeda": "EUR", "unidade": "l", "em": "2026-08-21T06:00:00Z"}], "formato": "json"}"#;

#[tokio::test]
async fn a_server_on_loopback_takes_a_record_and_the_same_again_changes_nothing() {
    let serving = Serving::start();
    let mut peer = serving.peer().await;
    let imported =
        r#"{"ok": {"nova": true, "mudou": false, "precos_mudados": 1, "precos_encerrados": 0, "precos_iguais": 0}}"#;
    assert_eq!(peer.ask(I).await, imported);
    let same =
        r#"{"ok": {"nova": false, "mudou": false, "precos_mudados": 0, "precos_encerrados": 0, "precos_iguais": 1}}"#;
    assert_eq!(peer.ask(I).await, same);
    let serving = serving.restart().await;
    assert_eq!((serving.opening.stations, serving.opening.prices, serving.opening.reports), (1, 1, 1));
    assert_eq!(serving.peer().await.ask(I).await, same);
}

#[tokio::test]
async fn only_what_is_newer_replaces_and_a_blank_erases_nothing() {
    let serving = Serving::start();
    let client = serving.client().await;
    let record = |price, millis, name: &str| {
        let mut record = record("it-1", at(1.0, 1.0), price);
        record.prices[0].quote.reported_at = Some(Timestamp::from_millis(NOW + millis));
        record.station.name = Label::new(name);
        record
    };
    let effect = |new_station, changed_station, prices_changed| Imported {
        new_station,
        changed_station,
        prices_changed,
        prices_ended: 0,
        prices_unchanged: 1 - prices_changed,
        hidden: false,
    };
    for (sent, expected) in [
        (record(1500, 0, "IP"), effect(true, false, 1)),
        (record(1400, -1, ""), effect(false, false, 0)),
        (record(1600, 1, ""), effect(false, false, 1)),
        (record(1600, 1, "Q8"), effect(false, true, 0)),
    ] {
        assert_eq!(soon(client.import(sent)).await.unwrap(), expected);
    }
    let detail = soon(client.station(id("it-1"))).await.unwrap();
    assert_eq!((detail.station.name.as_deref(), detail.prices[0].price), (Some("Q8"), 1600));
}

#[tokio::test]
async fn one_wrong_member_refuses_the_whole_record() {
    let serving = Serving::start();
    let mut peer = serving.peer().await;
    for (right, wrong, member) in [
        ("1689", "0", "valor"),
        ("\"EUR\"", "\"eur\"", "moeda"),
        ("45.46", "90.1", "lat"),
        ("\"l\"", "\"gal\"", "unidade"),
        ("\"fonte\": \"it\"", "\"horario\": \"às oito\"", "horario"),
        ("\"fonte\": \"it\"", "\"servico\": \"self\"", "servico"),
        ("\"fonte\": \"it\"", "\"so_socios\": \"sim\"", "so_socios"),
        ("\"fonte\": \"it\"", "\"fim\": {}", "fim"),
        ("\"fonte\": \"it\"", "\"fim\": [{\"combustivel\": 0, \"em\": \"ontem\"}]", "em"),
        ("06:00:00Z", "06:05:01Z", "em"),
    ] {
        let answer = peer.ask(&I.replace(right, wrong)).await;
        assert!(answer.contains(r#""codigo": "parametro_invalido""#), "{answer}");
        assert!(answer.contains(&format!(r#""parametro": "{member}""#)), "{answer}");
    }
    assert_eq!(serving.journal.book().counts().stations, 0);
}

/// Bound to all addresses it is reachable from outside, whoever happens to ask.
#[tokio::test]
async fn a_server_on_all_addresses_takes_no_record_even_from_this_machine() {
    let directory = tempfile::tempdir().unwrap();
    let serving = Serving::with(options(directory.path()), "0.0.0.0:0");
    let error = soon(serving.client().await.import(record("it-1", at(1.0, 1.0), 1500))).await.unwrap_err();
    let ClientError::Refused(mistake) = error else { panic!("{error}") };
    assert_eq!(mistake.code, ErrorCode::NaoPermitido);
    assert_eq!(
        mistake.message,
        "Só um operador importa: com a chave do servidor (--psk-file), ou em um endereço de loopback"
    );
    assert_eq!(serving.journal.book().counts().stations, 0);
    let mut peer = serving.peer().await;
    let d = r#"{"acao": "D", "tipoCombustivel": "2", "coordenadas": "(1;1)", "valor": 4999}"#;
    assert_eq!(peer.asked(d).await, Value::from("Dados gravados"), "reports are everybody's");
    serving.stop().await.unwrap();
}

#[tokio::test]
async fn a_price_reported_after_an_import_is_not_undone_by_the_same_import() {
    let serving = Serving::start();
    let mut peer = serving.peer().await;
    peer.ask(I).await;
    let d = r#"{"acao": "D", "tipoCombustivel": "0", "coordenadas": "(45.46;9.19)", "valor": 1599, "formato": "json"}"#;
    let stored = peer.ask(d).await;
    assert!(stored.contains(r#""posto": "it-61154", "nova": false, "substituido": 1689"#), "{stored}");
    peer.ask(I).await;
    let quote = serving.journal.book().quote(&id("it-61154"), Fuel::Diesel).unwrap();
    assert_eq!(quote.price.thousandths(), 1599);
}

/// A little ahead is what clocks are.
#[tokio::test]
async fn a_time_that_the_server_s_clock_is_far_from_reaching_is_refused() {
    let serving = Serving::start();
    let mut peer = serving.peer().await;
    assert!(peer.ask(&I.replace("06:00:00Z", "06:05:00Z")).await.starts_with(r#"{"ok": "#));
    let end = r#"{"acao": "I", "id": "it-61154", "lat": 45.46, "lon": 9.19, "precos": [], "fim": [{"combustivel": 0, "em": "2026-08-21T06:05:01Z"}], "formato": "json"}"#;
    for late in [I.replace("06:00:00Z", "06:06:00Z"), I.replace("2026-08-21", "2027-08-21"), end.to_owned()] {
        let answer = peer.asked(&late).await;
        let refused = answer.as_object().and_then(|answer| answer.get("erro")?.as_object().cloned()).expect("a no");
        assert_eq!(refused.get("codigo").and_then(Value::as_text), Some("parametro_invalido"));
        assert_eq!(refused.get("parametro").and_then(Value::as_text), Some("em"));
        let message = refused.get("mensagem").and_then(Value::as_text).expect("a message");
        assert!(message.contains("até 5 minutos depois da hora do servidor, não 202"), "{message}");
    }
    assert_eq!(serving.journal.book().counts().prices, 1);
}

#[tokio::test]
async fn what_a_feed_no_longer_sells_is_found_no_more_until_it_is_sold_again() {
    let serving = Serving::start();
    let mut peer = serving.peer().await;
    let end = r#"{"acao": "I", "id": "it-61154", "lat": 45.46, "lon": 9.19, "precos": [], "fim": [{"combustivel": 0, "em": "2026-08-21T06:01:00Z"}], "formato": "json"}"#;
    let p = r#"{"acao": "P", "tipoCombustivel": "0", "coordenadas": "(45.46;9.19)", "raio": 5"#;
    assert!(peer.ask(I).await.contains(r#""precos_mudados": 1"#));
    let ended =
        r#"{"ok": {"nova": false, "mudou": false, "precos_mudados": 0, "precos_encerrados": 1, "precos_iguais": 0}}"#;
    assert_eq!(peer.ask(end).await, ended);
    let nothing =
        r#"{"ok": {"nova": false, "mudou": false, "precos_mudados": 0, "precos_encerrados": 0, "precos_iguais": 1}}"#;
    assert_eq!(peer.ask(end).await, nothing, "once is enough");
    assert_eq!(peer.ask(I).await, nothing, "the price is from before");
    assert_eq!(peer.ask(&format!("{p}, \"formato\": \"json\"}}")).await, r#"{"ok": {"postos": []}}"#);
    assert_eq!(peer.told(&format!("{p}}}")).await, posto_wire::text::NO_RECORDS);
    let told = peer.ask(r#"{"acao": "H", "posto": "it-61154", "formato": "json"}"#).await;
    let end_told = r#"{"combustivel": 0, "moeda": "EUR", "unidade": "l", "em": "2026-08-21T06:01:00Z", "gravado": "#;
    assert!(told.starts_with(&format!(r#"{{"ok": {{"precos": [{end_told}"#)), "{told}");
    let serving = serving.restart().await;
    let mut peer = serving.peer().await;
    assert_eq!(peer.ask(I).await, nothing, "nor after a restart");
    assert!(peer.ask(&I.replace("06:00:00Z", "06:02:00Z")).await.contains(r#""precos_mudados": 1"#));
    assert!(peer.ask(&format!("{p}, \"formato\": \"json\"}}")).await.contains(r#""valor": 1689"#));
}

#[tokio::test]
async fn searches_tell_who_is_open_and_find_only_those_when_asked() {
    let serving = Serving::start();
    // 08:00 on a Friday in Rome.
    for (number, price, hours, source) in [
        ("it-1", 1500, "Mo-Fr 08:00-20:00", "it"),
        ("it-2", 1400, "Mo-Fr 08:30-20:00", "it"),
        ("it-3", 1300, "unknown", "it"),
        ("osm-4", 1450, "24/7", "osm"),
        ("osm-5", 1200, "Mo-Fr 08:00-20:00", "osm"),
    ] {
        let mut record = record(number, at(45.46, 9.19), price);
        record.station.hours = OpeningHours::new(hours);
        record.station.source = Label::new(source);
        record.station.service = Some(Service::Both);
        record.station.members_only = Some(false);
        serving.put(record);
    }
    let client = serving.client().await;
    let circle = Area::Circle(Circle::new(at(45.46, 9.19), 5.0).unwrap());
    let search = Search { suspects: true, ..Search::new(Fuel::Gasoline, circle) };
    let page = soon(client.list(search.clone())).await.unwrap().stations;
    let told: Vec<_> = page.iter().map(|found| (found.station.id.as_str(), found.opening.open)).collect();
    let all = [("osm-5", None), ("it-3", None), ("it-2", Some(false)), ("osm-4", Some(true)), ("it-1", Some(true))];
    assert_eq!(told, all);
    assert_eq!(page[2].opening.hours.as_deref(), Some("Mo-Fr 08:30-20:00"));
    let open = Search { open: true, ..search };
    let page = soon(client.list(open.clone())).await.unwrap().stations;
    assert_eq!(page.iter().map(|found| found.station.id.as_str()).collect::<Vec<_>>(), ["osm-4", "it-1"]);
    let best = soon(client.cheapest(open)).await.unwrap().unwrap();
    assert_eq!(best.station.id, "osm-4");
    let detail = soon(client.station(id("it-1"))).await.unwrap();
    assert_eq!((detail.opening.open, detail.opening.members_only), (Some(true), Some(false)));
    assert_eq!(detail.opening.service.as_deref(), Some("ambos"));
}
