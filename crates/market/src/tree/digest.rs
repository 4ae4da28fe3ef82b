//! The prices of a block of about a thousand stations, counted by price: from these the statistics
//! of an area take their quartiles. Worked out when asked for, and kept until a price of the block
//! changes or grows too old.

use std::cmp::Ordering::{self as Side, Equal, Greater, Less};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwapOption;

use super::{Lane, Tree};
use crate::word::Word;

/// A block is a node so many levels above its leaves: 64 of them.
const LEVELS: u32 = 3;

/// What is known of the prices of one block that are fresh enough, suspect ones left out.
#[derive(Debug)]
pub(crate) struct Digest {
    /// The block's changes when its prices were read.
    version: u64,
    /// The earliest times that leave the same prices in.
    since: RangeInclusive<u64>,
    /// Each price, ascending, and how many stations ask it.
    pub(crate) prices: Vec<(u32, u32)>,
    /// The latest time among them, as [`crate::word::moment`] counts.
    pub(crate) newest: u64,
}

/// The digests of a lane's blocks, by the number of the block's node.
#[derive(Debug)]
pub(super) struct Digests(Vec<(AtomicU64, ArcSwapOption<Digest>)>);

/// The node that is the block of a leaf.
pub(super) fn block(leaf: usize) -> usize {
    (0..LEVELS).fold(leaf, |node, _| node.saturating_sub(1) / 4)
}

impl Digests {
    pub(super) fn new(inner: usize) -> Self {
        // The last block is that of the last leaf.
        Self((0..=block(4 * inner)).map(|_| (AtomicU64::new(0), ArcSwapOption::empty())).collect())
    }

    pub(super) fn note_change(&self, block: usize) {
        if let Some((version, _)) = self.0.get(block) {
            version.fetch_add(1, Ordering::Release);
        }
    }
}

impl Tree {
    /// Whether a node is above the blocks (less), one of them, or below.
    pub(crate) fn to_blocks(&self, node: usize) -> Side {
        let leftmost = (0..LEVELS).fold(node, |node, _| 4 * node + 1);
        if leftmost < self.inner {
            Less
        } else if leftmost < self.nodes() {
            Equal
        } else {
            Greater
        }
    }

    /// The digest of a block for prices since a time.
    pub(crate) fn digest(&self, lane: &Lane, block: usize, since: u64) -> Arc<Digest> {
        let fresh = |version| Arc::new(Digest::of(lane.words(self.range(block)), version, since));
        let Some((version, kept)) = lane.digests.0.get(block) else { return fresh(0) };
        // Prices are put before the version says so: what was put before this search began is in
        // the version read here, and a digest of that version was read after it.
        let version = version.load(Ordering::Acquire);
        if let Some(kept) = kept.load_full().filter(|kept| kept.version == version && kept.since.contains(&since)) {
            return kept;
        }
        let digest = fresh(version);
        kept.store(Some(Arc::clone(&digest)));
        digest
    }
}

impl Digest {
    fn of(words: impl Iterator<Item = Word>, version: u64, since: u64) -> Self {
        let (mut above, mut until, mut newest) = (0, u64::MAX, 0);
        let mut prices = Vec::new();
        for word in words.filter(|word| !word.is_none() && !word.is_suspect()) {
            let moment = word.moment();
            if moment < since {
                above = above.max(moment + 1);
            } else {
                until = until.min(moment);
                newest = newest.max(moment);
                prices.push(word.thousandths());
            }
        }
        prices.sort_unstable();
        let runs = prices.chunk_by(|one, two| one == two);
        let prices = runs.filter_map(|run| Some((*run.first()?, crate::number::short(run.len())))).collect();
        Self { version, since: above..=until, prices, newest }
    }
}
