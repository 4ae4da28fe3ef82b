//! Commands round trip; every mistake in one is named, as v1 names it where v1 knew it.

mod any;
mod changes;
mod moderation;
mod options;
mod survey;

use std::time::Duration;

use posto_market::{
    BoundingBox, Circle, EndedPrice, ImportedPrice, Label, OpeningHours, Quote, Service, Station, Timestamp, Unit,
    limits as market_limits,
};
use proptest::prelude::*;

use super::*;
use crate::json::parse;
use crate::limits::{DEFAULT_LIST, MAX_LIST, MAX_V1_DATA};
use crate::mistake::{ErrorCode, Mistake};
use crate::python::dumps;
use crate::testing::any_text;
use crate::{answer, time};
use any::*;

fn names(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().iter().map(|(name, _)| name).collect()
}

proptest! {
    #[test]
    fn a_json_request_written_is_read_as_it_was(
        command in any_command(), request_id in maybe(any_id()), seen in maybe((0_u64..=1 << 53, maybe(any_id()))),
    ) {
        let seen = seen.map(|(position, book)| Seen { position, book }).filter(|_| command.takes_seen());
        let request = Request { request_id, seen, ..Request::json(command) };
        let text = dumps(&request.to_value());
        prop_assert_eq!(read(&parse(text.as_bytes()).unwrap()), Ok(request), "{}", text);
    }

    #[test]
    fn a_v1_report_holds_what_the_original_knows_and_nothing_else(report in plain_report()) {
        let request = Request::text(Command::Report(report));
        let value = request.to_value();
        prop_assert_eq!(names(&value), ["acao", "tipoCombustivel", "coordenadas", "valor"]);
        prop_assert_eq!(read(&value), Ok(request));
    }

    #[test]
    fn a_v1_search_holds_what_the_original_knows_and_nothing_else(search in plain_search()) {
        let request = Request::text(Command::Cheapest(search));
        let value = request.to_value();
        prop_assert_eq!(names(&value), ["acao", "tipoCombustivel", "coordenadas", "raio"]);
        prop_assert_eq!(read(&value), Ok(request));
    }

    #[test]
    fn options_are_left_out_of_a_v1_request(report in any_report(), search in any_search(), id in any_id()) {
        let text = |command| {
            let seen = Some(Seen { position: 7, book: Some(id.clone()) });
            Request { request_id: Some(id.clone()), seen, ..Request::text(command) }.to_value()
        };
        let value = text(Command::Report(report));
        prop_assert_eq!(names(&value), ["acao", "tipoCombustivel", "coordenadas", "valor"]);
        if let Area::Circle(_) = search.area {
            let value = text(Command::Cheapest(search));
            prop_assert_eq!(names(&value), ["acao", "tipoCombustivel", "coordenadas", "raio"]);
        }
    }

    #[test]
    fn a_cursor_goes_through_its_text_unrounded(cursor in any_cursor()) {
        let again = read_cursor(&cursor_text(&cursor)).unwrap();
        prop_assert_eq!(again.cost.to_bits(), cursor.cost.to_bits());
        prop_assert_eq!(again.distance_km.to_bits(), cursor.distance_km.to_bits());
        prop_assert_eq!(again, cursor);
    }

    #[test]
    fn any_value_is_a_request_or_a_mistake_that_fits_an_answer(value in crate::testing::any_value()) {
        if let Err((_, mistake)) = read(&value) {
            prop_assert!(dumps(&answer::error(&mistake)).len() <= MAX_V1_DATA);
        }
    }

    /// Every member of every command in turn gets any value.
    #[test]
    fn any_member_may_hold_anything(command in any_command(), at in any::<u16>(), value in crate::testing::any_value()) {
        let Value::Object(mut object) = Request::json(command).to_value() else { unreachable!() };
        let names: Vec<_> = object.iter().map(|(name, _)| name.to_owned()).collect();
        object.set(&names[usize::from(at) % names.len()], value);
        match read(&object.into()) {
            Ok(request) if request.format == Format::Json => {
                prop_assert_eq!(read(&request.to_value()), Ok(request));
            }
            Ok(_) => {}
            Err((_, mistake)) => {
                prop_assert!(dumps(&answer::error(&mistake)).len() <= MAX_V1_DATA);
                prop_assert!(mistake.parameter.is_some());
            }
        }
    }
}

fn value(text: &str) -> Value {
    parse(text.as_bytes()).unwrap_or_else(|refusal| panic!("{refusal}: {text}"))
}

/// The command of a JSON request with these members.
fn taken(members: &str) -> Command {
    let request = read(&value(&format!("{{{members}, \"formato\": \"json\"}}")));
    request.unwrap_or_else(|(_, mistake)| panic!("{mistake}: {members}")).command
}

