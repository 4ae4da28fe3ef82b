//! Command `H`: what a station's prices were (PROTOCOL §7.15), written and read.

use posto_market::{Fuel, StationId, Timestamp};

use super::Command;
use super::fields::Fields;
use super::read::{NEXT_ALLOWED, limit};
use super::write::with_limit;
use crate::json::Object;
use crate::mistake::Mistake;
use crate::time;

/// Which past prices to tell, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryRequest {
    /// `posto`
    pub station: StationId,
    /// `combustivel`: only this fuel.
    pub fuel: Option<Fuel>,
    /// `desde`: only what was recorded then or later.
    pub since: Option<Timestamp>,
    /// `limite`, 1..=200.
    pub limit: usize,
    /// `proximo`: only what stands before this place of the journal.
    pub before: Option<i64>,
}

/// Reads the text of a history's `proximo`: a place in the journal, above 0. Opaque to everyone
/// else.
#[must_use]
pub fn read_place(text: &str) -> Option<i64> {
    text.parse().ok().filter(|place| *place > 0)
}

pub(super) fn write(object: Object, history: &HistoryRequest) -> Object {
    let object = object
        .with("posto", history.station.as_str())
        .with_some("combustivel", history.fuel.map(|fuel| fuel.code().to_string()))
        .with_some("desde", history.since.map(time::format));
    with_limit(object, history.limit).with_some("proximo", history.before.map(|place| place.to_string()))
}

pub(super) fn read(fields: &Fields<'_>) -> Result<Command, Mistake> {
    let station = fields.station_id("posto")?.ok_or_else(|| Mistake::empty("posto"))?;
    let fuel = fields.get("combustivel").map(|_| fields.fuel("combustivel")).transpose()?;
    let since = fields.moment("desde")?;
    let limit = limit(fields)?;
    let before = fields.text("proximo", NEXT_ALLOWED)?;
    let before = before.map(|text| read_place(text).ok_or_else(|| Mistake::not_allowed("proximo", NEXT_ALLOWED)));
    Ok(Command::History(HistoryRequest { station, fuel, since, limit, before: before.transpose()? }))
}
