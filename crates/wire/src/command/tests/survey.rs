//! `M`, `H` and `E`, and the members of `L` about brands, Pareto lists and suspects.

use super::*;

pub(super) fn any_map() -> impl Strategy<Value = MapRequest> {
    let skip = prop_oneof![Just(0), 1..=market_limits::MAX_CELLS];
    (any_fuel(), any_box(), 0_u8..=22, skip).prop_map(|(fuel, bounds, zoom, skip)| MapRequest {
        fuel,
        bounds,
        zoom,
        skip,
    })
}

pub(super) fn any_history() -> impl Strategy<Value = HistoryRequest> {
    let since = (-62_135_596_800_000_i64..=253_402_207_200_999).prop_map(Timestamp::from_millis);
    let wanted = (any_station_id(), maybe(any_fuel()), maybe(since));
    (wanted, 1..=MAX_LIST, maybe(1..=i64::MAX)).prop_map(|((station, fuel, since), limit, before)| HistoryRequest {
        station,
        fuel,
        since,
        limit,
        before,
    })
}

pub(super) fn any_survey() -> impl Strategy<Value = Survey> {
    (any_fuel(), any_area(), any_freshness(), maybe(any_currency()))
        .prop_map(|(fuel, (area, _), freshness, currency)| Survey { fuel, area, freshness, currency })
}

const MAP: &str = r#""acao": "M", "tipoCombustivel": "2", "caixa": [9, 45, 10, 46], "zoom": 12"#;
const HISTORY: &str = r#""acao": "H", "posto": "it-61154""#;
const STATISTICS: &str = r#""acao": "E", "tipoCombustivel": "2", "coordenadas": "(45.5;9.2)", "raio": 5"#;

fn map_of(members: &str) -> MapRequest {
    match taken(members) {
        Command::Map(map) => map,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_map_goes_on_only_where_it_stopped() {
    let map = map_of(MAP);
    assert_eq!((map.fuel, map.zoom, map.skip), (Fuel::Gasoline, 12, 0));
    let next = map.cursor_text(11);
    assert_eq!(map_of(&format!("{MAP}, \"proximo\": \"{next}\"")).skip, 11);
    for other in [MAP.replace("12", "13"), MAP.replace("\"2\"", "\"1\""), MAP.replace("46]", "46.5]")] {
        let mistake = refused(&format!("{other}, \"proximo\": \"{next}\""));
        assert_eq!(mistake.parameter.as_deref(), Some("proximo"), "it belongs to another map: {other}");
    }
    assert_eq!(map.at_cursor(&map.cursor_text(market_limits::MAX_CELLS + 1)), None, "no map has so many");
}

#[test]
fn the_newer_commands_have_their_defaults() {
    let station = StationId::parse("it-61154").unwrap();
    let whole = HistoryRequest { station, fuel: None, since: None, limit: DEFAULT_LIST, before: None };
    assert_eq!(taken(HISTORY), Command::History(whole));
    let Command::Statistics(survey) = taken(STATISTICS) else { panic!() };
    assert_eq!((survey.freshness, survey.currency), (Freshness::Preferred, None));
    let boxed = r#""acao": "E", "tipoCombustivel": "2", "caixa": [177, -20, -178, -15.5]"#;
    assert!(matches!(taken(boxed), Command::Statistics(Survey { area: Area::Box { centre: None, .. }, .. })));
}

#[test]
fn what_must_be_given_is_asked_for() {
    for (members, missing) in [
        (without(MAP, "tipoCombustivel"), "tipoCombustivel"),
        (without(MAP, "caixa"), "caixa"),
        (without(MAP, "zoom"), "zoom"),
        (without(HISTORY, "posto"), "posto"),
        (without(STATISTICS, "tipoCombustivel"), "tipoCombustivel"),
        (without(STATISTICS, "coordenadas"), "coordenadas"),
        (without(STATISTICS, "raio"), "raio"),
    ] {
        let members = members.trim_start_matches('{').trim_end_matches('}');
        let mistake = refused(members);
        assert_eq!((mistake.code, mistake.parameter.as_deref()), (ErrorCode::ParametroVazio, Some(missing)));
    }
}

#[test]
fn every_member_of_the_newer_commands_has_its_range() {
    let wrong: [(&str, &str, &[&str]); 11] = [
        (MAP, "zoom", &["-1", "23", "1.5", "\"12\"", "true", "300"]),
        (MAP, "caixa", &["[0, 5, 1, 4]", "[0, 0, 181, 1]", "5"]),
        (MAP, "proximo", &["\"b\"", "\"b~0\"", "\"~\"", "5", "\"zz~00000000\""]),
        (HISTORY, "posto", &["\"a b\"", "5"]),
        (HISTORY, "combustivel", &["\"9\"", "\"gasolina\"", "-1", "[]"]),
        (HISTORY, "desde", &["\"30d\"", "\"ontem\"", "1787292000", "\"2026-08-21\""]),
        (HISTORY, "limite", &["0", "201", "-1", "1.5", "\"20\""]),
        (HISTORY, "proximo", &["\"0\"", "\"-1\"", "\"x\"", "7", "\"9223372036854775808\""]),
        (STATISTICS, "raio", &["0", "-1", "\"5\"", "true"]),
        (STATISTICS, "max_idade_s", &["0", "-1", "\"all\"", "10000000001"]),
        (STATISTICS, "moeda", &["\"eur\"", "978"]),
    ];
    for (command, name, values) in wrong {
        for text in values {
            let members = with(command, name, text);
            let mistake = refused(members.trim_start_matches('{').trim_end_matches('}'));
            assert_eq!(mistake.code, ErrorCode::ParametroInvalido, "{name}: {text}");
            assert_eq!(mistake.parameter.as_deref(), Some(name), "{text}");
            assert!(mistake.allowed.is_some(), "{name}: {text}");
        }
    }
}

#[test]
fn a_list_may_be_of_one_brand_unbeaten_and_with_suspects() {
    let options = r#""marca": " ip ", "pareto": true, "suspeitos": true"#;
    let Command::List(search) = taken(&format!("{LIST}, {options}")) else { panic!() };
    assert_eq!(search.brand.as_ref().map(Label::as_str), Some("ip"));
    assert!(search.pareto && search.suspects);
    let boxed = r#""acao": "L", "tipoCombustivel": "2", "caixa": [0, 0, 1, 1]"#;
    let mistake = refused(&format!("{boxed}, \"pareto\": true"));
    assert_eq!(mistake.parameter.as_deref(), Some("pareto"), "no centre, no distance");
    assert!(matches!(taken(&format!("{boxed}, \"pareto\": false")), Command::List(_)));
}
