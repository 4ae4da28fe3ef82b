//! `P`: the best station of an area.

use posto_market::{Found, Query, Timestamp};
use posto_wire::{Search, answer, text};

use crate::facts;
use crate::service::{Asker, Service};

pub(crate) fn execute(service: &Service, search: Search, asker: Asker) {
    let (fuel, now, room) = (search.fuel, service.now(), asker.room);
    let best = service.book.search(&query(search, 1, now)).into_iter().next();
    asker.answer(
        || best.as_ref().map_or_else(|| nothing(service), |found| in_words(found, fuel)),
        || {
            facts::fitting(room, |characters| {
                let stations = best.iter().map(|found| facts::found(found, fuel, now, characters)).collect();
                answer::ok(&answer::Stations { stations, next: None })
            })
        },
    );
}

/// v1 tells an empty book from an empty radius.
fn nothing(service: &Service) -> String {
    let empty = service.book.counts().prices == 0;
    if empty { text::NO_RECORDS } else { text::NOTHING_FOUND }.to_owned()
}

/// What the book is asked: the search as it came, at the server's own time.
pub(super) fn query(search: Search, limit: usize, now: Timestamp) -> Query {
    let Search { fuel, area, freshness, rank, currency, brand, open, pareto, suspects, after, .. } = search;
    Query { fuel, area, freshness, now, rank, currency, brand, open, pareto, suspects, limit, after }
}

/// v1: the coordinates as they were reported; an imported station's with six decimals.
fn in_words(found: &Found, fuel: posto_market::Fuel) -> String {
    let plain = found.station.position.to_string();
    let coordinates = found.quote.coordinates.as_deref().unwrap_or(&plain);
    text::cheapest(fuel, found.quote.price, found.quote.currency, coordinates)
}
