//! Good and bad records of `dados.json`, and the file that the project ships.

use posto_market::Unit;
use proptest::prelude::*;

use super::*;

const SEED: &str = include_str!("../../../../data/dados.json");
const MITAI: &str = r#"{"tipoCombustivel": "0", "valor": 4000, "coordenadas": "(-22.217551;-54.765349)"}"#;

/// The one record of a file, or the one fault.
fn read_one(record: &str) -> Result<Record, SkippedRecord> {
    let Dados { mut records, mut skipped } = read(format!("[{record}]").as_bytes()).unwrap();
    assert_eq!(records.len() + skipped.len(), 1);
    records.pop().ok_or_else(|| skipped.pop().unwrap())
}

#[test]
fn the_shipped_file_holds_the_nine_records_of_dourados() {
    let Dados { records, skipped } = read(SEED.as_bytes()).unwrap();
    assert_eq!(skipped, []);
    let told: Vec<_> = records.iter().map(|record| (record.fuel.code(), record.price.thousandths())).collect();
    let expected = [(0, 4000), (0, 3989), (0, 4989), (1, 2999), (1, 3989), (1, 5000), (2, 6000), (2, 5343), (2, 3999)];
    assert_eq!(told, expected);
    let stations = stations(&records, Currency::BRL);
    let names: Vec<_> = stations.iter().map(|imported| imported.station.name.as_ref().unwrap().as_str()).collect();
    assert_eq!(names, ["Auto Posto Mitai", "Auto Posto Ipiranga", "Auto Posto Tauros"]);
    assert!(stations.iter().all(|imported| imported.prices.len() == 3));
}

#[test]
fn a_record_becomes_a_station_known_by_its_geohash() {
    let record = read_one(MITAI).unwrap();
    let position = Position::from_degrees(-22.217551, -54.765349).unwrap();
    assert_eq!((record.position, &*record.coordinates), (position, "(-22.217551;-54.765349)"));
    let [ImportedStation { station, prices, .. }] = &stations(&[record], Currency::BRL)[..] else { panic!("one") };
    assert_eq!(station.id.as_str(), geohash(position));
    assert_eq!((&station.name, &station.brand, &station.source), (&None, &None, &None));
    let quote = &prices[0].quote;
    assert_eq!((quote.currency, quote.unit, quote.reported_at), (Currency::BRL, Unit::Litre, None));
    assert_eq!(quote.coordinates, None, "the six-decimal form is the station's own");
}

#[test]
fn coordinates_written_otherwise_are_kept_as_written() {
    let written = "( -22.2175 ; -54.7653 )";
    let record = read_one(&MITAI.replace("(-22.217551;-54.765349)", written)).unwrap();
    assert_eq!(record.position, Position::from_degrees(-22.2175, -54.7653).unwrap());
    let stations = stations(&[record], Currency::BRL);
    assert_eq!(stations[0].prices[0].quote.coordinates.as_deref(), Some(written));
}

