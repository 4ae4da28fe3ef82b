//! A method a command: what is asked, and what is made of the answer.

use posto_client::{ClientError, ServerKind};
use posto_market::{Act, EndedPrice, FlagReason, Fuel, StationId, Timestamp};
use posto_udp::Reply;
use posto_wire::answer::{
    self, ActCounts, Acts, Cell, Cells, Flagged, Flags, History, Imported, Moderated, OpeningFacts, Origins, PastAct,
    PastPrice, Reported, StationDetail, Stations, Statistics,
};
use posto_wire::command::{ActRequest, FlagRequest, HistoryRequest, MapRequest, Oversight, Survey};
use posto_wire::{Command, ErrorCode, Format, Mistake, Object, Request, Value};

use crate::support::{CALL, Serving, a_record, a_report, a_search, a_time, facts, found, price_of, soon, tell_time};

fn reported() -> Reported {
    Reported {
        station: "6u119dk9y0t4".to_owned(),
        new_station: true,
        replaced: Some(5099),
        price: 4999,
        currency: "BRL".to_owned(),
        unit: "l".to_owned(),
        at: "2026-08-21T06:00:00.123Z".to_owned(),
    }
}

fn imported() -> Imported {
    Imported {
        new_station: true,
        changed_station: false,
        prices_changed: 2,
        prices_ended: 1,
        prices_unchanged: 0,
        hidden: false,
    }
}

fn detail() -> StationDetail {
    StationDetail {
        station: facts(1),
        address: Some("Via Roma 1".to_owned()),
        opening: OpeningFacts { hours: Some("24/7".to_owned()), ..OpeningFacts::default() },
        prices: vec![price_of(Fuel::Diesel), price_of(Fuel::Lpg)],
        next: None,
    }
}

fn execute(command: Command, reply: Reply) {
    reply.send(match command {
        Command::Report(_) => answer::ok(&reported()),
        Command::Cheapest(_) => answer::ok(&Stations { stations: vec![found(1)], next: None }),
        Command::List(_) => answer::ok(&Stations { stations: vec![found(1), found(2)], next: None }),
        Command::Station { .. } => answer::ok(&detail()),
        Command::Time => answer::ok(&a_time()),
        Command::Import(_) => answer::ok(&imported()),
        Command::Flag(_) => answer::ok(&Flagged { counted: true }),
        Command::Moderate(order) => answer::ok(&Moderated { changed: !order.dry_run, ..Moderated::default() }),
        Command::Oversee(Oversight::Flags) => answer::ok(&Flags { flags: Vec::new() }),
        Command::Oversee(Oversight::Origins { .. }) => answer::ok(&Origins { origins: Vec::new() }),
        Command::Oversee(Oversight::Log { before, .. }) => {
            answer::ok(&Acts { acts: vec![act()], next: before.is_none().then(|| "7".to_owned()) })
        }
        // In two parts, as a long one comes.
        Command::Map(map) => {
            let next = (map.skip == 0).then(|| map.cursor_text(1));
            answer::ok(&Cells { cells: vec![cell(map.skip)], next })
        }
        Command::History(history) => {
            let next = history.before.is_none().then(|| "7".to_owned());
            answer::ok(&History { prices: vec![past()], next })
        }
        Command::Changes(_) => unreachable!("watches are tested in watch.rs"),
        Command::Statistics(_) => answer::ok(&Statistics { count: 3, ..Statistics::default() }),
    });
}

#[tokio::test]
async fn each_method_asks_its_command_and_reads_its_answer() {
    let serving = Serving::start(execute);
    let client = serving.client().await;
    assert_eq!((client.kind(), client.peer()), (ServerKind::Posto, serving.address));
    let id = StationId::parse("it-1").unwrap();
    assert_eq!(soon(client.report(a_report(Some("r1")))).await.unwrap(), reported());
    assert_eq!(soon(client.cheapest(a_search())).await.unwrap(), Some(found(1)));
    let page = soon(client.list(a_search())).await.unwrap();
    assert_eq!((page.stations, page.next), (vec![found(1), found(2)], None));
    assert_eq!(soon(client.station(id.clone())).await.unwrap(), detail());
    assert_eq!(soon(client.time()).await.unwrap(), a_time());
    assert_eq!(soon(client.import(a_record("IP", 2))).await.unwrap(), imported());
    client.close().await;
    let asked = [
        Command::Report(a_report(Some("r1"))),
        Command::Cheapest(posto_wire::Search { limit: 1, ..a_search() }),
        Command::List(a_search()),
        Command::Station { id, after: None },
        Command::Time,
        Command::Import(Box::new(a_record("IP", 2))),
    ];
    assert_eq!(serving.seen.requests(), asked.map(Request::json));
    assert_eq!(serving.seen.opened(), 1);
}

fn act() -> PastAct {
    PastAct {
        number: 7,
        at: "2026-08-21T06:00:00Z".to_owned(),
        operator: "ana".to_owned(),
        act: "ocultar".to_owned(),
        station: Some("it-1".to_owned()),
        fuel: None,
        into: None,
        origin: None,
        since: None,
        reason: None,
        counts: ActCounts::default(),
    }
}

