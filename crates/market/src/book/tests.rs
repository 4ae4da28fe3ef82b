use super::*;
use crate::price::{Currency, Price, Unit};
use crate::time::Timestamp;

fn id(text: &str) -> StationId {
    StationId::parse(text).unwrap()
}

fn station(text: &str, latitude: f64) -> Station {
    Station::at(id(text), Position::from_degrees(latitude, 0.0).unwrap())
}

fn quote(thousandths: u32) -> Quote {
    Quote {
        price: Price::from_thousandths(thousandths).unwrap(),
        currency: Currency::BRL,
        unit: Unit::Litre,
        reported_at: Some(Timestamp::from_millis(i64::from(thousandths))),
        coordinates: None,
    }
}

fn report(text: &str, thousandths: u32) -> Change {
    Change::Quote { station: id(text), fuel: Fuel::Diesel, quote: quote(thousandths) }
}

#[test]
fn the_latest_price_wins_even_when_it_is_higher() {
    let book = Book::new();
    book.apply(Change::Station(station("a", 1.0)));
    assert!(book.apply(report("a", 4000)));
    assert!(book.apply(report("a", 5000)));
    assert_eq!(book.quote(&id("a"), Fuel::Diesel), Some(quote(5000)));
    assert_eq!(book.quote(&id("a"), Fuel::Lpg), None);
    assert_eq!(book.counts(), BookCounts { stations: 1, prices: 1 });
}

#[test]
fn a_price_of_an_unknown_station_changes_nothing() {
    let book = Book::new();
    assert!(!book.apply(report("a", 4000)));
    assert_eq!(book.counts(), BookCounts::default());
}

#[test]
fn a_station_that_moves_is_found_only_at_its_new_place() {
    let book = Book::new();
    book.apply(Change::Station(station("a", 1.0)));
    book.apply(report("a", 4000));
    book.apply(Change::Station(station("a", 2.0)));
    let near = |latitude| book.near(Position::from_degrees(latitude, 0.0).unwrap(), 1.0).len();
    assert_eq!((near(1.0), near(2.0)), (0, 1));
    assert_eq!(book.station(&id("a")).unwrap().quotes, [(Fuel::Diesel, quote(4000))]);
}

#[test]
fn a_radius_of_zero_means_that_very_position() {
    let book = Book::new();
    for (text, latitude) in [("a", 1.0), ("b", 1.0), ("c", 1.000_001)] {
        book.apply(Change::Station(station(text, latitude)));
    }
    assert_eq!(book.near(Position::from_degrees(1.0, 0.0).unwrap(), 0.0).len(), 2);
}
