//! Which station a report means (PROTOCOL §7, "Which station is meant").

use std::sync::Arc;

use crate::book::Standing;
use crate::fuel::Fuel;
use crate::geohash::geohash;
use crate::position::Position;
use crate::station::{Label, Station, StationId};
use crate::view::View;

/// What a reporter says about the station.
#[derive(Debug, Clone, PartialEq)]
pub struct StationWish {
    /// The fuel whose price is reported.
    pub fuel: Fuel,
    /// Where the reporter says it is.
    pub position: Position,
    /// The station's id, when the reporter knows it; then the position does not matter.
    pub station: Option<StationId>,
    /// How far the station may be from the position, in km; 0: exactly there (v1).
    pub radius_km: f64,
    /// A new station is meant, whatever is near.
    pub new: bool,
    /// Its name, which fills a blank but never overwrites.
    pub name: Option<Label>,
    /// Its brand, likewise.
    pub brand: Option<Label>,
}

/// The answer to "which station is meant?"
#[derive(Debug, Clone, PartialEq)]
pub enum Identity {
    /// One that is known; `changed` holds it with its blanks filled, where the wish fills any.
    Known {
        /// Its id.
        id: StationId,
        /// The station to store, if something about it became known.
        changed: Option<Station>,
    },
    /// A new one, to be stored.
    New(Station),
    /// Several could be meant: the reporter must choose. Nearest first, with distances in km.
    Ambiguous(Vec<(Arc<Station>, f64)>),
    /// The reporter gave an id that no station has.
    Unknown(StationId),
    /// The reporter gave the id of a station that an operator hid.
    Hidden(StationId),
}

impl View<'_> {
    /// Which station the wish means.
    #[must_use]
    pub fn identify(&self, wish: &StationWish) -> Identity {
        if let Some(id) = &wish.station {
            let id = match self.book.standing(id) {
                Standing::Open => id.clone(),
                Standing::MergedInto(other) => other,
                Standing::Hidden => return Identity::Hidden(id.clone()),
            };
            let known = self.station(&id);
            return known.map_or_else(|| Identity::Unknown(id), |station| fill_blanks(&station, wish));
        }
        let near = if wish.new { Vec::new() } else { self.near(wish.position, wish.radius_km) };
        match near.as_slice() {
            [] => Identity::New(self.new_station(wish)),
            [(only, _)] => fill_blanks(only, wish),
            [(first, _), ..] if wish.radius_km <= 0.0 => {
                let best =
                    near.iter().map(|(station, _)| station).max_by_key(|station| self.age_rank(station, wish.fuel));
                fill_blanks(best.unwrap_or(first), wish)
            }
            _ => Identity::Ambiguous(near),
        }
    }

    /// Greatest for the station at one position that a reporter without a choice means: one that
    /// sells the fuel, with the newest report, then the smallest id.
    fn age_rank(&self, station: &Station, fuel: Fuel) -> impl Ord + use<> {
        let quote = self.quote(&station.id, fuel);
        let newest = quote.as_ref().and_then(|quote| quote.reported_at);
        (quote.is_some(), newest, std::cmp::Reverse(station.id.clone()))
    }

    fn new_station(&self, wish: &StationWish) -> Station {
        let base = geohash(wish.position);
        let names = std::iter::once(base.clone()).chain((2_u64..).map(|n| format!("{base}-{n}")));
        let mut free = names.filter_map(|name| StationId::parse(&name)).filter(|id| !self.is_taken(id));
        let id = free.next().unwrap_or_else(|| unreachable!("the names never end and each is a valid id"));
        Station { name: wish.name.clone(), brand: wish.brand.clone(), ..Station::at(id, wish.position) }
    }

    /// Whether a station has this id, in sight or not.
    fn is_taken(&self, id: &StationId) -> bool {
        self.station(id).is_some() || self.book.in_sight_or_not(id).is_some()
    }
}

fn fill_blanks(station: &Station, wish: &StationWish) -> Identity {
    let filled = Station {
        name: station.name.clone().or_else(|| wish.name.clone()),
        brand: station.brand.clone().or_else(|| wish.brand.clone()),
        ..station.clone()
    };
    Identity::Known { id: station.id.clone(), changed: (filled != *station).then_some(filled) }
}

#[cfg(test)]
mod tests;
