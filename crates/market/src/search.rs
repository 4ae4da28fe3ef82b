//! The search: the cheapest, nearest or thriftiest stations of an area.
//!
//! What is asked and answered is here; `search/walk.rs` is the one search that all rankings share,
//! `search/best.rs` and `search/skyline.rs` say when it may stop.

mod best;
mod cells;
mod currency;
mod gather;
pub(crate) mod region;
mod skyline;
mod statistics;
mod tally;
pub(crate) mod terms;
mod walk;

use std::sync::Arc;
use std::time::Duration;

pub(crate) use cells::cells;
pub(crate) use gather::{near, prices};
pub(crate) use statistics::statistics;

use crate::area::Area;
use crate::fuel::Fuel;
use crate::limits::FRESH_FOR;
use crate::money::Money;
use crate::price::Currency;
use crate::rank::{Cursor, Rank};
use crate::shelf::Shelf;
use crate::station::{Label, Quote, Station};
use crate::time::Timestamp;
use crate::word::moment;
use best::{Best, Ranked};
use skyline::Skyline;
use terms::Terms;
use walk::walk;

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
    /// Only stations known to be open at `now`.
    pub open: bool,
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

pub(crate) fn search(shelf: &Shelf, query: &Query) -> Vec<Found> {
    let terms = terms(shelf, query);
    let found = ranked(shelf, terms.clone(), query);
    // Of a search for the first matches in any currency that found none, nothing is left to ask.
    let none = query.currency.is_none() && query.after.is_none() && query.limit > 0;
    if found.is_empty() && falls_back(shelf, &terms, (query.freshness, none)) {
        return ranked(shelf, Terms { since: 0, ..terms }, query);
    }
    found
}

/// What counts, where fresh prices are preferred only the fresh ones at first.
fn terms(shelf: &Shelf, query: &Query) -> Terms {
    Terms {
        fuel: query.fuel,
        region: (&query.area).into(),
        since: since(query.freshness, query.now),
        money: query.currency.map_or(Money::ALL, Money::of),
        suspects: query.suspects,
        brand: query.brand.as_ref().map(Terms::brand),
        open_at: query.open.then_some(query.now),
        generation: shelf.generation(),
    }
}

/// The earliest time that counts, 0 for any.
fn since(freshness: Freshness, now: Timestamp) -> u64 {
    match freshness {
        Freshness::Any => 0,
        Freshness::Preferred => moment(now.before(FRESH_FOR)),
        Freshness::AtMost(age) => moment(now.before(age)),
    }
}

/// Whether older prices answer: fresh ones are preferred, and the area has none in any currency,
/// which may be known already.
fn falls_back(shelf: &Shelf, terms: &Terms, (freshness, none): (Freshness, bool)) -> bool {
    let any = || currency::any(shelf, &Terms { money: Money::ALL, ..terms.clone() });
    freshness == Freshness::Preferred && (none || !any())
}

fn ranked(shelf: &Shelf, mut terms: Terms, query: &Query) -> Vec<Found> {
    let Some(money) = currency::settle(shelf, &terms) else { return Vec::new() };
    terms.money = money;
    let flat = query.area.centre().is_none();
    let mut best = Best::new(query.rank, flat, query.limit, query.after.as_ref());
    if query.pareto {
        let mut skyline = Skyline::new(flat);
        walk(shelf, &terms, &mut skyline);
        skyline.into_hits().for_each(|hit| walk::Goal::offer(&mut best, hit));
    } else {
        walk(shelf, &terms, &mut best);
    }
    best.into_sorted().into_iter().map(|ranked| found(ranked, query)).collect()
}

fn found(ranked: Ranked<'_>, query: &Query) -> Found {
    let Ranked { cost, distance_km, hit } = ranked;
    let coordinates = hit.place.coordinates(query.fuel).cloned();
    let station = hit.place.station();
    let (currency, unit) = hit.money.parts();
    let price = hit.word.price();
    let quote = Quote { price, currency, unit, reported_at: hit.word.reported_at(), coordinates };
    Found {
        distance_km: query.area.centre().map(|_| distance_km),
        trip_cost: matches!(query.rank, Rank::Trip(_)).then_some(cost),
        stale: quote.reported_at.is_none_or(|at| query.now.since(at) > FRESH_FOR),
        quote,
        suspect: hit.word.is_suspect(),
        cursor: Cursor { cost, price, distance_km, id: station.id.clone() },
        station,
    }
}

#[cfg(test)]
mod equality;
#[cfg(test)]
mod scan;
#[cfg(test)]
mod tests;
