//! What one would otherwise use: a plain scan, and two libraries that find everything within a
//! radius, of which the least price is then taken. None of them looks at the age of a price.

use kiddo::SquaredEuclidean;
use kiddo::kd_tree::KdTree;
use kiddo::leaf_strategy::FlatVec;
use kiddo::stem_strategy::Eytzinger;
use posto_market::synthetic::Dice;
use posto_market::{EARTH_RADIUS_KM, Position};
use rstar::RTree;
use rstar::primitives::GeomWithData;

use super::RADII_KM;
use super::measure::Row;
use super::sets::Set;

const QUESTIONS: usize = 500;

type Point = [f64; 3];
type Kiddo = KdTree<f64, u32, Eytzinger, FlatVec<f64, u32, 3, 32>, 3, 32>;

pub fn all(set: &Set) -> Vec<Row> {
    let prices = set.gasoline();
    let points: Vec<_> = prices.iter().map(|(place, _)| point(*place)).collect();
    let mut dice = Dice::new(5);
    let questions = RADII_KM.map(|_| (0..QUESTIONS).map(|_| set.place(&mut dice)).collect::<Vec<_>>());
    let asked = || RADII_KM.into_iter().zip(&questions);
    let scan = |radius_km: f64, from: &Position| {
        let inside = prices.iter().filter(|(place, _)| from.distance_km(*place) <= radius_km);
        inside.map(|(_, price)| *price).min()
    };
    let mut rows: Vec<_> = asked()
        .map(|(radius_km, places)| Row::of("brute force", radius_km, places, |from| scan(radius_km, from)))
        .collect();
    let places = points.iter().zip(&prices).map(|(point, (_, price))| GeomWithData::new(*point, *price));
    let rtree = RTree::bulk_load(places.collect());
    rows.extend(asked().map(|(radius_km, places)| {
        Row::of("rstar", radius_km, places, |from| {
            let found = rtree.locate_within_distance(point(*from), chord_squared(radius_km));
            found.map(|found| found.data).min()
        })
    }));
    drop(rtree);
    let Ok(kiddo) = Kiddo::new_from_slice(&points) else { return rows };
    rows.extend(asked().map(|(radius_km, places)| {
        Row::of("kiddo", radius_km, places, |from| {
            let from = point(*from);
            let within = kiddo.query(&from).within::<SquaredEuclidean<f64>>(chord_squared(radius_km));
            let price = |item: u32| usize::try_from(item).ok().and_then(|at| prices.get(at)).map(|found| found.1);
            within.unsorted().execute().iter().filter_map(|found| price(found.item)).min()
        })
    }));
    rows
}

fn point(position: Position) -> Point {
    let (latitude, longitude) = (position.latitude().to_radians(), position.longitude().to_radians());
    [latitude.cos() * longitude.cos(), latitude.cos() * longitude.sin(), latitude.sin()]
}

fn chord_squared(radius_km: f64) -> f64 {
    (2.0 * (radius_km / EARTH_RADIUS_KM / 2.0).sin()).powi(2)
}
