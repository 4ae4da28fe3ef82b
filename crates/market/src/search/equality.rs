//! The tree equals the plain scan: for every query, after any sequence of changes and merges.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;

use super::scan::{self, Row};
use super::*;
use crate::area::{BoundingBox, Circle};
use crate::book::{Book, BookLoader};
use crate::change::Change;
use crate::position::Position;
use crate::price::{Price, Unit};
use crate::rank::TripCost;
use crate::station::StationId;
use crate::survey::{MapView, Survey};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// One step of a test.
#[derive(Debug, Clone)]
enum Step {
    Station { number: u16, position: Position, brand: Option<u8>, hours: u8 },
    Quote { number: u16, fuel: Fuel, quote: Quote },
    End { number: u16, fuel: Fuel },
    Settle,
}

/// What a book should hold.
#[derive(Default)]
struct Model {
    book: Book,
    stations: BTreeMap<StationId, Arc<Station>>,
    quotes: BTreeMap<(StationId, Fuel), Quote>,
}

impl Model {
    fn after(steps: &[Step]) -> Self {
        let mut model = Self::default();
        steps.iter().for_each(|step| model.step(step));
        model
    }

    fn step(&mut self, step: &Step) {
        match step.clone() {
            Step::Settle => self.book.settle(),
            Step::End { number, fuel } => self.end(number, fuel),
            Step::Station { number, position, brand, hours } => {
                let station = station(number, position, brand, hours);
                self.stations.insert(id(number), Arc::new(station.clone()));
                assert!(self.book.apply(Change::Station(station)));
            }
            Step::Quote { number, fuel, quote } => {
                let known = self.stations.contains_key(&id(number));
                if known {
                    self.quotes.insert((id(number), fuel), quote.clone());
                }
                assert_eq!(self.book.apply(Change::Quote { station: id(number), fuel, quote }), known);
            }
        }
    }

    fn end(&mut self, number: u16, fuel: Fuel) {
        let known = self.stations.contains_key(&id(number));
        self.quotes.remove(&(id(number), fuel));
        assert_eq!(self.book.apply(Change::End { station: id(number), fuel, at: NOW }), known);
        assert_eq!(self.book.ended(&id(number), fuel), known.then_some(NOW));
    }

    fn rows(&self, fuel: Fuel) -> Vec<Row> {
        let of = self.quotes.iter().filter(|((_, of), _)| *of == fuel);
        let row = |((id, _), quote): (&(StationId, Fuel), &Quote)| Row {
            station: Arc::clone(&self.stations[id]),
            quote: quote.clone(),
            suspect: self.book.is_suspect(id, fuel),
        };
        of.map(row).collect()
    }
}

fn station(number: u16, position: Position, brand: Option<u8>, hours: u8) -> Station {
    let brand = brand.and_then(|brand| Label::new(["Ipiranga", "IPIRANGA", "Shell"][usize::from(brand % 3)]));
    let hours = ["24/7", "Mo-Su 08:00-12:00", "unknown"].get(usize::from(hours)).copied();
    let hours = hours.and_then(crate::hours::OpeningHours::new);
    Station { brand, hours, source: Label::new("it"), ..Station::at(id(number), position) }
}

fn id(number: u16) -> StationId {
    StationId::parse(&format!("s{number:04}")).unwrap()
}

fn any_position() -> impl Strategy<Value = Position> {
    let special = prop::sample::select(vec![
        (0, 0),
        (90_000_000, 0),
        (90_000_000, 99_000_000),
        (-90_000_000, 17),
        (10_000_000, 180_000_000),
        (10_000_000, -180_000_000),
        (10_000_000, -179_999_000),
        (-22_217_551, -54_765_349),
    ]);
    let anywhere = (-90_000_000..=90_000_000, -180_000_000..=180_000_000);
    let near = (-22_300_000..=-22_100_000, -54_900_000..=-54_600_000);
    let spot = (-22_217_553..=-22_217_550, -54_765_349..=-54_765_346);
    prop_oneof![special, anywhere, near, spot]
        .prop_map(|(latitude, longitude)| Position::from_microdegrees(latitude, longitude).unwrap())
}

