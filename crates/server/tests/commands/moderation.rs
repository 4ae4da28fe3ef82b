//! `F` and `X`: what users point out, and what operators do (PROTOCOL §7.19, §7.20).

use posto_client::{Client, ClientError};
use posto_market::{Act, Area, Circle, FlagReason, Fuel, Label, StationId, Timestamp};
use posto_wire::answer::Moderated;
use posto_wire::command::{ActRequest, FlagRequest, HistoryRequest};
use posto_wire::{ErrorCode, Search};

use crate::support::{NOW, Serving, at, id, options, record, soon};

async fn order(client: &Client, act: Act) -> Result<Moderated, ClientError> {
    let request = ActRequest { act, reason: Label::new("spam"), operator: Some("ana".to_owned()), dry_run: false };
    soon(client.moderate(request)).await
}

fn code(error: &ClientError) -> ErrorCode {
    match error {
        ClientError::Refused(mistake) => mistake.code,
        other => panic!("{other}"),
    }
}

async fn found(client: &Client) -> Vec<String> {
    let circle = Area::Circle(Circle::new(at(45.0, 9.0), 100.0).expect("a circle"));
    let page = soon(client.list(Search::new(Fuel::Gasoline, circle))).await.expect("a list");
    page.stations.into_iter().map(|found| found.station.id).collect()
}

async fn past(client: &Client, station: StationId) -> Result<usize, ErrorCode> {
    let request = HistoryRequest { station, fuel: None, since: None, limit: 20, before: None };
    soon(client.history(request)).await.map(|past| past.prices.len()).map_err(|error| code(&error))
}

#[tokio::test]
async fn a_hidden_station_is_told_of_nowhere_and_refuses_reports_until_it_is_shown() {
    let serving = Serving::start();
    serving.put(record("it-1", at(45.0, 9.0), 1500));
    serving.put(record("it-2", at(45.1, 9.0), 1600));
    let client = serving.client().await;
    let done = order(&client, Act::Hide { station: id("it-1") }).await.unwrap();
    assert_eq!((done.changed, done.number, done.counts.ended), (true, Some(1), 1));
    assert_eq!(found(&client).await, ["it-2"]);
    assert_eq!(code(&soon(client.station(id("it-1"))).await.unwrap_err()), ErrorCode::PostoDesconhecido);
    assert_eq!(past(&client, id("it-1")).await, Err(ErrorCode::PostoDesconhecido));
    let time = soon(client.time()).await.unwrap();
    assert_eq!((time.stations, time.prices), (1, 1));
    let mut peer = serving.peer().await;
    let d = r#"{"acao": "D", "tipoCombustivel": "2", "coordenadas": "(45.0;9.0)", "valor": 1700, "posto": "it-1", "formato": "json"}"#;
    let refused = peer.ask(d).await;
    assert!(refused.contains("posto_oculto") && refused.contains("\"parametro\": \"posto\""), "{refused}");
    let again = soon(client.import(record("it-1", at(45.0, 9.0), 1450))).await.unwrap();
    assert!(again.hidden && again.prices_changed == 0);
    order(&client, Act::Show { station: id("it-1") }).await.unwrap();
    assert_eq!(found(&client).await, ["it-1", "it-2"]);
}

