//! Our own table as the export writes it; that the export writes so is tested beside it, in
//! `crates/posto`.

use proptest::prelude::*;

use super::*;

const OLD: &str =
    "station,name,brand,address,source,latitude,longitude,fuel,price,currency,unit,reported_at,coordinates\r\n";

const NOW: Timestamp = Timestamp::from_millis(1_787_356_800_000);

fn read(text: &[u8]) -> Result<(Vec<ImportedStation>, Summary), FeedError> {
    let mut stations = Stations::open(text, NOW)?;
    let records = stations.by_ref().collect::<Result<Vec<_>, _>>()?;
    let summary = stations.summary();
    assert_eq!(summary.price_rows, summary.prices + summary.superseded + summary.skipped.total());
    assert_eq!((summary.stations, summary.station_rows), (records.len(), records.len()));
    Ok((records, summary))
}

fn rows(rows: &str) -> (Vec<ImportedStation>, Summary) {
    read(format!("{OLD}{rows}").as_bytes()).unwrap()
}

#[test]
fn a_line_is_read_whole() {
    let text = format!(
        "{},hours,service,members_only\r\n\"'-a\",\"'=1, \"\"x\"\"\",Q8,\"Via Roma 1, Udine\",it,45.500000,13.250000,\
         gasoline,1.979,EUR,l,2026-08-20T18:30:14Z,\"(45.5;13.250)\",\"Mo-Fr 08:00-12:00; PH off\",both,true\r\n",
        OLD.trim_end()
    );
    let (records, summary) = read(text.as_bytes()).unwrap();
    let ImportedStation { station, prices, ended } = &records[0];
    assert_eq!(station.id.as_str(), "-a");
    assert_eq!(station.position, Position::from_degrees(45.5, 13.25).unwrap());
    assert_eq!((&station.name, &station.brand), (&Label::new("=1, \"x\""), &Label::new("Q8")));
    assert_eq!((&station.address, &station.source), (&Label::new("Via Roma 1, Udine"), &Label::new("it")));
    assert_eq!(station.hours, OpeningHours::new("Mo-Fr 08:00-12:00; PH off"));
    assert_eq!((station.service, station.members_only), (Some(Service::Both), Some(true)));
    let quote = Quote {
        price: Price::from_thousandths(1979).unwrap(),
        currency: Currency::EUR,
        unit: Unit::Litre,
        reported_at: Some(Timestamp::from_millis(1_787_250_614_000)),
        coordinates: Some("(45.5;13.250)".into()),
    };
    assert_eq!((prices.as_slice(), ended.len()), ([ImportedPrice { fuel: Fuel::Gasoline, quote }].as_slice(), 0));
    assert_eq!((summary.price_rows, summary.stations, summary.prices), (1, 1, 1));
}

#[test]
fn lines_of_one_station_are_one_record_and_its_newest_price_counts() {
    let (records, summary) = rows(
        "a,A,,,,1,2,diesel,1,EUR,l,2026-08-20T00:00:00Z,\na,B,,,,1,2,cng,2,EUR,kg,,\n\
         a,A,,,,1,2,diesel,3,EUR,l,2026-08-19T00:00:00Z,\na,A,,,,1,2,cng,4,EUR,kg,,\nb,,,,,1,2,diesel,5,EUR,l,,\n\
         a,A,,,,1,2,diesel,6,EUR,l,,\n",
    );
    let told: Vec<_> = records
        .iter()
        .map(|record| {
            let prices = record.prices.iter().map(|price| price.quote.price.thousandths()).collect::<Vec<_>>();
            (record.station.id.as_str(), record.station.name.as_ref().map(Label::as_str), prices)
        })
        .collect();
    assert_eq!(told, [("a", Some("A"), vec![1000, 4000]), ("b", None, vec![5000]), ("a", Some("A"), vec![6000])]);
    assert_eq!((summary.price_rows, summary.superseded), (6, 2));
}

