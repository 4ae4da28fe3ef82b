//! The real files beside the project, through the whole product: every row is accounted for, and a
//! second import changes nothing.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use posto_market::Price;
use posto_tests::http::get;
use posto_tests::process::{posto, python, run, shared};
use serde_json::Value;

use crate::support::{Imported, Place, text};

#[test]
fn italy_is_accounted_for_row_by_row_and_changes_nothing_the_second_time() {
    let Some((stations, prices)) =
        shared("italy/anagrafica_impianti_attivi.csv").zip(shared("italy/prezzo_alle_8.csv"))
    else {
        return;
    };
    let place = Place::new();
    // Told apart by what they hold.
    let import = || place.import(&["italy", text(&prices), text(&stations)]).succeeded();
    let started = Instant::now();
    let first = import();
    eprintln!("Italy imported in {:?}\n{}", started.elapsed(), first.out);
    assert_eq!((first.count("stations read"), first.count("prices read")), (23_973, 92_812), "{}", first.out);
    assert_eq!(first.count("new stations"), first.count("stations taken"));
    assert_eq!(first.count("new or changed prices"), first.count("prices taken"));
    accounted(&first);
    assert_eq!(place.holds(), (first.count("stations taken"), first.count("prices taken")));
    unchanged(&import(), &first);
}

#[test]
fn barcelona_s_807_stations_are_accounted_for() {
    let Some(file) = shared("spain/EstacionesTerrestres_Barcelona_2025-09-27.raw.json") else { return };
    let place = Place::new();
    let first = place.import(&["spain", text(&file)]).succeeded();
    eprintln!("{}", first.out);
    assert_eq!(first.count("stations read"), 807, "{}", first.out);
    accounted(&first);
    unchanged(&place.import(&["spain", text(&file)]).succeeded(), &first);
}

#[test]
fn friuli_s_532_stations_are_imported_without_prices() {
    let Some(file) = shared("osm/osm_amenity_fuel_FVG_2019-02-11.osm") else { return };
    let place = Place::new();
    let first = place.import(&["osm", text(&file)]).succeeded();
    assert_eq!((first.count("stations read"), first.count("new stations")), (532, 532), "{}", first.out);
    assert_eq!(place.holds(), (532, 0));
    unchanged(&place.import(&["osm", text(&file)]).succeeded(), &first);
}

#[test]
fn friuli_completes_what_italy_leaves_blank() {
    let files = shared("italy/anagrafica_impianti_attivi.csv").zip(shared("italy/prezzo_alle_8.csv"));
    let Some(((stations, prices), osm)) = files.zip(shared("osm/osm_amenity_fuel_FVG_2019-02-11.osm")) else {
        return;
    };
    let place = Place::new();
    let import = || place.import(&["italy", text(&stations), text(&prices), "--enrich", text(&osm)]).succeeded();
    let first = import();
    assert!(first.count("found by their number") > 200, "{}", first.out);
    assert!(first.count("stations filled in") > 0, "{}", first.out);
    let again = import();
    assert_eq!((again.count("stations filled in"), again.count("changed stations")), (0, 0), "{}", again.out);
}

#[test]
fn a_german_day_ends_as_a_script_over_the_file_says() {
    let Some((stations, log)) = german_day() else { return };
    let place = Place::new();
    let first = place.import(&["germany", text(&log), text(&stations)]).succeeded();
    assert_eq!(first.count("stations read"), 15_442, "{}", first.out);
    accounted(&first);
    assert_eq!(exported(&place), expected_of_the_day(&stations, &log));
    unchanged(&place.import(&["germany", text(&stations), text(&log)]).succeeded(), &first);
}

#[test]
fn a_german_day_played_as_live_traffic_ends_the_same() {
    let Some((stations, log)) = german_day() else { return };
    let place = Place::new();
    let played = place.import(&["germany", text(&stations), "--changes", text(&log), "--speed", "max"]).succeeded();
    let played = played.after("played in");
    eprintln!("{}", played.out);
    assert_eq!(played.count("rows of the log"), 21_069, "{}", played.out);
    assert!(played.count("new or changed prices") > 20_000, "{}", played.out);
    assert_eq!(exported(&place), expected_of_the_day(&stations, &log));
    // All of it happened just now.
    let berlin = get(place.up.http(), "/stations/cheapest?fuel=diesel&radius=50&lat=52.52&lon=13.4").json();
    assert!(berlin["age_s"].as_u64().is_some_and(|age| age < 3600), "{berlin}");
}

/// Every station and every price read is in exactly one of the counts.
fn accounted(imported: &Imported) {
    let sum = |counts: &[&str]| counts.iter().map(|count| imported.count(count)).sum::<u64>();
    let taken = ["stations taken", "stations without a price"];
    let prices = [
        "prices taken",
        "prices ended (out of stock or removed)",
        "served prices beside a self-service one",
        "prices superseded by others",
        "prices of other fuels",
    ];
    let read = sum(&["stations read", "prices read"]);
    assert_eq!(sum(&taken) + sum(&prices) + imported.count("refused"), read, "{}", imported.out);
}

/// The second time, everything was the same.
fn unchanged(again: &Imported, first: &Imported) {
    for what in ["new stations", "changed stations", "new or changed prices", "ended prices"] {
        assert_eq!(again.count(what), 0, "{what}: {}", again.out);
    }
    assert_eq!(again.count("unchanged stations"), first.count("new stations"), "{}", again.out);
    let told = first.count("new or changed prices") + first.count("ended prices");
    assert!(again.count("unchanged or older prices") >= told, "{}", again.out);
}

fn german_day() -> Option<(PathBuf, PathBuf)> {
    shared("germany/stations.csv").zip(shared("germany/2014-06-08-prices.csv"))
}

/// The prices in thousandths that the server holds, by station and fuel.
fn exported(place: &Place) -> BTreeMap<(String, String), u32> {
    let mut export = posto(["export", "geojson", "--data"]);
    let output = run(export.arg(place.data()), "", Duration::from_secs(60));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let map: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let mut prices = BTreeMap::new();
    for station in map["features"].as_array().expect("stations") {
        for price in station["properties"]["prices"].as_array().expect("prices") {
            let key = [&station["id"], &price["fuel"]].map(|text| text.as_str().expect("a text").to_owned());
            let amount = Price::from_decimal(&price["price"].to_string()).expect("a price");
            prices.insert(key.into(), amount.thousandths());
        }
    }
    prices
}

/// What the script says, ends left out.
fn expected_of_the_day(stations: &std::path::Path, log: &std::path::Path) -> BTreeMap<(String, String), u32> {
    let output = run(python("germany_final_state.py").arg(stations).arg(log), "", Duration::from_secs(120));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let fuel = |name: &str| match name {
        "e5" => "gasoline".to_owned(),
        "e10" => "gasoline_e10".to_owned(),
        other => other.to_owned(),
    };
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let priced = text.lines().filter_map(|line| {
        let [station, name, price, _] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line:?}") };
        Some(((station.to_owned(), fuel(name)), price.parse().ok()?))
    });
    priced.collect()
}
