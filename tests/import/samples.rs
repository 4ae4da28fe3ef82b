//! The nine sample prices of a new server make room for real ones.

use posto_tests::http::{get, post};

use crate::support::{Place, italian_prices, italian_register, text};

const DOURADOS: &str = "/stations/cheapest?fuel=gasoline&radius=50&lat=-22.2175&lon=-54.7653&max_age=all";

#[test]
fn the_samples_are_dropped_when_asked_for() {
    let place = Place::with(&[]);
    assert_eq!(place.holds(), (3, 9));
    let (stations, prices) = files(&place);
    let hinted = place.import(&["italy", text(&stations), text(&prices)]).succeeded();
    assert!(hinted.out.contains("--drop-samples"), "{}", hinted.out);
    assert_eq!(get(place.up.http(), DOURADOS).status, 200);

    let dropped = place.import(&["italy", text(&stations), text(&prices), "--drop-samples"]).succeeded();
    assert_eq!(dropped.count("sample prices ended"), 9, "{}", dropped.out);
    assert_eq!(get(place.up.http(), DOURADOS).status, 404);
    assert_eq!(place.holds().1, 5);
    let again = place.import(&["italy", text(&stations), text(&prices), "--drop-samples"]).succeeded();
    assert_eq!(again.count("sample prices ended"), 0);
    assert!(!again.out.contains("--drop-samples"), "there is nothing left to hint at: {}", again.out);
}

#[test]
fn what_people_reported_is_not_dropped_with_the_samples() {
    let place = Place::with(&[]);
    let report = r#"{"fuel": "gasoline", "price": 3.777, "lat": -22.223665, "lon": -54.771388}"#;
    assert_eq!(post(place.up.http(), "/stations", "", report).status, 200);
    let (stations, prices) = files(&place);
    let dropped = place.import(&["italy", text(&stations), text(&prices), "--drop-samples"]).succeeded();
    assert_eq!(dropped.count("sample prices ended"), 8, "{}", dropped.out);
    assert_eq!(get(place.up.http(), DOURADOS).json()["price"].to_string(), "3.777");
}

fn files(place: &Place) -> (std::path::PathBuf, std::path::PathBuf) {
    (place.file("stations.csv", italian_register(5)), place.file("prices.csv", italian_prices(5, "1.899")))
}
