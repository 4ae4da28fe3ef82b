//! Answers round trip, hold nothing that is not known, and are never half understood.

use proptest::prelude::*;

use super::*;
use crate::json;
use crate::limits::MAX_V1_DATA;
use crate::mistake::ErrorCode;
use crate::python::{self, dumps};
use crate::testing::{any_finite, any_text, any_value};

fn value(text: &str) -> Value {
    json::parse(text.as_bytes()).unwrap_or_else(|refusal| panic!("{refusal}: {text}"))
}

/// Through the bytes of the wire.
fn round_trip<T: Answer>(answer: &T) -> Result<T, AnswerError> {
    read(value(&dumps(&ok(answer))))
}

fn facts(id: &str) -> StationFacts {
    StationFacts { id: id.to_owned(), lat: -22.0, lon: -54.8, name: None, brand: None, source: None }
}

fn price() -> PriceFacts {
    PriceFacts {
        fuel: 2,
        price: 4999,
        currency: "BRL".to_owned(),
        unit: "l".to_owned(),
        reported_at: None,
        stale: false,
        suspect: false,
    }
}

fn opening() -> OpeningFacts {
    OpeningFacts {
        hours: Some("24/7".to_owned()),
        open: Some(true),
        service: Some("ambos".to_owned()),
        members_only: Some(false),
    }
}

