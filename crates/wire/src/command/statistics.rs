//! Command `E`: what an area's prices are like (PROTOCOL §7.16), written and read.

use posto_market::{Area, Currency, Freshness, Fuel};

use super::fields::Fields;
use super::read::{area, currency, freshness};
use super::write::{with_area, with_freshness};
use super::{Command, Format};
use crate::json::Object;
use crate::mistake::Mistake;

/// Which prices to summarise; the moment is the server's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Survey {
    /// `tipoCombustivel`
    pub fuel: Fuel,
    /// `coordenadas` and `raio`, or `caixa`.
    pub area: Area,
    /// `max_idade_s`: seconds, or `"tudo"`.
    pub freshness: Freshness,
    /// `moeda`: the currency.
    pub currency: Option<Currency>,
}

pub(super) fn write(object: Object, survey: &Survey) -> Object {
    let object = object.with("tipoCombustivel", survey.fuel.code().to_string());
    with_freshness(with_area(object, &survey.area, None), survey.freshness)
        .with_some("moeda", survey.currency.map(|currency| currency.code().to_owned()))
}

pub(super) fn read(fields: &Fields<'_>) -> Result<Command, Mistake> {
    let boxed = fields.get("caixa").is_some();
    fields.require_all(if boxed { &["tipoCombustivel"] } else { &["tipoCombustivel", "coordenadas", "raio"] })?;
    let fuel = fields.fuel("tipoCombustivel")?;
    let (area, _) = area(fields, boxed, Format::Json)?;
    let (freshness, currency) = (freshness(fields)?, currency(fields, "moeda")?);
    Ok(Command::Statistics(Survey { fuel, area, freshness, currency }))
}
