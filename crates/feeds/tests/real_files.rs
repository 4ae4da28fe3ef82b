//! Italy's files of 2026-08-21, where they are: `../../../shared/data/italy`, never committed.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;
use std::time::Duration;

use posto_feeds::{Reason, Summary, italy};
use posto_market::{
    Area, Book, BookCounts, Change, Circle, Currency, Freshness, Fuel, ImportedStation, Position, Query, Rank,
    Timestamp,
};

/// 2026-08-21T06:00:00Z, 8 o'clock in Rome.
const NOW: Timestamp = Timestamp::from_millis(1_787_292_000_000);

/// Both files read, or `None` with a message where they are absent.
fn read_italy() -> Option<(Vec<ImportedStation>, Summary)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/italy");
    let open = |name| File::open(folder.join(name)).map(BufReader::new);
    let (Ok(register), Ok(prices)) = (open(italy::REGISTER_FILE), open(italy::PRICES_FILE)) else {
        eprintln!("skipped: Italy's files are not in {}", folder.display());
        return None;
    };
    let mut stations = Vec::new();
    let summary = italy::read(register, prices, NOW, |station| stations.push(station)).expect("the real files read");
    Some((stations, summary))
}

#[test]
fn the_counts_are_those_of_the_brute_force_script() {
    let Some((stations, summary)) = read_italy() else { return };
    assert_eq!((summary.station_rows, summary.price_rows), (23_973, 92_812));
    assert_eq!((summary.stations, summary.without_prices), (21_634, 2_336));
    let selling =
        |fuel| stations.iter().filter(|station| station.prices.iter().any(|price| price.fuel == fuel)).count();
    let sold = [Fuel::Diesel, Fuel::Gasoline, Fuel::Lpg, Fuel::Cng].map(selling);
    assert_eq!(sold, [21_183, 21_189, 4_591, 1_508]);
    assert_eq!(summary.prices, sold.iter().sum::<usize>());
    assert_eq!((summary.served_beside_self, summary.superseded), (26_081, 0));
    assert_eq!(summary.other_fuels.values().sum::<usize>(), 18_249);
    assert_eq!(summary.other_fuels.len(), 55, "59 names less the four known");
    let skipped: Vec<_> = summary.skipped.iter().map(|(reason, skips)| (reason, skips.count)).collect();
    assert_eq!(skipped, [(Reason::Coordinates, 3), (Reason::UnknownStation, 11)]);
}

#[test]
fn all_rows_with_delimiters_in_their_names_are_kept() {
    let Some((stations, _)) = read_italy() else { return };
    let named =
        |station: &&ImportedStation| station.station.name.as_ref().is_some_and(|name| name.as_str().contains('|'));
    assert_eq!(stations.iter().filter(named).count(), 112);
}

#[test]
fn the_cheapest_gasoline_in_the_middle_of_milan_is_found() {
    let Some((stations, summary)) = read_italy() else { return };
    let book = Book::new();
    for ImportedStation { station, prices, .. } in stations {
        let id = station.id.clone();
        book.apply(Change::Station(station));
        for price in prices {
            assert!(book.apply(Change::Quote { station: id.clone(), fuel: price.fuel, quote: price.quote }));
        }
    }
    assert_eq!(book.counts(), BookCounts { stations: summary.stations, prices: summary.prices });
    let centre = Position::from_degrees(45.4642, 9.19).unwrap();
    let query = Query {
        fuel: Fuel::Gasoline,
        area: Area::Circle(Circle::new(centre, 2.0).unwrap()),
        freshness: Freshness::AtMost(Duration::from_secs(3600 * 24 * 365 * 20)),
        now: NOW,
        rank: Rank::Price,
        currency: Some(Currency::EUR),
        brand: None,
        open: false,
        pareto: false,
        suspects: false,
        limit: 1,
        after: None,
    };
    let found = book.search(&query);
    assert_eq!((found[0].station.id.as_str(), found[0].quote.price.thousandths()), ("it-61154", 1979));
}
