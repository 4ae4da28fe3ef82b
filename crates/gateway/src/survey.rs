//! What `GET /map`, `GET /statistics` and `GET /stations/{id}/prices` ask, read from the query
//! string; searches are in `search.rs`.

use posto_market::{StationId, Timestamp};
use posto_wire::command::{HistoryRequest, MapRequest, Survey};
use posto_wire::limits::DEFAULT_LIST;

use crate::parameters;
use crate::problem::Problem;
use crate::query;
use crate::search::{area, freshness};
use crate::series::Series;

/// Reads the query of `GET /map`.
///
/// # Errors
/// Everything that is wrong with it.
pub(crate) fn map(query: Option<&str>) -> Result<MapRequest, Problem> {
    let mut given = query::read(query, parameters::MAP);
    let fuel = given.required("fuel", query::fuel);
    let bounds = given.required("bbox", query::bounding_box);
    let zoom = given.required("zoom", query::zoom);
    let map = fuel.zip(bounds).zip(zoom);
    given.finish(map.map(|((fuel, bounds), zoom)| MapRequest { fuel, bounds, zoom, skip: 0 }))
}

/// Reads the query of `GET /statistics`.
///
/// # Errors
/// Everything that is wrong with it.
pub(crate) fn statistics(query: Option<&str>) -> Result<Survey, Problem> {
    let mut given = query::read(query, parameters::STATISTICS);
    let fuel = given.required("fuel", query::fuel);
    let area = area(&mut given);
    let freshness = freshness(&mut given);
    let currency = given.optional("currency", query::currency);
    given.finish(fuel.zip(area).map(|(fuel, area)| Survey { fuel, area, freshness, currency }))
}

/// Reads the query of `GET /stations/{id}/prices`; an age is counted from `now`.
///
/// # Errors
/// Everything that is wrong with it.
pub(crate) fn history(
    station: StationId,
    query: Option<&str>,
    now: Timestamp,
    series: &mut Series,
) -> Result<HistoryRequest, Problem> {
    let mut given = query::read(query, parameters::HISTORY);
    let fuel = given.optional("fuel", query::fuel);
    let since = given.optional("since", |text| query::since(text, now));
    let limit = given.optional("limit", query::limit).unwrap_or(DEFAULT_LIST);
    let before = given.optional("cursor", |text| query::place(text, series));
    given.finish(Some(HistoryRequest { station, fuel, since, limit, before }))
}
