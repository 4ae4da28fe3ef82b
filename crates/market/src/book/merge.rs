//! How the book's parts become one tree again, while searches and changes go on.

use std::sync::Arc;

use super::Inner;
use super::index::Place;
use super::writer::Writer;
use crate::fuel::Fuel;
use crate::money::Money;
use crate::part::{Part, Recent};
use crate::shelf::Shelf;
use crate::tree::Tree;
use crate::word::Word;

/// The writer itself makes trees of at most this many stations (about 1 ms), so that small parts
/// stay few; larger ones are merged in the background.
const SMALL: usize = 4_096;

/// Where there are more trees than this, because a background merge does not keep up with a load,
/// the writer merges larger ones too: every search looks into each tree.
const MOST_TREES: usize = 16;

/// So many changes may pass between two looks at whether a merge is due.
const CHANGES_BETWEEN_LOOKS: u32 = 1_024;

/// The parts beside the largest tree, and the stations gone from it, are merged into it when they
/// are this share of it: searches stay fast, and a station is moved a few times in a book's growth.
const SHARE: usize = 4;

/// A merge under way.
#[derive(Debug)]
pub(super) struct Merging {
    parts: Vec<Part>,
    /// Slots whose prices changed since it began.
    pub(super) changed: Vec<u32>,
}

impl Merging {
    fn has(&self, uid: u32) -> bool {
        self.parts.iter().any(|part| part.uid() == uid)
    }
}

impl Inner {
    /// Makes a tree of the full list of new stations and of the small trees beside it, of which
    /// none stays that is smaller than twice what comes after it.
    pub(super) fn build_recent(&self, writer: &mut Writer) {
        let shelf = self.shelf.load_full();
        let mut parts = vec![Part::Recent(Arc::clone(&shelf.recent))];
        let mut total = shelf.recent.len();
        for tree in shelf.trees.iter().rev() {
            let taken = writer.merging.as_ref().is_some_and(|merging| merging.has(tree.uid));
            let large = total + tree.len() > SMALL && shelf.trees.len() <= MOST_TREES;
            if taken || tree.len() > 2 * total || large {
                break;
            }
            total += tree.len();
            parts.push(Part::Tree(Arc::clone(tree)));
        }
        let tree = Arc::new(Tree::build(writer.next_uid(), &parts));
        self.swap(writer, &shelf, &parts, tree);
    }

    /// Whether a merge in the background is due. Looks only now and then.
    pub(super) fn wants_merge(&self, writer: &mut Writer) -> bool {
        writer.since_look += 1;
        if writer.merging.is_some() || writer.since_look < CHANGES_BETWEEN_LOOKS {
            return false;
        }
        writer.since_look = 0;
        let shelf = self.shelf.load();
        let largest = shelf.trees.iter().map(|tree| tree.len()).max().unwrap_or(0);
        let trees: usize = shelf.trees.iter().map(|tree| tree.len()).sum();
        let gone: usize = shelf.trees.iter().map(|tree| tree.gone()).sum();
        let due = |number: usize| number >= (largest / SHARE).max(SMALL);
        due(trees - largest) || due(gone) || due(writer.too_new)
    }

    /// Makes one tree of all trees, and of the list of new stations too if `whole`. Changes made
    /// meanwhile are in it before anyone sees it.
    pub(super) fn merge(&self, whole: bool) {
        let mut writer = self.writer.lock();
        if whole && self.shelf.load().recent.len() > 0 {
            self.build_recent(&mut writer);
        }
        let parts: Vec<_> = self.shelf.load().trees.iter().cloned().map(Part::Tree).collect();
        if writer.merging.is_some() || parts.is_empty() {
            return;
        }
        writer.merging = Some(Merging { parts: parts.clone(), changed: Vec::new() });
        writer.too_new = 0;
        let uid = writer.next_uid();
        drop(writer);

        let tree = Tree::build(uid, &parts);

        let mut writer = self.writer.lock();
        if let Some(merging) = writer.merging.take() {
            self.catch_up(&tree, &merging);
        }
        let shelf = self.shelf.load_full();
        self.swap(&mut writer, &shelf, &parts, Arc::new(tree));
    }

    /// Brings a tree up to date with what changed in its parts while it was built.
    fn catch_up(&self, tree: &Tree, merging: &Merging) {
        let index = self.index.read();
        let mut places = std::collections::HashMap::new();
        let mut changed = merging.changed.clone();
        changed.sort_unstable();
        for at in 0..tree.len() {
            let slot = tree.slot(at);
            let place = index.place(slot);
            if place.is_none_or(|place| !merging.has(place.uid)) {
                // It was replaced meanwhile: its new place is in a part that stays.
                Fuel::ALL.into_iter().filter(|fuel| tree.lane(*fuel).is_some()).for_each(|fuel| {
                    tree.put(at, fuel, Word::NONE, Money::NONE);
                });
                tree.remove(at, 0);
            } else if changed.binary_search(&slot).is_ok() {
                places.insert(at, place);
            }
        }
        for (at, place) in places {
            let Some(place) = place else { continue };
            let Some(part) = merging.parts.iter().find(|part| part.uid() == place.uid) else { continue };
            for fuel in Fuel::ALL {
                let (word, money) = part.price(place.at, fuel);
                // It may have ended meanwhile; then the tree still holds it.
                if !word.is_none() || tree.lane(fuel).is_some_and(|lane| !lane.word(at).is_none()) {
                    tree.put(at, fuel, word, money);
                }
            }
        }
    }

    /// Puts a tree in the place of the parts it was made of. Searches see the one or the others;
    /// ids lead to the parts until all of them lead to the tree.
    fn swap(&self, writer: &mut Writer, shelf: &Shelf, parts: &[Part], tree: Arc<Tree>) {
        let replaced = |uid: u32| parts.iter().any(|part| part.uid() == uid);
        let recent = if replaced(shelf.recent.uid) {
            Arc::new(Recent::new(writer.next_uid()))
        } else {
            Arc::clone(&shelf.recent)
        };
        let mut trees: Vec<_> = shelf.trees.iter().filter(|tree| !replaced(tree.uid)).cloned().collect();
        let larger = trees.iter().take_while(|other| other.len() > tree.len()).count();
        if tree.len() > 0 {
            trees.insert(larger, Arc::clone(&tree));
        }
        let generation = shelf.generation();
        let next = |former| Arc::new(Shelf::new(trees.clone(), Arc::clone(&recent), former, generation));
        self.shelf.store(next(parts.to_vec()));
        let index = self.index.read();
        for at in (0..tree.len()).filter(|at| tree.is_there(*at, u64::MAX - 1)) {
            index.set(tree.slot(at), Place { uid: tree.uid, at });
        }
        drop(index);
        self.shelf.store(next(Vec::new()));
    }
}

impl Writer {
    fn next_uid(&mut self) -> u32 {
        self.last_uid = self.last_uid.wrapping_add(1);
        self.last_uid
    }
}
