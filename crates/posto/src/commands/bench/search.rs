//! `posto bench search`: searches and changes over a made-up market, beside a plain scan of it.

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use posto_market::synthetic::{Dice, NOW, asking, change, market};
use posto_market::{Area, Book, Change, Circle, Freshness, Fuel, Position, Query, Rank, TripCost};
use serde_json::{Value, json};

const RADII_KM: [f64; 5] = [1.0, 5.0, 25.0, 100.0, 500.0];
const SEARCHES: usize = 20_000;
const SCANS: usize = 20;
const CHANGES: u32 = 200_000;
const SEED: u64 = 7;

/// One kind of search.
type Kind = (&'static str, fn(Query) -> Query);

const KINDS: [Kind; 6] = [
    ("cheapest", |query| query),
    ("max_age", |query| Query { freshness: Freshness::AtMost(Duration::from_secs(2 * 86_400)), ..query }),
    ("twenty", |query| Query { limit: 20, ..query }),
    ("nearest", |query| Query { rank: Rank::Distance, ..query }),
    ("trip", |query| Query { rank: Rank::Trip(TripCost::DEFAULT), ..query }),
    ("pareto", |query| Query { pareto: true, limit: 200, ..query }),
];

pub fn run(stations: u32, as_json: bool) -> anyhow::Result<ExitCode> {
    let before = resident_bytes();
    let begun = Instant::now();
    let book = Book::new();
    market(stations.into(), SEED).for_each(|change| {
        book.apply(change);
    });
    book.settle();
    let loaded = begun.elapsed();
    let bytes = resident_bytes().saturating_sub(before) / u64::from(stations.max(1));
    let mut dice = Dice::new(SEED + 1);
    let mut rows = Vec::new();
    for (name, kind) in KINDS {
        for radius_km in RADII_KM {
            let queries = queries(&mut dice, radius_km, kind);
            let (p50, p99) =
                percentiles(SEARCHES, |at| drop(black_box(queries.get(at).map(|query| book.search(query)))));
            rows.push((name, radius_km, p50, p99));
        }
    }
    let plain = gasoline(stations);
    for radius_km in RADII_KM {
        let places: Vec<_> = (0..SCANS).map(|_| asking(&mut dice)).collect();
        let (p50, p99) = percentiles(SCANS, |at| {
            black_box(places.get(at).map(|at| scan(&plain, *at, radius_km)));
        });
        rows.push(("scan", radius_km, p50, p99));
    }
    let changes: Vec<_> = (0..CHANGES).filter_map(|_| change(&mut dice, stations)).collect();
    let begun = Instant::now();
    changes.into_iter().for_each(|change| {
        black_box(book.apply(change));
    });
    let per_second = f64::from(CHANGES) / begun.elapsed().as_secs_f64();
    if as_json {
        say!("{}", report(stations, loaded, (bytes, per_second), &rows));
    } else {
        say!("{stations} stations x 3 fuels, loaded in {loaded:.1?}, {bytes} bytes a station");
        say!("{per_second:.0} changes a second");
        for (name, radius_km, p50, p99) in rows {
            say!("{name:9} {radius_km:4} km  p50 {p50:>10.1?}  p99 {p99:>10.1?}");
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn report(stations: u32, loaded: Duration, held: (u64, f64), rows: &[(&str, f64, Duration, Duration)]) -> Value {
    let row = |(name, radius_km, p50, p99): &(&str, f64, Duration, Duration)| json!({ "search": name, "radius_km": radius_km, "p50_us": micros(*p50), "p99_us": micros(*p99) });
    let rows: Vec<_> = rows.iter().map(row).collect();
    json!({ "stations": stations, "loaded_s": loaded.as_secs_f64(), "bytes_per_station": held.0,
        "changes_per_second": held.1, "searches": rows })
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn queries(dice: &mut Dice, radius_km: f64, kind: fn(Query) -> Query) -> Vec<Query> {
    let circles = (0..SEARCHES).filter_map(|_| Circle::new(asking(dice), radius_km));
    let query = |circle| Query {
        fuel: Fuel::Gasoline,
        area: Area::Circle(circle),
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
    };
    circles.map(|circle| kind(query(circle))).collect()
}

fn percentiles(count: usize, mut run: impl FnMut(usize)) -> (Duration, Duration) {
    let mut times: Vec<_> = (0..count)
        .map(|at| {
            let begun = Instant::now();
            run(at);
            begun.elapsed()
        })
        .collect();
    times.sort_unstable();
    let nth = |percent: usize| times.get(times.len() * percent / 100).copied().unwrap_or_default();
    (nth(50), nth(99))
}

/// What the scan looks through: every place that sells gasoline, with its price in thousandths.
fn gasoline(stations: u32) -> Vec<(Position, u32)> {
    let mut place = None;
    let mut prices = Vec::new();
    for change in market(stations.into(), SEED) {
        match change {
            Change::Station(station) => place = Some(station.position),
            Change::Quote { fuel: Fuel::Gasoline, quote, .. } => {
                prices.extend(place.map(|place| (place, quote.price.thousandths())));
            }
            Change::Quote { .. } | Change::End { .. } => {}
        }
    }
    prices
}

fn scan(prices: &[(Position, u32)], centre: Position, radius_km: f64) -> Option<u32> {
    let inside = prices.iter().filter(|(place, _)| centre.distance_km(*place) <= radius_km);
    inside.map(|(_, price)| *price).min()
}

/// Memory of this process in bytes, where Linux tells; else 0.
fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()).and_then(|number| number.parse::<u64>().ok());
    kibibytes.unwrap_or(0) * 1024
}
