//! The book's values as the wire tells them.

use posto_market::{Found, Fuel, Label, Price, Quote, Station, Timestamp, limits::FRESH_FOR};
use posto_store::PriceChange;
use posto_wire::answer::{Candidate, OpeningFacts, PriceFacts, StationFacts, StationPrice, two_decimals};
use posto_wire::command::service_word;
use posto_wire::{ErrorCode, Mistake, Value, answer, python, time};

use crate::limits::SHORTER_LABELS;

/// What is known of a station, names cut to this many characters.
pub(crate) fn station(station: &Station, characters: usize) -> StationFacts {
    StationFacts {
        id: station.id.to_string(),
        lat: station.position.latitude(),
        lon: station.position.longitude(),
        name: cut(station.name.as_ref(), characters),
        brand: cut(station.brand.as_ref(), characters),
        source: cut(station.source.as_ref(), characters),
    }
}

/// When a station is open, whom it serves and how.
pub(crate) fn opening(station: &Station, now: Timestamp) -> OpeningFacts {
    OpeningFacts {
        hours: station.hours.as_ref().map(ToString::to_string),
        open: station.is_open(now),
        service: station.service.map(|service| service_word(service).to_owned()),
        members_only: station.members_only,
    }
}

/// A text for people, cut to this many characters.
pub(crate) fn cut(label: Option<&Label>, characters: usize) -> Option<String> {
    label.map(|label| label.as_str().chars().take(characters).collect())
}

/// One price; `suspect` as the book judges it.
pub(crate) fn price(fuel: Fuel, quote: &Quote, suspect: bool, now: Timestamp) -> PriceFacts {
    PriceFacts {
        fuel: fuel.code(),
        price: quote.price.thousandths(),
        currency: quote.currency.code().to_owned(),
        unit: quote.unit.sign().to_owned(),
        reported_at: quote.reported_at.map(time::format),
        stale: is_stale(quote.reported_at, now),
        suspect,
    }
}

/// One change, with what is known of its station.
pub(crate) fn change(change: &PriceChange, of: &Station, now: Timestamp, characters: usize) -> answer::PriceChange {
    answer::PriceChange {
        position: change.position,
        station: station(of, characters),
        fuel: change.fuel.code(),
        price: change.price.map(Price::thousandths),
        currency: change.currency.code().to_owned(),
        unit: change.unit.sign().to_owned(),
        at: change.at.map(time::format),
        stale: is_stale(change.at, now),
        suspect: change.suspect,
        opening: opening(of, now),
    }
}

fn is_stale(reported_at: Option<Timestamp>, now: Timestamp) -> bool {
    reported_at.is_none_or(|at| now.since(at) > FRESH_FOR)
}

pub(crate) fn found(found: &Found, fuel: Fuel, now: Timestamp, characters: usize) -> StationPrice {
    StationPrice {
        station: station(&found.station, characters),
        price: price(fuel, &found.quote, found.suspect, now),
        opening: opening(&found.station, now),
        distance_m: found.distance_km.map(metres),
        trip_cost: found.trip_cost.map(two_decimals),
    }
}

pub(crate) fn candidate((known, distance_km): &(std::sync::Arc<Station>, f64), characters: usize) -> Candidate {
    Candidate { station: station(known, characters), distance_m: metres(*distance_km) }
}

fn metres(distance_km: f64) -> f64 {
    two_decimals(distance_km * 1000.0)
}

/// The first answer that fits into this many bytes, of those that `make` makes with shorter and shorter
/// names; the error `resposta_grande` where none does.
pub(crate) fn fitting(room: usize, make: impl Fn(usize) -> Value) -> Value {
    SHORTER_LABELS.into_iter().map(make).find(|answer| fits(answer, room)).unwrap_or_else(|| {
        let message = format!("A resposta passa de {room} bytes");
        answer::error(&Mistake::new(ErrorCode::RespostaGrande, message))
    })
}

/// The longest part, of at most `most` elements, that fits into this many bytes; one element at
/// least, where there is one, whether it fits or not.
pub(crate) fn longest_part(room: usize, most: usize, make: impl Fn(usize) -> Value) -> Value {
    let all = make(most);
    if fits(&all, room) {
        return all;
    }
    // `too_many` does not fit; `count` does, or is the least there can be.
    let (mut count, mut too_many) = (most.min(1), most);
    while count + 1 < too_many {
        let middle = count.midpoint(too_many);
        if fits(&make(middle), room) {
            count = middle;
        } else {
            too_many = middle;
        }
    }
    make(count)
}

/// Whether an answer's `dados` fits into this many bytes.
pub(crate) fn fits(answer: &Value, room: usize) -> bool {
    python::at_most_bytes(answer) <= room || python::dumps(answer).len() <= room
}
