//! The index: which station has which id, and where in the book's parts it is.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::number::{bits, index, short};
use crate::station::StationId;

/// Stations have slots, numbered in order of arrival; a slot is somewhere in one of the parts.
#[derive(Debug, Default)]
pub(super) struct Index {
    slots: HashMap<StationId, u32>,
    places: Vec<AtomicU64>,
}

/// A part, by its number, and where in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) uid: u32,
    pub(super) at: usize,
}

impl Index {
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    pub(super) fn slot(&self, id: &StationId) -> Option<u32> {
        self.slots.get(id).copied()
    }

    pub(super) fn place(&self, slot: u32) -> Option<Place> {
        let word = self.places.get(index(slot))?.load(Ordering::Acquire);
        Some(Place { uid: bits(word >> 32, u64::from(u32::MAX)), at: index(bits(word, u64::from(u32::MAX))) })
    }

    pub(super) fn set(&self, slot: u32, place: Place) {
        if let Some(word) = self.places.get(index(slot)) {
            word.store(place.word(), Ordering::Release);
        }
    }

    /// The slot that the next station gets.
    pub(super) fn next(&self) -> u32 {
        short(self.places.len())
    }

    pub(super) fn push(&mut self, id: StationId, place: Place) {
        self.slots.insert(id, self.next());
        self.places.push(AtomicU64::new(place.word()));
    }
}

impl Place {
    fn word(self) -> u64 {
        u64::from(self.uid) << 32 | u64::from(short(self.at))
    }
}
