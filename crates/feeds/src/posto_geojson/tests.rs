//! Our own map as the export writes it; that the export writes so is tested beside it, in
//! `crates/posto`.

use posto_market::{Currency, Fuel, OpeningHours, Position, Service, Timestamp, Unit};
use proptest::prelude::*;

use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_787_356_800_000);

fn read(text: &[u8]) -> Result<(Vec<ImportedStation>, Summary), FeedError> {
    let mut stations = Stations::open(text, NOW)?;
    let records = stations.by_ref().collect::<Result<Vec<_>, _>>()?;
    let summary = stations.summary();
    assert_eq!((summary.stations, summary.prices), (records.len(), records.iter().map(|r| r.prices.len()).sum()));
    Ok((records, summary))
}

fn collection(features: &str) -> String {
    format!("{{\"type\":\"FeatureCollection\",\"features\":[\n{features}\n]}}\n")
}

const POINT: &str = r#"{"type":"Feature","id":"it-7","geometry":{"type":"Point","coordinates":[13.25,45.5]},"properties":{"name":"Caffè","brand":null,"address":"Via Roma 1","source":"it","hours":"24/7","service":"self","members_only":false,"prices":[{"fuel":"gasoline","price":1.979,"currency":"EUR","unit":"l","reported_at":"2026-08-20T18:30:14Z"},{"fuel":"cng","price":2.0,"currency":"BRL","unit":"m3","reported_at":null}]}}"#;

#[test]
fn a_feature_is_read_whole() {
    let (records, summary) = read(collection(POINT).as_bytes()).unwrap();
    let ImportedStation { station, prices, .. } = &records[0];
    assert_eq!((station.id.as_str(), &station.name, &station.brand), ("it-7", &Label::new("Caffè"), &None));
    assert_eq!(station.position, Position::from_degrees(45.5, 13.25).unwrap());
    assert_eq!((&station.address, &station.source), (&Label::new("Via Roma 1"), &Label::new("it")));
    assert_eq!(station.hours, OpeningHours::new("24/7"));
    assert_eq!((station.service, station.members_only), (Some(Service::SelfService), Some(false)));
    let told = prices.iter().map(|price| (price.fuel, price.quote.price.thousandths(), price.quote.unit));
    assert_eq!(told.collect::<Vec<_>>(), [(Fuel::Gasoline, 1979, Unit::Litre), (Fuel::Cng, 2000, Unit::CubicMetre)]);
    assert_eq!(prices[0].quote.reported_at, Some(Timestamp::from_millis(1_787_250_614_000)));
    assert_eq!((prices[1].quote.reported_at, prices[1].quote.currency), (None, Currency::BRL));
    assert_eq!((summary.station_rows, summary.stations, summary.price_rows, summary.prices), (1, 1, 2, 2));
}

#[test]
fn a_bad_feature_is_refused_and_a_bad_price_alone() {
    for (from, to, reason) in [
        ("\"it-7\"", "\"it 7\"", Reason::StationNumber),
        ("\"it-7\"", "null", Reason::StationNumber),
        ("[13.25,45.5]", "[13.25]", Reason::Coordinates),
        ("[13.25,45.5]", "[45.5,113.25]", Reason::Coordinates),
        ("[13.25,45.5]", "[[13.25,45.5]]", Reason::Coordinates),
        ("\"self\"", "7", Reason::Facts),
        ("{\"type\":\"Feature\"", "null, 7, \"x\", {\"x\":1", Reason::StationNumber),
    ] {
        let features = format!("{POINT},\n{}", POINT.replacen(from, to, 1));
        let (records, summary) = read(collection(&features).as_bytes()).unwrap();
        let (told, skips) = summary.skipped.iter().next().expect(to);
        assert_eq!((told, skips.examples[0].line), (reason, 3), "{to}");
        assert_eq!(records.len() + skips.count, summary.station_rows, "{to}");
    }
    for (from, to, reason) in [
        ("1.979", "1.9791", Reason::Price),
        ("1.979", "-1", Reason::Price),
        ("1.979", "1e300", Reason::Price),
        ("\"gasoline\"", "\"petrol\"", Reason::Fuel),
        ("\"EUR\"", "null", Reason::Currency),
        ("\"l\"", "\"gal\"", Reason::Unit),
        ("2026-08-20T", "2026-08-50T", Reason::Time),
        ("2026-08-20T", "2027-08-20T", Reason::FutureTime),
        ("[{\"fuel\"", "[[], {\"fuel\"", Reason::Fields),
    ] {
        let (records, summary) = read(collection(&POINT.replacen(from, to, 1)).as_bytes()).unwrap();
        assert_eq!((records.len(), summary.skipped.count(reason), summary.skipped.total()), (1, 1, 1), "{to}");
    }
}

#[test]
fn another_file_is_refused_with_one_clear_message() {
    let told = |text: &str| read(text.as_bytes()).unwrap_err().to_string();
    assert_eq!(told(""), format!("{FILE}, line 1: expected a JSON object"));
    assert_eq!(told("{\"elements\": []}"), format!("{FILE}, line 1: the JSON object has no array \"features\""));
    let whole = collection(POINT);
    assert_eq!(told(&whole[..whole.len() - 40]), format!("{FILE}, line 2: the file ends too early"));
    let latin1 = whole.replace('è', "#").into_bytes();
    let latin1: Vec<u8> = latin1.into_iter().map(|byte| if byte == b'#' { 0xe8 } else { byte }).collect();
    assert!(read(&latin1).unwrap_err().to_string().starts_with(&format!("{FILE}, line 2: not JSON: invalid unicode")));
    assert_eq!(read(collection("").as_bytes()).unwrap().1, Summary::default());
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in 0..POINT.len()) {
        let _ = read(&bytes);
        let _ = read(&[b"{\"features\":[", bytes.as_slice()].concat());
        let mut broken = collection(POINT).into_bytes();
        broken.splice(cut..cut, bytes.iter().take(3).copied());
        let _ = read(&broken);
    }
}
