//! The parameters that the routes take: names, ranges and descriptions, from which both the reading
//! (`query.rs`, `search.rs`) and the API document are made.

mod survey;

use std::ops::RangeInclusive;

use posto_market::limits::MAX_RADIUS_KM;
use posto_market::{Fuel, TripCost};
use posto_wire::limits::{DEFAULT_LIST, MAX_LIST};
use serde_json::{Value, json};
use utoipa::IntoParams;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter as Documented, ParameterBuilder, ParameterIn, ParameterStyle};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, Type};

use crate::limits::REQUEST_DEADLINE;
use survey::{BRAND, INCLUDE_SUSPECT, OPEN_NOW, PARETO};
pub(crate) use survey::{HISTORY, HistoryQuery, MAP, MapQuery, STATISTICS, StatisticsQuery};

/// Latitudes in degrees.
pub(crate) const LATITUDES: RangeInclusive<f64> = -90.0..=90.0;
/// Longitudes in degrees.
pub(crate) const LONGITUDES: RangeInclusive<f64> = -180.0..=180.0;
/// Litres to buy (PROTOCOL §7, `litros`).
pub(crate) const LITRES: RangeInclusive<f64> = 0.1..=10_000.0;
/// Litres per 100 km (PROTOCOL §7, `consumo`).
pub(crate) const CONSUMPTIONS: RangeInclusive<f64> = 0.0..=1_000.0;

pub(crate) const RADIUS_ALLOWED: &str = "a number of kilometres above 0, up to 20016";
pub(crate) const LATITUDE_ALLOWED: &str = "degrees from -90 to 90";
pub(crate) const LONGITUDE_ALLOWED: &str = "degrees from -180 to 180";
pub(crate) const BBOX_ALLOWED: &str = "west,south,east,north in degrees, south not above north";
pub(crate) const MAX_AGE_ALLOWED: &str = "8d, 12h, 30m, 45s, a number of seconds from 1 to 10000000000, or all";
pub(crate) const LIMIT_ALLOWED: &str = "a whole number from 1 to 200";
pub(crate) const CURRENCY_ALLOWED: &str = "three capital letters (ISO 4217), such as BRL";
pub(crate) const BRAND_ALLOWED: &str = "a name of 1 to 80 characters";
pub(crate) const ZOOM_ALLOWED: &str = "a whole number from 0 to 22";
pub(crate) const SINCE_ALLOWED: &str =
    "a moment such as 2026-08-21T06:00:00Z, or how long ago: 30d, 12h, 45m, 90s, or seconds from 1 to 10000000000";
pub(crate) const CURSOR_ALLOWED: &str = "the cursor of the answer before";
pub(crate) const LITRES_ALLOWED: &str = "litres from 0.1 to 10000";
pub(crate) const CONSUMPTION_ALLOWED: &str = "litres per 100 km from 0 to 1000";

/// A parameter as it is documented.
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    place: ParameterIn,
    description: &'static str,
    schema: fn() -> Schema,
    /// Whether the values stand in one parameter, separated by commas.
    is_list: bool,
    /// None where it does not go together with the others' examples.
    example: Option<fn() -> Value>,
}

/// A parameter of a route.
pub(crate) struct Offer {
    pub(crate) parameter: &'static Parameter,
    required: bool,
}

const fn must(parameter: &'static Parameter) -> Offer {
    Offer { parameter, required: true }
}

const fn may(parameter: &'static Parameter) -> Offer {
    Offer { parameter, required: false }
}

/// Of `GET /stations/cheapest`.
pub(crate) static CHEAPEST: &[Offer] = &[
    must(&FUEL),
    must(&RADIUS),
    must(&LAT),
    must(&LON),
    may(&MAX_AGE),
    may(&RANK_OF_CHEAPEST),
    may(&LITRES_TO_BUY),
    may(&CONSUMPTION),
    may(&OPEN_NOW),
    may(&INCLUDE_SUSPECT),
    may(&CURRENCY),
];

/// Of `GET /events`.
pub(crate) static EVENTS: &[Offer] = &[may(&FUEL), may(&RADIUS), may(&LAT), may(&LON), may(&BBOX)];

/// Of `GET /stations`.
pub(crate) static LIST: &[Offer] = &[
    must(&FUEL),
    may(&RADIUS),
    may(&LAT),
    may(&LON),
    may(&BBOX),
    may(&RANK_OF_LIST),
    may(&PARETO),
    may(&LITRES_TO_BUY),
    may(&CONSUMPTION),
    may(&MAX_AGE),
    may(&BRAND),
    may(&OPEN_NOW),
    may(&INCLUDE_SUSPECT),
    may(&CURRENCY),
    may(&LIMIT),
    may(&CURSOR),
];

static FUEL: Parameter = Parameter {
    name: "fuel",
    place: ParameterIn::Query,
    description: "The fuel: its slug, an alias, or the code of the three fuels of 2019.",
    schema: || fuel_schema().into(),
    is_list: false,
    example: Some(|| json!("gasoline")),
};

