//! Command `X`: what operators do to keep the data clean, and what they look at for it (PROTOCOL §7.20),
//! written and read.

use posto_market::{Act, Label, StationId, Timestamp};

use super::Command;
use super::fields::Fields;
use super::read::{NEXT_ALLOWED, limit};
use super::read_place;
use super::write::with_limit;
use crate::json::{Object, Value};
use crate::limits::MAX_ORIGIN_CHARACTERS;
use crate::mistake::Mistake;
use crate::time;

const ACTS: &str = "encerrar, ocultar, mostrar, unir, retirar, dispensar, avisos, origens ou registro";

/// An operator's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActRequest {
    /// `ato` and what belongs to it.
    pub act: Act,
    /// `motivo`: why.
    pub reason: Option<Label>,
    /// `operador`: who.
    pub operator: Option<String>,
    /// `ensaio`: only tell what would be done.
    pub dry_run: bool,
}

/// What an operator wants to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Oversight {
    /// `avisos`: what users pointed out and nobody has looked at.
    Flags,
    /// `origens`: who reported how much since `desde`.
    Origins {
        /// Since when; `None`: in the last 24 hours.
        since: Option<Timestamp>,
    },
    /// `registro`: what operators did, the latest first.
    Log {
        /// `limite`, 1..=200.
        limit: usize,
        /// `proximo`: only what was done before.
        before: Option<i64>,
    },
}

/// The word of the wire for the act of this name in the journal; the name itself for none that is known.
#[must_use]
pub fn act_word_of(name: &str) -> &str {
    match name {
        "end" => "encerrar",
        "hide" => "ocultar",
        "show" => "mostrar",
        "merge" => "unir",
        "withdraw" => "retirar",
        "dismiss" => "dispensar",
        other => other,
    }
}

pub(super) fn write(object: Object, request: &ActRequest) -> Object {
    let object = object.with("ato", act_word_of(request.act.name()));
    let object = match &request.act {
        Act::End { station, fuel } => {
            object.with("posto", station.as_str()).with("combustivel", fuel.code().to_string())
        }
        Act::Hide { station } | Act::Show { station } | Act::Dismiss { station } => {
            object.with("posto", station.as_str())
        }
        Act::Merge { from, into } => object.with("posto", from.as_str()).with("destino", into.as_str()),
        Act::Withdraw { origin, since } => object.with("origem", origin.as_str()).with("desde", time::format(*since)),
    };
    object
        .with_some("motivo", request.reason.as_ref().map(|reason| Value::from(reason.as_str())))
        .with_some("operador", request.operator.clone())
        .with_some("ensaio", request.dry_run.then_some(true))
}

pub(super) fn write_oversight(object: Object, wish: &Oversight) -> Object {
    match wish {
        Oversight::Flags => object.with("ato", "avisos"),
        Oversight::Origins { since } => object.with("ato", "origens").with_some("desde", since.map(time::format)),
        Oversight::Log { limit, before } => with_limit(object.with("ato", "registro"), *limit)
            .with_some("proximo", before.map(|place| place.to_string())),
    }
}

pub(super) fn read(fields: &Fields<'_>) -> Result<Command, Mistake> {
    let word = fields.text("ato", ACTS)?.ok_or_else(|| Mistake::empty("ato"))?;
    let act = match word {
        "avisos" => return Ok(Command::Oversee(Oversight::Flags)),
        "origens" => return Ok(Command::Oversee(Oversight::Origins { since: fields.moment("desde")? })),
        "registro" => return log(fields).map(Command::Oversee),
        "encerrar" => Act::End { station: station(fields, "posto")?, fuel: fields.fuel("combustivel")? },
        "ocultar" => Act::Hide { station: station(fields, "posto")? },
        "mostrar" => Act::Show { station: station(fields, "posto")? },
        "dispensar" => Act::Dismiss { station: station(fields, "posto")? },
        "unir" => Act::Merge { from: station(fields, "posto")?, into: station(fields, "destino")? },
        "retirar" => withdrawal(fields)?,
        _ => return Err(Mistake::not_allowed("ato", ACTS)),
    };
    Ok(Command::Moderate(ActRequest {
        act,
        reason: fields.label("motivo")?,
        operator: fields.identifier("operador")?,
        dry_run: fields.flag("ensaio")?,
    }))
}

fn withdrawal(fields: &Fields<'_>) -> Result<Act, Mistake> {
    fields.require_all(&["origem", "desde"])?;
    let allowed = "até 80 caracteres, como v2 192.0.2.7, token ana ou feed it";
    let origin = fields.text("origem", allowed)?.filter(|origin| origin.chars().count() <= MAX_ORIGIN_CHARACTERS);
    let origin = origin.ok_or_else(|| Mistake::not_allowed("origem", allowed))?.to_owned();
    let since = fields.moment("desde")?.ok_or_else(|| Mistake::empty("desde"))?;
    Ok(Act::Withdraw { origin, since })
}

fn log(fields: &Fields<'_>) -> Result<Oversight, Mistake> {
    let limit = limit(fields)?;
    let before = fields.text("proximo", NEXT_ALLOWED)?;
    let before = before.map(|text| read_place(text).ok_or_else(|| Mistake::not_allowed("proximo", NEXT_ALLOWED)));
    Ok(Oversight::Log { limit, before: before.transpose()? })
}

fn station(fields: &Fields<'_>, name: &str) -> Result<StationId, Mistake> {
    fields.station_id(name)?.ok_or_else(|| Mistake::empty(name))
}
