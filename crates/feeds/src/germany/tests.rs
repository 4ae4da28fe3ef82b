//! The traps of Germany's files, each in a file of a few lines; the real ones are read by
//! `tests/real_germany.rs`.

use posto_market::{Label, Position};
use proptest::prelude::*;

use super::*;
use crate::feed::Input;
use crate::limits::MAX_LINE_BYTES;

const REGISTER: &str = "uuid,name,brand,street,house_number,post_code,city,latitude,longitude\n";
const STAR: &str = "005056ba-7cb6-1ed2-bceb-573c18314d16,\"star, \"\"Nord\"\"\",STAR,Riehler Strasse,240,50735,Köln ,50.9618,6.98007\n";
const LOG: &str = "date,station_uuid,diesel,e5,e10,dieselchange,e5change,e10change\n";
const MORNING: &str = "2014-06-08 09:50:01+02,005056ba-7cb6-1ed2-bceb-573c18314d16,1.329,1.549,-0.001,1,0,0\n";
const EVENING: &str = "2014-06-08 19:50:01+02,005056ba-7cb6-1ed2-bceb-573c18314d16,1.309,1.549,1.509,1,2,3\n";

/// 2014-06-08T22:00:00Z: midnight in Berlin after the day of the log.
const NOW: Timestamp = Timestamp::from_millis(1_402_264_800_000);

/// The records of these rows and their summary, which must account for everything.
fn read(register: &[u8], log: Option<&[u8]>) -> Result<(Vec<FeedRecord>, Summary), FeedError> {
    let mut stations = Stations::open(register, log, NOW)?;
    let records: Vec<_> = stations.by_ref().collect::<Result<_, _>>()?;
    let summary = stations.into_summary();
    let taken = summary.stations + summary.without_prices + summary.prices + summary.ended;
    assert_eq!(summary.read(), taken + summary.superseded + summary.skipped.total(), "{summary:?}");
    Ok((records, summary))
}

fn read_rows(register: &str, log: &str) -> (Vec<FeedRecord>, Summary) {
    read(format!("{REGISTER}{register}").as_bytes(), Some(format!("{LOG}{log}").as_bytes())).unwrap()
}

/// What is left of station Köln: the prices in thousandths and the ended fuels.
fn left(log: &str) -> (Vec<(Fuel, u32)>, Vec<Fuel>) {
    let (records, _) = read_rows(STAR, log);
    let prices = records.iter().flat_map(|record| &record.prices);
    let ended = records.iter().flat_map(|record| &record.ended);
    let prices = prices.map(|price| (price.fuel, price.quote.price.thousandths())).collect();
    (prices, ended.map(|ended| ended.fuel).collect())
}

#[test]
fn a_station_with_the_prices_of_a_row_is_read_whole() {
    let (records, summary) = read_rows(STAR, MORNING);
    let FeedRecord { station, prices, ended } = &records[0];
    assert_eq!(station.id.as_str(), "de-005056ba-7cb6-1ed2-bceb-573c18314d16");
    assert_eq!(station.position, Position::from_degrees(50.9618, 6.98007).unwrap());
    assert_eq!((&station.name, &station.brand), (&Label::new("star, \"Nord\""), &Label::new("STAR")));
    assert_eq!(station.address, Label::new("Riehler Strasse 240, 50735 Köln"));
    assert_eq!(prices.iter().map(|price| price.fuel).collect::<Vec<_>>(), [Fuel::Diesel, Fuel::Gasoline]);
    assert_eq!(prices[0].quote.reported_at, Some(Timestamp::from_millis(1_402_213_801_000)), "07:50:01 UTC");
    assert_eq!((ended[0].fuel, ended[0].at.millis()), (Fuel::GasolineE10, 1_402_213_801_000));
    assert_eq!((summary.prices, summary.ended, summary.superseded), (2, 1, 0));
}

