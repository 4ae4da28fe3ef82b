//! What an area's prices are like: its statistics, and the cells of a map of it.

use crate::area::{Area, BoundingBox};
use crate::fuel::Fuel;
use crate::position::Position;
use crate::price::{Currency, Price, Unit};
use crate::search::Freshness;
use crate::station::StationId;
use crate::time::Timestamp;

/// Which prices to summarise: those that a search of the same terms would rank.
#[derive(Debug, Clone, PartialEq)]
pub struct Survey {
    /// The fuel.
    pub fuel: Fuel,
    /// Where.
    pub area: Area,
    /// How old a price may be.
    pub freshness: Freshness,
    /// The moment ages are counted from.
    pub now: Timestamp,
    /// The currency; `None`: that of the nearest match.
    pub currency: Option<Currency>,
}

/// The prices of an area, suspect ones left out. Quartiles are by nearest rank: the price at place
/// ceil(share x count) of the sorted prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statistics {
    /// How many prices, at least 1.
    pub count: usize,
    /// The lowest.
    pub min: Price,
    /// The first quartile.
    pub first_quartile: Price,
    /// The median.
    pub median: Price,
    /// The third quartile.
    pub third_quartile: Price,
    /// The highest.
    pub max: Price,
    /// When the newest was reported; `None` where no time is known.
    pub newest: Option<Timestamp>,
    /// Their currency.
    pub currency: Currency,
    /// What each buys one of.
    pub unit: Unit,
}

/// One cell of a map: some stations that are drawn as one.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// Where to draw it: within the cell's stations' bounds.
    pub position: Position,
    /// How many stations sell the fuel there, at least 1.
    pub count: usize,
    /// The lowest price among them, suspect ones left out; `None` where all are suspect.
    pub lowest: Option<Price>,
    /// The currency of that price.
    pub currency: Option<Currency>,
    /// The station, where the cell is just one.
    pub station: Option<StationId>,
}

/// What part of a map to draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MapView {
    /// The fuel.
    pub fuel: Fuel,
    /// What is seen of the map.
    pub bounds: BoundingBox,
    /// The zoom level of web maps, 0..=22: a tile is 360 / 2^zoom degrees wide.
    pub zoom: u8,
    /// The moment ages are counted from.
    pub now: Timestamp,
}