#[test]
fn of_several_records_of_a_fuel_and_place_the_later_one_counts() {
    let low = MITAI.replace("4000", "1");
    let named = MITAI.replace("4000", "4100").replace('}', r#", "nome": "Novo", "marca": "BR"}"#);
    let same_place = MITAI.replace("4000", "4200").replace("(-22.217551;", "(-22.2175510;");
    let other_fuel = MITAI.replace("\"0\"", "2");
    let file = format!("[{low}, {named}, {same_place}, {other_fuel}]");
    let stations = stations(&read(file.as_bytes()).unwrap().records, Currency::BRL);
    assert_eq!(stations.len(), 1);
    let told: Vec<_> = stations[0].prices.iter().map(|price| (price.fuel, price.quote.price.thousandths())).collect();
    assert_eq!(told, [(Fuel::Diesel, 4200), (Fuel::Gasoline, 4000)]);
    assert_eq!(stations[0].prices[0].quote.coordinates.as_deref(), Some("(-22.2175510;-54.765349)"));
    assert_eq!(stations[0].station.name, Label::new("Novo"), "a record without a name erases none");
    assert_eq!(stations[0].station.brand, Label::new("BR"));
}

#[test]
fn other_members_and_blank_names_are_ignored_and_the_last_of_a_member_counts() {
    let more = MITAI.replace('}', r#", "nome": "  ", "marca": null, "data": [1e400], "valor": 3999}"#);
    let record = read_one(&more.replace("1e400", "1")).unwrap();
    assert_eq!((record.name, record.brand, record.price.thousandths()), (None, None, 3999));
}

#[test]
fn a_bad_member_is_told_with_what_it_was() {
    for (from, to, member, found) in [
        ("\"0\"", "\"9\"", "tipoCombustivel", Some("\"9\"")),
        ("\"0\"", "\"00\"", "tipoCombustivel", Some("\"00\"")),
        ("\"0\"", "\"+\"", "tipoCombustivel", Some("\"+\"")),
        ("\"0\"", "-1", "tipoCombustivel", Some("-1")),
        ("\"0\"", "256", "tipoCombustivel", Some("256")),
        ("\"tipoCombustivel\"", "\"tipo\"", "tipoCombustivel", None),
        ("4000", "0", "valor", Some("0")),
        ("4000", "1000000", "valor", Some("1000000")),
        ("4000", "4.5", "valor", Some("4.5")),
        ("4000", "\"4000\"", "valor", Some("\"4000\"")),
        ("4000", "null", "valor", Some("null")),
        ("-22.217551", "-90.1", "coordenadas", Some("\"(-90.1;-54.765349)\"")),
        ("(-22.217551;-54.765349)", "1;1", "coordenadas", Some("\"1;1\"")),
        ("(-22.217551;-54.765349)", "(1;1;1)", "coordenadas", Some("\"(1;1;1)\"")),
        ("(-22.217551;-54.765349)", "(nan;inf)", "coordenadas", Some("\"(nan;inf)\"")),
        ("\"(-22.217551;-54.765349)\"", "[1, 2]", "coordenadas", Some("[1,2]")),
        ("}", ", \"nome\": 5}", "nome", Some("5")),
        ("}", ", \"marca\": {}}", "marca", Some("{}")),
    ] {
        let fault = read_one(&MITAI.replacen(from, to, 1)).unwrap_err();
        assert_eq!((fault.index, fault.member, fault.found.as_deref()), (0, Some(member), found));
        assert!(!fault.allowed.is_empty());
    }
}

#[test]
fn bad_records_do_not_stop_the_others() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let file = format!("\u{feff}[5, {MITAI}, null, {{\"valor\": 1e999}}, \"\\ud800\", {deep}, {MITAI}]");
    let Dados { records, skipped } = read(file.as_bytes()).unwrap();
    assert_eq!(records.len(), 2);
    let told: Vec<_> = skipped.iter().map(|fault| (fault.index, fault.member, fault.found.as_deref())).collect();
    assert_eq!(told[..2], [(0, None, Some("5")), (2, None, Some("null"))]);
    assert_eq!(skipped.iter().map(|fault| fault.index).collect::<Vec<_>>(), [0, 2, 3, 4, 5]);
}

#[test]
fn a_file_that_is_no_array_is_refused_with_its_place() {
    for (file, line) in [("{}", 1), ("\n\"text\"", 2), ("null", 1)] {
        let error = read(file.as_bytes()).unwrap_err();
        assert!(matches!(error, FeedError::NotAnArray { line: told, .. } if told == line), "{error}");
    }
    for (file, place) in [("", (1, 0)), ("[\n {\"valor\": }\n]", (2, 12)), ("[] x", (1, 4)), ("[1", (1, 2))] {
        let error = read(file.as_bytes()).unwrap_err();
        let FeedError::NotJson { line, column, .. } = error else { panic!("{error}") };
        assert_eq!((line, column), place, "{file:?}");
    }
    assert!(matches!(read(b"[\"\xff\"]"), Err(FeedError::NotJson { .. })), "not UTF-8");
    assert_eq!(read(b" [] ").unwrap(), Dados::default());
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        text in "[\\[\\]{}\",:a-z0-9.e;()-]{0,80}",
    ) {
        let _ = read(&bytes);
        let _ = read(text.as_bytes());
    }

    #[test]
    fn no_value_of_a_member_makes_the_reader_panic(value in "[0-9+.eE ;()\\[\\]-]{0,70}") {
        let quoted = serde_json::to_string(&value).unwrap();
        for member in ["tipoCombustivel", "valor", "coordenadas", "nome"] {
            let file = format!("[{{{}, {member:?}: {quoted}}}]", MITAI.trim_matches(['{', '}']));
            let Dados { records, .. } = read(file.as_bytes()).unwrap();
            prop_assert!(stations(&records, Currency::BRL).len() <= 1);
        }
    }
}
