//! The shelf: all parts of the book as one search sees them, from its beginning to its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::part::{Part, Recent};
use crate::tree::Tree;

/// What a search takes hold of when it begins. The prices in the parts go on changing; which
/// stations there are is settled by the generation that it reads then.
#[derive(Debug)]
pub(crate) struct Shelf {
    /// The oldest and as a rule largest first.
    pub(crate) trees: Vec<Arc<Tree>>,
    pub(crate) recent: Arc<Recent>,
    /// Parts whose stations are all in `trees` already: only ids still lead to them.
    pub(crate) former: Vec<Part>,
    /// Grows by one when a station comes, moves or changes; continues from shelf to shelf.
    generation: AtomicU64,
}

impl Shelf {
    pub(crate) fn new(trees: Vec<Arc<Tree>>, recent: Arc<Recent>, former: Vec<Part>, generation: u64) -> Self {
        Self { trees, recent, former, generation: AtomicU64::new(generation) }
    }

    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Makes what was prepared for this generation visible at once.
    pub(crate) fn advance_to(&self, generation: u64) {
        self.generation.store(generation, Ordering::Release);
    }

    pub(crate) fn part(&self, uid: u32) -> Option<Part> {
        if self.recent.uid == uid {
            return Some(Part::Recent(Arc::clone(&self.recent)));
        }
        let tree = self.trees.iter().find(|tree| tree.uid == uid).map(|tree| Part::Tree(Arc::clone(tree)));
        tree.or_else(|| self.former.iter().find(|part| part.uid() == uid).cloned())
    }
}
