//! The one search: nodes in the order of what could at best be found below them, until that is
//! worse than what has been found.

use std::cell::Cell;
use std::cmp::{Ordering as Order, Reverse};
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::terms::Terms;
use crate::fuel::Fuel;
use crate::money::Money;
use crate::number::{bits, index, short};
use crate::part::Entry;
use crate::shelf::Shelf;
use crate::station::{Station, StationId};
use crate::tree::{Lane, NO_PRICE, ROOT, Tree};
use crate::word::Word;

thread_local! {
    /// The heap of the last search on this thread, empty: the next one need not ask for memory.
    static SPARE: Cell<Vec<Reverse<Open>>> = const { Cell::new(Vec::new()) };
}

/// A price that counts, in the area.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hit<'a> {
    pub(crate) place: Place<'a>,
    pub(crate) word: Word,
    pub(crate) money: Money,
    /// From the region's point.
    pub(crate) distance_km: f64,
}

/// Where a hit's station is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place<'a> {
    Tree(&'a Tree, usize),
    Recent(&'a Entry),
}

impl<'a> Place<'a> {
    pub(crate) fn id(self) -> &'a StationId {
        match self {
            Self::Tree(tree, at) => tree.id(at),
            Self::Recent(entry) => &entry.station.id,
        }
    }

    pub(crate) fn station(self) -> Arc<Station> {
        match self {
            Self::Tree(tree, at) => Arc::new(tree.station(at)),
            Self::Recent(entry) => Arc::clone(&entry.station),
        }
    }

    pub(crate) fn coordinates(self, fuel: Fuel) -> Option<&'a Arc<str>> {
        match self {
            Self::Tree(tree, at) => tree.coordinates(at, fuel),
            Self::Recent(entry) => entry.coordinates(fuel),
        }
    }
}

/// At best, what may be found somewhere: a price in thousandths and the square of a chord.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bound {
    pub(crate) price: u32,
    pub(crate) squared: f32,
}

/// What a search is after.
pub(crate) trait Goal<'a> {
    /// At most the cost of anything within the bound, not negative: what is least is looked at
    /// first.
    fn cost(&self, bound: Bound) -> f32;

    /// Whether nothing within the bound can be wanted any more.
    fn is_beyond(&self, cost: f32, bound: Bound) -> bool;

    /// Whether nothing of this cost or more can be wanted any more.
    fn is_over(&self, cost: f32) -> bool;

    /// No price above this can be wanted any more: the cheapest of all tests.
    fn highest(&self) -> u32 {
        NO_PRICE
    }

    /// Takes what was found.
    fn offer(&mut self, hit: Hit<'a>);
}

/// A node still to be opened.
#[derive(Debug, Clone, Copy)]
struct Open {
    /// The bits of its cost and, below them, of the square of its distance: neither is negative, so
    /// the bits are in the order of the numbers.
    order: u64,
    price: u32,
    tree: u32,
    node: u32,
}

impl Open {
    fn cost(&self) -> f32 {
        f32::from_bits(bits(self.order >> 32, u64::from(u32::MAX)))
    }

    fn bound(&self) -> Bound {
        Bound { price: self.price, squared: f32::from_bits(bits(self.order, u64::from(u32::MAX))) }
    }
}

/// Offers to the goal all that counts and is not beyond it.
pub(crate) fn walk<'a>(shelf: &'a Shelf, terms: &Terms, goal: &mut impl Goal<'a>) {
    scan_recent(shelf, terms, goal);
    let mut open = BinaryHeap::from(SPARE.take());
    for (number, tree) in shelf.trees.iter().enumerate() {
        if tree.lane(terms.fuel).is_some() {
            open.push(Reverse(Open { order: 0, price: 0, tree: short(number), node: short(ROOT) }));
        }
    }
    while let Some(Reverse(mut best)) = open.pop() {
        if goal.is_over(best.cost()) {
            break;
        }
        if goal.is_beyond(best.cost(), best.bound()) {
            // Others of equal cost may still be wanted.
            continue;
        }
        let Some(tree) = shelf.trees.get(index(best.tree)) else { continue };
        let Some(lane) = tree.lane(terms.fuel) else { continue };
        let ground = Ground { tree, lane, terms };
        // Down the best of the next at once; the heap keeps the others.
        while !tree.is_leaf(index(best.node)) {
            let Some(next) = ground.look_below(goal, &mut open, best) else { break };
            best = next;
        }
        if tree.is_leaf(index(best.node)) {
            ground.scan_leaf(goal, index(best.node));
        }
    }
    let mut spare = open.into_vec();
    spare.clear();
    SPARE.set(spare);
}