static RADIUS: Parameter = Parameter {
    name: "radius",
    place: ParameterIn::Query,
    description: "How far from lat, lon to look, in km, the rim included; 20016 is the whole Earth.",
    schema: || number().exclusive_minimum(Some(0.0)).maximum(Some(MAX_RADIUS_KM)).into(),
    is_list: false,
    example: Some(|| json!(5)),
};

static LAT: Parameter = Parameter {
    name: "lat",
    place: ParameterIn::Query,
    description: "Latitude in degrees, north positive.",
    schema: || within(&LATITUDES).into(),
    is_list: false,
    example: Some(|| json!(-22.2175)),
};

static LON: Parameter = Parameter {
    name: "lon",
    place: ParameterIn::Query,
    description: "Longitude in degrees, east positive.",
    schema: || within(&LONGITUDES).into(),
    is_list: false,
    example: Some(|| json!(-54.7653)),
};

static BBOX: Parameter = Parameter {
    name: "bbox",
    place: ParameterIn::Query,
    description: "Instead of radius: west,south,east,north in degrees, such as -54.9,-22.3,-54.7,-22.1. West may lie \
                  beyond east: the box then crosses the 180° meridian. Distances are told, and rank=distance and \
                  rank=trip possible, only with lat, lon.",
    schema: || {
        let corners = [&LONGITUDES, &LATITUDES, &LONGITUDES, &LATITUDES];
        ArrayBuilder::new()
            .prefix_items(corners.map(|range| Schema::from(within(range))))
            .items(number())
            .min_items(Some(4))
            .max_items(Some(4))
            .into()
    },
    is_list: true,
    example: None,
};

static RANK_OF_CHEAPEST: Parameter = Parameter {
    name: "rank",
    place: ParameterIn::Query,
    description: "What is best: the lowest price, or the lowest cost of driving there and filling up.",
    schema: || text().enum_values(Some(["price", "trip"])).default(Some(json!("price"))).into(),
    is_list: false,
    example: Some(|| json!("price")),
};

static RANK_OF_LIST: Parameter = Parameter {
    name: "rank",
    place: ParameterIn::Query,
    description: "The order: lowest price, nearest, or lowest cost of driving there and filling up. Ties go by price, \
                  distance, id.",
    schema: || text().enum_values(Some(["price", "distance", "trip"])).default(Some(json!("price"))).into(),
    is_list: false,
    example: Some(|| json!("price")),
};

static LITRES_TO_BUY: Parameter = Parameter {
    name: "litres",
    place: ParameterIn::Query,
    description: "Litres to buy; used by rank=trip.",
    schema: || within(&LITRES).default(Some(json!(TripCost::DEFAULT.litres))).into(),
    is_list: false,
    example: Some(|| json!(40)),
};

static CONSUMPTION: Parameter = Parameter {
    name: "consumption",
    place: ParameterIn::Query,
    description: "Litres that the car burns per 100 km; used by rank=trip.",
    schema: || within(&CONSUMPTIONS).default(Some(json!(TripCost::DEFAULT.consumption))).into(),
    is_list: false,
    example: Some(|| json!(7)),
};

static MAX_AGE: Parameter = Parameter {
    name: "max_age",
    place: ParameterIn::Query,
    description: "Only prices at most this old: 8d, 12h, 30m, 45s or seconds; all: of any age. When it is not given, \
                  prices of the last 30 days win, and older ones answer, marked stale, only where there are no others.",
    schema: || text().pattern(Some("^(all|[1-9][0-9]{0,4}[dhms]|[1-9][0-9]{0,9})$")).into(),
    is_list: false,
    example: Some(|| json!("8d")),
};

static CURRENCY: Parameter = Parameter {
    name: "currency",
    place: ParameterIn::Query,
    description: "The currency to compare (ISO 4217); when it is not given, that of the nearest station.",
    schema: || text().pattern(Some("^[A-Z]{3}$")).into(),
    is_list: false,
    example: Some(|| json!("BRL")),
};

static LIMIT: Parameter = Parameter {
    name: "limit",
    place: ParameterIn::Query,
    description: "Most stations, or prices, in the answer.",
    schema: || {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(1.0))
            .maximum(u32::try_from(MAX_LIST).ok())
            .default(Some(json!(DEFAULT_LIST)))
            .into()
    },
    is_list: false,
    example: Some(|| json!(20)),
};

static CURSOR: Parameter = Parameter {
    name: "cursor",
    place: ParameterIn::Query,
    description: "Where the list goes on: cursor of the answer before, with the other parameters as they were.",
    schema: || text().pattern(Some("^[0-9a-f]{1,16}~[1-9][0-9]{0,5}~[0-9a-f]{1,16}~[A-Za-z0-9._-]{1,64}$")).into(),
    is_list: false,
    example: Some(crate::examples::cursor),
};

