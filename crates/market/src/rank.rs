//! How a search orders what it finds, and where a list goes on.

use std::cmp::Ordering;

use crate::price::Price;
use crate::station::StationId;

/// What a list is ordered by; ties go by price, then distance, then station id.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rank {
    /// Lowest price first.
    Price,
    /// Nearest first.
    Distance,
    /// Lowest cost of driving there and filling up first.
    Trip(TripCost),
}

/// What filling up costs, the detour included (PROTOCOL §7).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TripCost {
    /// Litres to buy, above 0.
    pub litres: f64,
    /// Litres the car burns per 100 km.
    pub consumption: f64,
}

impl TripCost {
    /// Roads are longer than the great circle by about this factor (PROTOCOL §7).
    pub const ROAD_FACTOR: f64 = 1.3;
    /// 40 litres at 7 l/100 km, when nothing is said (PROTOCOL §7).
    pub const DEFAULT: Self = Self { litres: 40.0, consumption: 7.0 };

    /// `price × (litres + 2 × km × 1.3 × consumption / 100)` in the currency's whole units.
    #[must_use]
    pub fn cost(&self, price: Price, distance_km: f64) -> f64 {
        self.cost_of(price.thousandths(), distance_km)
    }

    /// The same for a price in thousandths, which may be above every price.
    pub(crate) fn cost_of(&self, thousandths: u32, distance_km: f64) -> f64 {
        let burnt = 2.0 * distance_km * Self::ROAD_FACTOR * self.consumption / 100.0;
        f64::from(thousandths) / 1000.0 * (self.litres + burnt)
    }
}

impl Rank {
    /// The number that is least for the best match.
    #[must_use]
    pub fn cost(&self, price: Price, distance_km: f64) -> f64 {
        match self {
            Self::Price => f64::from(price.thousandths()),
            Self::Distance => distance_km,
            Self::Trip(trip) => trip.cost(price, distance_km),
        }
    }
}

/// The place of one match in the order of its search; a list goes on after it.
#[derive(Debug, Clone, PartialEq)]
pub struct Cursor {
    /// The rank's cost.
    pub cost: f64,
    /// The price.
    pub price: Price,
    /// The distance in km, 0 where the search has no centre.
    pub distance_km: f64,
    /// The station.
    pub id: StationId,
}

impl Cursor {
    /// The order of a list: cost, price, distance, id.
    #[must_use]
    pub fn order(&self, other: &Self) -> Ordering {
        self.cost
            .total_cmp(&other.cost)
            .then_with(|| self.price.cmp(&other.price))
            .then_with(|| self.distance_km.total_cmp(&other.distance_km))
            .then_with(|| self.id.cmp(&other.id))
    }
}
