//! Prices that hold no more: not in the tree, so that no search meets them, but remembered, so that
//! a report from before the end does not bring them back.

use std::collections::HashMap;

use parking_lot::RwLock;

use super::Inner;
use super::writer::Writer;
use crate::fuel::Fuel;
use crate::part::Part;
use crate::station::StationId;
use crate::time::Timestamp;
use crate::word::Word;

/// When which price ended. Few do: out of stock is rare.
#[derive(Debug, Default)]
pub(super) struct Ended(RwLock<HashMap<(StationId, Fuel), Timestamp>>);

impl Ended {
    pub(super) fn at(&self, id: &StationId, fuel: Fuel) -> Option<Timestamp> {
        let ended = self.0.read();
        if ended.is_empty() { None } else { ended.get(&(id.clone(), fuel)).copied() }
    }

    /// There is a price again.
    pub(super) fn forget(&self, id: &StationId, fuel: Fuel) {
        if !self.0.read().is_empty() {
            self.0.write().remove(&(id.clone(), fuel));
        }
    }

    pub(super) fn note(&self, id: &StationId, fuel: Fuel, at: Timestamp) {
        self.0.write().insert((id.clone(), fuel), at);
    }
}

impl Inner {
    /// Takes a price out of its place, which keeps its money and coordinates for the next one.
    pub(super) fn end_quote(&self, writer: &mut Writer, id: &StationId, fuel: Fuel, at: Timestamp) -> bool {
        let Some((slot, part, place)) = self.held(id) else { return false };
        let (before, money) = part.price(place, fuel);
        if !before.is_none() {
            part.put(place, fuel, Word::NONE, money);
            writer.note_changed(slot);
            self.one_price_less();
        }
        self.ended.note(id, fuel, at);
        true
    }

    fn held(&self, id: &StationId) -> Option<(u32, Part, usize)> {
        let slot = self.index.read().slot(id)?;
        let (part, place) = self.find(id)?;
        Some((slot, part, place))
    }

    fn one_price_less(&self) {
        self.prices.fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
    }
}
