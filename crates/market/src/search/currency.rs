//! In which money a search compares: that of the nearest match (PROTOCOL §7), without looking at
//! more than one node where all prices are in the same.

use std::ops::RangeInclusive;

use super::terms::Terms;
use super::walk::{Bound, Goal, Hit, walk};
use crate::money::Money;
use crate::shelf::Shelf;
use crate::sphere::{SLACK, chord, least_cost, least_km};
use crate::tree::{Lane, ROOT, Tree};

/// More nodes than this are not asked before the nearest match is looked for instead.
const NODES: usize = 64;

/// The one money of the search; `None` where nothing matches. Where it is all the area's anyway
/// there may be no match in it.
pub(crate) fn settle(shelf: &Shelf, terms: &Terms) -> Option<RangeInclusive<Money>> {
    let money = match shared(shelf, terms) {
        Money::NONE => return None,
        Money::MIXED => nearest(shelf, terms)?,
        money => money,
    };
    Some(money..=money)
}

/// Whether anything matches at all.
pub(crate) fn any(shelf: &Shelf, terms: &Terms) -> bool {
    nearest(shelf, terms).is_some()
}

/// The money of the nearest match, of equally near ones that of the smallest id.
fn nearest(shelf: &Shelf, terms: &Terms) -> Option<Money> {
    let mut nearest = Nearest::default();
    walk(shelf, terms, &mut nearest);
    nearest.hit.map(|hit| hit.money)
}

/// The money of all prices that could match; [`Money::MIXED`] where they are in several or that
/// is not soon told.
fn shared(shelf: &Shelf, terms: &Terms) -> Money {
    let mut money = Money::NONE;
    for (_, entry) in shelf.recent.there(terms.generation) {
        if let Some((_, of)) = terms.admit_entry(entry) {
            money = money.or(of);
        }
    }
    let mut left = NODES;
    for tree in &shelf.trees {
        if let Some(lane) = tree.lane(terms.fuel) {
            money = money.or(below(tree, lane, terms, (ROOT, money), &mut left));
        }
    }
    money
}

fn below(tree: &Tree, lane: &Lane, terms: &Terms, (node, known): (usize, Money), left: &mut usize) -> Money {
    let money = lane.holding(node).money();
    if money != Money::MIXED && !terms.money.contains(&money) {
        return Money::NONE;
    }
    if money == Money::MIXED || money != known {
        if !terms.region.may_reach(&tree.bounds(node)) {
            return Money::NONE;
        }
        *left = left.saturating_sub(1);
        if money == Money::MIXED && (*left == 0 || tree.is_leaf(node)) {
            return Money::MIXED;
        }
    }
    if money != Money::MIXED {
        return money;
    }
    let mut found = Money::NONE;
    for next in Tree::below(node) {
        let so_far = known.or(found);
        if so_far == Money::MIXED {
            return so_far;
        }
        found = found.or(below(tree, lane, terms, (next, so_far), left));
    }
    found
}

#[derive(Default)]
struct Nearest<'a> {
    hit: Option<Hit<'a>>,
    /// The square of a chord beyond which everything is farther.
    squared: f32,
}

impl<'a> Goal<'a> for Nearest<'a> {
    fn cost(&self, bound: Bound) -> f32 {
        least_cost(least_km(bound.squared))
    }

    fn is_beyond(&self, _: f32, bound: Bound) -> bool {
        self.hit.is_some() && bound.squared > self.squared
    }

    fn is_over(&self, cost: f32) -> bool {
        self.hit.as_ref().is_some_and(|hit| f64::from(cost) > hit.distance_km)
    }

    fn offer(&mut self, hit: Hit<'a>) {
        let order = |hit: &Hit<'a>, other: &Hit<'a>| {
            hit.distance_km.total_cmp(&other.distance_km).then_with(|| hit.place.id().cmp(other.place.id()))
        };
        if self.hit.as_ref().is_none_or(|nearest| order(&hit, nearest).is_lt()) {
            let reach = chord(hit.distance_km) + 2.0 * SLACK;
            self.squared = reach * reach;
            self.hit = Some(hit);
        }
    }
}