#[tokio::test]
async fn what_is_wrong_is_pointed_out_and_an_operator_puts_it_right() {
    let serving = Serving::start(execute);
    let client = serving.client().await;
    let station = StationId::parse("it-1").unwrap();
    let flag = FlagRequest {
        station: station.clone(),
        reason: FlagReason::StationClosed,
        fuel: None,
        note: None,
        reporter: None,
    };
    assert!(soon(client.flag(flag.clone())).await.unwrap());
    let order = ActRequest { act: Act::Hide { station }, reason: None, operator: None, dry_run: false };
    assert!(soon(client.moderate(order.clone())).await.unwrap().changed);
    assert_eq!(soon(client.flags()).await.unwrap(), []);
    assert_eq!(soon(client.origins(None)).await.unwrap(), []);
    assert_eq!(soon(client.acts(200)).await.unwrap(), [act(), act()], "in two parts");
    let log = |limit, before| Command::Oversee(Oversight::Log { limit, before });
    let asked = [
        Command::Flag(flag),
        Command::Moderate(order),
        Command::Oversee(Oversight::Flags),
        Command::Oversee(Oversight::Origins { since: None }),
        log(200, None),
        log(199, Some(7)),
    ];
    assert_eq!(serving.seen.requests(), asked.map(Request::json));
}

fn cell(number: usize) -> Cell {
    let count = u32::try_from(number).expect("a small number") + 1;
    Cell { lat: 1.0, lon: 2.0, count, lowest: Some(1689), currency: Some("EUR".to_owned()), station: None }
}

fn past() -> PastPrice {
    PastPrice {
        fuel: 2,
        price: Some(1689),
        currency: "EUR".to_owned(),
        unit: "l".to_owned(),
        reported_at: None,
        recorded_at: "2026-08-21T06:00:00Z".to_owned(),
    }
}

#[tokio::test]
async fn maps_histories_and_statistics_are_put_together_from_their_parts() {
    let serving = Serving::start(execute);
    let client = serving.client().await;
    let corner = |degrees| posto_market::Position::from_degrees(degrees, degrees).unwrap();
    let bounds = posto_market::BoundingBox::new(corner(1.0), corner(2.0)).unwrap();
    let map = MapRequest { fuel: Fuel::Gasoline, bounds, zoom: 9, skip: 0 };
    assert_eq!(soon(client.map(map)).await.unwrap(), [cell(0), cell(1)]);
    let station = StationId::parse("it-1").unwrap();
    let request = HistoryRequest { station, fuel: None, since: None, limit: 9, before: None };
    let history = soon(client.history(request)).await.unwrap();
    assert_eq!((history.prices, history.next), (vec![past(), past()], None));
    let a_search = a_search();
    let survey = Survey { fuel: a_search.fuel, area: a_search.area, freshness: a_search.freshness, currency: None };
    assert_eq!(soon(client.statistics(survey)).await.unwrap().count, 3);
    assert_eq!(serving.seen.requests().len(), 5);
}

#[tokio::test]
async fn nothing_found_is_no_error() {
    let serving = Serving::start(|_, reply| reply.send(answer::ok(&Stations { stations: Vec::new(), next: None })));
    let client = serving.client().await;
    assert_eq!(soon(client.cheapest(a_search())).await.unwrap(), None);
    assert_eq!(soon(client.list(a_search())).await.unwrap().stations, []);
}

#[tokio::test]
async fn a_refusal_is_handed_on_whole_and_the_session_goes_on() {
    let mistake = Mistake {
        parameter: Some("posto".to_owned()),
        candidates: vec![answer::Candidate { station: facts(1), distance_m: 12.5 }],
        ..Mistake::new(ErrorCode::PostoAmbiguo, "2 postos ficam perto")
    };
    let refusal = mistake.clone();
    let serving = Serving::start(move |_, reply| reply.send(answer::error(&refusal)));
    let client = serving.client().await;
    for _ in 0..2 {
        let error = soon(client.report(a_report(None))).await.unwrap_err();
        assert_eq!(error.to_string(), "2 postos ficam perto");
        let ClientError::Refused(refused) = error else { panic!("{error}") };
        assert_eq!(*refused, mistake);
    }
    assert_eq!(serving.seen.opened(), 1);
}

#[tokio::test]
async fn an_answer_that_makes_no_sense_is_unreadable() {
    let answers = [
        Value::from("Dados gravados"),
        Object::new().with("sim", 1_u32).into(),
        Object::new().with("ok", "text").into(),
        Object::new().with("ok", Object::new().with("posto", "it-1")).into(),
        Object::new().with("erro", Object::new().with("mensagem", "?")).into(),
    ];
    for answer in answers {
        let (told, sent) = (format!("{answer:?}"), answer.clone());
        let serving = Serving::start(move |_, reply| reply.send(sent.clone()));
        let error = soon(serving.client().await.report(a_report(None))).await.unwrap_err();
        assert!(matches!(error, ClientError::Unreadable(_)), "{told}: {error}");
        assert!(!error.is_of_the_server(), "another one would say the same");
    }
}