/// The mistake in a JSON request with these members.
fn refused(members: &str) -> Mistake {
    let (format, mistake) = read(&value(&format!("{{{members}, \"formato\": \"json\"}}"))).expect_err(members);
    assert_eq!(format, Format::Json);
    mistake
}

fn v1_text(text: &str) -> String {
    let (format, mistake) = read(&value(text)).expect_err(text);
    assert_eq!(format, Format::Text, "{text}");
    mistake.to_string()
}

const REPORT: &str = r#""acao": "D", "tipoCombustivel": "2", "coordenadas": "(-22.0000;-23.1234)", "valor": 4999"#;
const SEARCH: &str = r#""acao": "P", "tipoCombustivel": "2", "coordenadas": "(-22.0000;-23.1235)", "raio": 5"#;
const LIST: &str = r#""acao": "L", "tipoCombustivel": "2", "coordenadas": "(-22.0000;-23.1235)", "raio": 5"#;

fn without(members: &str, name: &str) -> String {
    let mut object = value(&format!("{{{members}}}")).as_object().unwrap().clone();
    object.remove(name).unwrap();
    dumps(&object.into())
}

fn with(members: &str, name: &str, text: &str) -> String {
    let object = value(&format!("{{{members}}}")).as_object().unwrap().clone();
    dumps(&object.with(name, value(text)).into())
}

#[test]
fn a_v1_client_is_told_which_member_is_empty() {
    for (command, members) in
        [(REPORT, ["tipoCombustivel", "coordenadas", "valor"]), (SEARCH, ["tipoCombustivel", "coordenadas", "raio"])]
    {
        for name in members {
            let expected = format!("O parâmetro {name} não pode ser vazio");
            assert_eq!(v1_text(&without(command, name)), expected);
            assert_eq!(v1_text(&with(command, name, "null")), expected);
            assert_eq!(v1_text(&with(command, name, "\"\"")), expected);
        }
    }
    for nothing in ["null", "{}", "{\"acao\": null}", "{\"acao\": \"\"}"] {
        assert_eq!(v1_text(nothing), "O parâmetro acao não pode ser vazio");
    }
}

#[test]
fn the_first_empty_member_is_told_before_any_wrong_one() {
    let text = r#"{"acao": "D", "tipoCombustivel": "9", "coordenadas": "", "valor": ""}"#;
    assert_eq!(v1_text(text), "O parâmetro coordenadas não pode ser vazio");
    let text = r#"{"acao": "P", "tipoCombustivel": "2", "coordenadas": "(1)"}"#;
    assert_eq!(v1_text(text), "O parâmetro raio não pode ser vazio");
}

#[test]
fn a_v1_client_is_told_that_coordinates_are_no_pair() {
    for wrong in ["\"(1)\"", "\"1;1\"", "\"(a;1)\"", "\"(1;1;1)\"", "\"(1,5;1)\"", "5", "[1, 1]", "true"] {
        assert_eq!(v1_text(&with(SEARCH, "coordenadas", wrong)), "Parâmetro de coordenadas inválido", "{wrong}");
    }
    let latitude = v1_text(&with(SEARCH, "coordenadas", "\"(90.1;0)\""));
    assert_eq!(latitude, "Parâmetro coordenadas inválido. Permitido: latitude de -90 a 90");
    let longitude = v1_text(&with(SEARCH, "coordenadas", "\"(0;-180.1)\""));
    assert_eq!(longitude, "Parâmetro coordenadas inválido. Permitido: longitude de -180 a 180");
}

