use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::area::{BoundingBox, Circle};
use crate::book::Book;
use crate::change::Change;
use crate::position::Position;
use crate::price::{Price, Unit};
use crate::rank::TripCost;
use crate::station::StationId;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// A station of the model, with one gasoline quote.
#[derive(Debug, Clone)]
struct Place {
    position: Position,
    thousandths: u32,
    age: Option<Duration>,
    euros: bool,
}

fn book(places: &[Place]) -> Book {
    let book = Book::new();
    for (number, place) in places.iter().enumerate() {
        let id = id(number);
        book.apply(Change::Station(Station::at(id.clone(), place.position)));
        book.apply(Change::Quote { station: id, fuel: Fuel::Gasoline, quote: quote(place) });
    }
    book
}

fn id(number: usize) -> StationId {
    StationId::parse(&format!("s{number:04}")).unwrap()
}

fn quote(place: &Place) -> Quote {
    Quote {
        price: Price::from_thousandths(place.thousandths).unwrap(),
        currency: if place.euros { Currency::EUR } else { Currency::BRL },
        unit: Unit::Litre,
        reported_at: place.age.map(|age| NOW.before(age)),
        coordinates: None,
    }
}

fn at(latitude: f64, longitude: f64) -> Position {
    Position::from_degrees(latitude, longitude).unwrap()
}

fn place(latitude: f64, longitude: f64, thousandths: u32) -> Place {
    Place { position: at(latitude, longitude), thousandths, age: Some(Duration::ZERO), euros: false }
}

fn around(centre: Position, radius_km: f64) -> Query {
    Query {
        fuel: Fuel::Gasoline,
        area: Area::Circle(Circle::new(centre, radius_km).unwrap()),
        freshness: Freshness::Any,
        now: NOW,
        rank: Rank::Price,
        currency: None,
        brand: None,
        open: false,
        pareto: false,
        suspects: true,
        limit: 200,
        after: None,
    }
}

fn ids(found: &[Found]) -> Vec<&str> {
    found.iter().map(|found| found.station.id.as_str()).collect()
}

/// The search as PROTOCOL §4 and §7 word it, over everything, in the plainest way.
fn brute_force(places: &[Place], query: &Query) -> Vec<(usize, f64)> {
    let Area::Circle(circle) = query.area else { panic!("circles only") };
    let age = |place: &Place| place.age;
    let mut matches: Vec<(usize, f64)> = (0..places.len())
        .map(|number| (number, circle.centre().distance_km(places[number].position)))
        .filter(|(_, distance_km)| *distance_km <= circle.radius_km())
        .collect();
    let young = |number: usize, limit: Duration| age(&places[number]).is_some_and(|age| age <= limit);
    match query.freshness {
        Freshness::Any => {}
        Freshness::AtMost(limit) => matches.retain(|(number, _)| young(*number, limit)),
        Freshness::Preferred => {
            if matches.iter().any(|(number, _)| young(*number, FRESH_FOR)) {
                matches.retain(|(number, _)| young(*number, FRESH_FOR));
            }
        }
    }
    let nearest = matches.iter().min_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0))).copied();
    matches.retain(|(number, _)| nearest.is_some_and(|(nearest, _)| places[*number].euros == places[nearest].euros));
    let cost = |(number, distance_km): &(usize, f64)| query.rank.cost(quote(&places[*number]).price, *distance_km);
    matches.sort_by(|a, b| {
        let price = |entry: &(usize, f64)| places[entry.0].thousandths;
        cost(a).total_cmp(&cost(b)).then(price(a).cmp(&price(b))).then(a.1.total_cmp(&b.1)).then(a.0.cmp(&b.0))
    });
    matches
}

fn any_place() -> impl Strategy<Value = Place> {
    // A few positions on purpose: clusters on one spot, the poles, both sides of 180 degrees.
    let special = prop::sample::select(vec![
        (0, 0),
        (90_000_000, 0),
        (-90_000_000, 17),
        (10_000_000, 180_000_000),
        (10_000_000, -180_000_000),
        (10_000_000, -179_999_000),
        (-22_217_551, -54_765_349),
    ]);
    let anywhere = (-90_000_000..=90_000_000, -180_000_000..=180_000_000);
    let near = (-22_300_000..=-22_100_000, -54_900_000..=-54_600_000);
    let position = prop_oneof![special, anywhere, near];
    let age = prop_oneof![Just(None), (0_u64..60 * 86_400).prop_map(|seconds| Some(Duration::from_secs(seconds)))];
    (position, 1_u32..=12, age, any::<bool>()).prop_map(|((latitude, longitude), thousandths, age, euros)| Place {
        position: Position::from_microdegrees(latitude, longitude).unwrap(),
        thousandths,
        age,
        euros,
    })
}

fn any_query() -> impl Strategy<Value = Query> {
    let radius = prop_oneof![Just(0.000_001), 0.001..60.0, Just(20_015.0), Just(30_000.0)];
    let freshness = prop_oneof![
        Just(Freshness::Any),
        Just(Freshness::Preferred),
        (0_u64..90 * 86_400).prop_map(|seconds| Freshness::AtMost(Duration::from_secs(seconds))),
    ];
    let rank = prop_oneof![Just(Rank::Price), Just(Rank::Distance), Just(Rank::Trip(TripCost::DEFAULT))];
    (any_place(), radius, freshness, rank, 1_usize..30).prop_map(|(centre, radius_km, freshness, rank, limit)| Query {
        freshness,
        rank,
        limit,
        ..around(centre.position, radius_km)
    })
}