#[tokio::test]
async fn an_unknown_code_of_a_newer_server_is_a_refusal_all_the_same() {
    let error = Object::new().with("codigo", "fechado_aos_domingos").with("mensagem", "Hoje não");
    let serving = Serving::start(move |_, reply| reply.send(Object::new().with("erro", error.clone()).into()));
    let error = soon(serving.client().await.time()).await.unwrap_err();
    let ClientError::Refused(mistake) = error else { panic!("{error}") };
    assert_eq!((mistake.code, mistake.message.as_str()), (ErrorCode::Outro, "Hoje não"));
}

#[tokio::test]
async fn members_of_a_newer_server_are_ignored() {
    let mut object = answer::ok(&reported()).as_object().unwrap().clone();
    let Some(Value::Object(ok)) = object.remove("ok") else { panic!("no ok") };
    let newer: Value = Object::new().with("ok", ok.with("humor", "bom")).into();
    let serving = Serving::start(move |_, reply| reply.send(newer.clone()));
    assert_eq!(soon(serving.client().await.report(a_report(None))).await.unwrap(), reported());
}

#[tokio::test]
async fn a_raw_request_goes_as_it_is_and_its_answer_comes_as_it_is() {
    let serving = Serving::start(|_, reply| reply.send("as it is".into()));
    let client = serving.client().await;
    let data: Value = Object::new().with("acao", "t").with("formato", "json").into();
    let answer = soon(client.raw(data)).await.unwrap();
    assert_eq!(answer.data, "as it is".into());
}

#[tokio::test]
async fn the_request_id_goes_with_every_command_of_its_call() {
    let serving = Serving::start(tell_time);
    let pool = serving.pool(1);
    let call = posto_client::Call { request_id: Some("web-1"), ..CALL };
    soon(pool.time(call)).await.unwrap();
    soon(pool.time(CALL)).await.unwrap();
    let requests = serving.seen.requests();
    assert!(requests.iter().all(|request| request.format == Format::Json));
    let ids: Vec<_> = requests.iter().map(|request| request.request_id.as_deref()).collect();
    assert_eq!(ids, [Some("web-1"), None]);
}

fn import_of(request: Request) -> posto_market::ImportedStation {
    let Command::Import(record) = request.command else { panic!("{request:?}") };
    *record
}

#[tokio::test]
async fn a_record_too_long_to_send_is_sent_in_parts() {
    let serving = Serving::start(execute);
    let client = serving.client().await;
    let mut record = a_record("IP", 9);
    record.station.hours = posto_market::OpeningHours::new(&"x".repeat(200));
    let at = Timestamp::from_millis(1_787_292_000_000);
    record.ended = Fuel::ALL.map(|fuel| EndedPrice { fuel, at }).into();
    let told = soon(client.import(record.clone())).await.unwrap();
    let parts: Vec<_> = serving.seen.requests().into_iter().map(import_of).collect();
    assert_eq!((parts[0].station.clone(), parts[0].prices.len()), (record.station.clone(), 0), "nothing is cut");
    let prices: Vec<_> = parts.iter().flat_map(|part| part.prices.clone()).collect();
    let ended: Vec<_> = parts.iter().flat_map(|part| part.ended.clone()).collect();
    assert_eq!((prices, ended, parts.len()), (record.prices, record.ended, 5));
    assert!(parts.iter().all(|part| part.station.id == record.station.id && part.station.source.is_some()));
    // The server of this test tells the same of each.
    assert_eq!(told, Imported { prices_changed: 10, prices_ended: 5, ..imported() });
}

#[tokio::test]
async fn a_station_too_long_to_send_is_sent_with_shorter_names() {
    let serving = Serving::start(execute);
    let client = serving.client().await;
    // é takes six bytes on the wire: three names of 80 leave no room for anything else.
    for prices in [0, 1, 5] {
        let before = serving.seen.requests().len();
        soon(client.import(a_record(&"é".repeat(80), prices))).await.unwrap();
        let parts: Vec<_> = serving.seen.requests().into_iter().skip(before).map(import_of).collect();
        let station = &parts[0].station;
        for label in [&station.name, &station.brand, &station.address] {
            assert_eq!(label.as_ref().unwrap().as_str(), "é".repeat(40), "{prices} prices");
        }
        let sent: Vec<_> = parts.iter().flat_map(|part| part.prices.clone()).collect();
        assert_eq!(sent, a_record("", prices).prices, "prices are never cut");
    }
}

#[tokio::test]
async fn a_record_too_long_at_its_shortest_is_refused_here() {
    let serving = Serving::start(execute);
    let client = serving.client().await;
    let mut record = a_record(&"é".repeat(8), 9);
    record.station.hours = posto_market::OpeningHours::new(&"x".repeat(200));
    record.station.source = posto_market::Label::new(&"é".repeat(80));
    let error = soon(client.import(record)).await.unwrap_err();
    assert!(matches!(error, ClientError::TooLarge { bytes, .. } if bytes > 924), "{error}");
    assert_eq!(serving.seen.requests(), []);
    soon(client.import(a_record("IP", 1))).await.unwrap();
}
