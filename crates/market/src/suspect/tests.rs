use super::*;
use crate::book::Book;
use crate::change::Change;
use crate::price::{Currency, Price, Unit};
use crate::rank::Rank;
use crate::search::{Freshness, Query};
use crate::station::{Quote, Station, StationId};
use crate::time::Timestamp;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn book(prices: &[u32]) -> Book {
    let book = Book::new();
    for (number, thousandths) in (0..).zip(prices) {
        let id = StationId::parse(&format!("s{number}")).unwrap();
        let position = Position::from_microdegrees(10_000 + 100 * number, 10_000).unwrap();
        book.apply(Change::Station(Station::at(id.clone(), position)));
        let quote = Quote {
            price: Price::from_thousandths(*thousandths).unwrap(),
            currency: Currency::BRL,
            unit: Unit::Litre,
            reported_at: Some(NOW),
            coordinates: None,
        };
        book.apply(Change::Quote { station: id, fuel: Fuel::Gasoline, quote });
    }
    book
}

fn cheapest(book: &Book, suspects: bool) -> (u32, bool) {
    let query = Query {
        fuel: Fuel::Gasoline,
        area: Area::Circle(Circle::new(Position::from_degrees(0.0, 0.0).unwrap(), 50.0).unwrap()),
        freshness: Freshness::Preferred,
        now: NOW,
        rank: Rank::Price,
        currency: None,
        brand: None,
        open: false,
        pareto: false,
        suspects,
        limit: 1,
        after: None,
    };
    let found = book.search(&query);
    (found[0].quote.price.thousandths(), found[0].suspect)
}

#[test]
fn a_price_far_out_never_wins_unless_asked_for() {
    let book = book(&[5000, 5000, 5000, 5000, 5000, 5000, 5000, 5000, 500]);
    assert_eq!(cheapest(&book, false), (5000, false));
    assert_eq!(cheapest(&book, true), (500, true));
}

#[test]
fn a_tenth_less_than_everyone_is_a_good_price() {
    let book = book(&[5000, 5000, 5000, 5000, 5000, 5000, 5000, 5000, 4500]);
    assert_eq!(cheapest(&book, false), (4500, false));
}

#[test]
fn seven_prices_are_too_few_to_judge_by() {
    assert_eq!(cheapest(&book(&[5000, 5000, 5000, 5000, 5000, 5000, 5000, 500]), false), (500, false));
}

#[test]
fn what_came_too_early_to_be_judged_is_judged_when_the_book_settles() {
    let book = book(&[500, 5000, 5000, 5000, 5000, 5000, 5000, 5000, 5000]);
    assert_eq!(cheapest(&book, false), (500, false));
    book.settle();
    assert_eq!(cheapest(&book, false), (5000, false));
}