#[test]
fn a_bad_line_is_refused_with_its_place() {
    let good = "a,,,,,1,2,diesel,1.5,EUR,l,2026-08-20T00:00:00Z,";
    for (from, to, reason, found) in [
        ("a,", "a b,", Reason::StationNumber, "station \"a b\""),
        (",1,2,", ",91,2,", Reason::Coordinates, "latitude \"91\", longitude \"2\""),
        (",1,2,", ",,2,", Reason::Coordinates, "latitude \"\", longitude \"2\""),
        (",1,2,", ",nan,2,", Reason::Coordinates, "latitude \"nan\", longitude \"2\""),
        ("diesel", "Diesel", Reason::Fuel, "fuel \"Diesel\""),
        ("1.5", "\"1,5\"", Reason::Price, "price \"1,5\""),
        ("1.5", "0", Reason::Price, "price \"0\""),
        ("EUR", "eur", Reason::Currency, "currency \"eur\""),
        (",l,", ",L,", Reason::Unit, "unit \"L\""),
        ("2026-08-20T00:00:00Z", "2026-08-20", Reason::Time, "reported_at \"2026-08-20\""),
        ("2026", "2027", Reason::FutureTime, "reported_at \"2027-08-20T00:00:00Z\""),
        ("Z,", "Z,(x)", Reason::Coordinates, "coordinates \"(x)\""),
        (",EUR", "", Reason::Fields, "row \"a,,,,,1,2,diesel,1.5,l,2026-08-20T00:00:00Z,\""),
        ("Z,", "Z,,", Reason::Fields, "row \"a,,,,,1,2,diesel,1.5,EUR,l,2026-08-20T00:00:00Z,,\""),
    ] {
        let (records, summary) = rows(&format!("{}\n{good}\n", good.replacen(from, to, 1)));
        let (told, skips) = summary.skipped.iter().next().expect(to);
        assert_eq!((told, skips.examples[0].line, skips.examples[0].found.as_str()), (reason, 2, found));
        assert_eq!((records.len(), summary.skipped.total()), (1, 1));
    }
    let facts = format!("{},hours,service,members_only\n", OLD.trim_end());
    for bad in [",self-service,", "\u{e9},,", ",,yes"] {
        let (_, summary) = read(format!("{facts}{good},{bad}\n").as_bytes()).unwrap();
        assert_eq!(summary.skipped.count(Reason::Facts), 1, "{bad}");
    }
}

#[test]
fn another_file_is_refused_with_one_clear_message() {
    let told = |text: &[u8]| read(text).unwrap_err().to_string();
    let columns = COLUMNS.join(",");
    for (text, found) in [("", ""), ("station;name\n", "station;name"), ("{\"features\": []}", "{\"features\": []}")] {
        let expected = format!("{FILE}, line 1: expected {columns:?}, found {found:?}");
        assert_eq!(told(text.as_bytes()), expected);
    }
    assert!(told(&OLD.as_bytes()[..60]).contains("expected"));
    let latin1 = [OLD.as_bytes(), b"a,Caff\xe8,,,,1,2,diesel,1.5,EUR,l,,\n"].concat();
    assert_eq!(told(&latin1), format!("{FILE}, line 2: not UTF-8"));
    let cut = rows("a,,,,,1,2,diesel,1.5,EUR,l,,\na,,,,,1,2,cng,1.5,EU");
    assert_eq!((cut.1.prices, cut.1.skipped.count(Reason::Fields)), (1, 1));
    assert_eq!(rows("").1, Summary::default());
}

proptest! {
    #[test]
    fn every_text_comes_back_from_its_harmless_cell(text in "['=+@-]{0,4}.{0,8}") {
        let harmless = harmless_cell(&text);
        prop_assert_eq!(cell(&harmless), &text);
        let first = harmless.chars().next();
        prop_assert!(!matches!(first, Some('=' | '+' | '-' | '@')));
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "[a,1.\"'\n-]{0,80}") {
        let _ = read(&bytes);
        let _ = read(&[OLD.as_bytes(), bytes.as_slice()].concat());
        rows(&text.replace('"', ""));
        let _ = read(format!("{OLD}{text}").as_bytes());
    }
}
