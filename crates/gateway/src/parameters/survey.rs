//! The parameters that only lists, maps, histories and statistics take.

use posto_market::limits::MAX_LABEL_CHARACTERS;
use posto_wire::limits::MAX_ZOOM;
use serde_json::json;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter as Documented, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use super::{
    BBOX, CURRENCY, CURSOR, FUEL, LAT, LIMIT, LON, MAX_AGE, Offer, Parameter, RADIUS, documented, may, must, text,
};

/// Of `GET /map`.
pub(crate) static MAP: &[Offer] = &[must(&FUEL), must(&BBOX_OF_MAP), must(&ZOOM)];

/// Of `GET /statistics`.
pub(crate) static STATISTICS: &[Offer] =
    &[must(&FUEL), may(&RADIUS), may(&LAT), may(&LON), may(&BBOX), may(&MAX_AGE), may(&CURRENCY)];

/// Of `GET /stations/{id}/prices`.
pub(crate) static HISTORY: &[Offer] = &[may(&FUEL), may(&SINCE), may(&LIMIT), may(&CURSOR)];

pub(super) static PARETO: Parameter = Parameter {
    name: "pareto",
    place: ParameterIn::Query,
    description: "Only stations that no other one beats: none is at most as dear and as far, and better in one of the \
                  two. With bbox it needs lat, lon.",
    schema: || flag().into(),
    is_list: false,
    example: Some(|| json!(false)),
};

pub(super) static BRAND: Parameter = Parameter {
    name: "brand",
    place: ParameterIn::Query,
    description: "Only stations of this brand, whatever the case of its letters.",
    schema: || text().min_length(Some(1)).max_length(Some(MAX_LABEL_CHARACTERS)).pattern(Some("\\S")).into(),
    is_list: false,
    example: None,
};

pub(super) static OPEN_NOW: Parameter = Parameter {
    name: "open_now",
    place: ParameterIn::Query,
    description: "Only stations known to be open now, by their own clock; those whose opening hours are not known are \
                  left out.",
    schema: || flag().into(),
    is_list: false,
    example: Some(|| json!(false)),
};

pub(super) static INCLUDE_SUSPECT: Parameter = Parameter {
    name: "include_suspect",
    place: ParameterIn::Query,
    description: "Whether prices that are suspect, so far from their neighbours' that they may be mistakes, are found \
                  too.",
    schema: || flag().into(),
    is_list: false,
    example: Some(|| json!(false)),
};

static BBOX_OF_MAP: Parameter = Parameter {
    name: "bbox",
    place: ParameterIn::Query,
    description: "What is seen of the map: west,south,east,north in degrees. West may lie beyond east: the box then \
                  crosses the 180° meridian.",
    schema: BBOX.schema,
    is_list: true,
    example: Some(|| json!([-54.9, -22.3, -54.7, -22.1])),
};

static ZOOM: Parameter = Parameter {
    name: "zoom",
    place: ParameterIn::Query,
    description: "The zoom level of web maps: a tile is 360 / 2^zoom degrees wide.",
    schema: || {
        let levels = ObjectBuilder::new().schema_type(Type::Integer);
        levels.minimum(Some(0.0)).maximum(Some(f64::from(MAX_ZOOM))).into()
    },
    is_list: false,
    example: Some(|| json!(12)),
};

/// RFC 3339, with the days that a month has; of leap years it knows nothing.
const MOMENT: &str = "[0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]\
                      |[12][0-9]))T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5]\
                      [0-9])";

static SINCE: Parameter = Parameter {
    name: "since",
    place: ParameterIn::Query,
    description: "Only prices recorded then or later: a moment (RFC 3339), or how long ago: 30d, 12h, \
                  45m, 90s or seconds.",
    schema: || text().pattern(Some(format!("^([1-9][0-9]{{0,4}}[dhms]|[1-9][0-9]{{0,9}}|{MOMENT})$"))).into(),
    is_list: false,
    example: Some(|| json!("30d")),
};

/// The documented parameters of `GET /map`.
pub(crate) struct MapQuery;
/// The documented parameters of `GET /statistics`.
pub(crate) struct StatisticsQuery;
/// The documented parameters of `GET /stations/{id}/prices`.
pub(crate) struct HistoryQuery;

impl IntoParams for MapQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Documented> {
        MAP.iter().map(documented).collect()
    }
}

impl IntoParams for StatisticsQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Documented> {
        STATISTICS.iter().map(documented).collect()
    }
}

impl IntoParams for HistoryQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Documented> {
        HISTORY.iter().map(documented).collect()
    }
}

fn flag() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Boolean).default(Some(json!(false)))
}
