//! Commands round trip; every mistake in one is named, as v1 names it where v1 knew it.

mod changes;
mod moderation;
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

fn any_fuel() -> impl Strategy<Value = Fuel> {
    proptest::sample::select(&Fuel::ALL[..])
}

fn any_price() -> impl Strategy<Value = Price> {
    (1_u32..=market_limits::MAX_PRICE_THOUSANDTHS).prop_map(|number| Price::from_thousandths(number).unwrap())
}

fn any_position() -> impl Strategy<Value = Position> {
    let degrees = (-90_000_000_i32..=90_000_000, -180_000_000_i32..=180_000_000);
    degrees.prop_map(|(latitude, longitude)| Position::from_microdegrees(latitude, longitude).unwrap())
}

fn any_currency() -> impl Strategy<Value = Currency> {
    let letters = proptest::collection::vec(proptest::char::range('A', 'Z'), 3);
    letters.prop_map(|letters| Currency::from_code(&letters.into_iter().collect::<String>()).unwrap())
}

fn any_id() -> impl Strategy<Value = String> {
    let characters: Vec<char> = ('a'..='z').chain('A'..='Z').chain('0'..='9').chain(['.', '_', '-']).collect();
    proptest::collection::vec(proptest::sample::select(characters), 1..=64)
        .prop_map(|characters| characters.into_iter().collect())
}

fn any_station_id() -> impl Strategy<Value = StationId> {
    any_id().prop_map(|id| StationId::parse(&id).unwrap())
}

fn any_label() -> impl Strategy<Value = Option<Label>> {
    any_text().prop_map(|text| Label::new(&text))
}

fn maybe<T: std::fmt::Debug + Clone>(strategy: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
    proptest::option::of(strategy)
}

/// A position and a text of it: `D` and `P` carry both.
fn any_place() -> impl Strategy<Value = (Position, String)> {
    (any_position(), any::<bool>()).prop_map(|(position, spaced)| {
        let text = coordinates_of(position);
        (position, if spaced { text.replace(';', " ; ").replace('(', "( ") } else { text })
    })
}

fn any_reporter() -> impl Strategy<Value = Reporter> {
    prop_oneof![
        any::<std::net::IpAddr>().prop_map(Reporter::at),
        any_id().prop_filter_map("too long for a token", |name| Reporter::parse(&format!("token:{name}"))),
    ]
}

fn any_report() -> impl Strategy<Value = Report> {
    let radius_m = prop_oneof![Just(0.0), (0_u16..=1000).prop_map(f64::from), 0.0..1000.0];
    let wish = (any_fuel(), any_place(), maybe(any_station_id()), radius_m, any::<bool>(), any_label(), any_label());
    let whose = (maybe(any_reporter()), any::<bool>());
    (wish, any_price(), maybe(any_id()), whose).prop_map(|(wish, price, id, (reporter, cautious))| {
        let (fuel, (position, coordinates), station, radius_m, new, name, brand) = wish;
        let wish = StationWish { fuel, position, station, radius_km: radius_m / 1000.0, new, name, brand };
        Report { wish, price, coordinates, id, reporter, cautious }
    })
}

/// The same as v1 can say it.
fn plain_report() -> impl Strategy<Value = Report> {
    any_report().prop_map(|report| {
        let exactly = StationWish { station: None, radius_km: 0.0, new: false, name: None, brand: None, ..report.wish };
        Report { wish: exactly, id: None, reporter: None, cautious: false, ..report }
    })
}

fn any_radius() -> impl Strategy<Value = f64> {
    prop_oneof![(1_u16..=20_016).prop_map(f64::from), 0.001..100.0, Just(5e-324), Just(market_limits::MAX_RADIUS_KM)]
}

/// A box; every other one crosses the 180° meridian.
fn any_box() -> impl Strategy<Value = BoundingBox> {
    (any_position(), any_position())
        .prop_filter_map("south is north of north", |(a, b)| BoundingBox::new(a, b).or_else(|| BoundingBox::new(b, a)))
}

fn any_area() -> impl Strategy<Value = (Area, Option<String>)> {
    prop_oneof![
        (any_place(), any_radius())
            .prop_map(|((centre, text), km)| (Area::Circle(Circle::new(centre, km).unwrap()), Some(text))),
        (any_box(), maybe(any_place())).prop_map(|(bounds, place)| {
            let (centre, text) = place.unzip();
            (Area::Box { bounds, centre }, text)
        }),
    ]
}

fn any_rank() -> impl Strategy<Value = Rank> {
    prop_oneof![
        Just(Rank::Price),
        Just(Rank::Distance),
        Just(Rank::Trip(TripCost::DEFAULT)),
        (0.1..=10_000.0, 0.0..=1_000.0).prop_map(|(litres, consumption)| Rank::Trip(TripCost { litres, consumption })),
    ]
}

