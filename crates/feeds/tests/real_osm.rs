//! OpenStreetMap's file of Friuli Venezia Giulia of 2019-02-11, where it is:
//! `../../../shared/data/osm`, never committed.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use posto_feeds::{italy, osm};
use posto_market::{Fuel, Station, Timestamp};

fn open(path: &str) -> Option<BufReader<File>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(path);
    let file = File::open(&path);
    if file.is_err() {
        eprintln!("SKIPPED: {} is not here", path.display());
    }
    file.ok().map(BufReader::new)
}

const FRIULI: &str = "osm/osm_amenity_fuel_FVG_2019-02-11.osm";

#[test]
fn all_stations_of_the_file_are_read() {
    let Some(file) = open(FRIULI) else { return };
    let mut stations = osm::Stations::open(file).unwrap();
    let found: Vec<_> = stations.by_ref().collect::<Result<_, _>>().unwrap();
    let summary = stations.summary();
    assert_eq!((found.len(), summary.stations, summary.not_stations, summary.skipped.total()), (532, 532, 0, 0));
    let having = |has: fn(&osm::Found) -> bool| found.iter().filter(|found| has(found)).count();
    assert_eq!(having(|found| found.station.id.as_str().starts_with("osm-w")), 78);
    assert_eq!(having(|found| found.operator.is_some()), 521);
    assert_eq!(having(|found| found.station.brand.is_some()), 501);
    assert_eq!(having(|found| !found.references.is_empty()), 477);
    assert_eq!(having(|found| found.station.hours.is_some()), 11, "32 less 21 of which they are unknown");
    assert_eq!(having(|found| found.fuels.contains(&Fuel::Diesel)), 69, "70 less one that says no");
}

#[test]
fn the_register_of_italy_gets_its_opening_hours_from_the_file() {
    let (Some(file), Some(register), Some(prices)) =
        (open(FRIULI), open("italy/anagrafica_impianti_attivi.csv"), open("italy/prezzo_alle_8.csv"))
    else {
        return;
    };
    let mut known: Vec<Station> = Vec::new();
    italy::read(register, prices, Timestamp::from_millis(1_787_292_000_000), |record| known.push(record.station))
        .unwrap();
    let (filled, summary) = osm::enrich(&known, file).unwrap();
    assert_eq!(summary.read.stations, 532);
    assert_eq!((summary.by_reference, summary.by_distance, summary.ambiguous, summary.unknown), (213, 187, 19, 113));
    assert_eq!(filled.iter().filter(|station| station.hours.is_some()).count(), 10);
    assert!(filled.iter().all(|station| known.iter().any(|known| known.id == station.id)));
    assert!(filled.iter().any(|station| station.hours.is_some()));
    assert_eq!(osm::enrich(&known, open(FRIULI).unwrap()).unwrap().0, filled);
}
