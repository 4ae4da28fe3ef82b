//! Options of commands, and imported records: their ranges, and what is refused.

use super::*;

#[test]
fn every_option_has_its_range() {
    let wrong: [(&str, &str, &[&str]); 17] = [
        (
            LIST,
            "caixa",
            &[
                "[]",
                "[1, 2, 3]",
                "[0, 0, 0, 0, 0]",
                "[0, 5, 1, 4]",
                "[0, -91, 0, 0]",
                "[181, 0, 0, 0]",
                "[\"0\", 0, 0, 0]",
                "\"0,0,1,1\"",
                "{}",
            ],
        ),
        (LIST, "max_idade_s", &["0", "-1", "0.5", "10000000001", "\"TUDO\"", "\"3600\"", "true"]),
        (LIST, "ordem", &["\"price\"", "\"Preco\"", "0", "[]"]),
        (LIST, "marca", &["5", "[]", "true"]),
        (LIST, "pareto", &["1", "\"true\"", "[]"]),
        (LIST, "suspeitos", &["0", "\"sim\""]),
        (LIST, "moeda", &["\"brl\"", "\"R$\"", "\"EURO\"", "986"]),
        (LIST, "limite", &["0", "-1", "201", "1.5", "\"20\"", "9007199254740992"]),
        (
            LIST,
            "proximo",
            &["\"x\"", "\"~~~\"", "\"7ff0000000000000~1~0~a\"", "\"0~0~0~a\"", "\"0~1~0~\"", "\"0~1~0~a b\"", "5"],
        ),
        (REPORT, "raio_m", &["-1", "1000.5", "\"50\"", "true"]),
        (REPORT, "novo", &["0", "1", "\"true\""]),
        (REPORT, "nome", &["5", "[]", "{}"]),
        (REPORT, "marca", &["false"]),
        (REPORT, "id", &["\"a b\"", "\"é\"", "\"a/b\"", "5"]),
        (REPORT, "posto", &["\"it 1\"", "61154"]),
        (REPORT, "pedido", &["\"a\\nb\"", "1", "[]"]),
        (r#""acao": "S", "posto": "it-1""#, "proximo", &["\"9\"", "\"02\"", "-1", "true"]),
    ];
    for (command, name, values) in wrong {
        for text in values {
            let mistake = refused(&format!("{command}, \"{name}\": {text}"));
            assert_eq!(mistake.code, ErrorCode::ParametroInvalido, "{name}: {text}");
            assert_eq!(mistake.parameter.as_deref(), Some(name), "{text}");
            let allowed = mistake.allowed.unwrap();
            assert_eq!(mistake.message, format!("Parâmetro {name} inválido. Permitido: {allowed}"));
        }
    }
    let trip = format!("{LIST}, \"ordem\": \"viagem\"");
    for (name, values) in
        [("litros", ["0", "0.09", "10001", "\"40\""]), ("consumo", ["-0.1", "1000.1", "true", "\"7\""])]
    {
        for text in values {
            assert_eq!(refused(&format!("{trip}, \"{name}\": {text}")).parameter.as_deref(), Some(name), "{text}");
        }
    }
    assert!(refused(&format!("{REPORT}, \"id\": \"{}\"", "x".repeat(65))).allowed.is_some());
    assert!(matches!(taken(&format!("{REPORT}, \"id\": \"{}\"", "x".repeat(64))), Command::Report(_)));
}

#[test]
fn options_of_a_report_are_read() {
    let options =
        r#""id": "a.1", "posto": "it-61154", "raio_m": 50, "novo": true, "nome": " Posto  É\t", "marca": "BR""#;
    let Command::Report(report) = taken(&format!("{REPORT}, {options}")) else { panic!() };
    assert_eq!(report.id.as_deref(), Some("a.1"));
    assert_eq!(report.wish.station.as_ref().map(StationId::as_str), Some("it-61154"));
    assert!((report.wish.radius_km - 0.05).abs() < 1e-12 && report.wish.new);
    assert_eq!(report.wish.name.as_ref().map(Label::as_str), Some("Posto É"));
    let v1 = read(&value(&format!("{{{REPORT}, {options}}}"))).unwrap().command;
    assert_eq!(v1, read(&value(&format!("{{{REPORT}}}"))).unwrap().command, "v1 knows no options");
}

#[test]
fn whole_metres_stay_whole_on_the_wire() {
    for metres in 0..=1000_u32 {
        let Command::Report(report) = taken(&format!("{REPORT}, \"raio_m\": {metres}")) else { panic!() };
        let value = Request::json(Command::Report(report)).to_value();
        let written = value.as_object().unwrap().get("raio_m");
        assert_eq!(written, (metres > 0).then_some(Value::from(metres)).as_ref());
    }
}

#[test]
fn a_station_is_asked_for_by_its_id() {
    let asked = taken(r#""acao": "S", "posto": "it-61154", "proximo": "2""#);
    let id = StationId::parse("it-61154").unwrap();
    assert_eq!(asked, Command::Station { id, after: Some(Fuel::Gasoline) });
    assert_eq!(refused(r#""acao": "S""#).message, "O parâmetro posto não pode ser vazio");
    assert_eq!(refused(r#""acao": "S", "posto": "a b""#).parameter.as_deref(), Some("posto"));
}

const PRICE: &str = r#"{"combustivel": 2, "valor": 1899, "moeda": "EUR", "unidade": "l"}"#;

fn import(station: &str, prices: &str) -> String {
    format!("\"acao\": \"I\", {station}, \"precos\": [{prices}]")
}

#[test]
fn an_imported_record_is_read() {
    let station = r#""id": "it-1", "lat": 45.5, "lon": 9, "fonte": "it", "endereco": "Via Roma 1""#;
    let timed = PRICE.replace('}', r#", "em": "2026-08-21T08:00:00+02:00", "coordenadas": "(45.5;9)"}"#);
    let Command::Import(record) = taken(&import(station, &timed)) else { panic!() };
    assert_eq!(record.station.position, Position::from_degrees(45.5, 9.0).unwrap());
    assert_eq!(record.station.name, None);
    let quote = &record.prices[0].quote;
    assert_eq!(quote.reported_at, time::parse("2026-08-21T06:00:00Z"));
    assert_eq!(quote.coordinates.as_deref(), Some("(45.5;9)"));
    assert!(matches!(taken(&import(station, "")), Command::Import(record) if record.prices.is_empty()));
}

#[test]
fn a_wrong_imported_record_is_refused_whole() {
    let station = r#""id": "it-1", "lat": 45.5, "lon": 9"#;
    for (record, parameter) in [
        (import(r#""lat": 45.5, "lon": 9"#, PRICE), "id"),
        (import(r#""id": "it-1", "lon": 9"#, PRICE), "lat"),
        (import(r#""id": "it-1", "lat": 45.5"#, PRICE), "lon"),
        (format!("\"acao\": \"I\", {station}"), "precos"),
        (import(&station.replace("45.5", "90.1"), PRICE), "lat"),
        (import(&station.replace('9', "-180.1"), PRICE), "lon"),
        (import(&station.replace('9', "\"9\""), PRICE), "lon"),
        (import(&station.replace("it-1", "it 1"), PRICE), "id"),
        (import(&format!("{station}, \"fonte\": 5"), PRICE), "fonte"),
        (import(station, "5"), "precos"),
        (import(station, &format!("{PRICE}, {PRICE}")), "precos"),
        (import(station, &[PRICE; 10].join(", ")), "precos"),
        (import(station, &PRICE.replace("\"combustivel\": 2, ", "")), "combustivel"),
        (import(station, &PRICE.replace("1899", "0")), "valor"),
        (import(station, &PRICE.replace("1899", "1.899")), "valor"),
        (import(station, &PRICE.replace("EUR", "eur")), "moeda"),
        (import(station, &PRICE.replace("\"EUR\"", "null")), "moeda"),
        (import(station, &PRICE.replace("\"l\"", "\"gal\"")), "unidade"),
        (import(station, &PRICE.replace('}', ", \"em\": \"ontem\"}")), "em"),
        (import(station, &PRICE.replace('}', ", \"em\": 1787292000}")), "em"),
        (import(station, &PRICE.replace('}', ", \"coordenadas\": \"(1)\"}")), "coordenadas"),
    ] {
        assert_eq!(refused(&record).parameter.as_deref(), Some(parameter), "{record}");
    }
}

#[test]
fn a_cursor_that_is_none_is_refused() {
    for wrong in ["", "0", "0~1~0", "g~1~0~a", "0~1.5~0~a", "fff8000000000000~1~0~a", "0~1~7ff0000000000000~a"] {
        assert_eq!(read_cursor(wrong), None, "{wrong}");
    }
}
