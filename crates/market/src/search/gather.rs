//! Everything in an area: what the statistics sum up, and the stations near a place.

use std::sync::Arc;

use super::region::Region;
use super::terms::Terms;
use crate::money::Money;
use crate::part::Entry;
use crate::position::Position;
use crate::shelf::Shelf;
use crate::station::Station;
use crate::tree::{Lane, NO_PRICE, ROOT, Tree};
use crate::word::Word;

/// Gives every price that counts to `take`. Below a node that lies in the area as a whole the
/// prices are read one after another, and no station is looked at.
pub(crate) fn prices(shelf: &Shelf, terms: &Terms, mut take: impl FnMut(Word)) {
    for (_, entry) in shelf.recent.there(terms.generation) {
        let word = terms.admit_entry(entry).map(|(word, _)| word);
        word.filter(|_| terms.region.covers(entry.point, || entry.station.position)).into_iter().for_each(&mut take);
    }
    for tree in &shelf.trees {
        let Some(lane) = tree.lane(terms.fuel) else { continue };
        let mut open = vec![ROOT];
        while let Some(node) = open.pop() {
            let bounds = tree.bounds(node);
            let misses = terms.lowest(tree, lane, node) == NO_PRICE || !terms.may_pay(lane, node);
            if misses || !terms.region.may_reach(bounds, bounds.nearest(terms.region.point)) {
                continue;
            }
            if is_all_inside(tree, lane, terms, node) {
                lane.words(tree.range(node)).filter(|word| terms.admit(*word)).for_each(&mut take);
            } else if tree.is_leaf(node) {
                let words = tree.range(node).map(|at| (lane.word(at), at));
                let inside = words.filter(|(word, at)| {
                    terms.admit(*word)
                        && terms.region.covers(tree.point(*at), || tree.position(*at))
                        && terms.admit_station(tree, lane, *at)
                });
                inside.for_each(|(word, _)| take(word));
            } else {
                open.extend([2 * node + 1, 2 * node]);
            }
        }
    }
}

/// Whether every price below a node counts that is young and credible enough.
fn is_all_inside(tree: &Tree, lane: &Lane, terms: &Terms, node: usize) -> bool {
    let money = lane.holding(node).money();
    terms.brand.is_none()
        && terms.open_at.is_none()
        && money != Money::MIXED
        && terms.money.contains(&money)
        && tree.is_whole(node)
        && terms.region.holds(tree.bounds(node))
}

/// The stations within a radius, the rim included, with their distances in km.
pub(crate) fn near(shelf: &Shelf, position: Position, radius_km: f64) -> Vec<(Arc<Station>, f64)> {
    let region = Region::around(position, radius_km);
    let generation = shelf.generation();
    let mut near = Vec::new();
    let mut take = |station: &Arc<Station>| {
        near.extend(region.measure(station.position).map(|distance_km| (Arc::clone(station), distance_km)));
    };
    let close = |entry: &&Entry| region.may_hold(entry.point.squared(region.point));
    shelf.recent.there(generation).map(|(_, entry)| entry).filter(close).for_each(|entry| take(&entry.station));
    for tree in &shelf.trees {
        let mut open = vec![ROOT];
        while let Some(node) = open.pop() {
            let bounds = tree.bounds(node);
            if !region.may_reach(bounds, bounds.nearest(region.point)) {
                continue;
            }
            if !tree.is_leaf(node) {
                open.extend([2 * node + 1, 2 * node]);
                continue;
            }
            let close =
                |at: &usize| region.may_hold(tree.point(*at).squared(region.point)) && tree.is_there(*at, generation);
            tree.range(node).filter(close).for_each(|at| take(tree.station(at)));
        }
    }
    near
}
