//! What an imported record changes: only what is newer (PROTOCOL §7, command `I`).

use crate::book::Standing;
use crate::change::Change;
use crate::fuel::Fuel;
use crate::station::{Quote, Station, StationId};
use crate::time::Timestamp;
use crate::view::View;

/// A station and its prices, as a feed gives them. The station's id begins with its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedStation {
    /// The station.
    pub station: Station,
    /// Its prices, at most one a fuel.
    pub prices: Vec<ImportedPrice>,
    /// Fuels that it does not sell any more, or not now (out of stock), at most one a fuel. Of a
    /// price and an end of one fuel the later one counts.
    pub ended: Vec<EndedPrice>,
}

impl ImportedStation {
    /// A station without prices.
    #[must_use]
    pub const fn new(station: Station) -> Self {
        Self { station, prices: Vec::new(), ended: Vec::new() }
    }
}

/// A price that holds no more: searches do not find it, until a later price comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedPrice {
    /// The fuel.
    pub fuel: Fuel,
    /// Since when. Only a price of an earlier or of unknown time ends by it.
    pub at: Timestamp,
}

/// One price of an imported record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedPrice {
    /// The fuel.
    pub fuel: Fuel,
    /// The price, its money and its time.
    pub quote: Quote,
}

/// What an import did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ImportEffect {
    /// The station was not known before.
    pub new_station: bool,
    /// An operator hid the station: nothing of the record counts.
    pub hidden: bool,
    /// What is known about the station changed.
    pub changed_station: bool,
    /// Prices that are new or replaced an older one.
    pub prices_changed: usize,
    /// Prices that hold no more since this record.
    pub prices_ended: usize,
    /// Prices that were the same or older than what is known, and ends of what has ended before,
    /// was never sold, or has a later price.
    pub prices_unchanged: usize,
}

impl View<'_> {
    /// The changes that this record makes, in order, and their summary. Importing the same record
    /// again changes nothing.
    #[must_use]
    pub fn import(&self, record: &ImportedStation) -> (Vec<Change>, ImportEffect) {
        match self.book.standing(&record.station.id) {
            Standing::Open => self.import_in_sight(record),
            Standing::Hidden => (Vec::new(), ImportEffect { hidden: true, ..ImportEffect::default() }),
            Standing::MergedInto(other) => match self.station(&other) {
                Some(station) => self.import_in_sight(&of_another(record, &station)),
                None => (Vec::new(), ImportEffect { hidden: true, ..ImportEffect::default() }),
            },
        }
    }

    fn import_in_sight(&self, record: &ImportedStation) -> (Vec<Change>, ImportEffect) {
        let mut effect = ImportEffect::default();
        let known = self.station(&record.station.id);
        let station = known.as_ref().map_or_else(|| record.station.clone(), |known| updated(known, &record.station));
        effect.new_station = known.is_none();
        effect.changed_station = known.is_some_and(|known| *known != station);
        let stored = effect.new_station || effect.changed_station;
        let mut changes: Vec<_> = stored.then_some(Change::Station(station)).into_iter().collect();
        for price in &record.prices {
            if self.is_news(&record.station.id, price) {
                effect.prices_changed += 1;
                let station = record.station.id.clone();
                changes.push(Change::Quote { station, fuel: price.fuel, quote: price.quote.clone() });
            } else {
                effect.prices_unchanged += 1;
            }
        }
        for EndedPrice { fuel, at } in record.ended.iter().cloned() {
            let held = price_in(&changes, fuel).or_else(|| self.quote(&record.station.id, fuel));
            if held.is_some_and(|held| held.reported_at.is_none_or(|reported_at| at > reported_at)) {
                effect.prices_ended += 1;
                changes.push(Change::End { station: record.station.id.clone(), fuel, at });
            } else {
                effect.prices_unchanged += 1;
            }
        }
        (changes, effect)
    }

    /// Whether an imported price says anything new.
    #[must_use]
    pub fn is_news(&self, station: &StationId, price: &ImportedPrice) -> bool {
        if let Some(ended) = self.ended(station, price.fuel) {
            return price.quote.reported_at.is_some_and(|reported_at| reported_at > ended);
        }
        self.quote(station, price.fuel).is_none_or(|known| supersedes(&price.quote, &known))
    }
}

/// The price of a fuel among the changes of one record.
fn price_in(changes: &[Change], of: Fuel) -> Option<Quote> {
    changes.iter().find_map(|change| match change {
        Change::Quote { fuel, quote, .. } if *fuel == of => Some(quote.clone()),
        _ => None,
    })
}

/// The prices of a record for the station into which its own was merged, of which more is known
/// than the record says.
fn of_another(record: &ImportedStation, station: &Station) -> ImportedStation {
    let mut prices = record.prices.clone();
    prices.iter_mut().for_each(|price| price.quote.coordinates = None);
    ImportedStation { station: station.clone(), prices, ended: record.ended.clone() }
}

/// The feed knows its stations best, but its blanks erase nothing.
fn updated(known: &Station, imported: &Station) -> Station {
    let imported = imported.clone();
    Station {
        name: imported.name.or_else(|| known.name.clone()),
        brand: imported.brand.or_else(|| known.brand.clone()),
        address: imported.address.or_else(|| known.address.clone()),
        source: imported.source.or_else(|| known.source.clone()),
        hours: imported.hours.or_else(|| known.hours.clone()),
        service: imported.service.or(known.service),
        members_only: imported.members_only.or(known.members_only),
        ..imported
    }
}

/// Only a later report replaces an earlier one. Of two without a time the imported one wins where
/// it differs; one without a time never replaces one with a time.
fn supersedes(imported: &Quote, known: &Quote) -> bool {
    match (imported.reported_at, known.reported_at) {
        (Some(imported), Some(known)) => imported > known,
        (Some(_), None) => true,
        (None, Some(_)) => false,
        (None, None) => *imported != *known,
    }
}

#[cfg(test)]
mod tests;