proptest! {
    #[test]
    fn a_search_equals_brute_force(places in vec(any_place(), 0..60), query in any_query()) {
        let found = book(&places).search(&query);
        let mut expected = brute_force(&places, &query);
        expected.truncate(query.limit);
        let expected: Vec<_> = expected.into_iter().map(|(number, distance_km)| (id(number), distance_km)).collect();
        let found: Vec<_> = found.iter().map(|found| (found.station.id.clone(), found.distance_km.unwrap())).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn a_list_in_parts_is_the_list(places in vec(any_place(), 0..60), query in any_query(), part in 1_usize..7) {
        let book = book(&places);
        let whole = book.search(&Query { limit: 200, ..query.clone() });
        let mut parts = Vec::new();
        let mut after = None;
        loop {
            let found = book.search(&Query { limit: part, after: after.clone(), ..query.clone() });
            let Some(last) = found.last() else { break };
            after = Some(last.cursor.clone());
            parts.extend(found);
        }
        prop_assert_eq!(ids(&parts), ids(&whole));
    }

    #[test]
    fn a_box_holds_what_it_contains(
        places in vec(any_place(), 0..60), south in -90_000_000_i32..=90_000_000, north in -90_000_000_i32..=90_000_000,
        west in -180_000_000_i32..=180_000_000, east in -180_000_000_i32..=180_000_000,
    ) {
        let corner = |latitude, longitude| Position::from_microdegrees(latitude, longitude).unwrap();
        let bounds = BoundingBox::new(corner(south.min(north), west), corner(south.max(north), east)).unwrap();
        let area = Area::Box { bounds, centre: None };
        let query = Query { area, currency: Some(Currency::BRL), ..around(corner(0, 0), 1.0) };
        let found = book(&places).search(&query);
        let expected = places.iter().filter(|place| !place.euros && bounds.contains(place.position)).count();
        prop_assert_eq!(found.len(), expected);
        prop_assert!(found.iter().all(|found| found.distance_km.is_none() && found.trip_cost.is_none()));
    }
}

#[test]
fn the_rim_of_the_circle_belongs_to_it() {
    let centre = at(-22.2175, -54.7653);
    let station = place(-22.2, -54.7, 5000);
    let exactly = centre.distance_km(station.position);
    let book = book(&[station]);
    assert_eq!(book.search(&around(centre, exactly)).len(), 1);
    assert_eq!(book.search(&around(centre, exactly - 1e-9)).len(), 0);
}

#[test]
fn ties_go_by_price_then_distance_then_id() {
    let book = book(&[place(0.0, 0.02, 5), place(0.0, 0.01, 5), place(0.0, 0.01, 5), place(0.0, 0.03, 4)]);
    assert_eq!(ids(&book.search(&around(at(0.0, 0.0), 10.0))), ["s0003", "s0001", "s0002", "s0000"]);
    let nearest = Query { rank: Rank::Distance, ..around(at(0.0, 0.0), 10.0) };
    assert_eq!(ids(&book.search(&nearest)), ["s0001", "s0002", "s0000", "s0003"]);
}

#[test]
fn a_detour_is_paid_for_in_a_trip() {
    // 40 l at 5.000 here; 0.05 cheaper 30 km away costs 2 x 30 x 1.3 x 7 / 100 = 5.46 l more.
    let book = book(&[place(0.0, 0.0, 5000), place(0.0, 0.2698, 4950)]);
    let query = Query { rank: Rank::Trip(TripCost::DEFAULT), ..around(at(0.0, 0.0), 100.0) };
    let found = book.search(&query);
    assert_eq!(ids(&found), ["s0000", "s0001"]);
    assert!((found[0].trip_cost.unwrap() - 200.0).abs() < 1e-9);
    assert!((found[1].trip_cost.unwrap() - 4.95 * 45.46).abs() < 0.01, "{:?}", found[1].trip_cost);
}

#[test]
fn old_prices_answer_only_where_there_is_no_fresh_one() {
    let old = |place: Place| Place { age: Some(FRESH_FOR + Duration::from_secs(1)), ..place };
    let unknown = |place: Place| Place { age: None, ..place };
    let query = Query { freshness: Freshness::Preferred, ..around(at(0.0, 0.0), 10.0) };
    let all_old = [old(place(0.0, 0.0, 3)), unknown(place(0.0, 0.01, 2))];
    let found = book(&all_old).search(&query);
    assert_eq!(ids(&found), ["s0001", "s0000"]);
    assert!(found.iter().all(|found| found.stale));
    let [first, second] = all_old;
    let found = book(&[first, second, place(0.0, 0.02, 9)]).search(&query);
    assert_eq!(ids(&found), ["s0002"]);
    assert!(!found[0].stale);
}

#[test]
fn one_search_compares_one_currency_and_unit() {
    let euros = |place: Place| Place { euros: true, ..place };
    let book = book(&[euros(place(0.0, 0.01, 1_500)), place(0.0, 0.02, 1), euros(place(0.0, 0.03, 1_400))]);
    assert_eq!(ids(&book.search(&around(at(0.0, 0.0), 10.0))), ["s0002", "s0000"]);
    let reais = Query { currency: Some(Currency::BRL), ..around(at(0.0, 0.0), 10.0) };
    assert_eq!(ids(&book.search(&reais)), ["s0001"]);
    let kilograms = Quote { unit: Unit::Kilogram, ..quote(&euros(place(0.0, 0.0, 2))) };
    book.apply(Change::Quote { station: id(0), fuel: Fuel::Gasoline, quote: kilograms });
    assert_eq!(ids(&book.search(&around(at(0.0, 0.0), 10.0))), ["s0000"]);
}
