//! Everything in an area: what the statistics sum up, and the stations near a place.

use std::sync::Arc;

use super::region::Region;
use super::terms::Terms;
use crate::money::Money;
use crate::position::Position;
use crate::shelf::Shelf;
use crate::station::Station;
use crate::tree::{Lane, NO_PRICE, ROOT, Tree};
use crate::word::Word;

/// What takes the prices of an area.
pub(crate) trait Taker {
    /// A price that counts.
    fn take(&mut self, word: Word);

    /// All prices of a node that lies in the area as a whole, in one money: those that the terms
    /// admit count. Whether it took them; if not, the nodes under it come next.
    fn take_node(&mut self, tree: &Tree, lane: &Lane, terms: &Terms, node: usize) -> bool {
        lane.words(tree.range(node)).filter(|word| terms.admit(*word)).for_each(|word| self.take(word));
        true
    }
}

impl<F: FnMut(Word)> Taker for F {
    fn take(&mut self, word: Word) {
        self(word);
    }
}

/// Gives every price that counts to `taker`. Below a node that lies in the area as a whole the
/// prices are read one after another, and no station is looked at.
pub(crate) fn prices(shelf: &Shelf, terms: &Terms, taker: &mut impl Taker) {
    for (_, entry) in shelf.recent.there(terms.generation) {
        let word = terms.admit_entry(entry).map(|(word, _)| word);
        word.filter(|_| terms.region.covers(entry.point, || entry.station.position))
            .into_iter()
            .for_each(|word| taker.take(word));
    }
    for tree in &shelf.trees {
        let Some(lane) = tree.lane(terms.fuel) else { continue };
        let mut open = vec![(ROOT, false)];
        while let Some((node, inside)) = open.pop() {
            if terms.lowest(tree, lane, node) == NO_PRICE || !terms.region.may_reach(&tree.bounds(node)) {
                continue;
            }
            let inside = inside || is_all_inside(tree, lane, terms, node);
            if inside && taker.take_node(tree, lane, terms, node) {
                continue;
            }
            if !tree.is_leaf(node) {
                open.extend(Tree::below(node).rev().map(|next| (next, inside)));
            } else {
                scan_leaf(tree, lane, terms, node, taker);
            }
        }
    }
}

fn scan_leaf(tree: &Tree, lane: &Lane, terms: &Terms, leaf: usize, taker: &mut impl Taker) {
    let words = tree.range(leaf).map(|at| (lane.word(at), at));
    let inside = words.filter(|(word, at)| {
        terms.admit(*word)
            && terms.region.covers(tree.point(*at), || tree.position(*at))
            && terms.admit_station(tree, lane, *at)
    });
    inside.for_each(|(word, _)| taker.take(word));
}

/// Whether every price below a node counts that is young and credible enough.
fn is_all_inside(tree: &Tree, lane: &Lane, terms: &Terms, node: usize) -> bool {
    let money = lane.holding(node).money();
    terms.brand.is_none()
        && terms.open_at.is_none()
        && money != Money::MIXED
        && terms.money.contains(&money)
        && tree.is_whole(node)
        && terms.region.holds(&tree.bounds(node))
}

/// The stations within a radius, the rim included, with their distances in km.
pub(crate) fn near(shelf: &Shelf, position: Position, radius_km: f64) -> Vec<(Arc<Station>, f64)> {
    let region = Region::around(position, radius_km);
    let generation = shelf.generation();
    let mut near = Vec::new();
    for (_, entry) in shelf.recent.there(generation) {
        if entry.point.squared(region.point) > region.reach() {
            continue;
        }
        let distance_km = region.measure(entry.station.position);
        near.extend(distance_km.map(|distance_km| (Arc::clone(&entry.station), distance_km)));
    }
    for tree in &shelf.trees {
        let mut open = vec![ROOT];
        while let Some(node) = open.pop() {
            if !region.may_reach(&tree.bounds(node)) {
                continue;
            }
            if !tree.is_leaf(node) {
                open.extend(Tree::below(node).rev());
                continue;
            }
            let close =
                |at: &usize| tree.point(*at).squared(region.point) <= region.reach() && tree.is_there(*at, generation);
            for at in tree.range(node).filter(close) {
                let distance_km = region.measure(tree.position(at));
                near.extend(distance_km.map(|distance_km| (Arc::new(tree.station(at)), distance_km)));
            }
        }
    }
    near
}
