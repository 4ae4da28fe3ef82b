//! A part of the book: a tree, or the list of stations that came since the last one was built.

use std::sync::atomic::{AtomicU16, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use crate::fuel::Fuel;
use crate::money::Money;
use crate::position::Position;
use crate::sphere::Point;
use crate::station::{Station, StationId};
use crate::tree::Tree;
use crate::word::Word;

/// New stations until a tree is built from them; every search scans them. A scan of 64 takes about
/// as long as a search of a tree.
pub(crate) const RECENT: usize = 64;

/// A tree or the list.
#[derive(Debug, Clone)]
pub(crate) enum Part {
    Tree(Arc<Tree>),
    Recent(Arc<Recent>),
}

/// The stations that came last, in the order of arrival. Read by anyone at any time; written by the
/// book's one writer.
#[derive(Debug)]
pub(crate) struct Recent {
    pub(crate) uid: u32,
    entries: Vec<OnceLock<Entry>>,
    filled: AtomicUsize,
}

/// One of them.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) station: Arc<Station>,
    pub(crate) slot: u32,
    pub(crate) point: Point,
    /// Searches of earlier generations do not see it.
    born: u64,
    gone: AtomicU64,
    coordinates: Vec<(Fuel, Arc<str>)>,
    words: [AtomicU64; Fuel::COUNT],
    money: [AtomicU16; Fuel::COUNT],
}

impl Entry {
    pub(crate) fn new(slot: u32, station: Arc<Station>, coordinates: Vec<(Fuel, Arc<str>)>, born: u64) -> Self {
        Self {
            point: Point::from(station.position),
            station,
            slot,
            born,
            gone: AtomicU64::new(u64::MAX),
            coordinates,
            words: Default::default(),
            money: Default::default(),
        }
    }

    pub(crate) fn is_there(&self, generation: u64) -> bool {
        self.born <= generation && self.gone.load(Ordering::Acquire) > generation
    }

    pub(crate) fn remove(&self, generation: u64) {
        self.gone.store(generation, Ordering::Release);
    }

    pub(crate) fn price(&self, fuel: Fuel) -> (Word, Money) {
        let word = self.words.get(fuel.index()).map_or(0, |word| word.load(Ordering::Acquire));
        let money = self.money.get(fuel.index()).map_or(0, |money| money.load(Ordering::Relaxed));
        (Word::from_bits(word), Money::from_bits(money))
    }

    pub(crate) fn put(&self, fuel: Fuel, word: Word, money: Money) {
        if let (Some(word_at), Some(money_at)) = (self.words.get(fuel.index()), self.money.get(fuel.index())) {
            money_at.store(money.bits(), Ordering::Relaxed);
            word_at.store(word.bits(), Ordering::Release);
        }
    }

    pub(crate) fn coordinates(&self, fuel: Fuel) -> Option<&Arc<str>> {
        self.coordinates.iter().find(|(of, _)| *of == fuel).map(|(_, text)| text)
    }
}

impl Recent {
    pub(crate) fn new(uid: u32) -> Self {
        Self { uid, entries: (0..RECENT).map(|_| OnceLock::new()).collect(), filled: AtomicUsize::new(0) }
    }

    pub(crate) fn len(&self) -> usize {
        self.filled.load(Ordering::Acquire)
    }

    pub(crate) fn get(&self, at: usize) -> Option<&Entry> {
        self.entries.get(at)?.get()
    }

    /// The one at a place below [`Recent::len`].
    fn entry(&self, at: usize) -> &Entry {
        self.get(at).unwrap_or_else(|| unreachable!("the index leads only to what is there"))
    }

    /// All that a search of this generation sees.
    pub(crate) fn there(&self, generation: u64) -> impl Iterator<Item = (usize, &Entry)> {
        let entries = self.entries.iter().take(self.len()).enumerate();
        let entries = entries.filter_map(|(at, entry)| Some((at, entry.get()?)));
        entries.filter(move |(_, entry)| entry.is_there(generation))
    }

    /// Adds one and says where. The one writer only, which has seen that there is room.
    pub(crate) fn push(&self, entry: Entry) -> usize {
        let at = self.len();
        if self.entries.get(at).is_some_and(|slot| slot.set(entry).is_ok()) {
            self.filled.store(at + 1, Ordering::Release);
        }
        at
    }
}

