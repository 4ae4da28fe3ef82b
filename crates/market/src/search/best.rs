//! The best few by rank: cheapest, nearest, or the cheapest trip.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::walk::{Bound, Goal, Hit};
use crate::number::single;
use crate::rank::{Cursor, Rank};
use crate::sphere::{SLACK, chord, least_cost, least_km};
use crate::station::StationId;
use crate::tree::NO_PRICE;

/// Keeps the `limit` best matches after a cursor.
pub(crate) struct Best<'a, 'q> {
    rank: Rank,
    /// There is no centre: every distance counts as 0.
    flat: bool,
    limit: usize,
    after: Option<&'q Cursor>,
    /// The worst on top.
    kept: BinaryHeap<Ranked<'a>>,
    /// The worst of those kept, once they are enough.
    worst: Option<Worst>,
}

#[derive(Clone, Copy)]
struct Worst {
    cost: f64,
    price: u32,
    /// The square of a chord beyond which everything is farther.
    squared: f32,
}

/// A match with its cost.
#[derive(Debug, Clone)]
pub(crate) struct Ranked<'a> {
    pub(crate) cost: f64,
    /// 0 where there is no centre.
    pub(crate) distance_km: f64,
    pub(crate) hit: Hit<'a>,
}

impl<'a, 'q> Best<'a, 'q> {
    pub(crate) fn new(rank: Rank, flat: bool, limit: usize, after: Option<&'q Cursor>) -> Self {
        Self { rank, flat, limit, after, kept: BinaryHeap::new(), worst: None }
    }

    /// The matches, best first.
    pub(crate) fn into_sorted(self) -> Vec<Ranked<'a>> {
        self.kept.into_sorted_vec()
    }

    fn note_worst(&mut self) {
        let worst = self.kept.peek().filter(|_| self.kept.len() >= self.limit);
        self.worst = worst.map(|worst| {
            let reach = chord(worst.distance_km) + 2.0 * SLACK;
            Worst { cost: worst.cost, price: worst.hit.word.thousandths(), squared: reach * reach }
        });
    }
}

impl<'a> Goal<'a> for Best<'a, '_> {
    fn cost(&self, bound: Bound) -> f32 {
        let least = if self.flat { 0.0 } else { bound.squared };
        match self.rank {
            // Below 2^24: no rounding.
            Rank::Price => single(bound.price.into()),
            Rank::Distance => least_cost(least_km(least)),
            Rank::Trip(trip) => least_cost(trip.cost_of(bound.price, least_km(least))),
        }
    }

    fn is_beyond(&self, cost: f32, bound: Bound) -> bool {
        let Some(worst) = &self.worst else { return self.limit == 0 };
        let cost = f64::from(cost);
        if cost != worst.cost {
            return cost > worst.cost;
        }
        bound.price > worst.price || (bound.price == worst.price && !self.flat && bound.squared > worst.squared)
    }

    fn is_over(&self, cost: f32) -> bool {
        self.worst.is_some_and(|worst| f64::from(cost) > worst.cost)
    }

    fn highest(&self) -> u32 {
        match (self.rank, &self.worst) {
            (Rank::Price, Some(worst)) => worst.price,
            _ => NO_PRICE,
        }
    }

    fn offer(&mut self, hit: Hit<'a>) {
        let distance_km = if self.flat { 0.0 } else { hit.distance_km };
        let ranked = Ranked { cost: self.rank.cost(hit.word.price(), distance_km), distance_km, hit };
        if self.after.is_some_and(|after| !ranked.comes_after(after)) {
            return;
        }
        if self.kept.len() < self.limit {
            self.kept.push(ranked);
        } else if let Some(mut worst) = self.kept.peek_mut()
            && ranked < *worst
        {
            *worst = ranked;
        } else {
            return;
        }
        self.note_worst();
    }
}

impl Ranked<'_> {
    fn id(&self) -> &StationId {
        self.hit.place.id()
    }

    pub(crate) fn comes_after(&self, cursor: &Cursor) -> bool {
        let order = cursor.cost.total_cmp(&self.cost);
        let order = order.then_with(|| cursor.price.cmp(&self.hit.word.price()));
        let order = order.then_with(|| cursor.distance_km.total_cmp(&self.distance_km));
        order.then_with(|| cursor.id.cmp(self.id())) == Ordering::Less
    }
}

/// The order of a list: cost, price, distance, id.
impl Ord for Ranked<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.cost
            .total_cmp(&other.cost)
            .then_with(|| self.hit.word.thousandths().cmp(&other.hit.word.thousandths()))
            .then_with(|| self.distance_km.total_cmp(&other.distance_km))
            .then_with(|| self.id().cmp(other.id()))
    }
}

impl PartialOrd for Ranked<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ranked<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Ranked<'_> {}
