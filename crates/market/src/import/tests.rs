use super::*;
use crate::book::Book;
use crate::position::Position;
use crate::price::{Currency, Price, Unit};
use crate::station::{Label, StationId};
use crate::time::Timestamp;
use crate::view::Pending;

fn quote(thousandths: u32, minute: Option<i64>) -> Quote {
    Quote {
        price: Price::from_thousandths(thousandths).unwrap(),
        currency: Currency::EUR,
        unit: Unit::Litre,
        reported_at: minute.map(|minute| Timestamp::from_millis(minute * 60_000)),
        coordinates: None,
    }
}

fn record(name: Option<&str>, price: Quote) -> ImportedStation {
    let id = StationId::parse("it-1").unwrap();
    let station =
        Station { name: name.and_then(Label::new), ..Station::at(id, Position::from_degrees(45.0, 9.0).unwrap()) };
    ImportedStation { station, prices: vec![ImportedPrice { fuel: Fuel::Diesel, quote: price }], ended: Vec::new() }
}

fn import(book: &Book, record: &ImportedStation) -> ImportEffect {
    let (changes, effect) = (View { book, pending: &Pending::new() }).import(record);
    for change in changes {
        book.apply(change);
    }
    effect
}

fn price(book: &Book) -> u32 {
    book.quote(&StationId::parse("it-1").unwrap(), Fuel::Diesel).unwrap().price.thousandths()
}

#[test]
fn the_same_record_again_changes_nothing() {
    let book = Book::new();
    let record = record(Some("A"), quote(1500, Some(1)));
    let first = import(&book, &record);
    assert_eq!((first.new_station, first.prices_changed), (true, 1));
    let again = import(&book, &record);
    assert_eq!(again, ImportEffect { prices_unchanged: 1, ..ImportEffect::default() });
}

#[test]
fn only_a_newer_price_replaces() {
    let book = Book::new();
    for (thousandths, minute, expected) in [
        (1500, Some(5), 1500),
        (1400, Some(4), 1500), // older
        (1400, Some(5), 1500), // of the same time
        (1400, None, 1500),    // of unknown time
        (1600, Some(6), 1600),
    ] {
        import(&book, &record(None, quote(thousandths, minute)));
        assert_eq!(price(&book), expected);
    }
}

#[test]
fn of_two_prices_without_a_time_the_later_import_counts() {
    let book = Book::new();
    import(&book, &record(None, quote(1500, None)));
    assert_eq!(import(&book, &record(None, quote(1400, None))).prices_changed, 1);
    assert_eq!(import(&book, &record(None, quote(1400, None))).prices_unchanged, 1);
    assert_eq!(price(&book), 1400);
}

#[test]
fn a_feed_s_blanks_erase_nothing() {
    let book = Book::new();
    import(&book, &record(Some("A"), quote(1500, Some(1))));
    assert!(!import(&book, &record(None, quote(1500, Some(1)))).changed_station);
    assert!(import(&book, &record(Some("B"), quote(1500, Some(1)))).changed_station);
    assert_eq!(book.station(&StationId::parse("it-1").unwrap()).unwrap().station.name, Label::new("B"));
}
