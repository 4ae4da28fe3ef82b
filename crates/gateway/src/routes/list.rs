//! `GET /stations`: a ranked list of stations (command `L`), as JSON, GeoJSON or CSV.

use axum::extract::RawQuery;
use axum::http::header::LINK;
use axum::response::Response;

use crate::accept::{Accept, Form};
use crate::answered::in_form;
use crate::exchange::Exchange;
use crate::openapi::SearchProblems;
use crate::parameters::{AskingRequest, ListQuery};
use crate::problem::Problem;
use crate::search;
use crate::series::Series;
use crate::shapes::{StationFeatures, StationList, csv};

/// The forms of a list, the one that is given where the client has no preference first.
const FORMS: [Form; 3] = [Form::Json, Form::GeoJson, Form::Csv];

/// Stations, ranked
///
/// The stations of a circle (radius, lat, lon) or of a box (bbox) that sell a fuel, best first. An
/// empty list is an answer, not an error. A list that is longer than limit goes on at its cursor:
/// the header Link (rel=next) is the address of the next part, in every form. No station comes twice
/// and none is left out while prices stay as they are.
///
/// By the header Accept it is JSON, GeoJSON (RFC 7946: a FeatureCollection of points, whose
/// properties are the stations of the JSON answer) or CSV (RFC 4180: UTF-8, a header line, columns
/// named as the members of the JSON answer, unknown values empty; texts that a spreadsheet would
/// take for a formula, beginning with = + - or @, have an apostrophe in front).
#[utoipa::path(
    get, path = "/stations", operation_id = "list", tag = "stations",
    params(ListQuery, AskingRequest),
    responses(
        (status = 200, description = "The stations; none is an empty list", content(
            (StationList = "application/json", example = json!(crate::examples::list())),
            (StationFeatures = "application/geo+json", example = json!(crate::examples::list_geojson())),
            (String = "text/csv", example = json!(crate::examples::list_csv())),
        )),
        SearchProblems,
    ),
)]
pub(crate) async fn list(accept: Accept, exchange: Exchange, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let form = accept.choose(&FORMS)?;
    let mut series = Series::new("/stations", query.as_deref());
    let search = search::list(query.as_deref(), &mut series)?;
    let page = exchange.ask(|pool, errand| async move { pool.list(errand.call(), search).await }).await?;
    let list = StationList::new(page, &exchange.state.attributions)?.of(&mut series);
    let mut response = in_form(form, &list, |list| match form {
        Form::GeoJson => serde_json::to_vec(&StationFeatures::from(list)).ok(),
        Form::Csv => csv::stations(list),
        Form::Json | Form::Html | Form::Events => None,
    });
    if let Some(link) = list.cursor().and_then(|cursor| series.link(cursor)) {
        response.headers_mut().insert(LINK, link);
    }
    Ok(response)
}
