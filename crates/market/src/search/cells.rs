//! The cells of a map: nodes of the tree, as far down as the map's zoom can show them apart.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::region::Region;
use crate::area::Area;
use crate::limits::MAX_CELLS;
use crate::money::Money;
use crate::number::index;
use crate::part::Part;
use crate::price::Price;
use crate::shelf::Shelf;
use crate::survey::{Cell, MapView};
use crate::tree::{Lane, NO_PRICE, ROOT, Tree};
use crate::word::Word;

/// Cells are split until they are about this many pixels wide, of the 256 of a web map's tile.
const CELL_PIXELS: f32 = 48.0;

/// A node whose cell may be split, the widest on top.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Open {
    /// The bits of its width, which is not negative: they are in the order of the widths.
    width: u32,
    tree: Reverse<usize>,
    node: usize,
}

/// What some stations are together.
#[derive(Debug, Clone, Copy)]
struct Sum {
    count: u32,
    lowest: u32,
    money: Money,
    /// A tree and one of the stations in it.
    one: Option<(usize, usize)>,
}

struct Map<'a> {
    shelf: &'a Shelf,
    view: &'a MapView,
    region: Region,
    generation: u64,
}

/// The cells, at most [`MAX_CELLS`].
pub(crate) fn cells(shelf: &Shelf, view: &MapView) -> Vec<Cell> {
    let region = Region::from(&Area::Box { bounds: view.bounds, centre: None });
    Map { shelf, view, region, generation: shelf.generation() }.cells()
}

impl Map<'_> {
    fn cells(&self) -> Vec<Cell> {
        let mut cells = self.recent();
        cells.truncate(MAX_CELLS);
        let narrow = CELL_PIXELS / 256.0 * std::f32::consts::TAU / 2.0_f32.powi(i32::from(self.view.zoom));
        let mut open: BinaryHeap<_> = (0..self.shelf.trees.len()).filter_map(|tree| self.open(tree, ROOT)).collect();
        while let Some(next) = open.pop() {
            let Some((tree, lane)) = self.tree(next.tree.0) else { continue };
            // Four may come in the place of one.
            let room = cells.len() + open.len() + 4 <= MAX_CELLS;
            let is_leaf = tree.is_leaf(next.node);
            if room && !is_leaf && (f32::from_bits(next.width) > narrow || !self.is_all_inside(tree, next.node)) {
                open.extend(Tree::below(next.node).filter_map(|node| self.open(next.tree.0, node)));
                continue;
            }
            let single = f32::from_bits(next.width) > narrow;
            let sums = if is_leaf && single { self.apart(tree, lane, next) } else { vec![self.sum(tree, lane, next)] };
            if cells.len() + open.len() + sums.len() <= MAX_CELLS {
                cells.extend(sums.into_iter().filter_map(|sum| self.cell(sum)));
            } else {
                cells.extend(self.cell(self.sum(tree, lane, next)));
            }
        }
        cells.truncate(MAX_CELLS);
        cells
    }

    fn tree(&self, number: usize) -> Option<(&Tree, &Lane)> {
        let tree = self.shelf.trees.get(number)?;
        Some((tree, tree.lane(self.view.fuel)?))
    }

    /// The node, if it may hold any of the cells.
    fn open(&self, number: usize, node: usize) -> Option<Open> {
        let (tree, lane) = self.tree(number)?;
        let bounds = tree.bounds(node);
        let reached = lane.holding(node).count() > 0 && self.region.may_reach(&bounds);
        reached.then(|| Open { width: bounds.longest().1.to_bits(), tree: Reverse(number), node })
    }

    fn is_all_inside(&self, tree: &Tree, node: usize) -> bool {
        tree.is_whole(node) && self.region.holds(&tree.bounds(node))
    }

    /// What a node is, from itself where it lies in the view as a whole and in one money.
    fn sum(&self, tree: &Tree, lane: &Lane, open: Open) -> Sum {
        let holding = lane.holding(open.node);
        if holding.count() > 1 && holding.money() != Money::MIXED && self.is_all_inside(tree, open.node) {
            let lowest = lane.lowest(open.node).price();
            let middle = tree.range(open.node);
            let one = Some((open.tree.0, usize::midpoint(middle.start, middle.end)));
            return Sum { count: holding.count(), lowest, money: holding.money(), one };
        }
        let all = self.apart(tree, lane, open);
        let money = main_money(&all);
        let none = Sum { count: 0, lowest: NO_PRICE, money, one: None };
        all.into_iter().fold(none, |sum, other| Sum {
            count: sum.count + 1,
            lowest: if other.money == money { sum.lowest.min(other.lowest) } else { sum.lowest },
            money,
            one: sum.one.or(other.one),
        })
    }

    /// Every station below a node, each by itself.
    fn apart(&self, tree: &Tree, lane: &Lane, open: Open) -> Vec<Sum> {
        let inside = tree.range(open.node).filter(|at| {
            !lane.word(*at).is_none()
                && self.view.bounds.contains(tree.position(*at))
                && tree.is_there(*at, self.generation)
        });
        inside.map(|at| Sum::of(lane.word(at), lane.money(at), (open.tree.0, at))).collect()
    }

    /// The new stations, each by itself.
    fn recent(&self) -> Vec<Cell> {
        let entries = self.shelf.recent.there(self.generation);
        let sold = entries.map(|(at, entry)| (at, entry, entry.price(self.view.fuel)));
        let inside =
            sold.filter(|(_, entry, (word, _))| !word.is_none() && self.view.bounds.contains(entry.station.position));
        let sums = inside.map(|(at, _, (word, money))| Sum::of(word, money, (self.shelf.trees.len(), at)));
        sums.filter_map(|sum| self.cell(sum)).collect()
    }

    fn cell(&self, sum: Sum) -> Option<Cell> {
        let (number, at) = sum.one?;
        let tree = self.shelf.trees.get(number).map(|tree| Part::Tree(tree.clone()));
        let part = tree.unwrap_or_else(|| Part::Recent(self.shelf.recent.clone()));
        let lowest = Price::from_thousandths(sum.lowest);
        Some(Cell {
            position: part.position(at),
            count: index(sum.count),
            lowest,
            currency: lowest.map(|_| sum.money.parts().0),
            station: (sum.count == 1).then(|| part.id(at).clone()),
        })
    }
}

impl Sum {
    fn of(word: Word, money: Money, one: (usize, usize)) -> Self {
        let lowest = if word.is_suspect() { NO_PRICE } else { word.thousandths() };
        Self { count: 1, lowest, money, one: Some(one) }
    }
}

/// The money of most, of equally many the one that comes first by currency.
fn main_money(all: &[Sum]) -> Money {
    let mut moneys: Vec<_> = all.iter().map(|sum| sum.money).collect();
    moneys.sort_unstable();
    let runs = moneys.chunk_by(|a, b| a == b).filter_map(|run| Some((run.len(), Reverse(*run.first()?))));
    runs.max().map_or(Money::NONE, |(_, Reverse(money))| money)
}
