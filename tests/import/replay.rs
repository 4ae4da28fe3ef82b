//! `--changes`: a log played at its own pace, as if it happened now.

use std::time::{Duration, Instant};

use posto_tests::http::get;

use crate::support::{Place, text};

const REGISTER: &str = "\
uuid,name,brand,street,house_number,post_code,city,latitude,longitude
00000000-0000-0000-0000-000000000001,Eins,ARAL,Weg,1,10115,Berlin,52.53,13.38
00000000-0000-0000-0000-000000000002,Zwei,JET,Weg,2,10115,Berlin,52.54,13.39
";

const LOG: &str = "\
date,station_uuid,diesel,e5,e10,dieselchange,e5change,e10change
2014-06-08 09:50:00+02,00000000-0000-0000-0000-000000000001,1.399,1.599,1.559,1,1,1
2014-06-08 09:50:00+02,00000000-0000-0000-0000-000000000002,1.389,1.589,1.549,1,1,1
2014-06-08 09:50:30+02,00000000-0000-0000-0000-000000000003,1.289,1.489,1.449,1,1,1
2014-06-08 09:51:00+02,00000000-0000-0000-0000-000000000002,0.000,1.579,1.549,2,1,0
2014-06-08 09:51:40+02,00000000-0000-0000-0000-000000000001,1.379,1.599,1.559,1,0,0
";

#[test]
fn a_log_is_played_at_its_own_pace_and_happens_now() {
    let place = Place::new();
    let (register, log) = (place.file("stations.csv", REGISTER), place.file("prices.csv", LOG));
    let started = Instant::now();
    let played = place.import(&["germany", text(&register), "--changes", text(&log), "--speed", "100x"]).succeeded();
    // 100 s in a hundredth of that; sooner would not be its pace.
    assert!(started.elapsed() >= Duration::from_secs(1), "{:?}", started.elapsed());
    let played = played.after("played in");
    assert_eq!((played.count("rows of the log"), played.count("rows of stations unknown to the server")), (5, 1));
    assert_eq!((played.count("new or changed prices"), played.count("ended prices")), (11, 1), "{}", played.out);

    let near = |fuel: &str| format!("/stations/cheapest?fuel={fuel}&radius=50&lat=52.52&lon=13.4");
    let diesel = get(place.up.http(), &near("diesel")).json();
    // The second station's was cheaper, and ended.
    assert_eq!(diesel["price"].to_string(), "1.379", "{diesel}");
    assert!(diesel["age_s"].as_u64().is_some_and(|age| age < 600), "{diesel}");
    assert_eq!(get(place.up.http(), &near("gasoline")).json()["price"].to_string(), "1.579");
}

#[test]
fn a_log_alone_is_played_for_the_stations_that_the_server_knows() {
    let place = Place::new();
    let (register, log) = (place.file("stations.csv", REGISTER), place.file("prices.csv", LOG));
    let play = || place.import(&["germany", "--changes", text(&log), "--speed", "max"]).succeeded();
    assert_eq!(play().count("rows of stations unknown to the server"), 5);
    place.import(&["germany", text(&register)]).succeeded();
    let played = play();
    assert_eq!((played.count("rows of stations unknown to the server"), place.holds()), (1, (2, 5)), "{}", played.out);
}

#[test]
fn what_is_no_log_is_refused() {
    let place = Place::new();
    let (register, log) = (place.file("stations.csv", REGISTER), place.file("prices.csv", LOG));
    let no_log = place.import(&["germany", "--changes", text(&register)]);
    no_log.failed_with("stations.csv, line 1: expected \"date,station_uuid,");
    place.import(&["italy", "--changes", text(&log)]).failed_with("only germany has a log of changes");
    assert_eq!(place.import(&["germany", "--changes", text(&log), "--speed", "fast"]).code, Some(2));
    let cut = place.file("cut.csv", LOG.replace("1.589", &"9".repeat(20_000)));
    let broken = place.import(&["germany", text(&register), "--changes", text(&cut)]);
    assert_eq!(broken.code, Some(1));
    assert!(broken.err.contains("cut.csv, line 3: longer than") && broken.err.lines().count() == 1, "{}", broken.err);
}
