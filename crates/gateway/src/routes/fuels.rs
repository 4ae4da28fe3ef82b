//! `GET /fuels`: the fuels with their names; known here, whatever the server.

use axum::extract::RawQuery;
use posto_market::Fuel;
use serde::Serialize;
use utoipa::ToSchema;

use crate::accept::TakesJson;
use crate::answered::Answered;
use crate::openapi::LocalProblems;
use crate::parameters::EveryRequest;
use crate::problem::Problem;
use crate::query;

/// Every fuel.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Fuels {
    /// In the order of their codes.
    fuels: Vec<FuelNames>,
}

/// A fuel and its names.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FuelNames {
    /// Its number on the wire.
    #[schema(minimum = 0, maximum = 8)]
    code: u8,
    /// Its name in this API.
    slug: &'static str,
    /// Its names for people.
    names: Names,
    /// What a price buys one of when nothing is said.
    unit: &'static str,
    /// Other names under which requests may give it.
    aliases: &'static [&'static str],
}

/// A name in two languages.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Names {
    /// Portuguese.
    pt: &'static str,
    /// English.
    en: &'static str,
}

/// The fuels
///
/// Codes, slugs, names in Portuguese and English, units and aliases.
#[utoipa::path(
    get, path = "/fuels", operation_id = "fuels", tag = "reference",
    params(EveryRequest),
    responses(
        (status = 200, description = "The fuels", body = Fuels, example = json!(crate::examples::fuels())),
        LocalProblems,
    ),
)]
pub(crate) async fn fuels(_: TakesJson, RawQuery(query): RawQuery) -> Result<Answered<Fuels>, Problem> {
    query::refuse_all(query.as_deref())?;
    Ok(Answered(every()))
}

pub(crate) fn every() -> Fuels {
    let names = |fuel: Fuel| FuelNames {
        code: fuel.code(),
        slug: fuel.slug(),
        names: Names { pt: fuel.name_pt(), en: fuel.name_en() },
        unit: fuel.default_unit().sign(),
        aliases: fuel.aliases(),
    };
    Fuels { fuels: Fuel::ALL.map(names).into() }
}
