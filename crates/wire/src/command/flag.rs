//! Command `F`: a user points out that something is wrong with a station (PROTOCOL §7.19), written and
//! read.

use posto_market::{FlagReason, Fuel, Label, StationId};

use super::fields::Fields;
use super::read::reporter;
use super::{Command, Reporter};
use crate::json::{Object, Value};
use crate::mistake::Mistake;

const REASONS: &str = "preco_acabou, posto_fechado ou lugar_errado";

/// What is wrong with which station.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagRequest {
    /// `posto`
    pub station: StationId,
    /// `motivo`
    pub reason: FlagReason,
    /// `combustivel`: the fuel whose price it is about.
    pub fuel: Option<Fuel>,
    /// `nota`: what the user says about it.
    pub note: Option<Label>,
    /// `origem`: who points it out, where a gateway hands it on.
    pub reporter: Option<Reporter>,
}

/// The word of the wire for what is wrong.
#[must_use]
pub const fn flag_word(reason: FlagReason) -> &'static str {
    match reason {
        FlagReason::PriceGone => "preco_acabou",
        FlagReason::StationClosed => "posto_fechado",
        FlagReason::WrongPlace => "lugar_errado",
    }
}

/// What this word of the wire says is wrong.
#[must_use]
pub fn flag_reason(word: &str) -> Option<FlagReason> {
    FlagReason::ALL.into_iter().find(|reason| flag_word(*reason) == word)
}

pub(super) fn write(object: Object, flag: &FlagRequest) -> Object {
    object
        .with("posto", flag.station.as_str())
        .with("motivo", flag_word(flag.reason))
        .with_some("combustivel", flag.fuel.map(|fuel| fuel.code().to_string()))
        .with_some("nota", flag.note.as_ref().map(|note| Value::from(note.as_str())))
        .with_some("origem", flag.reporter.as_ref().map(ToString::to_string))
}

pub(super) fn read(fields: &Fields<'_>) -> Result<Command, Mistake> {
    fields.require_all(&["posto", "motivo"])?;
    let station = fields.station_id("posto")?.ok_or_else(|| Mistake::empty("posto"))?;
    let reason = fields.text("motivo", REASONS)?.and_then(flag_reason);
    let reason = reason.ok_or_else(|| Mistake::not_allowed("motivo", REASONS))?;
    let fuel = fields.get("combustivel").map(|_| fields.fuel("combustivel")).transpose()?;
    if fuel.is_some() && reason != FlagReason::PriceGone {
        return Err(Mistake::not_allowed("combustivel", "só com motivo preco_acabou"));
    }
    let (note, reporter) = (fields.label("nota")?, reporter(fields)?);
    Ok(Command::Flag(FlagRequest { station, reason, fuel, note, reporter }))
}