fn any_quote() -> impl Strategy<Value = Quote> {
    let age = prop_oneof![
        Just(None),
        (0_u64..60 * 86_400_000).prop_map(|millis| Some(Duration::from_millis(millis))),
        Just(Some(FRESH_FOR)),
        Just(Some(FRESH_FOR + Duration::from_millis(1))),
    ];
    let price = prop_oneof![4990_u32..=5010, Just(5000), 1_u32..=999_999];
    let money = prop::sample::select(vec![
        (Currency::BRL, Unit::Litre),
        (Currency::BRL, Unit::Litre),
        (Currency::BRL, Unit::Litre),
        (Currency::EUR, Unit::Litre),
        (Currency::EUR, Unit::Kilogram),
    ]);
    let coordinates = prop_oneof![9 => Just(None), 1 => Just(Some(Arc::from("(1;2)")))];
    (price, age, money, coordinates).prop_map(|(thousandths, age, (currency, unit), coordinates)| Quote {
        price: Price::from_thousandths(thousandths).unwrap(),
        currency,
        unit,
        reported_at: age.map(|age| NOW.before(age)),
        coordinates,
    })
}

fn any_fuel() -> impl Strategy<Value = Fuel> {
    prop::sample::select(vec![Fuel::Gasoline, Fuel::Gasoline, Fuel::Gasoline, Fuel::Cng])
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        40 => (0_u16..300, any_position(), proptest::option::of(any::<u8>()), 0_u8..5)
            .prop_map(|(number, position, brand, hours)| Step::Station { number, position, brand, hours }),
        12 => (0_u16..300, any_fuel()).prop_map(|(number, fuel)| Step::End { number, fuel }),
        80 => (0_u16..300, any_fuel(), any_quote()).prop_map(|(number, fuel, quote)| Step::Quote { number, fuel, quote }),
        1 => Just(Step::Settle),
    ]
}

/// Stations and a price each, then whatever happens.
fn any_steps() -> impl Strategy<Value = Vec<Step>> {
    (vec((any_position(), any_quote()), 0..250), vec(any_step(), 0..250)).prop_map(|(first, later)| {
        let first = first.into_iter().zip(0_u16..).flat_map(|((position, quote), number)| {
            let hours = u8::try_from(number % 5).unwrap();
            [
                Step::Station { number, position, brand: None, hours },
                Step::Quote { number, fuel: Fuel::Gasoline, quote },
            ]
        });
        first.chain(later).collect()
    })
}

fn any_area() -> impl Strategy<Value = Area> {
    let radius = prop_oneof![Just(0.000_001), 0.001..60.0, Just(20_015.0), Just(30_000.0), 100.0..20_015.0];
    let circle =
        (any_position(), radius).prop_map(|(centre, radius)| Area::Circle(Circle::new(centre, radius).unwrap()));
    let bounds = (any_position(), any_position(), proptest::option::of(any_position())).prop_map(|(a, b, centre)| {
        let corner =
            |latitude, of: Position| Position::from_microdegrees(latitude, of.longitude_microdegrees()).unwrap();
        let (south, north) = (
            a.latitude_microdegrees().min(b.latitude_microdegrees()),
            a.latitude_microdegrees().max(b.latitude_microdegrees()),
        );
        Area::Box { bounds: BoundingBox::new(corner(south, a), corner(north, b)).unwrap(), centre }
    });
    prop_oneof![2 => circle, 1 => bounds]
}

