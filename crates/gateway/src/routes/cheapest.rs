//! `GET /stations/cheapest`: the best station of a circle (command `P`).

use axum::extract::RawQuery;

use crate::accept::TakesJson;
use crate::answered::Answered;
use crate::code::Code;
use crate::exchange::Exchange;
use crate::openapi::SearchProblems;
use crate::parameters::{AskingRequest, CheapestQuery};
use crate::problem::Problem;
use crate::search;
use crate::shapes::{StationPrice, UnknownFuel};

/// The cheapest station
///
/// The station of the circle with the lowest price of a fuel, or with the lowest cost of driving
/// there and filling up. An original server of 2019 behind the gateway knows diesel, ethanol and
/// gasoline, and neither rank=trip, max_age, open_now nor other currencies than BRL: 501.
#[utoipa::path(
    get, path = "/stations/cheapest", operation_id = "cheapest", tag = "stations",
    params(CheapestQuery, AskingRequest),
    responses(
        (status = 200, description = "The station", body = StationPrice, example = json!(crate::examples::cheapest())),
        SearchProblems,
        (status = 404, description = "No station in the radius sells the fuel", body = crate::problem::Body,
            content_type = "application/problem+json", example = json!(crate::examples::problem(Code::NoStationInRadius))),
    ),
)]
pub(crate) async fn cheapest(
    _: TakesJson,
    exchange: Exchange,
    RawQuery(query): RawQuery,
) -> Result<Answered<StationPrice>, Problem> {
    let search = search::cheapest(query.as_deref())?;
    let open = search.open;
    let found = exchange.ask(|pool, errand| async move { pool.cheapest(errand.call(), search).await }).await?;
    let found = found.ok_or_else(|| Problem::new(Code::NoStationInRadius, nothing(open)))?;
    Ok(Answered(StationPrice::new(found, &exchange.state.attributions)?))
}

const fn nothing(open: bool) -> &'static str {
    if open {
        "no station in the radius that sells the fuel is known to be open now; stations whose opening hours are not \
         known are left out"
    } else {
        "no station in the radius sells the fuel"
    }
}

impl From<UnknownFuel> for Problem {
    fn from(_: UnknownFuel) -> Self {
        Self::new(Code::UnreadableAnswer, "the fuel-price server names a fuel that this gateway does not know")
    }
}