/// In the path of `GET /stations/{id}`.
pub(crate) static STATION_ID: Parameter = Parameter {
    name: "id",
    place: ParameterIn::Path,
    description: "The station's id.",
    schema: || text().pattern(Some("^[A-Za-z0-9._-]{1,64}$")).into(),
    is_list: false,
    example: Some(crate::examples::station_id),
};

static REQUEST_ID: Parameter = Parameter {
    name: "X-Request-Id",
    place: ParameterIn::Header,
    description: "Names the request, here and in the server's log; the answer repeats it. Another one is made where \
                  it is missing or longer than 64 of [A-Za-z0-9._-].",
    schema: || text().into(),
    is_list: false,
    example: Some(|| json!("check-7")),
};

static DEADLINE: Parameter = Parameter {
    name: "X-Deadline-Ms",
    place: ParameterIn::Header,
    description: "How long the answer may take, in milliseconds.",
    schema: || {
        let longest = u32::try_from(REQUEST_DEADLINE.as_millis()).unwrap_or(u32::MAX);
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(1.0))
            .maximum(Some(longest))
            .default(Some(json!(longest)))
            .into()
    },
    is_list: false,
    example: Some(|| json!(2000)),
};

static IDEMPOTENCY_KEY: Parameter = Parameter {
    name: "Idempotency-Key",
    place: ParameterIn::Header,
    description: "Names the report: sent again with the same key and body it counts once and gets the same answer, for \
                  24 hours.",
    schema: || text().pattern(Some("^[A-Za-z0-9_-]{16,64}$")).into(),
    is_list: false,
    example: Some(|| json!("0b8f6c1e-5d0e-4a39-9b0e-2f6a8e1f7c55")),
};

static LAST_EVENT_ID: Parameter = Parameter {
    name: "Last-Event-ID",
    place: ParameterIn::Header,
    description: "The id of the last event that was heard, to hear what came after it; an EventSource that comes back \
                  sends it by itself.",
    schema: || text().pattern(Some("^([A-Za-z0-9._-]{1,64}\\.[0-9]{1,16})?$")).into(),
    is_list: false,
    example: None,
};

/// The documented parameters of `GET /events`.
pub(crate) struct EventsQuery;
/// The documented parameters of `GET /stations/cheapest`.
pub(crate) struct CheapestQuery;
/// The documented parameters of `GET /stations`.
pub(crate) struct ListQuery;
/// The documented headers of every request.
pub(crate) struct EveryRequest;
/// The documented headers of requests that ask the server.
pub(crate) struct AskingRequest;
/// The documented headers of a report.
pub(crate) struct ReportHeaders;
/// The documented path of a station.
pub(crate) struct StationPath;

impl IntoParams for CheapestQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Documented> {
        CHEAPEST.iter().map(documented).collect()
    }
}

impl IntoParams for EventsQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Documented> {
        EVENTS.iter().chain([&may(&LAST_EVENT_ID)]).map(documented).collect()
    }
}

impl IntoParams for ListQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Documented> {
        LIST.iter().map(documented).collect()
    }
}

impl IntoParams for EveryRequest {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Documented> {
        vec![documented(&may(&REQUEST_ID))]
    }
}

impl IntoParams for AskingRequest {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Documented> {
        [may(&REQUEST_ID), may(&DEADLINE)].iter().map(documented).collect()
    }
}

impl IntoParams for ReportHeaders {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Documented> {
        vec![documented(&may(&IDEMPOTENCY_KEY))]
    }
}

impl IntoParams for StationPath {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Documented> {
        vec![documented(&must(&STATION_ID))]
    }
}

/// Every slug, then every alias.
pub(crate) fn fuel_names() -> impl Iterator<Item = &'static str> {
    let slugs = Fuel::ALL.into_iter().map(Fuel::slug);
    slugs.chain(Fuel::ALL.into_iter().flat_map(|fuel| fuel.aliases().iter().copied()))
}

/// A fuel as a request may name it.
pub(crate) fn fuel_schema() -> ObjectBuilder {
    text().enum_values(Some(fuel_names())).description(Some("A fuel: its slug or an alias"))
}

fn documented(offer: &Offer) -> Documented {
    let parameter = offer.parameter;
    ParameterBuilder::new()
        .name(parameter.name)
        .parameter_in(parameter.place.clone())
        .required(if offer.required { Required::True } else { Required::False })
        .description(Some(parameter.description))
        .style(parameter.is_list.then_some(ParameterStyle::Form))
        .explode(parameter.is_list.then_some(false))
        .schema(Some((parameter.schema)()))
        .example(parameter.example.map(|example| example()))
        .build()
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn number() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Number)
}

fn within(range: &RangeInclusive<f64>) -> ObjectBuilder {
    number().minimum(Some(*range.start())).maximum(Some(*range.end()))
}
