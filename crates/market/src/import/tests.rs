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

fn ended(minute: i64) -> ImportedStation {
    let at = Timestamp::from_millis(minute * 60_000);
    let record = record(None, quote(1, None));
    ImportedStation { prices: Vec::new(), ended: vec![EndedPrice { fuel: Fuel::Diesel, at }], ..record }
}

fn sold(book: &Book) -> Option<u32> {
    Some(book.quote(&StationId::parse("it-1").unwrap(), Fuel::Diesel)?.price.thousandths())
}

#[test]
fn an_end_takes_only_an_earlier_price_away() {
    let book = Book::new();
    import(&book, &record(None, quote(1500, Some(5))));
    for (minute, left) in [(4, Some(1500)), (5, Some(1500)), (6, None)] {
        let effect = import(&book, &ended(minute));
        assert_eq!((effect.prices_ended, effect.prices_unchanged), if left.is_none() { (1, 0) } else { (0, 1) });
        assert_eq!(sold(&book), left, "{minute}");
    }
    assert_eq!(book.counts().prices, 0);
    assert_eq!(import(&book, &ended(6)), ImportEffect { prices_unchanged: 1, ..ImportEffect::default() });
    assert_eq!(import(&book, &ended(7)), ImportEffect { prices_unchanged: 1, ..ImportEffect::default() });
}

#[test]
fn only_a_price_from_after_the_end_comes_back() {
    let book = Book::new();
    import(&book, &record(None, quote(1500, None)));
    import(&book, &ended(6));
    for (minute, back) in [(Some(5), None), (None, None), (Some(6), None), (Some(7), Some(1500))] {
        let effect = import(&book, &record(None, quote(1500, minute)));
        assert_eq!(effect.prices_changed, usize::from(back.is_some()));
        assert_eq!(sold(&book), back, "{minute:?}");
    }
    assert_eq!(book.ended(&StationId::parse("it-1").unwrap(), Fuel::Diesel), None);
    assert_eq!(book.counts().prices, 1);
}

#[test]
fn of_a_price_and_an_end_in_one_record_the_later_counts() {
    for (price_at, end_at, left) in [(5, 6, None), (6, 5, Some(1500)), (6, 6, Some(1500))] {
        let book = Book::new();
        let both = ImportedStation { ended: ended(end_at).ended, ..record(None, quote(1500, Some(price_at))) };
        import(&book, &both);
        assert_eq!(sold(&book), left);
        assert_eq!(import(&book, &both), ImportEffect { prices_unchanged: 2, ..ImportEffect::default() });
    }
}

#[test]
fn what_was_never_sold_cannot_end() {
    let book = Book::new();
    let effect = import(&book, &ended(6));
    assert_eq!((effect.new_station, effect.prices_ended, effect.prices_unchanged), (true, 0, 1));
}

#[test]
fn what_ends_in_a_batch_is_seen_to_end_there() {
    let book = Book::new();
    import(&book, &record(None, quote(1500, Some(5))));
    let mut pending = Pending::new();
    let (changes, _) = (View { book: &book, pending: &pending }).import(&ended(6));
    changes.into_iter().for_each(|change| pending.push(change));
    let view = View { book: &book, pending: &pending };
    let id = StationId::parse("it-1").unwrap();
    assert_eq!(view.quote(&id, Fuel::Diesel), None);
    assert_eq!(view.import(&record(None, quote(1400, Some(4)))).1.prices_changed, 0);
    assert_eq!(view.import(&record(None, quote(1400, Some(7)))).1.prices_changed, 1);
}
