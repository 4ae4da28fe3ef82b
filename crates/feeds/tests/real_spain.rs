//! The ministry's answer for Barcelona of 2025-09-27, where it is: `../../../shared/data/spain`,
//! never committed.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use posto_feeds::spain;
use posto_market::{Fuel, Timestamp};

fn open(path: &str) -> Option<BufReader<File>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(path);
    let file = File::open(&path);
    if file.is_err() {
        eprintln!("SKIPPED: {} is not here", path.display());
    }
    file.ok().map(BufReader::new)
}

#[test]
fn every_station_and_every_price_of_barcelona_is_accounted_for() {
    let Some(file) = open("spain/EstacionesTerrestres_Barcelona_2025-09-27.raw.json") else { return };
    let now = Timestamp::from_millis(1_759_000_000_000);
    let mut stations = spain::Stations::open(file, now).unwrap();
    let records: Vec<_> = stations.by_ref().collect::<Result<_, _>>().unwrap();
    let summary = stations.into_summary();
    assert_eq!((summary.station_rows, summary.price_rows), (807, 3034));
    assert_eq!(summary.stations + summary.without_prices + summary.skipped.total(), 807);
    let selling = |fuel| records.iter().filter(|record| record.prices.iter().any(|price| price.fuel == fuel)).count();
    assert_eq!([Fuel::Diesel, Fuel::DieselPremium, Fuel::Gasoline].map(selling), [786, 401, 767]);
    assert_eq!([Fuel::GasolineE10, Fuel::E85, Fuel::Lpg, Fuel::Cng].map(selling), [2, 1, 85, 19]);
    assert_eq!(summary.other_fuels.values().sum::<usize>(), 234 + 133 + 41 + 8 + 8 + 6);
    assert_eq!(summary.prices + summary.superseded + summary.other_fuels.values().sum::<usize>(), 3034);
    assert_eq!(summary.skipped.total(), 0);
    assert_eq!(
        records.iter().filter(|record| record.station.members_only == Some(true)).count(),
        9,
        "10 less one without"
    );
    assert!(records.iter().all(|record| record.station.hours.is_some()), "every one of its hours is understood");
    assert!(records.iter().all(|record| record.station.is_open(now).is_some()), "and leads to an answer");
}

#[test]
fn the_slice_of_girona_is_read() {
    let Some(file) = open("samples/miteco_girona_17.json") else { return };
    let stations = spain::Stations::open(file, Timestamp::from_millis(1_790_000_000_000)).unwrap();
    let records: Vec<_> = stations.collect::<Result<_, _>>().unwrap();
    assert!(records.len() > 10, "{}", records.len());
}
