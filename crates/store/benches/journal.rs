//! Durable reports with so many writers waiting side by side, beside what the disk and plain SQLite
//! do. The disk is that of the working directory; `posto bench journal` tells the same of any other.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use posto_market::{Fuel, Position, Price, StationWish};
use posto_store::yardstick::{RawSyncs, SingleRows};
use posto_store::{Entry, Journal, Options, Origin, Report};
use tempfile::TempDir;

/// Places that reports are about, each a station of its own.
const PLACES: u64 = 10_000;

fn here() -> TempDir {
    tempfile::Builder::new().prefix("posto-bench-").tempdir_in(".").expect("a directory on the disk to measure")
}

/// A report at one of the places, in no order.
fn report(number: u64) -> Entry {
    let place = u32::try_from(number * 7919 % PLACES).unwrap_or(0);
    let degree = |part: u32| f64::from(part) * 0.7 - 35.0;
    let wish = StationWish {
        fuel: Fuel::Gasoline,
        position: Position::from_degrees(degree(place / 100), degree(place % 100)).expect("a place on Earth"),
        station: None,
        radius_km: 0.0,
        new: false,
        name: None,
        brand: None,
    };
    let thousandths = 1 + u32::try_from(number % 999_999).unwrap_or(0);
    let price = Price::from_thousandths(thousandths).expect("a price");
    let origin = Origin::V1("192.0.2.7:40000".to_owned());
    Entry::Report(Report { wish, price, currency: None, coordinates: None, id: None, origin, witness: None })
}

/// So many reports, so many of them waiting at any time; how long until the last one is durable.
fn send(journal: &Journal, count: u64, writers: u64) -> Duration {
    let (done, finished) = mpsc::channel();
    let (started, mut sent, mut durable) = (Instant::now(), 0, 0);
    while durable < count {
        while sent < count && sent - durable < writers {
            let done = done.clone();
            let told = move |outcome: Result<_, _>| {
                // Whoever waits no longer has seen a failure.
                let _ = done.send(outcome.is_ok());
            };
            journal.submit(report(sent), told).expect("the queue has room");
            sent += 1;
        }
        assert!(finished.recv().expect("an outcome"), "the journal failed");
        durable += 1 + u64::try_from(finished.try_iter().count()).unwrap_or(0);
    }
    started.elapsed()
}

fn durable_reports(criterion: &mut Criterion) {
    let directory = here();
    let mut group = criterion.benchmark_group("durable");
    group.throughput(Throughput::Elements(1)).sample_size(10).measurement_time(Duration::from_secs(2));
    let mut raw = RawSyncs::new(directory.path()).expect("a file");
    group.bench_function("4 KiB and fdatasync", |bencher| bencher.iter(|| raw.once().expect("synced")));
    let mut single = SingleRows::new(directory.path()).expect("a database");
    group.bench_function("SQLite, one row a transaction", |bencher| bencher.iter(|| single.once().expect("stored")));
    let journal = Journal::open(Options::new(directory.path().join("journal"))).expect("a journal").journal;
    send(&journal, PLACES, 256);
    for writers in [1, 16, 64, 256] {
        group.bench_function(BenchmarkId::new("journal, writers", writers), |bencher| {
            bencher.iter_custom(|count| send(&journal, count, writers));
        });
    }
    group.finish();
}

criterion_group!(benches, durable_reports);
criterion_main!(benches);
