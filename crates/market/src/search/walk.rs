//! The one search: nodes in the order of what could at best be found below them, until that is
//! worse than what has been found.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::sync::Arc;

use super::terms::Terms;
use crate::money::Money;
use crate::number::{index, short};
use crate::shelf::Shelf;
use crate::station::Station;
use crate::tree::{Lane, NO_PRICE, ROOT, Tree};
use crate::word::Word;

/// The part number of the list of new stations.
pub(crate) const RECENT_PART: usize = usize::MAX;

/// Room for as many nodes is made at once: few searches leave more open.
const NODES_OPEN: usize = 64;

/// A price that counts, in the area.
#[derive(Debug, Clone)]
pub(crate) struct Hit<'a> {
    pub(crate) station: &'a Arc<Station>,
    pub(crate) word: Word,
    pub(crate) money: Money,
    /// From the region's point.
    pub(crate) distance_km: f64,
    /// Its tree's number on the shelf, or [`RECENT_PART`].
    pub(crate) part: usize,
    pub(crate) at: usize,
}

/// At best, what may be found somewhere: a price in thousandths and the square of a chord.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bound {
    pub(crate) price: u32,
    pub(crate) squared: f32,
}

/// What a search is after.
pub(crate) trait Goal<'a> {
    /// At most the cost of anything within the bound: what is least is looked at first.
    fn cost(&self, bound: Bound) -> f64;

    /// Whether nothing within the bound can be wanted any more.
    fn is_beyond(&self, cost: f64, bound: Bound) -> bool;

    /// Whether nothing of this cost or more can be wanted any more.
    fn is_over(&self, cost: f64) -> bool;

    /// Takes what was found.
    fn offer(&mut self, hit: Hit<'a>);
}

/// A node still to be opened.
#[derive(Debug, Clone, Copy)]
struct Open {
    cost: f64,
    bound: Bound,
    tree: u32,
    node: u32,
}

/// Offers to the goal all that counts and is not beyond it.
pub(crate) fn walk<'a>(shelf: &'a Shelf, terms: &Terms, goal: &mut impl Goal<'a>) {
    scan_recent(shelf, terms, goal);
    let mut open = BinaryHeap::with_capacity(NODES_OPEN);
    for (number, tree) in shelf.trees.iter().enumerate() {
        let root = tree.lane(terms.fuel).and_then(|lane| look(tree, lane, terms, goal, (number, ROOT)));
        if let Some(root) = root {
            open.push(Reverse(root));
        }
    }
    while let Some(Reverse(mut best)) = open.pop() {
        if goal.is_over(best.cost) {
            break;
        }
        if goal.is_beyond(best.cost, best.bound) {
            // Others of equal cost may still be wanted.
            continue;
        }
        let Some(tree) = shelf.trees.get(index(best.tree)) else { continue };
        let Some(lane) = tree.lane(terms.fuel) else { continue };
        // Down the best of the next at once; the heap keeps the others.
        loop {
            let node = index(best.node);
            if tree.is_leaf(node) {
                scan_leaf(tree, lane, terms, goal, (index(best.tree), node));
                break;
            }
            let mut better: Option<Open> = None;
            for next in tree.below(node).filter_map(|next| look(tree, lane, terms, goal, (index(best.tree), next))) {
                let other = match better.replace(next) {
                    Some(before) if before <= next => better.replace(before),
                    before => before,
                };
                if let Some(other) = other {
                    open.push(Reverse(other));
                }
            }
            let Some(next) = better else { break };
            best = next;
            if open.peek().is_some_and(|Reverse(next)| *next < best) {
                open.push(Reverse(best));
                break;
            }
        }
    }
}

/// A node, if anything below it can be wanted.
fn look<'a>(
    tree: &Tree,
    lane: &Lane,
    terms: &Terms,
    goal: &impl Goal<'a>,
    (number, node): (usize, usize),
) -> Option<Open> {
    let price = terms.lowest(tree, lane, node);
    if price == NO_PRICE {
        return None;
    }
    let bounds = tree.bounds(node);
    let squared = bounds.nearest(terms.region.point);
    if !terms.region.may_reach(bounds, squared) || !terms.may_pay(lane, node) {
        return None;
    }
    let bound = Bound { price, squared };
    let cost = goal.cost(bound);
    let wanted = !goal.is_beyond(cost, bound);
    wanted.then(|| Open { cost, bound, tree: short(number), node: short(node) })
}

fn scan_leaf<'a>(tree: &'a Tree, lane: &Lane, terms: &Terms, goal: &mut impl Goal<'a>, (part, node): (usize, usize)) {
    for at in tree.range(node) {
        let word = lane.word(at);
        if !terms.admit(word) {
            continue;
        }
        let bound = Bound { price: word.thousandths(), squared: tree.point(at).squared(terms.region.point) };
        if !terms.region.may_hold(bound.squared)
            || goal.is_beyond(goal.cost(bound), bound)
            || !terms.admit_station(tree, lane, at)
        {
            continue;
        }
        if let Some(distance_km) = terms.region.measure(tree.position(at)) {
            goal.offer(Hit { station: tree.station(at), word, money: lane.money(at), distance_km, part, at });
        }
    }
}

fn scan_recent<'a>(shelf: &'a Shelf, terms: &Terms, goal: &mut impl Goal<'a>) {
    for (at, entry) in shelf.recent.there(terms.generation) {
        let Some((word, money)) = terms.admit_entry(entry) else { continue };
        let bound = Bound { price: word.thousandths(), squared: entry.point.squared(terms.region.point) };
        if !terms.region.may_hold(bound.squared) || goal.is_beyond(goal.cost(bound), bound) {
            continue;
        }
        if let Some(distance_km) = terms.region.measure(entry.station.position) {
            goal.offer(Hit { station: &entry.station, word, money, distance_km, part: RECENT_PART, at });
        }
    }
}

/// The least cost first, then the nearer, then the cheaper.
impl Ord for Open {
    fn cmp(&self, other: &Self) -> Ordering {
        self.cost
            .total_cmp(&other.cost)
            .then_with(|| self.bound.squared.total_cmp(&other.bound.squared))
            .then_with(|| self.bound.price.cmp(&other.bound.price))
    }
}

impl PartialOrd for Open {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Open {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Open {}