fn any_cursor() -> impl Strategy<Value = Cursor> {
    let numbers = (crate::testing::any_finite(), crate::testing::any_finite());
    (numbers, any_price(), any_station_id()).prop_map(|((cost, distance_km), price, id)| Cursor {
        cost,
        price,
        distance_km,
        id,
    })
}

fn any_freshness() -> impl Strategy<Value = Freshness> {
    prop_oneof![
        Just(Freshness::Preferred),
        Just(Freshness::Any),
        (1_u64..=10_000_000_000).prop_map(|seconds| Freshness::AtMost(Duration::from_secs(seconds))),
    ]
}

fn any_search() -> impl Strategy<Value = Search> {
    let order = (any_freshness(), any_rank(), maybe(any_currency()), 1..=MAX_LIST, maybe(any_cursor()));
    let filter = (any_label(), any::<bool>(), any::<bool>(), any::<bool>());
    (any_fuel(), any_area(), order, filter).prop_map(|(fuel, (area, coordinates), order, filter)| {
        let (freshness, rank, currency, limit, after) = order;
        let (brand, open, pareto, suspects) = filter;
        let rank = if area.centre().is_some() { rank } else { Rank::Price };
        let pareto = pareto && area.centre().is_some();
        Search { fuel, area, coordinates, freshness, rank, currency, brand, open, pareto, suspects, limit, after }
    })
}

/// The same as v1 can say it.
fn plain_search() -> impl Strategy<Value = Search> {
    (any_fuel(), any_place(), any_radius()).prop_map(|(fuel, (centre, text), km)| Search {
        coordinates: Some(text),
        freshness: Freshness::Any,
        suspects: true,
        limit: 1,
        ..Search::new(fuel, Area::Circle(Circle::new(centre, km).unwrap()))
    })
}

fn any_quote() -> impl Strategy<Value = Quote> {
    let money = (any_price(), any_currency(), proptest::sample::select(&Unit::ALL[..]));
    let at = (-62_135_596_800_000_i64..=253_402_207_200_999).prop_map(Timestamp::from_millis);
    (money, maybe(at), maybe(any_place())).prop_map(|((price, currency, unit), reported_at, place)| Quote {
        price,
        currency,
        unit,
        reported_at,
        coordinates: place.map(|(_, text)| text.into()),
    })
}

fn any_import() -> impl Strategy<Value = ImportedStation> {
    let station = (any_station_id(), any_position(), any_label(), any_label(), any_label(), any_label());
    let fuels = proptest::sample::subsequence(&Fuel::ALL[..], 0..=Fuel::COUNT);
    let prices = fuels.prop_flat_map(|fuels| {
        let quotes = proptest::collection::vec(any_quote(), fuels.len());
        quotes.prop_map(move |quotes| {
            let prices = fuels.iter().zip(quotes).map(|(fuel, quote)| ImportedPrice { fuel: *fuel, quote });
            prices.collect::<Vec<_>>()
        })
    });
    let at = (-62_135_596_800_000_i64..=253_402_207_200_999).prop_map(Timestamp::from_millis);
    let ended = proptest::collection::btree_map(proptest::sample::select(&Fuel::ALL[..]), at, 0..=Fuel::COUNT);
    let ended = ended.prop_map(|ended| ended.into_iter().map(|(fuel, at)| EndedPrice { fuel, at }).collect());
    let hours = maybe("[ -~]{0,99}").prop_map(|hours| hours.as_deref().and_then(OpeningHours::new));
    let facts = (hours, maybe(proptest::sample::select(&Service::ALL[..])), maybe(any::<bool>()));
    (station, facts, prices, ended).prop_map(|(station, (hours, service, members_only), prices, ended)| {
        let (id, position, name, brand, address, source) = station;
        let station = Station { name, brand, address, source, ..Station::at(id, position) };
        ImportedStation { station: Station { hours, service, members_only, ..station }, prices, ended }
    })
}

fn any_command() -> impl Strategy<Value = Command> {
    prop_oneof![
        any_report().prop_map(Command::Report),
        any_search().prop_map(|search| Command::Cheapest(Search { limit: 1, ..search })),
        any_search().prop_map(Command::List),
        (any_station_id(), maybe(any_fuel())).prop_map(|(id, after)| Command::Station { id, after }),
        survey::any_map().prop_map(Command::Map),
        survey::any_history().prop_map(Command::History),
        survey::any_survey().prop_map(Command::Statistics),
        changes::any_changes().prop_map(Command::Changes),
        Just(Command::Time),
        any_import().prop_map(|record| Command::Import(Box::new(record))),
        moderation::any_flag(),
        moderation::any_order(),
        moderation::any_oversight(),
    ]
}

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
