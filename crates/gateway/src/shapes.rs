//! The answers of the API as JSON: made from the server's answers, described in the API document.
//! Those about areas and the past are in `shapes/survey.rs`.

pub(crate) mod csv;
mod event;
mod geojson;
mod opening;
mod schemas;
mod survey;

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use posto_market::{Currency, Fuel, Timestamp};
use posto_wire::answer;
use serde::Serialize;
use utoipa::ToSchema;

use crate::money::{self, Money};
use crate::series::{Series, Settled};
pub(crate) use event::{EndedPrice, Resync};
pub(crate) use geojson::{MapFeatures, StationFeatures};
use opening::{Opening, Source, sources};
use schemas::{slug_schema, unit_schema};
use survey::Cell;
pub(crate) use survey::{History, Map, Statistics};

/// `source` of a station that is known from reports alone.
const REPORTS: &str = "reports";

/// What must be shown wherever a source's prices are, by source.
pub(crate) type Attributions = HashMap<String, String>;

/// A station and its price of one fuel.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StationPrice {
    /// Its id.
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
    #[serde(flatten)]
    price: Price,
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
    /// With rank=trip: what filling up costs with the way there and back, in the price's currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    trip_cost: Option<f64>,
}

/// One price.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Price {
    /// The fuel's slug.
    #[schema(schema_with = slug_schema)]
    fuel: &'static str,
    /// Of one unit; exact, at most three decimals.
    #[schema(schema_with = money::schema)]
    price: Money,
    /// ISO 4217.
    #[schema(pattern = "^[A-Z]{3}$")]
    currency: String,
    /// What the price buys one of.
    #[schema(schema_with = unit_schema)]
    unit: String,
    /// When it was reported; null where nobody knows.
    #[schema(required, format = DateTime)]
    reported_at: Option<String>,
    /// Seconds since then, by the gateway's clock.
    #[schema(required, minimum = 0)]
    age_s: Option<u64>,
    /// Older than 30 days, or of unknown age.
    stale: bool,
    /// Whether the price is so far from its neighbours' that it may be a mistake.
    suspect: bool,
}

/// Part of a ranked list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StationList {
    /// Best first.
    stations: Vec<StationPrice>,
    /// What must be shown with these stations, once each.
    sources: Vec<Source>,
    /// Where the list goes on; null at its end.
    #[schema(required)]
    cursor: Option<String>,
}

/// A station with all its prices.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StationDetail {
    /// Its id.
    id: String,
    /// Its name, where known.
    #[schema(required)]
    name: Option<String>,
    /// Its brand, where known.
    #[schema(required)]
    brand: Option<String>,
    /// Its street address, where known.
    #[schema(required)]
    address: Option<String>,
    /// Latitude in degrees, north positive.
    #[schema(minimum = -90, maximum = 90)]
    lat: f64,
    /// Longitude in degrees, east positive.
    #[schema(minimum = -180, maximum = 180)]
    lon: f64,
    /// The feed that made it known, or `reports`.
    source: String,
    /// What must be shown with the source's prices.
    #[schema(required)]
    attribution: Option<String>,
    #[serde(flatten)]
    opening: Opening,
    /// The latest of each fuel.
    prices: Vec<Price>,
}

/// A report as it was recorded.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Reported {
    /// The id of the station it was recorded for.
    station: String,
    /// The fuel's slug.
    #[schema(schema_with = slug_schema)]
    fuel: &'static str,
    /// The price recorded.
    #[schema(schema_with = money::schema)]
    price: Money,
    /// ISO 4217.
    #[schema(pattern = "^[A-Z]{3}$")]
    currency: String,
    /// What the price buys one of.
    #[schema(schema_with = unit_schema)]
    unit: String,
    /// Whether the report made the station known.
    new_station: bool,
    /// The price that it replaced.
    #[schema(required, schema_with = money::nullable_schema)]
    replaced: Option<Money>,
    /// When it was recorded; null where the server does not say.
    #[schema(required, format = DateTime)]
    reported_at: Option<String>,
}

/// A report that is not recorded yet.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Pending {
    /// Always true: it waits until a second reporter says the same, for an hour at most.
    pending: bool,
    /// The id of the station it is for; null where the server does not say.
    #[schema(required)]
    station: Option<String>,
    /// The fuel's slug.
    #[schema(schema_with = slug_schema)]
    fuel: &'static str,
    /// The price reported.
    #[schema(schema_with = money::schema)]
    price: Money,
    /// Why it waits, for people.
    detail: &'static str,
}

/// A station that a report could mean.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Candidate {
    /// Its id.
    id: String,
    /// Its name, where known.
    #[schema(required)]
    name: Option<String>,
    /// Its brand, where known.
    #[schema(required)]
    brand: Option<String>,
    /// Latitude in degrees.
    lat: f64,
    /// Longitude in degrees.
    lon: f64,
    /// Metres from the reported position.
    distance_m: f64,
}

/// The server's date and time, and what it holds.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ServerTime {
    /// Now, RFC 3339, UTC.
    #[schema(format = DateTime)]
    time: String,
    /// The server's version.
    version: String,
    /// Seconds since it started.
    uptime_s: u64,
    /// Stations known.
    stations: u64,
    /// Current prices.
    prices: u64,
    /// The random id of its journal.
    book: String,
}

