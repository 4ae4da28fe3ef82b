//! Imports: operators' business, and the same twice is once (PROTOCOL §5.4, §7.6).

use posto_client::ClientError;
use posto_market::{Fuel, Label, Timestamp};
use posto_wire::answer::Imported;
use posto_wire::{ErrorCode, Value};

use crate::support::{NOW, Serving, at, id, options, record, soon};

const I: &str = r#"{"acao": "I", "id": "it-61154", "lat": 45.46, "lon": 9.19, "fonte": "it", "precos": [{"combustivel": 0, "valor": 1689, "moeda": "EUR", "unidade": "l", "em": "2026-08-21T06:00:00Z"}], "formato": "json"}"#;

#[tokio::test]
async fn a_server_on_loopback_takes_a_record_and_the_same_again_changes_nothing() {
    let serving = Serving::start();
    let mut peer = serving.peer().await;
    let imported = r#"{"ok": {"nova": true, "mudou": false, "precos_mudados": 1, "precos_iguais": 0}}"#;
    assert_eq!(peer.ask(I).await, imported);
    let same = r#"{"ok": {"nova": false, "mudou": false, "precos_mudados": 0, "precos_iguais": 1}}"#;
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
        prices_unchanged: 1 - prices_changed,
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
