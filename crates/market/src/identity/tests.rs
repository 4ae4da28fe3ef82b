use super::*;
use crate::book::Book;
use crate::change::Change;
use crate::price::{Currency, Price, Unit};
use crate::station::Quote;
use crate::time::Timestamp;
use crate::view::Pending;

fn id(text: &str) -> StationId {
    StationId::parse(text).unwrap()
}

fn at(longitude: f64) -> Position {
    Position::from_degrees(0.0, longitude).unwrap()
}

fn quote(minute: i64) -> Quote {
    Quote {
        price: Price::MIN,
        currency: Currency::BRL,
        unit: Unit::Litre,
        reported_at: Some(Timestamp::from_millis(minute * 60_000)),
        coordinates: None,
    }
}

/// A wish for gasoline at a place, within a radius of 50 m.
fn wish(longitude: f64) -> StationWish {
    StationWish {
        fuel: Fuel::Gasoline,
        position: at(longitude),
        station: None,
        radius_km: 0.05,
        new: false,
        name: None,
        brand: None,
    }
}

fn known(text: &str) -> Identity {
    Identity::Known { id: id(text), changed: None }
}

fn book(stations: &[(&str, f64)]) -> Book {
    let book = Book::new();
    for (text, longitude) in stations {
        book.apply(Change::Station(Station::at(id(text), at(*longitude))));
    }
    book
}

#[test]
fn one_station_near_is_the_one_meant_and_none_makes_a_new_one() {
    let (book, pending) = (book(&[("a", 0.0)]), Pending::new());
    let view = View { book: &book, pending: &pending };
    assert_eq!(view.identify(&wish(0.0004)), known("a"));
    let Identity::New(station) = view.identify(&wish(0.0006)) else { panic!("60 m are too far") };
    assert_eq!(station.id.as_str(), geohash(at(0.0006)));
    assert_eq!(
        view.identify(&StationWish { radius_km: 0.0, ..wish(0.000_001) }),
        Identity::New(Station::at(id(&geohash(at(0.000_001))), at(0.000_001),))
    );
}

#[test]
fn several_stations_near_are_a_question_back_nearest_first() {
    let (book, pending) = (book(&[("a", 0.0003), ("b", 0.0001)]), Pending::new());
    let view = View { book: &book, pending: &pending };
    let Identity::Ambiguous(candidates) = view.identify(&wish(0.0)) else { panic!("two are near") };
    let ids: Vec<_> = candidates.iter().map(|(station, _)| station.id.as_str()).collect();
    assert_eq!(ids, ["b", "a"]);
    assert_eq!(view.identify(&StationWish { station: Some(id("a")), ..wish(0.0) }), known("a"));
    assert_eq!(view.identify(&StationWish { station: Some(id("c")), ..wish(0.0) }), Identity::Unknown(id("c")));
    assert!(matches!(view.identify(&StationWish { new: true, ..wish(0.0) }), Identity::New(_)));
}

#[test]
fn at_one_position_v1_means_the_newest_seller_of_the_fuel_then_the_smallest_id() {
    let (book, pending) = (book(&[("c", 0.0), ("b", 0.0), ("a", 0.0)]), Pending::new());
    let exactly = StationWish { radius_km: 0.0, ..wish(0.0) };
    let identify = || View { book: &book, pending: &pending }.identify(&exactly);
    assert_eq!(identify(), known("a"));
    for (text, minute) in [("b", 1), ("c", 2)] {
        book.apply(Change::Quote { station: id(text), fuel: Fuel::Gasoline, quote: quote(minute) });
    }
    assert_eq!(identify(), known("c"));
}

#[test]
fn a_new_station_never_takes_an_id_that_is_taken() {
    let (book, mut pending) = (Book::new(), Pending::new());
    let forced = StationWish { new: true, ..wish(1.0) };
    let mut ids = Vec::new();
    for _ in 0..3 {
        let Identity::New(station) = (View { book: &book, pending: &pending }).identify(&forced) else { panic!() };
        ids.push(station.id.to_string());
        pending.push(Change::Station(station));
    }
    let base = geohash(at(1.0));
    assert_eq!(ids, [base.clone(), format!("{base}-2"), format!("{base}-3")]);
}

#[test]
fn what_is_pending_counts_already() {
    let (book, mut pending) = (Book::new(), Pending::new());
    let Identity::New(station) = (View { book: &book, pending: &pending }).identify(&wish(2.0)) else { panic!() };
    let id = station.id.clone();
    pending.push(Change::Station(station));
    assert_eq!(View { book: &book, pending: &pending }.identify(&wish(2.0)), Identity::Known { id, changed: None });
    pending.clear();
    assert!(matches!(View { book: &book, pending: &pending }.identify(&wish(2.0)), Identity::New(_)));
}

#[test]
fn a_name_fills_a_blank_and_overwrites_nothing() {
    let (book, pending) = (book(&[("a", 0.0)]), Pending::new());
    let named = |name: &str| StationWish { name: Label::new(name), ..wish(0.0) };
    let view = View { book: &book, pending: &pending };
    let Identity::Known { changed: Some(station), .. } = view.identify(&named("Posto A")) else {
        panic!("a blank is filled")
    };
    book.apply(Change::Station(station));
    assert_eq!(view.identify(&named("Posto B")), known("a"));
    assert_eq!(view.station(&id("a")).unwrap().name, Label::new("Posto A"));
}

#[test]
fn a_price_without_a_currency_is_in_that_of_its_neighbourhood() {
    let (book, pending) = (book(&[("it", 9.0), ("br", -54.0)]), Pending::new());
    let euros = Quote { currency: Currency::EUR, unit: Unit::Kilogram, ..quote(1) };
    book.apply(Change::Quote { station: id("it"), fuel: Fuel::Cng, quote: euros });
    let view = View { book: &book, pending: &pending };
    let money = |longitude, fuel| view.money(&Station::at(id("new"), at(longitude)), fuel, Currency::BRL);
    assert_eq!(money(9.1, Fuel::Cng), (Currency::EUR, Unit::Kilogram));
    assert_eq!(money(9.1, Fuel::Diesel), (Currency::EUR, Unit::Litre));
    assert_eq!(money(-54.0, Fuel::Cng), (Currency::BRL, Unit::CubicMetre));
}
