//! The book: what it takes to hold a market, to search it and to change it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use posto_market::synthetic::Dice;
use posto_market::{
    Area, Book, BookCounts, BookLoader, BoundingBox, Circle, Freshness, Fuel, MapView, Position, Query, Rank, Survey,
    TripCost,
};

use super::RADII_KM;
use super::measure::{Row, resident_bytes};
use super::sets::Set;

const QUESTIONS: usize = 20_000;
const CHANGES: u32 = 400_000;

/// A map is about so many tiles wide.
const TILES: f64 = 4.0;

const KILOMETRES_A_DEGREE: f64 = 111.2;

/// A kind of search.
type Kind = (&'static str, fn(Query) -> Query);

const KINDS: [Kind; 7] = [
    ("cheapest", |query| query),
    ("of any age", |query| Query { freshness: Freshness::Any, ..query }),
    ("max_age 2 d", |query| Query { freshness: Freshness::AtMost(Duration::from_secs(2 * 86_400)), ..query }),
    ("twenty", |query| Query { limit: 20, ..query }),
    ("nearest", |query| Query { rank: Rank::Distance, ..query }),
    ("trip", |query| Query { rank: Rank::Trip(TripCost::DEFAULT), ..query }),
    ("pareto", |query| Query { pareto: true, limit: 200, ..query }),
];

/// What holding a market takes.
pub struct Held {
    pub counts: BookCounts,
    /// Without the time in which the changes were made up.
    pub loaded: Duration,
    bytes: u64,
}

/// How long one price change takes, on average.
pub struct Changes {
    pub alone: Duration,
    /// While somebody searches without a pause.
    pub with_reader: Duration,
}

impl Held {
    pub fn bytes_per_station(&self) -> u64 {
        self.bytes / u64::try_from(self.counts.stations).unwrap_or(u64::MAX).max(1)
    }
}

pub fn load(set: &Set) -> (Book, Held) {
    let begun = Instant::now();
    set.changes().for_each(|change| drop(std::hint::black_box(change)));
    let made_up = begun.elapsed();
    let before = resident_bytes();
    let begun = Instant::now();
    let mut loader = BookLoader::new();
    for change in set.changes() {
        loader.apply(change);
    }
    let book = loader.finish();
    let loaded = begun.elapsed().saturating_sub(made_up);
    let bytes = resident_bytes().saturating_sub(before);
    let counts = book.counts();
    (book, Held { counts, loaded, bytes })
}

pub fn searches(book: &Book, set: &Set) -> Vec<Row> {
    let mut dice = Dice::new(8);
    let mut rows = Vec::new();
    let mut circles =
        |radius_km| -> Vec<_> { (0..QUESTIONS).filter_map(|_| Circle::new(set.place(&mut dice), radius_km)).collect() };
    for (what, kind) in KINDS {
        for radius_km in RADII_KM {
            let queries: Vec<_> = circles(radius_km).into_iter().map(|circle| kind(query(circle, set))).collect();
            rows.push(Row::of(what, radius_km, &queries, |query| book.search(query)));
        }
    }
    for radius_km in RADII_KM {
        let surveys: Vec<_> = circles(radius_km).into_iter().map(|circle| survey(circle, set)).collect();
        rows.push(Row::of("statistics", radius_km, &surveys, |survey| book.statistics(survey)));
    }
    for radius_km in RADII_KM {
        let views: Vec<_> = circles(radius_km).into_iter().filter_map(|circle| view(circle, set)).collect();
        rows.push(Row::of("map", radius_km, &views, |view| book.cells(view)));
    }
    rows
}

pub fn changes(book: &Book, set: &Set) -> Changes {
    let mut dice = Dice::new(9);
    let mut apply = || {
        let changes: Vec<_> = (0..CHANGES).filter_map(|_| set.change(&mut dice)).collect();
        let count = u32::try_from(changes.len()).unwrap_or(u32::MAX).max(1);
        let begun = Instant::now();
        changes.into_iter().for_each(|change| {
            std::hint::black_box(book.apply(change));
        });
        begun.elapsed() / count
    };
    let alone = apply();
    let over = AtomicBool::new(false);
    let with_reader = std::thread::scope(|scope| {
        scope.spawn(|| read(book, set, &over));
        let with_reader = apply();
        over.store(true, Ordering::Relaxed);
        with_reader
    });
    Changes { alone, with_reader }
}

/// Searches until it is over.
fn read(book: &Book, set: &Set, over: &AtomicBool) {
    let mut dice = Dice::new(10);
    while !over.load(Ordering::Relaxed) {
        let circle = Circle::new(set.place(&mut dice), 5.0);
        std::hint::black_box(circle.map(|circle| book.search(&query(circle, set))));
    }
}

fn query(circle: Circle, set: &Set) -> Query {
    Query {
        fuel: Fuel::Gasoline,
        area: Area::Circle(circle),
        freshness: Freshness::Preferred,
        now: set.now,
        rank: Rank::Price,
        currency: None,
        brand: None,
        open: false,
        pareto: false,
        suspects: false,
        limit: 1,
        after: None,
    }
}

fn survey(circle: Circle, set: &Set) -> Survey {
    let (fuel, area) = (Fuel::Gasoline, Area::Circle(circle));
    Survey { fuel, area, freshness: Freshness::Preferred, now: set.now, currency: None }
}

/// A map as wide as the circle, as a browser's window shows it.
fn view(circle: Circle, set: &Set) -> Option<MapView> {
    let centre = circle.centre();
    let half = circle.radius_km() / KILOMETRES_A_DEGREE;
    let wide = half / centre.latitude().to_radians().cos();
    let corner = |down: f64| {
        Position::from_degrees(
            (centre.latitude() + down * half).clamp(-90.0, 90.0),
            (centre.longitude() + down * wide).clamp(-180.0, 180.0),
        )
    };
    let zoom = (0_u8..22).take_while(|zoom| 360.0 * TILES / f64::from(1_u32 << zoom) > 2.0 * wide).count();
    let bounds = BoundingBox::new(corner(-1.0)?, corner(1.0)?)?;
    Some(MapView { fuel: Fuel::Gasoline, bounds, zoom: u8::try_from(zoom).ok()?, now: set.now })
}
