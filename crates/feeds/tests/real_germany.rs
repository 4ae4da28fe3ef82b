//! Germany's register of about 2019 and the change log of 2014-06-08, where they are:
//! `../../../shared/data`, never committed.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;
use std::process::Command;

use posto_feeds::{FileRows, Reason, germany};
use posto_market::{Fuel, ImportedStation, Timestamp};

/// 2014-06-09T00:00:00Z.
const NOW: Timestamp = Timestamp::from_millis(1_402_272_000_000);

const REGISTER: &str = "germany/stations.csv";
const LOG: &str = "germany/2014-06-08-prices.csv";

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name)
}

fn open(name: &str) -> Option<BufReader<File>> {
    let file = File::open(path(name));
    if file.is_err() {
        eprintln!("SKIPPED: {} is not here", path(name).display());
    }
    file.ok().map(BufReader::new)
}

/// A final state: the price in thousandths, or `ended`, and its time, by station and fuel.
type State = BTreeMap<(String, &'static str), (String, i64)>;

fn name(fuel: Fuel) -> &'static str {
    match fuel {
        Fuel::Diesel => "diesel",
        Fuel::Gasoline => "e5",
        Fuel::GasolineE10 => "e10",
        other => panic!("{other:?} is no fuel of Germany's"),
    }
}

fn state_of(records: &[ImportedStation]) -> State {
    let prices = records.iter().flat_map(|record| {
        record.prices.iter().map(|price| {
            let quote = &price.quote;
            let told = (quote.price.thousandths().to_string(), quote.reported_at.map_or(0, Timestamp::millis));
            ((record.station.id.to_string(), name(price.fuel)), told)
        })
    });
    let ended = records.iter().flat_map(|record| {
        let id = record.station.id.to_string();
        record.ended.iter().map(move |ended| ((id.clone(), name(ended.fuel)), ("ended".to_owned(), ended.at.millis())))
    });
    prices.chain(ended).collect()
}

#[test]
fn what_a_day_leaves_is_what_a_script_over_the_table_finds() {
    let (Some(register), Some(log)) = (open(REGISTER), open(LOG)) else { return };
    let mut stations = germany::Stations::open(register, Some(log), NOW).unwrap();
    let records: Vec<_> = stations.by_ref().collect::<Result<_, _>>().unwrap();
    let summary = stations.into_summary();
    let rows = [FileRows { file: "prices.csv", rows: 21_069 }, FileRows { file: "stations.csv", rows: 15_442 }];
    assert_eq!(summary.files, rows);
    let skipped: Vec<_> = summary.skipped.iter().map(|(reason, skips)| (reason, skips.count)).collect();
    assert_eq!(skipped, [(Reason::ZeroCoordinates, 6), (Reason::UnknownStation, 2_790)]);
    assert_eq!(summary.station_rows, summary.stations + summary.without_prices + 6);
    assert_eq!(summary.price_rows, summary.prices + summary.ended + summary.superseded + 2_790);
    let found = state_of(&records);
    assert_eq!(found.len(), summary.prices + summary.ended);

    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/python/germany_final_state.py");
    let told = match Command::new("python3").arg(script).args([path(REGISTER), path(LOG)]).output() {
        Ok(told) => told,
        Err(error) => return eprintln!("SKIPPED: python3 is not here: {error}"),
    };
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let expected: State = String::from_utf8(told.stdout)
        .unwrap()
        .lines()
        .map(|line| {
            let [station, fuel, price, at] = line.split(' ').collect::<Vec<_>>().try_into().unwrap();
            let fuel = ["diesel", "e5", "e10"].into_iter().find(|known| *known == fuel).unwrap();
            ((station.to_owned(), fuel), (price.to_owned(), at.parse().unwrap()))
        })
        .collect();
    assert_eq!(expected.len(), found.len());
    assert!(expected == found, "the first difference: {:?}", expected.iter().zip(&found).find(|(a, b)| a != b));
}

#[test]
fn the_changes_one_after_another_lead_to_the_same_state() {
    let (Some(register), Some(log), Some(again)) = (open(REGISTER), open(LOG), open(LOG)) else { return };
    let records: Vec<_> = germany::Stations::open(register, Some(log), NOW).unwrap().collect::<Result<_, _>>().unwrap();
    let expected = state_of(&records);
    let mut changes = germany::Changes::open(again, NOW).unwrap();
    let mut state = State::new();
    let mut last = i64::MIN;
    for change in &mut changes {
        let change = change.unwrap();
        assert!(change.at.millis() >= last, "a log is in the order of time");
        last = change.at.millis();
        let price = change.quote.map_or("ended".to_owned(), |quote| quote.price.thousandths().to_string());
        state.insert((change.station.to_string(), name(change.fuel)), (price, last));
    }
    let summary = changes.summary();
    assert_eq!((summary.price_rows, summary.prices + summary.ended), (63_207, 63_207));
    let known: HashSet<_> = records.iter().map(|record| record.station.id.as_str()).collect();
    state.retain(|(station, _), _| known.contains(station.as_str()));
    assert_eq!(state.len(), expected.len());
    assert!(state == expected);
}

#[test]
fn the_stations_around_the_middle_of_berlin_are_read() {
    let Some(file) = open("samples/de_tankerkoenig_list_slice.json") else { return };
    let feed = posto_feeds::named("germany").unwrap();
    let input = posto_feeds::Input::new("list", file).unwrap().written_at(Timestamp::from_millis(1));
    let terms = posto_feeds::Terms { now: NOW, currency: posto_market::Currency::BRL };
    let mut records = feed.read(feed.sort(vec![input]).unwrap(), &terms).unwrap();
    let read: Vec<_> = records.by_ref().collect::<Result<_, _>>().unwrap();
    assert!(read.iter().all(|record| record.prices.len() == 3));
    assert!(read.iter().flat_map(|record| &record.prices).all(|price| price.quote.reported_at.unwrap().millis() == 1));
    let summary = records.summary();
    assert_eq!((summary.station_rows, summary.stations, summary.prices, summary.skipped.total()), (10, 10, 30, 0));
}