fn any_query() -> impl Strategy<Value = Query> {
    let freshness = prop_oneof![
        Just(Freshness::Any),
        Just(Freshness::Preferred),
        (0_u64..90 * 86_400).prop_map(|seconds| Freshness::AtMost(Duration::from_secs(seconds))),
    ];
    let rank = prop_oneof![Just(Rank::Price), Just(Rank::Distance), Just(Rank::Trip(TripCost::DEFAULT))];
    let brand = prop_oneof![4 => Just(None), 1 => Just(Label::new("ipiranga")), 1 => Just(Label::new("bp"))];
    let currency = prop_oneof![2 => Just(None), 1 => Just(Some(Currency::BRL)), 1 => Just(Some(Currency::EUR))];
    let limit = prop_oneof![Just(1), 1_usize..30, Just(1000), Just(0)];
    let flags = (any::<bool>(), prop::bool::weighted(0.3), prop::bool::weighted(0.3));
    (any_fuel(), any_area(), freshness, rank, brand, currency, limit, flags).prop_map(
        |(fuel, area, freshness, rank, brand, currency, limit, (suspects, pareto, open))| Query {
            fuel,
            area,
            freshness,
            now: NOW,
            rank,
            currency,
            brand,
            open,
            pareto,
            suspects,
            limit,
            after: None,
        },
    )
}

/// The changes that a book is loaded from, in the same order.
fn loaded(steps: &[Step]) -> Book {
    let mut loader = BookLoader::new();
    for step in steps.iter().cloned() {
        let change = match step {
            Step::Settle => continue,
            Step::Station { number, position, brand, hours } => {
                Change::Station(station(number, position, brand, hours))
            }
            Step::Quote { number, fuel, quote } => Change::Quote { station: id(number), fuel, quote },
            Step::End { number, fuel } => Change::End { station: id(number), fuel, at: NOW },
        };
        loader.apply(change);
    }
    loader.finish()
}

proptest! {
    #[test]
    fn a_loaded_book_equals_one_that_grew(steps in any_steps(), queries in vec(any_query(), 1..6)) {
        let Model { stations, quotes, book } = Model::after(&steps);
        let model = Model { book: loaded(&steps), stations, quotes };
        prop_assert_eq!(model.book.counts(), book.counts());
        for query in queries {
            prop_assert_eq!(&model.book.search(&query), &scan::search(&model.rows(query.fuel), &query), "{:?}", query);
        }
        for (id, station) in &model.stations {
            prop_assert_eq!(&model.book.station(id).unwrap().station, station);
            for fuel in Fuel::ALL {
                prop_assert_eq!(model.book.quote(id, fuel), model.quotes.get(&(id.clone(), fuel)).cloned());
                prop_assert_eq!(model.book.ended(id, fuel), book.ended(id, fuel));
            }
        }
    }

    #[test]
    fn every_search_equals_the_scan(steps in any_steps(), queries in vec(any_query(), 1..12), skip in 0_usize..5) {
        let model = Model::after(&steps);
        for query in queries {
            let rows = model.rows(query.fuel);
            let found = model.book.search(&query);
            prop_assert_eq!(&found, &scan::search(&rows, &query), "{:?}", query);
            if let Some(last) = found.get(skip) {
                let next = Query { after: Some(last.cursor.clone()), ..query };
                prop_assert_eq!(model.book.search(&next), scan::search(&rows, &next), "{:?}", next);
            }
        }
    }

    #[test]
    fn statistics_equal_the_scan(steps in any_steps(), queries in vec(any_query(), 1..12)) {
        let model = Model::after(&steps);
        for Query { fuel, area, freshness, now, currency, .. } in queries {
            let survey = Survey { fuel, area, freshness, now, currency };
            prop_assert_eq!(model.book.statistics(&survey), scan::statistics(&model.rows(fuel), &survey), "{:?}", survey);
        }
    }

    #[test]
    fn ids_lead_to_what_was_applied_last(steps in any_steps()) {
        let model = Model::after(&steps);
        for (id, station) in &model.stations {
            let known = model.book.station(id).unwrap();
            prop_assert_eq!(&known.station, station);
            let quotes: Vec<_> = Fuel::ALL.into_iter()
                .filter_map(|fuel| Some((fuel, model.quotes.get(&(id.clone(), fuel))?.clone()))).collect();
            prop_assert_eq!(known.quotes, quotes);
        }
        prop_assert_eq!(model.book.counts().stations, model.stations.len());
        prop_assert_eq!(model.book.counts().prices, model.quotes.len());
    }

    #[test]
    fn near_stations_equal_the_scan(steps in any_steps(), centre in any_position(), radius in prop_oneof![Just(0.0), 0.0..60.0, Just(20_015.0)]) {
        let model = Model::after(&steps);
        let mut near: Vec<_> = model.book.near(centre, radius).into_iter().map(|(station, km)| (station.id.clone(), km)).collect();
        near.sort_by(|a, b| a.0.cmp(&b.0));
        let all = model.stations.values().map(|station| (station.id.clone(), centre.distance_km(station.position)));
        prop_assert_eq!(near, all.filter(|(_, km)| *km <= radius).collect::<Vec<_>>());
    }

    #[test]
    fn the_cells_of_a_map_hold_every_station_once(steps in any_steps(), area in any_area(), zoom in 0_u8..=22) {
        let model = Model::after(&steps);
        let Area::Box { bounds, .. } = area else { return Ok(()) };
        let cells = model.book.cells(&MapView { fuel: Fuel::Gasoline, bounds, zoom, now: NOW });
        let rows = model.rows(Fuel::Gasoline);
        let inside: Vec<_> = rows.iter().filter(|row| bounds.contains(row.station.position)).collect();
        prop_assert!(cells.len() <= crate::limits::MAX_CELLS);
        prop_assert_eq!(cells.iter().map(|cell| cell.count).sum::<usize>(), inside.len());
        let lowest = inside.iter().filter(|row| !row.suspect).map(|row| row.quote.price).min();
        let one_money = inside.iter().all(|row| row.quote.currency == Currency::BRL);
        prop_assert!(!one_money || cells.iter().filter_map(|cell| cell.lowest).min() == lowest);
        prop_assert!(cells.iter().all(|cell| bounds.contains(cell.position) && (cell.count == 1) == cell.station.is_some()));
    }
}