#[test]
fn the_newest_word_counts_wherever_it_is_and_of_equal_times_the_later_line() {
    let after = (vec![(Fuel::Diesel, 1309), (Fuel::GasolineE10, 1509)], vec![Fuel::Gasoline]);
    assert_eq!(left(&format!("{MORNING}{EVENING}")), after);
    assert_eq!(left(&format!("{EVENING}{MORNING}")), after);
    let same_time = EVENING.replace("19:50", "09:50");
    assert_eq!(left(&format!("{MORNING}{same_time}")), after);
    assert_eq!(read_rows(STAR, &format!("{MORNING}{EVENING}")).1.superseded, 3);
}

#[test]
fn a_price_of_nothing_and_a_removed_one_end_it() {
    for nothing in ["0.000", "0", "-0.001"] {
        assert_eq!(left(&MORNING.replace("1.329", nothing)).1, [Fuel::Diesel, Fuel::GasolineE10], "{nothing}");
    }
    assert_eq!(left(&MORNING.replace(",1,0,0", ",2,0,0")).1, [Fuel::Diesel, Fuel::GasolineE10]);
}

#[test]
fn without_a_log_every_station_is_handed_out() {
    let register = format!(
        "{},first_active,openingtimes_json\n{},2014-01-01,\"{{\"\"a\"\": [1, 2]}}\"\n",
        REGISTER.trim_end(),
        STAR.trim_end()
    );
    let (records, summary) = read(register.as_bytes(), None).unwrap();
    assert_eq!((records.len(), summary.stations, summary.without_prices), (1, 1, 0));
    assert_eq!(read_rows(STAR, "").1.without_prices, 1, "with a log only those with prices");
}

#[test]
fn a_bad_row_of_the_register_is_refused_with_its_place() {
    for (from, to, reason, found) in [
        ("50.9618,6.98007", "0,0", Reason::ZeroCoordinates, "latitude \"0\", longitude \"0\""),
        ("50.9618,6.98007", ",", Reason::Coordinates, "latitude \"\", longitude \"\""),
        (
            "50.9618,6.98007",
            "6.98007,50.9618",
            Reason::SwappedCoordinates,
            "latitude \"6.98007\", longitude \"50.9618\"",
        ),
        ("50.9618,6.98007", "41.9,12.5", Reason::OutsideCountry, "latitude \"41.9\", longitude \"12.5\""),
        ("005056ba-7cb6", "005056ba7cb6-", Reason::StationNumber, "uuid \"005056ba7cb6--1ed2-bceb-573c18314d16\""),
        ("005056ba", "+05056ba", Reason::StationNumber, "uuid \"+05056ba-7cb6-1ed2-bceb-573c18314d16\""),
    ] {
        let (_, summary) = read_rows(&STAR.replace(from, to), "");
        let (told, skips) = summary.skipped.iter().next().unwrap();
        assert_eq!((told, skips.examples[0].line, skips.examples[0].found.as_str()), (reason, 2, found));
    }
    let (_, summary) = read_rows(&format!("{STAR}{STAR}x,y\n"), MORNING);
    assert_eq!((summary.skipped.count(Reason::RepeatedStation), summary.skipped.count(Reason::Fields)), (1, 1));
}