/// A tree, its prices of the fuel, and what counts of them.
struct Ground<'a, 't> {
    tree: &'a Tree,
    lane: &'a Lane,
    terms: &'t Terms,
}

impl<'a> Ground<'a, '_> {
    /// The best of the nodes under one; the others are left open, and it too where others come first.
    fn look_below(&self, goal: &impl Goal<'a>, open: &mut BinaryHeap<Reverse<Open>>, above: Open) -> Option<Open> {
        let Self { tree, lane, terms } = self;
        let inner = index(above.node);
        let boxes = tree.boxes(inner);
        let squared = boxes.nearest(terms.region.point);
        let prices = terms.lowest_below(tree, lane, inner);
        let reach = terms.region.reach();
        let mut best: Option<Open> = None;
        for (number, (price, squared)) in prices.into_iter().zip(squared).enumerate() {
            if (price == NO_PRICE) | (squared > reach) {
                continue;
            }
            let bound = Bound { price, squared };
            let cost = goal.cost(bound);
            if goal.is_beyond(cost, bound) || !terms.region.may_reach_box(|| boxes.get(number)) {
                continue;
            }
            let order = u64::from(cost.to_bits()) << 32 | u64::from(squared.to_bits());
            let next = Open { order, price, node: 4 * above.node + 1 + short(number), ..above };
            match &mut best {
                None => best = Some(next),
                Some(best) if next < *best => open.push(Reverse(std::mem::replace(best, next))),
                Some(_) => open.push(Reverse(next)),
            }
        }
        if let Some(next) = best
            && open.peek().is_some_and(|Reverse(other)| *other < next)
        {
            open.push(Reverse(next));
            return None;
        }
        best
    }

    fn scan_leaf(&self, goal: &mut impl Goal<'a>, leaf: usize) {
        let Self { tree, lane, terms } = self;
        let range = tree.range(leaf);
        let start = range.start;
        let (reach, highest) = (terms.region.reach(), goal.highest());
        // One bit for each station that may count: without a branch for each of the tests.
        let (mut counts, mut first, mut lowest) = (0_u64, 0_u32, NO_PRICE);
        let words = lane.places(range.clone());
        let mut number = 0_u32;
        for (points, words) in tree.points(&range).iter().zip(words.chunks(4)) {
            let squared = points.squared(terms.region.point);
            for (word, squared) in words.iter().zip(squared) {
                let word = Word::from_bits(word.load(Ordering::Acquire));
                let price = word.thousandths();
                let counted = terms.admit(word) & (squared <= reach) & (price <= highest);
                counts |= u64::from(counted) << number;
                if counted & (price < lowest) {
                    (first, lowest) = (number, price);
                }
                number += 1;
            }
        }
        if counts == 0 {
            return;
        }
        // The cheapest before the others: as a rule it leaves them out.
        self.offer(goal, start + index(first));
        counts &= !(1 << first);
        while counts != 0 {
            self.offer(goal, start + index(counts.trailing_zeros()));
            counts &= counts - 1;
        }
    }

    /// Reads a price again, so that what is offered is current, and offers it if it is wanted.
    fn offer(&self, goal: &mut impl Goal<'a>, at: usize) {
        let Self { tree, lane, terms } = self;
        let word = lane.word(at);
        let bound = Bound { price: word.thousandths(), squared: tree.point(at).squared(terms.region.point) };
        if !terms.admit(word) || goal.is_beyond(goal.cost(bound), bound) || !terms.admit_station(tree, lane, at) {
            return;
        }
        if let Some(distance_km) = terms.region.measure(tree.position(at)) {
            goal.offer(Hit { place: Place::Tree(tree, at), word, money: lane.money(at), distance_km });
        }
    }
}

fn scan_recent<'a>(shelf: &'a Shelf, terms: &Terms, goal: &mut impl Goal<'a>) {
    for (_, entry) in shelf.recent.there(terms.generation) {
        let Some((word, money)) = terms.admit_entry(entry) else { continue };
        let bound = Bound { price: word.thousandths(), squared: entry.point.squared(terms.region.point) };
        if bound.squared > terms.region.reach() || goal.is_beyond(goal.cost(bound), bound) {
            continue;
        }
        if let Some(distance_km) = terms.region.measure(entry.station.position) {
            goal.offer(Hit { place: Place::Recent(entry), word, money, distance_km });
        }
    }
}

/// The least cost first, then the nearer, then the cheaper.
impl Ord for Open {
    fn cmp(&self, other: &Self) -> Order {
        self.order.cmp(&other.order).then_with(|| self.price.cmp(&other.price))
    }
}

impl PartialOrd for Open {
    fn partial_cmp(&self, other: &Self) -> Option<Order> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Open {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Order::Equal
    }
}

impl Eq for Open {}
