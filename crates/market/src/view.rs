//! What the writer of the journal sees: the book and, over it, the changes of the batch that is
//! not yet on disk (and so not yet in the book).

use std::collections::HashMap;
use std::sync::Arc;

use crate::book::Book;
use crate::change::Change;
use crate::fuel::Fuel;
use crate::position::Position;
use crate::price::{Currency, Unit};
use crate::station::{Quote, Station, StationId};
use crate::time::Timestamp;
use crate::word::Word;

/// How far, in km, a new station looks for a neighbour whose currency it shares: near ones first,
/// since a city has thousands within the last radius.
const SAME_MONEY_WITHIN_KM: [f64; 3] = [1.0, 10.0, 50.0];

/// Changes decided but not yet applied to the book, at most one batch of them.
#[derive(Debug, Default)]
pub struct Pending {
    changes: Vec<Change>,
    stations: HashMap<StationId, Arc<Station>>,
    prices: HashMap<(StationId, Fuel), Latest>,
}

/// What was last said of one fuel at one station.
#[derive(Debug, Clone)]
enum Latest {
    Quote(Quote),
    Ended(Timestamp),
}

impl Pending {
    /// Nothing pending.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a change after those already there.
    pub fn push(&mut self, change: Change) {
        match &change {
            Change::Station(station) => {
                self.stations.insert(station.id.clone(), Arc::new(station.clone()));
            }
            Change::Quote { station, fuel, quote } => {
                self.prices.insert((station.clone(), *fuel), Latest::Quote(as_kept(quote)));
            }
            Change::End { station, fuel, at } => {
                self.prices.insert((station.clone(), *fuel), Latest::Ended(*at));
            }
            // Acts of operators are batches of their own: nothing is decided over them before they
            // are in the book.
            Change::Hide { .. } | Change::Show { .. } => {}
        }
        self.changes.push(change);
    }

    /// Applies everything to the book, in order, and forgets it.
    pub fn apply_to(&mut self, book: &Book) {
        self.stations.clear();
        self.prices.clear();
        for change in self.changes.drain(..) {
            book.apply(change);
        }
    }

    /// Forgets everything: the batch did not reach the disk.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

/// A quote as the book will tell it, so that what is decided over it does not depend on whether it is
/// still pending.
fn as_kept(quote: &Quote) -> Quote {
    Quote { reported_at: Word::new(quote.price, quote.reported_at).reported_at(), ..quote.clone() }
}

/// The book as it will be once what is pending has been applied.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// What is durable.
    pub book: &'a Book,
    /// What is decided over it.
    pub pending: &'a Pending,
}

impl View<'_> {
    /// The station with this id, if it is in sight.
    #[must_use]
    pub fn station(&self, id: &StationId) -> Option<Arc<Station>> {
        let pending = self.pending.stations.get(id).cloned();
        pending.or_else(|| self.book.station(id).map(|known| known.station))
    }

    /// The latest quote of a fuel at a station.
    #[must_use]
    pub fn quote(&self, id: &StationId, fuel: Fuel) -> Option<Quote> {
        match self.pending.prices.get(&(id.clone(), fuel)) {
            Some(Latest::Quote(quote)) => Some(quote.clone()),
            Some(Latest::Ended(_)) => None,
            None => self.book.quote(id, fuel),
        }
    }

    /// Since when the latest price of a fuel at a station holds no more; `None` where it holds, or
    /// where there never was one.
    #[must_use]
    pub fn ended(&self, id: &StationId, fuel: Fuel) -> Option<Timestamp> {
        match self.pending.prices.get(&(id.clone(), fuel)) {
            Some(Latest::Quote(_)) => None,
            Some(Latest::Ended(at)) => Some(*at),
            None => self.book.ended(id, fuel),
        }
    }

    /// The stations within `radius_km` of a position, the rim included, with their distances in
    /// km: nearest first, equally near ones by id.
    #[must_use]
    pub fn near(&self, position: Position, radius_km: f64) -> Vec<(Arc<Station>, f64)> {
        let mut near = self.book.near(position, radius_km);
        near.retain(|(station, _)| !self.pending.stations.contains_key(&station.id));
        let close =
            self.pending.stations.values().filter(|station| station.position.may_be_within(position, radius_km));
        near.extend(close.filter_map(|station| {
            let distance_km = position.distance_km(station.position);
            (distance_km <= radius_km).then(|| (Arc::clone(station), distance_km))
        }));
        near.sort_by(|(a, a_km), (b, b_km)| a_km.total_cmp(b_km).then_with(|| a.id.cmp(&b.id)));
        near
    }

    /// The currency and unit that a reported price is in when the reporter does not say: those of
    /// the price it replaces, else those of the nearest price of that fuel within 50 km, else the
    /// currency of the nearest price of any fuel there, else `default` and the fuel's own unit.
    #[must_use]
    pub fn money(&self, station: &Station, fuel: Fuel, default: Currency) -> (Currency, Unit) {
        let of = |quote: Quote| (quote.currency, quote.unit);
        if let Some(quote) = self.quote(&station.id, fuel) {
            return of(quote);
        }
        let nearest = |price_of: &dyn Fn(&StationId) -> Option<Quote>| {
            SAME_MONEY_WITHIN_KM.into_iter().find_map(|radius_km| {
                let near = self.near(station.position, radius_km);
                near.iter().find_map(|(neighbour, _)| price_of(&neighbour.id))
            })
        };
        if let Some(quote) = nearest(&|id| self.quote(id, fuel)) {
            return of(quote);
        }
        let any = nearest(&|id| Fuel::ALL.into_iter().find_map(|other| self.quote(id, other)));
        (any.map_or(default, |quote| quote.currency), fuel.default_unit())
    }
}