#[test]
fn a_bad_row_of_the_log_is_refused_with_its_place() {
    for (from, to, reason, found, count) in [
        ("1.329", "13.29", Reason::TenfoldPrice, "diesel \"13.29\"", 1),
        ("1.549", "132.9", Reason::HundredfoldPrice, "e5 \"132.9\"", 1),
        ("1.549", "1329", Reason::ThousandfoldPrice, "e5 \"1329\"", 1),
        ("1.329", "-1.329", Reason::NegativePrice, "diesel \"-1.329\"", 1),
        ("1.329", "0.1", Reason::PriceOutOfRange, "diesel \"0.1\"", 1),
        ("1.329", "", Reason::Price, "diesel \"\"", 1),
        (",1,0,0", ",1,4,0", Reason::ChangeCode, "e5change \"4\"", 1),
        ("2014-06-08", "2014-06-09", Reason::FutureTime, "date \"2014-06-09 09:50:01+02\"", 3),
        ("2014-06-08", "2014-06-31", Reason::Time, "date \"2014-06-31 09:50:01+02\"", 3),
        ("005056ba-", "x-", Reason::StationNumber, "station_uuid \"x-7cb6-1ed2-bceb-573c18314d16\"", 3),
        ("005056ba-", "105056ba-", Reason::UnknownStation, "station_uuid \"105056ba-7cb6-1ed2-bceb-573c18314d16\"", 3),
    ] {
        let (_, summary) = read_rows(STAR, &MORNING.replacen(from, to, 1));
        let (told, skips) = summary.skipped.iter().next().unwrap();
        let place = &skips.examples[0];
        assert_eq!((told, place.line, place.found.as_str(), skips.count), (reason, 2, found, count), "{to}");
        assert_eq!(place.file, CHANGES_FILE);
    }
}

#[test]
fn the_log_alone_is_a_stream_of_timed_changes() {
    let log = format!("{LOG}{MORNING}{EVENING}");
    let mut changes = Changes::open(log.as_bytes(), NOW).unwrap();
    let told: Vec<_> = changes.by_ref().map(Result::unwrap).collect();
    let of = |change: &TimedChange| {
        (change.fuel, change.quote.as_ref().map(|quote| quote.price.thousandths()), change.is_change)
    };
    let expected = [
        (Fuel::Diesel, Some(1329), true),
        (Fuel::Gasoline, Some(1549), false),
        (Fuel::GasolineE10, None, false),
        (Fuel::Diesel, Some(1309), true),
        (Fuel::Gasoline, None, true),
        (Fuel::GasolineE10, Some(1509), true),
    ];
    assert_eq!(told.iter().map(of).collect::<Vec<_>>(), expected);
    assert_eq!((changes.summary().prices, changes.summary().ended), (4, 2));
    let (records, _) = read_rows(STAR, MORNING);
    let record = told[0].record(records[0].station.clone());
    assert_eq!((record.prices.len(), record.ended.len()), (1, 0));
    assert_eq!(record.prices[0], records[0].prices[0]);
    assert_eq!(told[2].record(records[0].station.clone()).ended, records[0].ended);
}

const LIVE: &str = r#"{"ok": true, "license": "CC BY 4.0", "data": "MTS-K", "status": "ok", "stations": [
 {"id": "278130b1-e062-4a0f-80cc-19e486b4c024", "name": "Aral", "brand": "ARAL", "street": "Holzmarktstraße",
  "place": "Berlin", "lat": 52.514153, "lng": 13.421487, "dist": 1.3, "diesel": 1.709, "e5": null, "e10": false,
  "isOpen": true, "houseNumber": "12/14", "postCode": 10179},
 {"id": "278130b1-e062-4a0f-80cc-19e486b4c025", "lat": 52.5, "lng": 13.4, "diesel": 0.1709, "e5": 17.9},
 {"id": "278130b1-e062-4a0f-80cc-19e486b4c026", "lat": 0, "lng": 0, "diesel": 1.7},
 7]}"#;

#[test]
fn the_answer_of_the_live_address_is_read() {
    let written = Timestamp::from_millis(NOW.millis() - 60_000);
    let inputs = FEED.sort(vec![Input::new("a", LIVE.as_bytes()).unwrap().written_at(written)]).unwrap();
    let terms = Terms { now: NOW, currency: posto_market::Currency::BRL };
    let mut records = FEED.read(inputs, &terms).unwrap();
    let read: Vec<_> = records.by_ref().map(Result::unwrap).collect();
    assert_eq!(read.len(), 1);
    assert_eq!(read[0].station.address, Label::new("Holzmarktstraße 12/14, 10179 Berlin"));
    assert_eq!((read[0].prices.len(), read[0].prices[0].quote.price.thousandths()), (1, 1709));
    assert_eq!(read[0].prices[0].quote.reported_at, Some(written));
    let summary = records.summary();
    let skipped: Vec<_> = summary.skipped.iter().map(|(reason, skips)| (reason, skips.examples[0].line)).collect();
    let expected = [
        (Reason::StationNumber, 7),
        (Reason::ZeroCoordinates, 6),
        (Reason::TenfoldPrice, 5),
        (Reason::PriceOutOfRange, 5),
    ];
    assert_eq!(skipped, expected);
    assert_eq!((summary.station_rows, summary.without_prices, summary.price_rows), (4, 1, 3));
}

