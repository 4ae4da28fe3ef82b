//! Stations that an operator took out of sight: they stay in the book, without prices, so that no
//! search meets them; here is remembered which they are, so that nothing brings them back.

use std::collections::HashMap;

use parking_lot::RwLock;

use super::Inner;
use crate::station::StationId;

/// Where a station's id leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// To the station, if there is one with this id.
    Open,
    /// Nowhere: an operator hid the station.
    Hidden,
    /// To this other station, into which it was merged.
    MergedInto(StationId),
}

/// Which stations are out of sight, and which other one stands for them. Few are.
#[derive(Debug, Default)]
pub(super) struct Hidden(RwLock<HashMap<StationId, Option<StationId>>>);

impl Hidden {
    pub(super) fn hide(&self, id: StationId, into: Option<StationId>) {
        self.0.write().insert(id, into);
    }

    pub(super) fn show(&self, id: &StationId) {
        self.0.write().remove(id);
    }

    pub(super) fn has(&self, id: &StationId) -> bool {
        let hidden = self.0.read();
        !hidden.is_empty() && hidden.contains_key(id)
    }

    pub(super) fn len(&self) -> usize {
        self.0.read().len()
    }

    /// Follows merges to their end. There are no circles: a station is only merged into one in sight.
    pub(super) fn standing(&self, id: &StationId) -> Standing {
        let hidden = self.0.read();
        let mut at = id;
        for _ in 0..=hidden.len() {
            match hidden.get(at) {
                Some(Some(into)) => at = into,
                Some(None) => return Standing::Hidden,
                None if at == id => return Standing::Open,
                None => return Standing::MergedInto(at.clone()),
            }
        }
        Standing::Hidden
    }
}

impl Inner {
    /// Takes a known station out of sight. Its prices end by changes of their own.
    pub(super) fn hide(&self, id: StationId, into: Option<StationId>) -> bool {
        let known = self.index.read().slot(&id).is_some();
        if known {
            self.hidden.hide(id, into);
        }
        known
    }

    pub(super) fn show(&self, id: &StationId) -> bool {
        let known = self.index.read().slot(id).is_some();
        self.hidden.show(id);
        known
    }
}
