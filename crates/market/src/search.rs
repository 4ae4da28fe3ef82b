//! The search: the cheapest, nearest or thriftiest stations of an area.
//!
//! A scan over the stations between the area's latitudes; the interface is the one that the tree
//! of ARCHITECTURE.md ("The search") will stand behind.

use std::cmp::Ordering;
use std::sync::Arc;
use std::time::Duration;

use crate::area::Area;
use crate::book::{Entry, Shelf};
use crate::fuel::Fuel;
use crate::limits::FRESH_FOR;
use crate::price::{Currency, Unit};
use crate::rank::{Cursor, Rank};
use crate::station::{Label, Quote, Station};
use crate::survey::{Cell, MapView, Statistics, Survey};
use crate::time::Timestamp;

/// How old a price may be (PROTOCOL §7, "Freshness"). A price of unknown age is never fresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// Any age: v1's `P`, and `max_idade_s: "tudo"`.
    Any,
    /// Prices of the last 30 days; only where the area has none, older ones.
    Preferred,
    /// At most this old, or nothing.
    AtMost(Duration),
}

/// What to look for.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// The fuel.
    pub fuel: Fuel,
    /// Where.
    pub area: Area,
    /// How old a price may be.
    pub freshness: Freshness,
    /// The moment ages are counted from.
    pub now: Timestamp,
    /// The order. Without a centre every distance counts as 0.
    pub rank: Rank,
    /// The currency to compare; `None`: that of the nearest match.
    pub currency: Option<Currency>,
    /// Only stations of this brand, compared without regard to case.
    pub brand: Option<Label>,
    /// Only matches that no other one beats: none is at most as dear and as far, and better in one
    /// of the two. Needs a centre; ordered by rank like any list.
    pub pareto: bool,
    /// Whether prices marked suspect may be found too.
    pub suspects: bool,
    /// Most matches to return.
    pub limit: usize,
    /// Only matches after this one, where a list goes on.
    pub after: Option<Cursor>,
}

/// One match.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The station.
    pub station: Arc<Station>,
    /// Its latest quote of the fuel.
    pub quote: Quote,
    /// Distance from the area's centre in km; `None` where it has none.
    pub distance_km: Option<f64>,
    /// What filling up costs with the way there, when ranked by it.
    pub trip_cost: Option<f64>,
    /// Older than 30 days, or of unknown age.
    pub stale: bool,
    /// Beyond three interquartile ranges of at least eight prices around it (PROTOCOL §7,
    /// "Suspect"): it is found only where [`Query::suspects`] asks for it.
    pub suspect: bool,
    /// Where a list goes on after this match.
    pub cursor: Cursor,
}

/// A station that sells the fuel in the area, before it is ranked.
struct Candidate<'a> {
    entry: &'a Entry,
    quote: &'a Quote,
    /// From the centre, or from the middle of a box without one.
    distance_km: f64,
}

pub(crate) fn search(shelf: &Shelf, query: &Query) -> Vec<Found> {
    let candidates = comparable(shelf, query);
    let mut found: Vec<_> = candidates.into_iter().map(|candidate| rank(&candidate, query)).collect();
    if query.pareto {
        keep_unbeaten(&mut found);
    }
    if let Some(after) = &query.after {
        found.retain(|found| after.order(&found.cursor) == Ordering::Less);
    }
    let order = |a: &Found, b: &Found| a.cursor.order(&b.cursor);
    if query.limit < found.len() {
        found.select_nth_unstable_by(query.limit, order);
        found.truncate(query.limit);
    }
    found.sort_unstable_by(order);
    found
}

/// The candidates that may be compared with each other.
fn comparable<'a>(shelf: &'a Shelf, query: &Query) -> Vec<Candidate<'a>> {
    let mut candidates = candidates(shelf, query);
    let brand = query.brand.as_ref().map(|brand| brand.as_str().to_lowercase());
    candidates.retain(|candidate| {
        let of = candidate.entry.station.brand.as_ref().map(|brand| brand.as_str().to_lowercase());
        brand.is_none() || of == brand
    });
    keep_fresh(&mut candidates, query);
    keep_one_money(&mut candidates, query);
    candidates
}

/// Another is at most as dear and as far, and better in one of the two (PROTOCOL §7, "Pareto").
fn keep_unbeaten(found: &mut Vec<Found>) {
    let of = |found: &Found| (found.cursor.price, found.cursor.distance_km);
    let all: Vec<_> = found.iter().map(of).collect();
    found.retain(|one| {
        let (price, distance_km) = of(one);
        let beats = |other: &(crate::price::Price, f64)| {
            other.0 <= price && other.1 <= distance_km && (other.0 < price || other.1 < distance_km)
        };
        !all.iter().any(beats)
    });
}

