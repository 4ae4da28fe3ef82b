//! The answers about areas and the past: map cells, price history, statistics.

use posto_market::Fuel;
use posto_wire::{answer, time};
use serde::Serialize;
use utoipa::ToSchema;

use super::age_s;
use super::schemas::{slug_schema, unit_schema};
use crate::money::{self, Money};
use crate::series::Series;

/// A map's cells.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Map {
    /// At most 500.
    pub(super) cells: Vec<Cell>,
}

/// Some stations that are drawn as one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Cell {
    /// Latitude in degrees, north positive.
    #[schema(minimum = -90, maximum = 90)]
    pub(super) lat: f64,
    /// Longitude in degrees, east positive.
    #[schema(minimum = -180, maximum = 180)]
    pub(super) lon: f64,
    /// How many stations sell the fuel there.
    #[schema(minimum = 1)]
    count: u32,
    /// The lowest price there that is not suspect; null where there is none.
    #[schema(required, schema_with = money::lowest_schema)]
    min_price: Option<Money>,
    /// Its currency (ISO 4217).
    #[schema(required, pattern = "^[A-Z]{3}$")]
    currency: Option<String>,
    /// The station's id, where it is one alone.
    #[schema(required)]
    station: Option<String>,
}

/// What a station's prices were.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct History {
    /// Newest first.
    prices: Vec<PastPrice>,
    /// Where the history goes on; null at its end.
    #[schema(required)]
    cursor: Option<String>,
}

/// One price of a history.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PastPrice {
    /// The fuel's slug.
    #[schema(schema_with = slug_schema)]
    fuel: &'static str,
    /// Of one unit; exact, at most three decimals. Null where the price before ended.
    #[schema(required, schema_with = money::past_schema)]
    price: Option<Money>,
    /// Whether the price before held no more: the fuel was out of stock or no longer sold.
    ended: bool,
    /// ISO 4217.
    #[schema(pattern = "^[A-Z]{3}$")]
    currency: String,
    /// What the price buys one of.
    #[schema(schema_with = unit_schema)]
    unit: String,
    /// When it was reported, or ended; null where nobody knows.
    #[schema(required, format = DateTime)]
    reported_at: Option<String>,
    /// Seconds since then, by the gateway's clock.
    #[schema(required, minimum = 0)]
    age_s: Option<u64>,
    /// When the server recorded it.
    #[schema(format = DateTime)]
    recorded_at: String,
}

/// What an area's prices are like, suspect ones left out. Without any, all but the count is null.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Statistics {
    /// How many prices.
    count: u64,
    /// The lowest.
    #[schema(required, schema_with = money::lowest_schema)]
    min: Option<Money>,
    /// A quarter of the prices are at most this.
    #[schema(required, schema_with = money::quartile_schema)]
    q1: Option<Money>,
    /// Half of the prices are at most this.
    #[schema(required, schema_with = money::quartile_schema)]
    median: Option<Money>,
    /// Three quarters of the prices are at most this.
    #[schema(required, schema_with = money::quartile_schema)]
    q3: Option<Money>,
    /// The highest.
    #[schema(required, schema_with = money::highest_schema)]
    max: Option<Money>,
    /// ISO 4217.
    #[schema(required, pattern = "^[A-Z]{3}$")]
    currency: Option<String>,
    /// What a price buys one of: l, kg or m3.
    #[schema(required)]
    unit: Option<String>,
    /// When the newest was reported; null where nobody knows.
    #[schema(required, format = DateTime)]
    reported_at: Option<String>,
    /// Seconds since then, by the gateway's clock.
    #[schema(required, minimum = 0)]
    age_s: Option<u64>,
}

impl From<Vec<answer::Cell>> for Map {
    fn from(cells: Vec<answer::Cell>) -> Self {
        Self { cells: cells.into_iter().map(Cell::from).collect() }
    }
}

impl From<answer::Cell> for Cell {
    fn from(cell: answer::Cell) -> Self {
        Self {
            lat: cell.lat,
            lon: cell.lon,
            count: cell.count,
            min_price: cell.lowest.map(Money),
            currency: cell.currency,
            station: cell.station,
        }
    }
}

impl From<posto_client::Past> for History {
    /// Prices of fuels that this gateway does not know are left out.
    fn from(past: posto_client::Past) -> Self {
        Self { prices: past.prices.into_iter().filter_map(PastPrice::new).collect(), cursor: past.next }
    }
}

impl History {
    /// The history with a cursor that belongs to its series.
    pub(crate) fn of(self, series: &Series) -> Self {
        Self { cursor: self.cursor.map(|place| series.cursor(&place)), ..self }
    }

    /// Where it goes on.
    pub(crate) fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }
}

impl PastPrice {
    fn new(past: answer::PastPrice) -> Option<Self> {
        Some(Self {
            fuel: Fuel::from_code(past.fuel)?.slug(),
            price: past.price.map(Money),
            ended: past.price.is_none(),
            currency: past.currency,
            unit: past.unit,
            age_s: past.reported_at.as_deref().and_then(time::parse).map(age_s),
            reported_at: past.reported_at,
            recorded_at: past.recorded_at,
        })
    }
}

impl From<answer::Statistics> for Statistics {
    fn from(known: answer::Statistics) -> Self {
        Self {
            count: known.count,
            min: known.min.map(Money),
            q1: known.first_quartile.map(Money),
            median: known.median.map(Money),
            q3: known.third_quartile.map(Money),
            max: known.max.map(Money),
            currency: known.currency,
            unit: known.unit,
            age_s: known.newest.as_deref().and_then(time::parse).map(age_s),
            reported_at: known.newest,
        }
    }
}