#[test]
fn what_is_not_known_is_left_out() {
    let station = StationPrice {
        station: facts("it-1"),
        price: price(),
        opening: OpeningFacts::default(),
        distance_m: None,
        trip_cost: None,
    };
    let list = Stations { stations: vec![station], next: None };
    let text = r#"{"ok": {"postos": [{"posto": "it-1", "lat": -22.0, "lon": -54.8, "combustivel": 2, "valor": 4999, "moeda": "BRL", "unidade": "l"}]}}"#;
    assert_eq!(dumps(&ok(&list)), text);
    let detail = StationDetail {
        station: facts("it-1"),
        address: None,
        opening: OpeningFacts::default(),
        prices: vec![],
        next: None,
    };
    let text = r#"{"ok": {"posto": "it-1", "lat": -22.0, "lon": -54.8, "precos": []}}"#;
    assert_eq!(dumps(&ok(&detail)), text);
    let mistake = Mistake::new(ErrorCode::NaoPermitido, "não");
    assert_eq!(dumps(&error(&mistake)), r#"{"erro": {"codigo": "nao_permitido", "mensagem": "n\u00e3o"}}"#);
}

#[test]
fn what_is_known_is_told() {
    let station = StationFacts {
        name: Some("Posto É".to_owned()),
        brand: Some("BR".to_owned()),
        source: Some("it".to_owned()),
        ..facts("it-1")
    };
    let price =
        PriceFacts { reported_at: Some("2026-08-21T06:00:00Z".to_owned()), stale: true, suspect: true, ..price() };
    let found = StationPrice { station, price, opening: opening(), distance_m: Some(11.12), trip_cost: Some(200.87) };
    let list = Stations { stations: vec![found], next: Some("x~1~0~it-1".to_owned()) };
    let text = r#"{"ok": {"postos": [{"posto": "it-1", "lat": -22.0, "lon": -54.8, "nome": "Posto \u00c9", "marca": "BR", "fonte": "it", "combustivel": 2, "valor": 4999, "moeda": "BRL", "unidade": "l", "em": "2026-08-21T06:00:00Z", "velho": true, "suspeito": true, "horario": "24/7", "aberto": true, "servico": "ambos", "so_socios": false, "distancia_m": 11.12, "custo": 200.87}], "proximo": "x~1~0~it-1"}}"#;
    assert_eq!(dumps(&ok(&list)), text);
    assert_eq!(round_trip(&list), Ok(list));
}

#[test]
fn an_area_without_prices_has_a_count_alone() {
    assert_eq!(dumps(&ok(&Statistics::default())), r#"{"ok": {"n": 0}}"#);
    assert_eq!(round_trip(&Statistics::default()), Ok(Statistics::default()));
}

#[test]
fn cells_and_past_prices_leave_out_what_is_not_known() {
    let cell = Cell { lat: -22.5, lon: 10.0, count: 1, lowest: None, currency: None, station: Some("it-1".to_owned()) };
    let cells = Cells { cells: vec![cell], next: None };
    let text = r#"{"ok": {"celulas": [{"lat": -22.5, "lon": 10.0, "n": 1, "posto": "it-1"}]}}"#;
    assert_eq!(dumps(&ok(&cells)), text);
    assert_eq!(round_trip(&cells), Ok(cells));
    let past = PastPrice {
        fuel: 2,
        price: Some(4999),
        currency: "BRL".to_owned(),
        unit: "l".to_owned(),
        reported_at: None,
        recorded_at: "2026-08-21T06:00:00Z".to_owned(),
    };
    let ended = PastPrice { price: None, ..past.clone() };
    let history = History { prices: vec![past, ended], next: Some("7".to_owned()) };
    let text = r#"{"ok": {"precos": [{"combustivel": 2, "valor": 4999, "moeda": "BRL", "unidade": "l", "gravado": "2026-08-21T06:00:00Z"}, {"combustivel": 2, "moeda": "BRL", "unidade": "l", "gravado": "2026-08-21T06:00:00Z"}], "proximo": "7"}}"#;
    assert_eq!(dumps(&ok(&history)), text);
    assert_eq!(round_trip(&history), Ok(history));
}

#[test]
fn a_first_price_replaces_null() {
    let text = r#"{"ok": {"posto": "6uf", "nova": true, "substituido": null, "valor": 4999, "moeda": "BRL", "unidade": "l", "em": "2026-08-21T06:00:00Z"}}"#;
    let reported: Reported = read(value(text)).unwrap();
    assert!(reported.new_station && reported.replaced.is_none());
    assert_eq!(dumps(&ok(&reported)), text);
}

#[test]
fn members_that_a_reader_does_not_know_are_ignored() {
    let text = r#"{"ok": {"postos": [{"posto": "it-1", "lat": 1, "lon": 2, "combustivel": 2, "valor": 4999, "moeda": "BRL", "unidade": "l", "aberto": true}], "n": 1}, "v": 2}"#;
    let list: Stations = read(value(text)).unwrap();
    assert_eq!(list.stations[0].station.id, "it-1");
    assert!((list.stations[0].station.lat - 1.0).abs() < f64::EPSILON, "a whole number of degrees");
}

#[test]
fn a_refusal_brings_its_mistake_and_the_candidates() {
    let candidate = Candidate { station: facts("it-1"), distance_m: 12.5 };
    let mistake = Mistake {
        parameter: Some("posto".to_owned()),
        allowed: Some("um dos candidatos".to_owned()),
        candidates: vec![candidate.clone(), Candidate { distance_m: 49.99, ..candidate }],
        ..Mistake::new(ErrorCode::PostoAmbiguo, "2 postos")
    };
    let data = value(&dumps(&error(&mistake)));
    assert_eq!(read::<Reported>(data), Err(AnswerError::Refused(Box::new(mistake))));
}

#[test]
fn every_error_code_has_its_name_on_the_wire() {
    for (code, name) in [
        (ErrorCode::AcaoDesconhecida, "acao_desconhecida"),
        (ErrorCode::ParametroVazio, "parametro_vazio"),
        (ErrorCode::ParametroInvalido, "parametro_invalido"),
        (ErrorCode::CoordenadasInvalidas, "coordenadas_invalidas"),
        (ErrorCode::PostoDesconhecido, "posto_desconhecido"),
        (ErrorCode::PostoAmbiguo, "posto_ambiguo"),
        (ErrorCode::IdReutilizado, "id_reutilizado"),
        (ErrorCode::NaoPermitido, "nao_permitido"),
        (ErrorCode::RespostaGrande, "resposta_grande"),
        (ErrorCode::Ocupado, "ocupado"),
        (ErrorCode::DiarioParado, "diario_parado"),
    ] {
        let mistake = Mistake::new(code, "?");
        let data = error(&mistake);
        assert_eq!(dumps(&data), format!(r#"{{"erro": {{"codigo": "{name}", "mensagem": "?"}}}}"#));
        assert_eq!(read::<ServerTime>(data), Err(AnswerError::Refused(Box::new(mistake))));
    }
}

#[test]
fn an_answer_that_does_not_fit_is_unreadable() {
    let time = r#""agora": "x", "versao": "1", "no_ar_s": 1, "postos": 1, "precos": 1, "book": "b""#;
    assert!(read::<ServerTime>(value(&format!("{{\"ok\": {{{time}}}}}"))).is_ok());
    for text in [
        "null".to_owned(),
        "\"Dados gravados\"".to_owned(),
        "[]".to_owned(),
        "{}".to_owned(),
        r#"{"Ok": {}}"#.to_owned(),
        r#"{"ok": null}"#.to_owned(),
        r#"{"ok": []}"#.to_owned(),
        r#"{"ok": {}}"#.to_owned(),
        format!("{{\"ok\": {{{}}}}}", time.replace("\"postos\": 1", "\"postos\": -1")),
        format!("{{\"ok\": {{{}}}}}", time.replace("\"postos\": 1", "\"postos\": 1.5")),
        format!("{{\"ok\": {{{}}}}}", time.replace("\"book\": \"b\"", "\"book\": 5")),
        r#"{"erro": null}"#.to_owned(),
        r#"{"erro": "não"}"#.to_owned(),
        r#"{"erro": {"codigo": "nao_permitido"}}"#.to_owned(),
        r#"{"erro": {"codigo": "ocupado", "mensagem": "?", "candidatos": [{"posto": "a"}]}}"#.to_owned(),
    ] {
        assert!(matches!(read::<ServerTime>(value(&text)), Err(AnswerError::Unreadable(_))), "{text}");
    }
}

#[test]
fn an_error_of_a_newer_server_keeps_its_message() {
    let error = value(r#"{"erro": {"codigo": "choveu", "mensagem": "Hoje não"}}"#);
    let Err(AnswerError::Refused(mistake)) = read::<ServerTime>(error) else { panic!("a no is a no") };
    assert_eq!((mistake.code, mistake.message.as_str()), (ErrorCode::Outro, "Hoje não"));
}

#[test]
fn the_other_answers_round_trip() {
    let time = ServerTime {
        ahead_of_utc_s: None,
        now: "2026-08-21T06:00:00.123Z".to_owned(),
        version: "0.1.0".to_owned(),
        uptime_s: 86_400,
        stations: 21_000,
        prices: 80_000,
        book: "b00c".to_owned(),
        position: None,
        group: GroupStanding::default(),
    };
    assert_eq!(round_trip(&time), Ok(time.clone()));
    let group = GroupStanding {
        member: true,
        caught_up: Some(false),
        behind: Some(7),
        silent_ms: Some(12),
        writable: Some(true),
    };
    let following = ServerTime { position: Some(48_471), group, ..time };
    assert_eq!(round_trip(&following), Ok(following));
    let imported = Imported {
        new_station: true,
        changed_station: false,
        prices_changed: 3,
        prices_ended: 2,
        prices_unchanged: u32::MAX,
        hidden: false,
    };
    assert_eq!(round_trip(&imported), Ok(imported));
    let detail = StationDetail {
        station: facts("it-1"),
        address: Some("Via Roma 1".to_owned()),
        opening: opening(),
        prices: vec![price(), PriceFacts { fuel: 0, stale: true, ..price() }],
        next: Some("2".to_owned()),
    };
    assert_eq!(round_trip(&detail), Ok(detail));
}

#[test]
fn numbers_on_the_wire_have_two_decimals() {
    assert_eq!([1.005, 11.119, -0.001, 200.0, 4.996].map(two_decimals), [1.0, 11.12, 0.0, 200.0, 5.0]);
}

/// One station with everything of the usual length: what a list's part must be able to hold.
#[test]
fn a_station_with_the_longest_ascii_names_fits_an_answer() {
    let long = || Some("x".repeat(80));
    let station = StationFacts { name: long(), brand: long(), source: long(), ..facts(&"x".repeat(64)) };
    let price = PriceFacts { price: 999_999, reported_at: Some("2026-08-21T06:00:00.123Z".to_owned()), ..price() };
    let found = StationPrice {
        station,
        price,
        opening: OpeningFacts { hours: None, open: None, ..opening() },
        distance_m: Some(20_015_086.79),
        trip_cost: Some(123_456_789.12),
    };
    let next = Some(format!("{0:x}~999999~{0:x}~{1}", u64::MAX, "x".repeat(64)));
    let list = Stations { stations: vec![found], next };
    assert!(dumps(&ok(&list)).len() <= MAX_V1_DATA);
}

fn any_facts() -> impl Strategy<Value = StationFacts> {
    let names = proptest::array::uniform3(proptest::option::of(any_text()));
    (any_text(), any_finite(), any_finite(), names).prop_map(|(id, lat, lon, [name, brand, source])| StationFacts {
        id,
        lat,
        lon,
        name,
        brand,
        source,
    })
}

fn any_price() -> impl Strategy<Value = PriceFacts> {
    let money = (any::<u8>(), any::<u32>(), any_text(), any_text());
    (money, proptest::option::of(any_text()), any::<bool>()).prop_map(|(money, reported_at, stale)| {
        let (fuel, price, currency, unit) = money;
        PriceFacts { fuel, price, currency, unit, reported_at, stale, suspect: !stale }
    })
}

fn any_opening() -> impl Strategy<Value = OpeningFacts> {
    let texts = proptest::array::uniform2(proptest::option::of(any_text()));
    (texts, any::<Option<bool>>(), any::<Option<bool>>())
        .prop_map(|([hours, service], open, members_only)| OpeningFacts { hours, open, service, members_only })
}

proptest! {
    #[test]
    fn a_list_round_trips(
        stations in proptest::collection::vec(
            (any_facts(), any_price(), any_opening(), proptest::option::of(any_finite()), proptest::option::of(any_finite())), 0..4),
        next in proptest::option::of(any_text()),
    ) {
        let stations = stations
            .into_iter()
            .map(|(station, price, opening, distance_m, trip_cost)| StationPrice { station, price, opening, distance_m, trip_cost })
            .collect();
        let list = Stations { stations, next };
        prop_assert_eq!(round_trip(&list), Ok(list));
    }

    #[test]
    fn a_stored_report_round_trips(
        station in any_text(), new_station in any::<bool>(), replaced in any::<Option<u32>>(), price in any::<u32>(),
        [currency, unit, at] in proptest::array::uniform3(any_text()),
    ) {
        let reported = Reported { station, new_station, replaced, price, currency, unit, at };
        prop_assert_eq!(round_trip(&reported), Ok(reported));
    }

    #[test]
    fn a_station_round_trips(
        station in any_facts(), address in proptest::option::of(any_text()), opening in any_opening(),
        prices in proptest::collection::vec(any_price(), 0..9), next in proptest::option::of(any_text()),
    ) {
        let detail = StationDetail { station, address, opening, prices, next };
        prop_assert_eq!(round_trip(&detail), Ok(detail));
    }

    #[test]
    fn changes_round_trip(
        changes in proptest::collection::vec((any_facts(), any_price(), any_opening(), any::<bool>()), 0..4),
        book in any_text(), position in 0_u64..1 << 53, from in proptest::option::of(0_u64..1 << 53), resync in any::<bool>(),
    ) {
        let change = |(station, price, opening, ended): (StationFacts, PriceFacts, OpeningFacts, bool)| PriceChange {
            position,
            station,
            fuel: price.fuel,
            price: (!ended).then_some(price.price),
            currency: price.currency,
            unit: price.unit,
            at: price.reported_at,
            stale: price.stale,
            suspect: price.suspect,
            opening,
        };
        let changes = Changes { book, position, changes: changes.into_iter().map(change).collect(), from, resync };
        prop_assert_eq!(round_trip(&changes), Ok(changes));
    }

    #[test]
    fn remarks_are_read_beside_any_answer_and_never_take_more_than_was_kept_for_them(
        position in proptest::option::of(0_u64..=1 << 53), silent_s in proptest::option::of(0_u64..=1 << 53),
        book in proptest::option::of("[0-9a-f]{1,64}"), refused in any::<bool>(),
    ) {
        let remarks = Remarks { position, book, silent_s };
        let bare = if refused { error(&Mistake::new(ErrorCode::Atrasado, "?")) } else { ok(&Stations { stations: vec![], next: None }) };
        let told = remarks.beside(bare.clone());
        prop_assert_eq!(Remarks::of(&told), remarks.clone());
        prop_assert!(python::dumps(&told).len() <= python::dumps(&bare).len() + remarks.most_bytes());
        prop_assert_eq!(read::<Stations>(told), read::<Stations>(bare), "they change nothing in it");
    }

    #[test]
    fn any_value_is_an_answer_or_not(value in any_value(), wrapped in any::<bool>()) {
        let value = if wrapped { Object::new().with("ok", value).into() } else { value };
        let _ = Remarks::of(&value);
        let _ = read::<Reported>(value.clone());
        let _ = read::<Stations>(value.clone());
        let _ = read::<StationDetail>(value);
    }
}
