//! What `GET /events` tells beside prices: that one ended, and that changes are missing.

use posto_market::Fuel;
use posto_wire::{answer, time};
use serde::Serialize;
use utoipa::ToSchema;

use super::opening::Opening;
use super::schemas::{slug_schema, unit_schema, words};
use super::{Attributions, UnknownFuel, age_s, kilometres, source};
use crate::events::Why;
use crate::money::{self, Money};

/// A price that holds no more: data of the event `ended`. Members are named as those of a price.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EndedPrice {
    /// The station's id.
    id: String,
    /// Its name, where known.
    #[schema(required)]
    name: Option<String>,
    /// Its brand, where known.
    #[schema(required)]
    brand: Option<String>,
    /// Latitude in degrees, north positive.
    #[schema(minimum = -90, maximum = 90)]
    lat: f64,
    /// Longitude in degrees, east positive.
    #[schema(minimum = -180, maximum = 180)]
    lon: f64,
    /// The slug of the fuel that has no price there any more.
    #[schema(schema_with = slug_schema)]
    fuel: &'static str,
    /// Always null.
    #[schema(required, schema_with = money::past_schema)]
    price: Option<Money>,
    /// ISO 4217.
    #[schema(pattern = "^[A-Z]{3}$")]
    currency: String,
    /// What the price bought one of.
    #[schema(schema_with = unit_schema)]
    unit: String,
    /// When it ended; null where nobody knows.
    #[schema(required, format = DateTime)]
    reported_at: Option<String>,
    /// Seconds since then, by the gateway's clock.
    #[schema(required, minimum = 0)]
    age_s: Option<u64>,
    #[serde(flatten)]
    opening: Opening,
    /// Kilometres from lat, lon; null where they were not given.
    #[schema(required)]
    distance_km: Option<f64>,
    /// The feed that made the station known, or `reports`.
    source: String,
    /// What must be shown with the source's prices.
    #[schema(required)]
    attribution: Option<String>,
}

/// That changes are missing: data of the event `resync`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Resync {
    /// too-old: it is no longer known what came after the last event. other-book: that event was of
    /// another book of prices.
    #[schema(schema_with = reason_schema)]
    reason: &'static str,
}

impl EndedPrice {
    /// # Errors
    /// [`UnknownFuel`].
    pub(crate) fn new(
        ended: answer::PriceChange,
        distance_m: Option<f64>,
        attributions: &Attributions,
    ) -> Result<Self, UnknownFuel> {
        let (source, attribution) = source(ended.station.source, attributions);
        Ok(Self {
            id: ended.station.id,
            name: ended.station.name,
            brand: ended.station.brand,
            lat: ended.station.lat,
            lon: ended.station.lon,
            fuel: Fuel::from_code(ended.fuel).ok_or(UnknownFuel)?.slug(),
            price: None,
            currency: ended.currency,
            unit: ended.unit,
            age_s: ended.at.as_deref().and_then(time::parse).map(age_s),
            reported_at: ended.at,
            opening: ended.opening.into(),
            distance_km: distance_m.map(kilometres),
            source,
            attribution,
        })
    }
}

impl From<Why> for Resync {
    fn from(why: Why) -> Self {
        Self { reason: name(why) }
    }
}

const fn name(why: Why) -> &'static str {
    match why {
        Why::OtherBook => "other-book",
        Why::TooOld => "too-old",
    }
}

fn reason_schema() -> utoipa::openapi::schema::Schema {
    words("Why changes are missing.", [Why::TooOld, Why::OtherBook].map(name))
}