#[tokio::test]
async fn a_merged_station_leads_to_the_other_and_keeps_its_own_past() {
    let serving = Serving::start();
    serving.put(record("it-1", at(45.0, 9.0), 1500));
    serving.put(record("it-2", at(45.0, 9.0), 1600));
    let client = serving.client().await;
    let merge = |from: &str, into: &str| Act::Merge { from: id(from), into: id(into) };
    assert_eq!(code(&order(&client, merge("it-1", "it-1")).await.unwrap_err()), ErrorCode::AtoImpossivel);
    assert_eq!(code(&order(&client, merge("it-1", "it-9")).await.unwrap_err()), ErrorCode::PostoDesconhecido);
    assert!(order(&client, merge("it-2", "it-1")).await.unwrap().changed);
    assert_eq!(code(&order(&client, merge("it-1", "it-2")).await.unwrap_err()), ErrorCode::AtoImpossivel);
    assert_eq!(found(&client).await, ["it-1"]);
    assert_eq!(soon(client.station(id("it-2"))).await.unwrap().station.id, "it-1");
    assert_eq!(past(&client, id("it-2")).await, Ok(2), "its price, and its end");
    let mut peer = serving.peer().await;
    let d = r#"{"acao": "D", "tipoCombustivel": "2", "coordenadas": "(1;1)", "valor": 1700, "posto": "it-2", "formato": "json"}"#;
    assert!(peer.ask(d).await.contains(r#""posto": "it-1", "nova": false"#));
}

#[tokio::test]
async fn flags_origins_and_acts_are_listed_for_the_operator() {
    let serving = Serving::start();
    serving.put(record("it-1", at(45.0, 9.0), 1500));
    let client = serving.client().await;
    let flag = |reason, fuel, note| FlagRequest { station: id("it-1"), reason, fuel, note, reporter: None };
    assert!(soon(client.flag(flag(FlagReason::StationClosed, None, Label::new("em obras")))).await.unwrap());
    assert!(!soon(client.flag(flag(FlagReason::StationClosed, None, None))).await.unwrap(), "counts once");
    assert!(soon(client.flag(flag(FlagReason::PriceGone, Some(Fuel::Gasoline), None))).await.unwrap());
    let unknown = FlagRequest { station: id("it-9"), ..flag(FlagReason::WrongPlace, None, None) };
    assert_eq!(code(&soon(client.flag(unknown)).await.unwrap_err()), ErrorCode::PostoDesconhecido);
    let flags = soon(client.flags()).await.unwrap();
    assert_eq!(flags.len(), 2);
    assert!(flags.iter().any(|flag| flag.reason == "posto_fechado" && flag.note.as_deref() == Some("em obras")));
    let ended = order(&client, Act::End { station: id("it-1"), fuel: Fuel::Gasoline }).await.unwrap();
    assert_eq!((ended.counts.ended, ended.counts.flags), (1, 1));
    assert_eq!(order(&client, Act::Dismiss { station: id("it-1") }).await.unwrap().counts.flags, 1);
    let origins = soon(client.origins(None)).await.unwrap();
    assert_eq!(origins.iter().map(|origin| origin.origin.as_str()).collect::<Vec<_>>(), ["feed it", "operator ana"]);
    let withdraw = Act::Withdraw { origin: "operator ana".to_owned(), since: Timestamp::from_millis(NOW) };
    assert_eq!(order(&client, withdraw).await.unwrap().counts.restored, 1);
    assert_eq!(found(&client).await, ["it-1"]);
    let acts = soon(client.acts(200)).await.unwrap();
    let words: Vec<_> = acts.iter().map(|act| (act.number, act.act.as_str())).collect();
    assert_eq!(words, [(3, "retirar"), (2, "dispensar"), (1, "encerrar")]);
    assert!(acts.iter().all(|act| act.operator.starts_with("ana, v2 127.0.0.1:")), "{acts:?}");
    assert_eq!(acts[2].reason.as_deref(), Some("spam"));
}

/// Bound to all addresses it is reachable from outside, whoever happens to ask.
#[tokio::test]
async fn who_is_no_operator_neither_moderates_nor_looks() {
    let directory = tempfile::tempdir().unwrap();
    let serving = Serving::with(options(directory.path()), "0.0.0.0:0");
    serving.put(record("it-1", at(45.0, 9.0), 1500));
    let client = serving.client().await;
    for act in [Act::Hide { station: id("it-1") }, Act::Dismiss { station: id("it-1") }] {
        assert_eq!(code(&order(&client, act).await.unwrap_err()), ErrorCode::NaoPermitido);
    }
    assert_eq!(code(&soon(client.flags()).await.unwrap_err()), ErrorCode::NaoPermitido);
    assert_eq!(code(&soon(client.origins(None)).await.unwrap_err()), ErrorCode::NaoPermitido);
    assert_eq!(code(&soon(client.acts(1)).await.unwrap_err()), ErrorCode::NaoPermitido);
    let flag =
        FlagRequest { station: id("it-1"), reason: FlagReason::WrongPlace, fuel: None, note: None, reporter: None };
    assert!(soon(client.flag(flag)).await.unwrap(), "to point something out is everybody's");
    assert_eq!(found(&client).await, ["it-1"]);
    serving.stop().await.unwrap();
}