/// An answer names a fuel that this gateway does not know.
#[derive(Debug)]
pub(crate) struct UnknownFuel;

impl StationPrice {
    /// # Errors
    /// [`UnknownFuel`].
    pub(crate) fn new(found: answer::StationPrice, attributions: &Attributions) -> Result<Self, UnknownFuel> {
        let (source, attribution) = source(found.station.source, attributions);
        Ok(Self {
            id: found.station.id,
            name: found.station.name,
            brand: found.station.brand,
            lat: found.station.lat,
            lon: found.station.lon,
            price: Price::new(found.price).ok_or(UnknownFuel)?,
            opening: found.opening.into(),
            distance_km: found.distance_m.map(kilometres),
            source,
            attribution,
            trip_cost: found.trip_cost,
        })
    }
}

impl Price {
    /// `None` for a fuel that this gateway does not know.
    fn new(facts: answer::PriceFacts) -> Option<Self> {
        let age_s = facts.reported_at.as_deref().and_then(posto_wire::time::parse).map(age_s);
        Some(Self {
            fuel: Fuel::from_code(facts.fuel)?.slug(),
            price: Money(facts.price),
            currency: facts.currency,
            unit: facts.unit,
            reported_at: facts.reported_at,
            age_s,
            stale: facts.stale,
            suspect: facts.suspect,
        })
    }
}

impl StationList {
    /// # Errors
    /// [`UnknownFuel`].
    pub(crate) fn new(page: posto_client::Page, attributions: &Attributions) -> Result<Self, UnknownFuel> {
        let stations = page.stations.into_iter().map(|found| StationPrice::new(found, attributions));
        let stations = stations.collect::<Result<Vec<_>, _>>()?;
        Ok(Self { sources: sources(&stations), stations, cursor: page.next })
    }

    /// The list with a cursor that belongs to its series; what this part settled for the others is
    /// noted there.
    pub(crate) fn of(self, series: &mut Series) -> Self {
        if let Some(first) = self.stations.first() {
            let Settled { is_fresh, currency } = &mut series.settled;
            is_fresh.get_or_insert(!first.price.stale);
            *currency = currency.or_else(|| Currency::from_code(&first.price.currency));
        }
        Self { cursor: self.cursor.map(|place| series.cursor(&place)), ..self }
    }

    /// Where it goes on.
    pub(crate) fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }
}

impl StationDetail {
    /// Prices of fuels that this gateway does not know are left out.
    pub(crate) fn new(detail: answer::StationDetail, attributions: &Attributions) -> Self {
        let (source, attribution) = source(detail.station.source, attributions);
        Self {
            id: detail.station.id,
            name: detail.station.name,
            brand: detail.station.brand,
            address: detail.address,
            lat: detail.station.lat,
            lon: detail.station.lon,
            source,
            attribution,
            opening: detail.opening.into(),
            prices: detail.prices.into_iter().filter_map(Price::new).collect(),
        }
    }
}

impl Pending {
    pub(crate) fn new(station: Option<String>, fuel: Fuel, price: posto_market::Price) -> Self {
        let detail = "a fresh price of a known source holds there: this one counts when somebody else reports the same \
                      within the hour";
        Self { pending: true, station, fuel: fuel.slug(), price: Money(price.thousandths()), detail }
    }
}

impl Reported {
    pub(crate) fn new(reported: answer::Reported, fuel: Fuel) -> Self {
        Self {
            station: reported.station,
            fuel: fuel.slug(),
            price: Money(reported.price),
            currency: reported.currency,
            unit: reported.unit,
            new_station: reported.new_station,
            replaced: reported.replaced.map(Money),
            reported_at: Some(reported.at).filter(|at| !at.is_empty()),
        }
    }

    pub(crate) const fn is_a_replacement(&self) -> bool {
        self.replaced.is_some()
    }

    /// Where the station is found; an original server, which tells no time, has no such place.
    pub(crate) fn location(&self) -> Option<String> {
        self.reported_at.as_ref().map(|_| format!("/stations/{}", self.station))
    }
}

impl From<answer::Candidate> for Candidate {
    fn from(candidate: answer::Candidate) -> Self {
        let station = candidate.station;
        Self {
            id: station.id,
            name: station.name,
            brand: station.brand,
            lat: station.lat,
            lon: station.lon,
            distance_m: candidate.distance_m,
        }
    }
}

impl From<answer::ServerTime> for ServerTime {
    fn from(server: answer::ServerTime) -> Self {
        Self {
            time: server.now,
            version: server.version,
            uptime_s: server.uptime_s,
            stations: server.stations,
            prices: server.prices,
            book: server.book,
        }
    }
}

/// As far as a metre.
fn kilometres(metres: f64) -> f64 {
    metres.round() / 1000.0
}

fn source(source: Option<String>, attributions: &Attributions) -> (String, Option<String>) {
    let source = source.unwrap_or_else(|| REPORTS.to_owned());
    let attribution = attributions.get(&source).cloned();
    (source, attribution)
}

/// Seconds since then, 0 for a moment that our clock has not reached.
fn age_s(at: Timestamp) -> u64 {
    now().since(at).as_secs()
}

/// The gateway's own time.
pub(crate) fn now() -> Timestamp {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(now.as_millis()).unwrap_or(i64::MAX))
}