pub(crate) fn statistics(shelf: &Shelf, survey: &Survey) -> Option<Statistics> {
    let Survey { fuel, area, freshness, now, currency } = survey.clone();
    let query = Query {
        fuel,
        area,
        freshness,
        now,
        rank: Rank::Price,
        currency,
        brand: None,
        pareto: false,
        suspects: false,
        limit: usize::MAX,
        after: None,
    };
    let found = search(shelf, &query);
    let price =
        |share: usize| found.get((found.len() * share).div_ceil(4).saturating_sub(1)).map(|found| found.quote.price);
    let first = found.first()?;
    Some(Statistics {
        count: found.len(),
        min: first.quote.price,
        first_quartile: price(1)?,
        median: price(2)?,
        third_quartile: price(3)?,
        max: found.last()?.quote.price,
        newest: found.iter().filter_map(|found| found.quote.reported_at).max(),
        currency: first.quote.currency,
        unit: first.quote.unit,
    })
}

pub(crate) fn cells(shelf: &Shelf, view: &MapView) -> Vec<Cell> {
    let area = Area::Box { bounds: view.bounds, centre: None };
    let query = Query {
        fuel: view.fuel,
        area,
        freshness: Freshness::Any,
        now: view.now,
        rank: Rank::Price,
        currency: None,
        brand: None,
        pareto: false,
        suspects: true,
        limit: crate::limits::MAX_CELLS,
        after: None,
    };
    let cell = |found: Found| Cell {
        position: found.station.position,
        count: 1,
        lowest: (!found.suspect).then_some(found.quote.price),
        currency: (!found.suspect).then_some(found.quote.currency),
        station: Some(found.station.id.clone()),
    };
    search(shelf, &query).into_iter().map(cell).collect()
}

fn candidates<'a>(shelf: &'a Shelf, query: &Query) -> Vec<Candidate<'a>> {
    let sells = |entry: &'a Entry, distance_km| {
        let quote = entry.quotes.get(query.fuel)?;
        Some(Candidate { entry, quote, distance_km })
    };
    match query.area {
        Area::Circle(circle) => {
            let within = shelf.around(circle.centre(), circle.radius_km());
            within.filter_map(|(entry, distance_km)| sells(entry, distance_km)).collect()
        }
        Area::Box { bounds, centre } => {
            let from = centre.unwrap_or_else(|| bounds.middle());
            let band =
                shelf.between(bounds.south_west().latitude_microdegrees(), bounds.north_east().latitude_microdegrees());
            band.filter(|entry| bounds.contains(entry.station.position))
                .filter_map(|entry| sells(entry, from.distance_km(entry.station.position)))
                .collect()
        }
    }
}

fn keep_fresh(candidates: &mut Vec<Candidate<'_>>, query: &Query) {
    let at_most = |limit: Duration| move |quote: &Quote| age(quote, query.now).is_some_and(|age| age <= limit);
    match query.freshness {
        Freshness::Any => {}
        Freshness::AtMost(limit) => candidates.retain(|candidate| at_most(limit)(candidate.quote)),
        Freshness::Preferred => {
            if candidates.iter().any(|candidate| at_most(FRESH_FOR)(candidate.quote)) {
                candidates.retain(|candidate| at_most(FRESH_FOR)(candidate.quote));
            }
        }
    }
}

/// Prices are compared only within one currency and unit: those of the nearest match
/// (PROTOCOL §7), among equally near ones those of the smallest id.
fn keep_one_money(candidates: &mut Vec<Candidate<'_>>, query: &Query) {
    let wanted = |quote: &Quote| query.currency.is_none_or(|currency| quote.currency == currency);
    let nearer = |a: &&Candidate<'_>, b: &&Candidate<'_>| {
        a.distance_km.total_cmp(&b.distance_km).then_with(|| a.entry.station.id.cmp(&b.entry.station.id))
    };
    let nearest = candidates.iter().filter(|candidate| wanted(candidate.quote)).min_by(nearer);
    let Some((currency, unit)) = nearest.map(|candidate| money(candidate.quote)) else {
        return candidates.clear();
    };
    candidates.retain(|candidate| money(candidate.quote) == (currency, unit));
}

fn money(quote: &Quote) -> (Currency, Unit) {
    (quote.currency, quote.unit)
}

fn rank(candidate: &Candidate<'_>, query: &Query) -> Found {
    let distance_km = query.area.centre().map(|_| candidate.distance_km);
    let price = candidate.quote.price;
    let cost = query.rank.cost(price, distance_km.unwrap_or(0.0));
    let id = candidate.entry.station.id.clone();
    Found {
        station: Arc::clone(&candidate.entry.station),
        quote: candidate.quote.clone(),
        distance_km,
        trip_cost: matches!(query.rank, Rank::Trip(_)).then_some(cost),
        stale: age(candidate.quote, query.now).is_none_or(|age| age > FRESH_FOR),
        suspect: false,
        cursor: Cursor { cost, price, distance_km: distance_km.unwrap_or(0.0), id },
    }
}

fn age(quote: &Quote, now: Timestamp) -> Option<Duration> {
    quote.reported_at.map(|at| now.since(at))
}

#[cfg(test)]
mod tests;
