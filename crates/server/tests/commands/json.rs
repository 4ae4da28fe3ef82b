//! The JSON commands, answer by answer as the datagram spells them (PROTOCOL §7).

use posto_market::{Fuel, ImportedPrice, Label};

use crate::support::{Serving, at, quote, record};

const D: &str = r#"{"acao": "D", "tipoCombustivel": "2", "coordenadas": "(-22.223665;-54.771388)", "valor": 4999, "nome": "Auto Posto", "formato": "json", "pedido": "a1"}"#;

#[tokio::test]
async fn a_report_is_answered_with_what_was_stored_and_found_again() {
    let serving = Serving::start();
    let mut peer = serving.peer().await;
    let stored = r#"{"ok": {"posto": "6u119dk9y0t4", "nova": true, "substituido": null, "valor": 4999, "moeda": "BRL", "unidade": "l", "em": "2026-08-21T06:00:00.123Z"}}"#;
    assert_eq!(peer.ask(D).await, stored);
    let replaced = r#"{"ok": {"posto": "6u119dk9y0t4", "nova": false, "substituido": 4999, "valor": 3999, "moeda": "BRL", "unidade": "l", "em": "2026-08-21T06:00:00.124Z"}}"#;
    assert_eq!(peer.ask(&D.replace("4999", "3999")).await, replaced, "a millisecond after the report before");
    let found = r#"{"ok": {"postos": [{"posto": "6u119dk9y0t4", "lat": -22.223665, "lon": -54.771388, "nome": "Auto Posto", "combustivel": 2, "valor": 3999, "moeda": "BRL", "unidade": "l", "em": "2026-08-21T06:00:00.124Z", "distancia_m": 0.0}]}}"#;
    for action in ["P", "p", "L", "l"] {
        let search = format!(
            r#"{{"acao": "{action}", "tipoCombustivel": "2", "coordenadas": "(-22.223665;-54.771388)", "raio": 5, "formato": "json"}}"#
        );
        assert_eq!(peer.ask(&search).await, found);
    }
    let station = r#"{"ok": {"posto": "6u119dk9y0t4", "lat": -22.223665, "lon": -54.771388, "nome": "Auto Posto", "precos": [{"combustivel": 2, "valor": 3999, "moeda": "BRL", "unidade": "l", "em": "2026-08-21T06:00:00.124Z"}]}}"#;
    assert_eq!(peer.ask(r#"{"acao": "S", "posto": "6u119dk9y0t4", "formato": "json"}"#).await, station);
}

#[tokio::test]
async fn the_time_comes_with_what_the_server_holds() {
    let serving = Serving::start();
    serving.put(record("it-1", at(1.0, 1.0), 1500));
    let told = serving.peer().await.ask(r#"{"acao": "T", "formato": "json"}"#).await;
    let book = serving.journal.book_id();
    let zone = jiff::Zoned::now().offset().seconds();
    let expected = format!(
        r#"{{"ok": {{"agora": "2026-08-21T06:00:00.123Z", "fuso_s": {zone}, "versao": "9.9.9", "no_ar_s": 0, "postos": 1, "precos": 1, "book": "{book}", "posicao": 1}}}}"#
    );
    // However slow the machine, only the seconds since the start may differ.
    let seconds = told.find("\"no_ar_s\": ").unwrap() + 11;
    let end = seconds + told[seconds..].find(',').unwrap();
    assert_eq!(format!("{}0{}", &told[..seconds], &told[end..]), expected);
}

#[tokio::test]
async fn a_search_takes_boxes_orders_ages_and_currencies() {
    let serving = Serving::start();
    for (name, latitude, price, age) in
        [("it-1", 1.001, 1500, Some(0)), ("it-2", 1.009, 1400, Some(3_600_000)), ("it-3", 1.02, 1300, None)]
    {
        let mut record = record(name, at(latitude, 1.0), price);
        let now = record.prices[0].quote.reported_at.unwrap();
        record.prices[0].quote.reported_at = age.map(|age| posto_market::Timestamp::from_millis(now.millis() - age));
        serving.put(record);
    }
    let mut peer = serving.peer().await;
    let circle = r#""coordenadas": "(1;1)", "raio": 5"#;
    for (members, expected) in [
        (circle.to_owned(), "it-2 it-1"),
        (format!(r#"{circle}, "max_idade_s": "tudo""#), "it-3 it-2 it-1"),
        (format!(r#"{circle}, "max_idade_s": 60"#), "it-1"),
        (format!(r#"{circle}, "ordem": "distancia""#), "it-1 it-2"),
        (format!(r#"{circle}, "ordem": "viagem", "litros": 1, "consumo": 100"#), "it-1 it-2"),
        (format!(r#"{circle}, "ordem": "viagem", "litros": 100, "consumo": 1"#), "it-2 it-1"),
        (format!(r#"{circle}, "moeda": "EUR""#), "it-2 it-1"),
        (format!(r#"{circle}, "moeda": "BRL""#), ""),
        (format!(r#"{circle}, "limite": 1"#), "it-2"),
        (r#""caixa": [0.9, 1.005, 1.1, 1.5], "max_idade_s": "tudo""#.to_owned(), "it-3 it-2"),
        (r#""coordenadas": "(9;9)", "raio": 5"#.to_owned(), ""),
    ] {
        let command = format!(r#"{{"acao": "L", "tipoCombustivel": "2", {members}, "formato": "json"}}"#);
        let answer = peer.ask(&command).await;
        let ids: Vec<_> = answer.split("\"posto\": \"").skip(1).map(|rest| &rest[..4]).collect();
        assert_eq!(ids.join(" "), expected, "{command}: {answer}");
    }
    let trip = r#"{"acao": "P", "tipoCombustivel": "2", "coordenadas": "(1.001;1)", "raio": 0.1, "ordem": "viagem", "formato": "json"}"#;
    assert!(peer.ask(trip).await.ends_with(r#""distancia_m": 0.0, "custo": 60.0}]}}"#));
    let old = r#"{"acao": "P", "tipoCombustivel": "2", "coordenadas": "(1.02;1)", "raio": 0.1, "formato": "json"}"#;
    assert!(peer.ask(old).await.contains(r#""unidade": "l", "velho": true, "distancia_m""#));
}

#[tokio::test]
async fn a_station_tells_all_it_knows_in_the_order_of_codes() {
    let serving = Serving::start();
    let mut record = record("it-61154", at(45.46, 9.19), 1799);
    record.station.name = Label::new("IP");
    record.station.address = Label::new("Via Roma 1");
    record.prices[0].quote.reported_at = None;
    record.prices.push(ImportedPrice { fuel: Fuel::Diesel, quote: quote(1689) });
    serving.put(record);
    let mut peer = serving.peer().await;
    let station = r#"{"ok": {"posto": "it-61154", "lat": 45.46, "lon": 9.19, "nome": "IP", "fonte": "it", "endereco": "Via Roma 1", "precos": [{"combustivel": 0, "valor": 1689, "moeda": "EUR", "unidade": "l", "em": "2026-08-21T06:00:00.123Z"}, {"combustivel": 2, "valor": 1799, "moeda": "EUR", "unidade": "l", "velho": true}]}}"#;
    assert_eq!(peer.ask(r#"{"acao": "S", "posto": "it-61154", "formato": "json"}"#).await, station);
    let after = peer.ask(r#"{"acao": "S", "posto": "it-61154", "proximo": "0", "formato": "json"}"#).await;
    assert!(after.contains(r#""precos": [{"combustivel": 2,"#), "{after}");
    let unknown =
        r#"{"erro": {"codigo": "posto_desconhecido", "mensagem": "Nenhum posto tem o id it-9", "parametro": "posto"}}"#;
    assert_eq!(peer.ask(r#"{"acao": "S", "posto": "it-9", "formato": "json"}"#).await, unknown);
}

#[tokio::test]
async fn a_mistake_names_the_member_and_what_is_allowed() {
    let mistakes = [
        (
            r#"{"acao": "Q", "formato": "json"}"#,
            r#"{"erro": {"codigo": "acao_desconhecida", "mensagem": "A\u00e7\u00e3o n\u00e3o conhecida: q\n", "parametro": "acao", "permitido": "D, P; com formato json tamb\u00e9m L, M, S, H, E, W, T, F, I, X"}}"#,
        ),
        (
            r#"{"acao": "S", "formato": "json"}"#,
            r#"{"erro": {"codigo": "parametro_vazio", "mensagem": "O par\u00e2metro posto n\u00e3o pode ser vazio", "parametro": "posto"}}"#,
        ),
        (
            r#"{"acao": "L", "tipoCombustivel": "2", "caixa": [0, 0, 1, 1], "limite": 201, "formato": "json"}"#,
            r#"{"erro": {"codigo": "parametro_invalido", "mensagem": "Par\u00e2metro limite inv\u00e1lido. Permitido: inteiro de 1 a 200", "parametro": "limite", "permitido": "inteiro de 1 a 200"}}"#,
        ),
        (
            r#"{"acao": "P", "tipoCombustivel": "2", "coordenadas": "(1,1)", "raio": 5, "formato": "json"}"#,
            r#"{"erro": {"codigo": "coordenadas_invalidas", "mensagem": "Par\u00e2metro de coordenadas inv\u00e1lido", "parametro": "coordenadas", "permitido": "(latitude;longitude)"}}"#,
        ),
    ];
    let serving = Serving::start();
    let mut peer = serving.peer().await;
    for (command, answer) in mistakes {
        assert_eq!(peer.ask(command).await, answer);
    }
    let nothing = r#"{"acao": "P", "tipoCombustivel": "2", "coordenadas": "(1;1)", "raio": 5, "formato": "json"}"#;
    assert_eq!(peer.ask(nothing).await, r#"{"ok": {"postos": []}}"#);
}