#[test]
fn a_file_that_is_none_of_the_three_is_told_with_its_line() {
    let feed = |files: &[&'static [u8]]| {
        let inputs = files.iter().map(|bytes| Input::new("a", *bytes).unwrap()).collect();
        let terms = Terms { now: NOW, currency: posto_market::Currency::BRL };
        let read = FEED.sort(inputs).and_then(|inputs| FEED.read(inputs, &terms)?.collect::<Result<Vec<_>, _>>());
        read.unwrap_err().to_string()
    };
    assert_eq!(feed(&[]), "germany needs stations.csv");
    assert_eq!(feed(&[b""]), "a: the file is empty");
    assert_eq!(feed(&[LOG.as_bytes()]), "germany needs stations.csv");
    assert_eq!(feed(&[REGISTER.as_bytes()]), "germany: no station or price in what was read");
    assert!(feed(&[b"<html>"]).starts_with("stations.csv, line 1: expected \"uuid,name,"));
    assert!(feed(&[b"uuid,name,x\n"]).starts_with("stations.csv, line 1: expected \"uuid,name,"));
    assert!(feed(&[b"{\"ok\": true, \"data\": \"MTS-K\", \"stations\": [{\"id\": 1"]).contains("ends too early"));
    let italian = "Estrazione del 2026-08-21\nidImpianto|descCarburante|prezzo|isSelf|dtComu\n";
    assert_eq!(feed(&[italian.as_bytes()]), "a: this is a file of italy, not of germany");
    let told = |register: &[u8], log: &[u8]| read(register, Some(log)).unwrap_err().to_string();
    let latin1 = [REGISTER.as_bytes(), STAR.replace('ö', "\u{1}").replace('\u{1}', "o").as_bytes(), b"\xf6\n"].concat();
    assert!(told(&latin1, LOG.as_bytes()).starts_with("stations.csv, line 3: not UTF-8"));
    let endless = format!("{REGISTER}\"{}", "x".repeat(2 * MAX_LINE_BYTES));
    assert!(told(endless.as_bytes(), LOG.as_bytes()).starts_with("stations.csv, line 2: longer than"));
    let rome = STAR.replace("50.9618,6.98007", "41.9,12.5");
    let rome: &'static [u8] = Box::leak(format!("{REGISTER}{rome}").into_boxed_str()).as_bytes();
    assert_eq!(feed(&[rome]), "germany: none of the 1 stations read is in the country");
}

proptest! {
    #[test]
    fn no_bytes_make_the_readers_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), cut in 0_usize..400) {
        let _ = read(&bytes, None);
        let _ = read(&[REGISTER.as_bytes(), &bytes].concat(), Some(&[LOG.as_bytes(), &bytes].concat()));
        let log = format!("{LOG}{MORNING}{EVENING}").into_bytes();
        let _ = read(format!("{REGISTER}{STAR}").as_bytes(), log.get(..cut.min(log.len())));
        let live: Vec<u8> = LIVE.bytes().take(cut * 2).chain(bytes).collect();
        if let Ok(live) = Live::open(live.as_slice(), None, NOW) {
            let _ = live.count();
        }
    }

    #[test]
    fn a_number_comes_back_from_its_id(number: u128) {
        let id = station_id(number).unwrap();
        prop_assert_eq!(station_number("", id.as_str().trim_start_matches("de-")), Ok(number));
    }
}