#[test]
fn an_unknown_action_is_repeated_in_lower_case_and_cut() {
    assert_eq!(v1_text(r#"{"acao": "X"}"#), "Ação não conhecida: x\n");
    assert_eq!(v1_text(r#"{"acao": "ÁÇÃO dp"}"#), "Ação não conhecida: áção dp\n");
    let long = format!("{{\"acao\": \"{}\"}}", "É".repeat(100));
    assert_eq!(v1_text(&long), format!("Ação não conhecida: {}\n", "é".repeat(32)));
    assert_eq!(v1_text("\"D 2 4999\""), "Ação não conhecida: d 2 4999\n", "dados that is a text");
    assert_eq!(refused(r#""acao": "Q""#).code, ErrorCode::AcaoDesconhecida);
    assert_eq!(refused(r#""acao": 5"#).code, ErrorCode::ParametroInvalido);
}

#[test]
fn newer_commands_are_unknown_to_a_v1_client_as_they_were() {
    for action in ["L", "M", "S", "H", "E", "T", "I", "l", "m", "s", "h", "e", "t", "i"] {
        let text = format!("{{\"acao\": \"{action}\", \"posto\": \"it-1\"}}");
        assert_eq!(v1_text(&text), format!("Ação não conhecida: {}\n", action.to_lowercase()));
    }
}

#[test]
fn actions_are_taken_in_either_case() {
    for (lower, upper) in [("d", "D"), ("p", "P")] {
        let command = if lower == "d" { REPORT } else { SEARCH };
        let read_with = |action: &str| read(&value(&with(command, "acao", &format!("\"{action}\"")))).unwrap();
        assert_eq!(read_with(lower), read_with(upper));
    }
    assert_eq!(taken(r#""acao": "t""#), Command::Time);
    assert!(matches!(taken(r#""acao": "s", "posto": "it-1""#), Command::Station { .. }));
}

#[test]
fn a_fuel_is_its_code_as_a_text_or_a_number() {
    let fuel_of = |text: &str| match read(&value(&with(REPORT, "tipoCombustivel", text))).unwrap().command {
        Command::Report(report) => report.wish.fuel,
        other => panic!("{other:?}"),
    };
    for fuel in Fuel::ALL {
        let code = fuel.code();
        assert_eq!(fuel_of(&format!("\"{code}\"")), fuel);
        assert_eq!(fuel_of(&format!("{code}")), fuel);
        assert_eq!(fuel_of(&format!("{code}.0")), fuel);
    }
    for wrong in [
        "\"02\"",
        "\"+2\"",
        "\" 2\"",
        "\"9\"",
        "\"-1\"",
        "\"gasolina\"",
        "\"2.0\"",
        "9",
        "-1",
        "2.5",
        "true",
        "[2]",
        "{}",
    ] {
        let text = v1_text(&with(REPORT, "tipoCombustivel", wrong));
        let expected = "Parâmetro tipoCombustivel inválido. Permitido: 0 (diesel), 1 (álcool), 2 (gasolina), 3 (";
        assert!(text.starts_with(expected), "{wrong}: {text}");
    }
}

#[test]
fn a_price_is_an_integer_in_its_range() {
    let price_of = |text: &str| match read(&value(&with(REPORT, "valor", text))).unwrap().command {
        Command::Report(report) => report.price.thousandths(),
        other => panic!("{other:?}"),
    };
    assert_eq!(["1", "4999", "4999.0", "4.999e3", "999999"].map(price_of), [1, 4999, 4999, 4999, 999_999]);
    for wrong in
        ["0", "-0", "-1", "1000000", "9007199254740992", "4999.5", "1e300", "-0.0", "\"4999\"", "true", "[]", "{}"]
    {
        let expected = "Parâmetro valor inválido. Permitido: inteiro de 1 a 999999 (milésimos da moeda)";
        assert_eq!(v1_text(&with(REPORT, "valor", wrong)), expected, "{wrong}");
    }
}

#[test]
fn a_v1_radius_is_a_number_above_zero_and_clamped_to_the_earth() {
    let radius_of = |text: &str| match read(&value(&with(SEARCH, "raio", text))).unwrap().command {
        Command::Cheapest(Search { area: Area::Circle(circle), .. }) => circle.radius_km(),
        other => panic!("{other:?}"),
    };
    let radii = ["5", "2.5", "5e-324", "20016", "20017", "1e308"].map(radius_of);
    assert_eq!(radii, [5.0, 2.5, 5e-324, 20_016.0, 20_016.0, 20_016.0]);
    for wrong in ["0", "0.0", "-0.0", "-1", "-2.5", "\"5\"", "true", "[5]"] {
        let expected = "Parâmetro raio inválido. Permitido: número de quilômetros maior que 0";
        assert_eq!(v1_text(&with(SEARCH, "raio", wrong)), expected, "{wrong}");
    }
}

#[test]
fn with_a_json_answer_a_radius_beyond_half_the_earth_is_refused_by_name() {
    for action in ["P", "L", "E"] {
        let search = with(SEARCH, "formato", "\"json\"").replacen("\"P\"", &format!("\"{action}\""), 1);
        let search = search.trim_matches(['{', '}']);
        for fine in ["5e-324", "20015.1", "20016", "20016.0"] {
            assert!(read(&value(&with(search, "raio", fine))).is_ok(), "{action} {fine}");
        }
        for wrong in ["20016.01", "20017", "1e308", "0", "-0.0", "-1", "\"5\"", "true", "[5]"] {
            let (format, mistake) = read(&value(&with(search, "raio", wrong))).unwrap_err();
            assert_eq!((format, mistake.code), (Format::Json, ErrorCode::ParametroInvalido), "{action} {wrong}");
            assert_eq!(mistake.parameter.as_deref(), Some("raio"));
            assert_eq!(mistake.allowed.as_deref(), Some("número de quilômetros maior que 0, até 20016"));
        }
    }
}

#[test]
fn a_v1_search_has_no_filter_and_one_answer() {
    let Command::Cheapest(search) = read(&value(&with(SEARCH, "limite", "50"))).unwrap().command else { panic!() };
    assert_eq!((search.freshness, search.rank, search.limit), (Freshness::Any, Rank::Price, 1));
    assert!(search.suspects, "whatever its neighbours' prices");
    let options = r#", "max_idade_s": 5, "ordem": "distancia", "moeda": "EUR", "caixa": [0, 0, 1, 1], "proximo": "x""#;
    let same = read(&value(&format!("{{{SEARCH}{options}}}"))).unwrap();
    assert_eq!(same.command, Command::Cheapest(search), "v1 knows no options");
}

#[test]
fn the_coordinates_are_kept_as_they_were_written() {
    let text = r#"{"acao": "p", "tipoCombustivel": "0", "coordenadas": "( -22.2175 ; -54.7653 )", "raio": 2.5}"#;
    let request = read(&value(text)).unwrap();
    assert_eq!(dumps(&request.to_value()), text.replace("\"p\"", "\"P\""));
}

#[test]
fn a_json_search_has_its_defaults() {
    let Command::List(search) = taken(LIST) else { panic!() };
    assert_eq!((search.freshness, search.rank, search.limit), (Freshness::Preferred, Rank::Price, DEFAULT_LIST));
    assert_eq!((search.currency, &search.after, &search.brand), (None, &None, &None));
    assert!(!search.pareto && !search.suspects);
    let Command::List(trip) = taken(&format!("{LIST}, \"ordem\": \"viagem\"")) else { panic!() };
    assert_eq!(trip.rank, Rank::Trip(TripCost::DEFAULT));
    let Command::Cheapest(cheapest) = taken(&format!("{SEARCH}, \"limite\": 50")) else { panic!() };
    assert_eq!(cheapest.limit, 1, "P is the first of L");
}

#[test]
fn a_member_that_is_null_or_empty_counts_as_not_given() {
    let nothing = r#""max_idade_s": null, "ordem": "", "litros": null, "moeda": "", "limite": "", "proximo": "", "caixa": "", "marca": " ", "pareto": null, "suspeitos": """#;
    assert_eq!(taken(&format!("{LIST}, {nothing}")), taken(LIST));
    let nothing = r#""id": "", "posto": null, "raio_m": null, "novo": null, "nome": "", "marca": " ", "pedido": """#;
    assert_eq!(taken(&format!("{REPORT}, {nothing}")), taken(REPORT));
    assert_eq!(read(&value(&with(REPORT, "formato", "null"))).unwrap().format, Format::Text);
    assert_eq!(read(&value(&with(REPORT, "formato", "\"\""))).unwrap().format, Format::Text);
}

#[test]
fn unknown_members_of_a_command_are_ignored() {
    assert_eq!(taken(&format!("{LIST}, \"fechado\": true, \"x\": [[]]")), taken(LIST));
}

#[test]
fn an_unknown_format_is_refused_in_words() {
    for wrong in ["\"JSON\"", "\"xml\"", "1", "true", "{}"] {
        assert_eq!(v1_text(&with(SEARCH, "formato", wrong)), "Parâmetro formato inválido. Permitido: json", "{wrong}");
    }
}

#[test]
fn a_box_needs_no_centre_and_may_cross_the_180th_meridian() {
    let boxed = r#""acao": "L", "tipoCombustivel": "2", "caixa": [177, -20, -178, -15.5]"#;
    let Command::List(Search { area: Area::Box { bounds, centre: None }, .. }) = taken(boxed) else { panic!() };
    assert!(bounds.contains(Position::from_degrees(-17.0, 179.9).unwrap()));
    assert!(bounds.contains(Position::from_degrees(-17.0, -179.9).unwrap()));
    assert!(!bounds.contains(Position::from_degrees(-17.0, 0.0).unwrap()));
    let centred = format!("{boxed}, \"coordenadas\": \"(-17;180)\", \"raio\": 0, \"ordem\": \"distancia\"");
    let Command::List(search) = taken(&centred) else { panic!() };
    assert_eq!(search.area.centre(), Position::from_degrees(-17.0, 180.0), "the box goes before the radius");
    for order in ["distancia", "viagem"] {
        let mistake = refused(&format!("{boxed}, \"ordem\": \"{order}\""));
        assert_eq!(mistake.parameter.as_deref(), Some("ordem"), "no centre, no distance");
    }
}