/// Enough stations that whole blocks answer, and prices that change and grow too old meanwhile.
#[test]
fn statistics_of_whole_blocks_equal_the_scan_while_prices_change() {
    use crate::synthetic::{Dice, NOW, asking, change, market};
    const STATIONS: u32 = 9_000;
    let mut loader = BookLoader::new();
    let mut rows = BTreeMap::new();
    let note = |rows: &mut BTreeMap<StationId, Row>, change: &Change| match change {
        Change::Station(station) => {
            let quote = Quote {
                price: Price::MIN,
                currency: Currency::EUR,
                unit: Unit::Litre,
                reported_at: None,
                coordinates: None,
            };
            rows.insert(station.id.clone(), Row { station: Arc::new(station.clone()), quote, suspect: false });
        }
        Change::Quote { station, fuel: Fuel::Gasoline, quote } => {
            rows.get_mut(station).unwrap().quote = quote.clone();
        }
        _ => {}
    };
    for change in market(STATIONS.into(), 11) {
        note(&mut rows, &change);
        loader.apply(change);
    }
    let (book, mut dice) = (loader.finish(), Dice::new(12));
    for round in 0..60_u32 {
        for _ in 0..round {
            let change = change(&mut dice, STATIONS).unwrap();
            note(&mut rows, &change);
            book.apply(change);
        }
        let circle = Circle::new(asking(&mut dice), f64::from(50 + dice.below(900))).unwrap();
        let survey = Survey {
            fuel: Fuel::Gasoline,
            area: Area::Circle(circle),
            freshness: Freshness::AtMost(Duration::from_secs(u64::from(1 + dice.below(5)) * 86_400)),
            now: NOW,
            currency: None,
        };
        let judged =
            |(id, row): (&StationId, &Row)| Row { suspect: book.is_suspect(id, Fuel::Gasoline), ..row.clone() };
        let rows: Vec<_> = rows.iter().map(judged).collect();
        assert_eq!(book.statistics(&survey), scan::statistics(&rows, &survey), "round {round}");
    }
}