impl Part {
    pub(crate) fn uid(&self) -> u32 {
        match self {
            Self::Tree(tree) => tree.uid,
            Self::Recent(recent) => recent.uid,
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Tree(tree) => tree.len(),
            Self::Recent(recent) => recent.len(),
        }
    }

    /// Whether the station at a place is still there for a search that begins now.
    pub(crate) fn is_there(&self, at: usize) -> bool {
        match self {
            Self::Tree(tree) => tree.is_there(at, u64::MAX - 1),
            Self::Recent(recent) => recent.get(at).is_some_and(|entry| entry.is_there(u64::MAX - 1)),
        }
    }

    pub(crate) fn point(&self, at: usize) -> Point {
        match self {
            Self::Tree(tree) => tree.point(at),
            Self::Recent(recent) => recent.get(at).map_or(Point([0.0; 3]), |entry| entry.point),
        }
    }

    /// The station at a place below [`Part::len`].
    pub(crate) fn station(&self, at: usize) -> Arc<Station> {
        match self {
            Self::Tree(tree) => Arc::new(tree.station(at)),
            Self::Recent(recent) => Arc::clone(&recent.entry(at).station),
        }
    }

    pub(crate) fn id(&self, at: usize) -> &StationId {
        match self {
            Self::Tree(tree) => tree.id(at),
            Self::Recent(recent) => &recent.entry(at).station.id,
        }
    }

    pub(crate) fn position(&self, at: usize) -> Position {
        match self {
            Self::Tree(tree) => tree.position(at),
            Self::Recent(recent) => recent.entry(at).station.position,
        }
    }

    pub(crate) fn price(&self, at: usize, fuel: Fuel) -> (Word, Money) {
        match self {
            Self::Tree(tree) => {
                tree.lane(fuel).map_or((Word::NONE, Money::NONE), |lane| (lane.word(at), lane.money(at)))
            }
            Self::Recent(recent) => recent.get(at).map_or((Word::NONE, Money::NONE), |entry| entry.price(fuel)),
        }
    }

    pub(crate) fn coordinates_of(&self, at: usize, fuel: Fuel) -> Option<&Arc<str>> {
        match self {
            Self::Tree(tree) => tree.coordinates(at, fuel),
            Self::Recent(recent) => recent.get(at).and_then(|entry| entry.coordinates(fuel)),
        }
    }

    /// Whether any price has coordinates of its own.
    pub(crate) fn has_coordinates(&self) -> bool {
        match self {
            Self::Tree(tree) => tree.has_coordinates(),
            Self::Recent(recent) => {
                recent.entries.iter().filter_map(OnceLock::get).any(|entry| !entry.coordinates.is_empty())
            }
        }
    }

    /// Gives every fuel's coordinates at a place to `take`.
    pub(crate) fn coordinates(&self, at: usize, mut take: impl FnMut(Fuel, Arc<str>)) {
        for fuel in Fuel::ALL {
            if let Some(text) = self.coordinates_of(at, fuel) {
                take(fuel, text.clone());
            }
        }
    }

    pub(crate) fn sells(&self, fuel: Fuel) -> bool {
        match self {
            Self::Tree(tree) => tree.lane(fuel).is_some(),
            Self::Recent(_) => self.positions_sell(fuel),
        }
    }

    fn positions_sell(&self, fuel: Fuel) -> bool {
        (0..self.len()).any(|at| !self.price(at, fuel).0.is_none())
    }

    /// Puts a price in its place. The one writer only.
    pub(crate) fn put(&self, at: usize, fuel: Fuel, word: Word, money: Money) {
        match self {
            Self::Tree(tree) => tree.put(at, fuel, word, money),
            Self::Recent(recent) => {
                if let Some(entry) = recent.get(at) {
                    entry.put(fuel, word, money);
                }
            }
        }
    }

    /// Takes a station out for every search of `generation` and later. The one writer only.
    pub(crate) fn remove(&self, at: usize, generation: u64) {
        match self {
            Self::Tree(tree) => tree.remove(at, generation),
            Self::Recent(recent) => {
                if let Some(entry) = recent.get(at) {
                    entry.remove(generation);
                }
            }
        }
    }
}
