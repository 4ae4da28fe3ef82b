//! The promise of ARCHITECTURE.md ("The search"): a search sees every change acknowledged before it
//! began, and every price that it returns was current at some moment during it.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::*;
use crate::area::{Area, Circle};
use crate::price::{Currency, Price, Unit};
use crate::rank::Rank;
use crate::search::Freshness;
use crate::time::Timestamp;

const STATIONS: u32 = 1_500;
const CHANGES: u32 = 60_000;

/// The price of a station in its so-manieth version: any, but always the same, and too close
/// together to be suspect.
fn price(station: u32, version: u32) -> Price {
    let mixed = (station + 1).wrapping_mul(2_654_435_761).wrapping_add(version.wrapping_mul(40_503)).rotate_left(7);
    Price::from_thousandths(5_000 + mixed % 300).unwrap()
}

fn station(number: u32, version: u32) -> Station {
    let id = StationId::parse(&format!("s{number:05}")).unwrap();
    let place = i32::try_from(number).unwrap();
    let position = Position::from_microdegrees(place % 40 * 5_000, place / 40 * 5_000).unwrap();
    // Another name is another place in the book.
    Station { name: crate::station::Label::new(&format!("v{}", version / 16)), ..Station::at(id, position) }
}

/// What was begun and what was acknowledged of every station's versions.
struct Log {
    begun: Vec<AtomicU32>,
    done: Vec<AtomicU32>,
    over: AtomicBool,
}

fn write(book: &Book, log: &Log) {
    for step in 0..CHANGES {
        let number = step.wrapping_mul(7_919) % STATIONS;
        let at = crate::number::index(number);
        let version = log.done[at].load(Ordering::SeqCst) + 1;
        log.begun[at].store(version, Ordering::SeqCst);
        if version % 16 == 1 {
            book.apply(Change::Station(station(number, version)));
        }
        let quote = Quote {
            price: price(number, version),
            currency: Currency::BRL,
            unit: Unit::Litre,
            reported_at: Some(Timestamp::from_millis(i64::from(version))),
            coordinates: None,
        };
        assert!(book.apply(Change::Quote { station: station(number, version).id, fuel: Fuel::Diesel, quote }));
        log.done[at].store(version, Ordering::SeqCst);
    }
    log.over.store(true, Ordering::SeqCst);
}

fn read(book: &Book, log: &Log, limit: usize) -> usize {
    let centre = Position::from_degrees(0.1, 0.1).unwrap();
    let query = Query {
        fuel: Fuel::Diesel,
        area: Area::Circle(Circle::new(centre, 15.0).unwrap()),
        freshness: Freshness::Any,
        now: Timestamp::from_millis(1_000_000),
        rank: Rank::Price,
        currency: None,
        brand: None,
        open: false,
        pareto: false,
        suspects: true,
        limit,
        after: None,
    };
    let inside: Vec<_> =
        (0..STATIONS).filter(|number| centre.distance_km(station(*number, 0).position) <= 15.0).collect();
    let mut searches = 0;
    while !log.over.load(Ordering::SeqCst) {
        let before: Vec<_> = log.done.iter().map(|done| done.load(Ordering::SeqCst)).collect();
        let found = book.search(&query);
        let after: Vec<_> = log.begun.iter().map(|begun| begun.load(Ordering::SeqCst)).collect();
        let mut seen = std::collections::HashSet::new();
        for found in &found {
            let number: u32 = found.station.id.as_str()[1..].parse().unwrap();
            let version = u32::try_from(found.quote.reported_at.unwrap().millis()).unwrap();
            let at = crate::number::index(number);
            assert!(seen.insert(number), "a station is found once");
            assert_eq!(found.quote.price, price(number, version), "price and time belong together");
            assert!(
                (before[at]..=after[at]).contains(&version),
                "{number}: {version} of {}..={}",
                before[at],
                after[at]
            );
        }
        // What always cost less than the worst of a full list must be in it.
        let worst = found.last().filter(|_| found.len() == limit).map_or(Price::MAX, |found| found.quote.price);
        for number in inside.iter().filter(|number| !seen.contains(number)) {
            let at = crate::number::index(*number);
            let dearest =
                (before[at]..=after[at]).filter(|version| *version > 0).map(|version| price(*number, version)).max();
            assert!(before[at] == 0 || dearest.is_none_or(|dearest| dearest >= worst), "{number} is missing");
        }
        searches += 1;
    }
    searches
}

#[test]
fn searches_see_what_was_acknowledged_and_return_what_was_current() {
    let numbers = || (0..STATIONS).map(|_| AtomicU32::new(0)).collect();
    let (book, log) = (Book::new(), Log { begun: numbers(), done: numbers(), over: AtomicBool::new(false) });
    for number in 0..STATIONS {
        book.apply(Change::Station(station(number, 0)));
    }
    let searches: usize = std::thread::scope(|scope| {
        let readers: Vec<_> = [1, 10, 10_000]
            .map(|limit| {
                scope.spawn({
                    let (book, log) = (&book, &log);
                    move || read(book, log, limit)
                })
            })
            .into();
        scope.spawn(|| write(&book, &log));
        scope.spawn(|| {
            while !log.over.load(Ordering::SeqCst) {
                book.settle();
            }
        });
        readers.into_iter().map(|reader| reader.join().unwrap()).sum()
    });
    assert!(searches > 0);
}
