//! The search beside its yardsticks, in one run: a plain scan, `rstar` and `kiddo` (each finds all
//! within the radius, then takes the least price). `BENCH_STATIONS=1000000` sets the size.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use kiddo::SquaredEuclidean;
use kiddo::kd_tree::KdTree;
use kiddo::leaf_strategy::FlatVec;
use kiddo::stem_strategy::Eytzinger;
use posto_market::synthetic::{Dice, NOW, asking, change, market};
use posto_market::{Area, Book, Change, Circle, EARTH_RADIUS_KM, Freshness, Fuel, Position, Query, Rank, TripCost};
use rstar::RTree;
use rstar::primitives::GeomWithData;

const RADII_KM: [f64; 5] = [1.0, 5.0, 25.0, 100.0, 500.0];
const SIZES: [u64; 3] = [10_000, 100_000, 1_000_000];

type Point = [f64; 3];
type Kiddo = KdTree<f64, u32, Eytzinger, FlatVec<f64, u32, 3, 32>, 3, 32>;

/// Everyone's data: where gasoline is sold and for how many thousandths.
fn prices(stations: u64) -> Vec<(Position, Point, u32)> {
    let mut place = None;
    let mut prices = Vec::new();
    for change in market(stations, 7) {
        match change {
            Change::Station(station) => place = Some(station.position),
            Change::Quote { fuel: Fuel::Gasoline, quote, .. } => {
                prices.extend(place.map(|place| (place, point(place), quote.price.thousandths())));
            }
            Change::Quote { .. } | Change::End { .. } | Change::Hide { .. } | Change::Show { .. } => {}
        }
    }
    prices
}

fn point(position: Position) -> Point {
    let (latitude, longitude) = (position.latitude().to_radians(), position.longitude().to_radians());
    [latitude.cos() * longitude.cos(), latitude.cos() * longitude.sin(), latitude.sin()]
}

fn query(centre: Position, radius_km: f64) -> Option<Query> {
    Some(Query {
        fuel: Fuel::Gasoline,
        area: Area::Circle(Circle::new(centre, radius_km)?),
        freshness: Freshness::Preferred,
        now: NOW,
        rank: Rank::Price,
        currency: None,
        brand: None,
        open: false,
        pareto: false,
        suspects: false,
        limit: 1,
        after: None,
    })
}

fn sizes() -> Vec<u64> {
    let wanted = std::env::var("BENCH_STATIONS").ok().and_then(|text| text.parse().ok());
    wanted.map_or(SIZES.to_vec(), |stations| vec![stations])
}

fn searches(criterion: &mut Criterion) {
    for stations in sizes() {
        let book = Book::new();
        market(stations, 7).for_each(|change| {
            book.apply(change);
        });
        book.settle();
        let mut group = criterion.benchmark_group(format!("{stations} stations"));
        let mut dice = Dice::new(3);
        let mut ask = |name: &str, radius_km: f64, of: &dyn Fn(Query) -> Query| {
            let bench = BenchmarkId::new(name, radius_km);
            group.bench_function(bench, |bencher| {
                bencher.iter(|| query(asking(&mut dice), radius_km).map(|query| black_box(book.search(&of(query)))));
            });
        };
        for radius_km in RADII_KM {
            ask("cheapest", radius_km, &|query| query);
            ask("twenty", radius_km, &|query| Query { limit: 20, ..query });
            ask("nearest", radius_km, &|query| Query { rank: Rank::Distance, ..query });
            ask("trip", radius_km, &|query| Query { rank: Rank::Trip(TripCost::DEFAULT), ..query });
            ask("pareto", radius_km, &|query| Query { pareto: true, limit: 200, ..query });
        }
        let places = u32::try_from(stations).unwrap_or(u32::MAX);
        group.bench_function("change", |bencher| {
            bencher.iter(|| black_box(change(&mut dice, places).map(|change| book.apply(change))));
        });
    }
}

fn yardsticks(criterion: &mut Criterion) {
    for stations in sizes() {
        let prices = prices(stations);
        let rtree =
            RTree::bulk_load(prices.iter().map(|(_, point, price)| GeomWithData::new(*point, *price)).collect());
        let points: Vec<_> = prices.iter().map(|(_, point, _)| *point).collect();
        let kiddo = Kiddo::new_from_slice(&points).expect("finite points make a tree");
        let mut group = criterion.benchmark_group(format!("{stations} stations"));
        group.sample_size(10);
        let mut dice = Dice::new(3);
        for radius_km in RADII_KM {
            let squared = (2.0 * (radius_km / EARTH_RADIUS_KM / 2.0).sin()).powi(2);
            group.bench_function(BenchmarkId::new("scan", radius_km), |bencher| {
                bencher.iter(|| {
                    let centre = asking(&mut dice);
                    let inside = prices.iter().filter(|(place, ..)| centre.distance_km(*place) <= radius_km);
                    black_box(inside.map(|(.., price)| *price).min())
                });
            });
            group.bench_function(BenchmarkId::new("rstar", radius_km), |bencher| {
                bencher.iter(|| {
                    let found = rtree.locate_within_distance(point(asking(&mut dice)), squared);
                    black_box(found.map(|found| found.data).min())
                });
            });
            group.bench_function(BenchmarkId::new("kiddo", radius_km), |bencher| {
                bencher.iter(|| {
                    let found = kiddo
                        .query(&point(asking(&mut dice)))
                        .within::<SquaredEuclidean<f64>>(squared)
                        .unsorted()
                        .execute();
                    let price =
                        |item: u32| usize::try_from(item).ok().and_then(|at| prices.get(at)).map(|found| found.2);
                    black_box(found.iter().filter_map(|found| price(found.item)).min())
                });
            });
        }
    }
}

criterion_group!(benches, searches, yardsticks);
criterion_main!(benches);
