//! The parameters that the routes take: names, ranges and descriptions, from which both the reading
//! (`query.rs`, `search.rs`) and the API document are made.

mod headers;
mod survey;

use std::ops::RangeInclusive;

use posto_market::limits::MAX_RADIUS_KM;
use posto_market::{Fuel, TripCost};
use posto_wire::limits::{DEFAULT_LIST, MAX_LIST};
use serde_json::{Value, json};
use utoipa::IntoParams;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter as Documented, ParameterBuilder, ParameterIn, ParameterStyle};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, SchemaType, Type};

use headers::LAST_EVENT_ID;
pub(crate) use headers::{AskingRequest, EveryRequest, ReportHeaders};
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
pub(crate) const CURSOR_ALLOWED: &str = "the cursor of the answer before, with its other parameters (limit may differ)";
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
    description: "Where the list goes on: cursor of the answer before, with the other parameters as they were; limit \
                  may differ. Opaque; with other parameters it is refused (conflicting-parameters). Easier: follow \
                  the header Link, rel=next.",
    schema: || text().pattern(Some("^[A-Za-z0-9_-]{12,200}$")).into(),
    is_list: false,
    example: None,
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

/// In the path of `GET /problems/{code}`.
static PROBLEM_CODE: Parameter = Parameter {
    name: "code",
    place: ParameterIn::Path,
    description: "The code of a problem.",
    schema: crate::problem::code_schema,
    is_list: false,
    example: Some(|| json!("not-allowed")),
};

/// The documented parameters of `GET /events`.
pub(crate) struct EventsQuery;
/// The documented parameters of `GET /stations/cheapest`.
pub(crate) struct CheapestQuery;
/// The documented parameters of `GET /stations`.
pub(crate) struct ListQuery;
/// The documented path of a station.
pub(crate) struct StationPath;
/// The documented path of a kind of problem.
pub(crate) struct ProblemPath;

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

impl IntoParams for StationPath {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Documented> {
        vec![documented(&must(&STATION_ID))]
    }
}

impl IntoParams for ProblemPath {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Documented> {
        vec![documented(&must(&PROBLEM_CODE))]
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

/// The same where it may also be null, which says what a missing one says.
pub(crate) fn optional_fuel_schema() -> ObjectBuilder {
    let names = fuel_names().map(Value::from).chain([Value::Null]);
    let types = SchemaType::Array(vec![Type::String, Type::Null]);
    ObjectBuilder::new().schema_type(types).enum_values(Some(names)).description(Some("A fuel: its slug or an alias"))
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
