//! Answers to `"formato": "json"` commands: `{"ok": …}` or `{"erro": …}` (PROTOCOL §7). The texts
//! of v1 are in `text.rs`, those about areas and the past in `answer/survey.rs`, about changes in
//! `answer/changes.rs`, those of `F` and `X` in `answer/moderation.rs`, what stands beside them in
//! `answer/remarks.rs`.

mod changes;
mod moderation;
mod remarks;
mod survey;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::bridge;
use crate::json::{Object, Value};
use crate::mistake::Mistake;
pub use changes::{Changes, PriceChange};
pub use moderation::{ActCounts, Acts, FlagGroup, Flagged, Flags, Moderated, OriginCount, Origins, PastAct};
pub use remarks::Remarks;
pub use survey::{Cell, Cells, History, PastPrice, Statistics};

/// The content of an `ok`.
pub trait Answer: Serialize + DeserializeOwned {}

/// `D`: the report was stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reported {
    /// `posto`: the station it was stored for.
    #[serde(rename = "posto")]
    pub station: String,
    /// `nova`: whether the report made the station known.
    #[serde(rename = "nova")]
    pub new_station: bool,
    /// `substituido`: the price it replaced, thousandths.
    #[serde(rename = "substituido")]
    pub replaced: Option<u32>,
    /// `valor`: the price, thousandths.
    #[serde(rename = "valor")]
    pub price: u32,
    /// `moeda`: its currency.
    #[serde(rename = "moeda")]
    pub currency: String,
    /// `unidade`: what it buys one of.
    #[serde(rename = "unidade")]
    pub unit: String,
    /// `em`: when it was stored, RFC 3339.
    #[serde(rename = "em")]
    pub at: String,
}

/// `P` and `L`: stations with the price of one fuel, best first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stations {
    /// `postos`
    #[serde(rename = "postos")]
    pub stations: Vec<StationPrice>,
    /// `proximo`: given back, it continues the list after the last of these.
    #[serde(rename = "proximo", default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A station and the price of the fuel that was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StationPrice {
    /// What is known of the station; its members stand beside the price's.
    #[serde(flatten)]
    pub station: StationFacts,
    /// The price; its members stand beside the station's.
    #[serde(flatten)]
    pub price: PriceFacts,
    /// When it is open, whom it serves and how; its members stand beside the price's.
    #[serde(flatten)]
    pub opening: OpeningFacts,
    /// `distancia_m`: metres from the centre, where there is one.
    #[serde(rename = "distancia_m", default, skip_serializing_if = "Option::is_none")]
    pub distance_m: Option<f64>,
    /// `custo`: the trip's cost in the currency's whole units, when ranked by it.
    #[serde(rename = "custo", default, skip_serializing_if = "Option::is_none")]
    pub trip_cost: Option<f64>,
}

/// What is known of a station.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StationFacts {
    /// `posto`: its id.
    #[serde(rename = "posto")]
    pub id: String,
    /// `lat`: degrees.
    pub lat: f64,
    /// `lon`: degrees.
    pub lon: f64,
    /// `nome`
    #[serde(rename = "nome", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `marca`
    #[serde(rename = "marca", default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// `fonte`: the feed that made it known.
    #[serde(rename = "fonte", default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// When a station is open, whom it serves and how: each absent where nobody knows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OpeningFacts {
    /// `horario`: in the syntax of OpenStreetMap's `opening_hours`.
    #[serde(rename = "horario", default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<String>,
    /// `aberto`: whether it is open now, by its own clock.
    #[serde(rename = "aberto", default, skip_serializing_if = "Option::is_none")]
    pub open: Option<bool>,
    /// `servico`: `proprio` (self-service), `frentista` (served) or `ambos`.
    #[serde(rename = "servico", default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// `so_socios`: whether it sells to members only.
    #[serde(rename = "so_socios", default, skip_serializing_if = "Option::is_none")]
    pub members_only: Option<bool>,
}

/// One price.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PriceFacts {
    /// `combustivel`: the fuel's code.
    #[serde(rename = "combustivel")]
    pub fuel: u8,
    /// `valor`: thousandths of the currency.
    #[serde(rename = "valor")]
    pub price: u32,
    /// `moeda`: ISO 4217.
    #[serde(rename = "moeda")]
    pub currency: String,
    /// `unidade`: `l`, `kg`, `m3`.
    #[serde(rename = "unidade")]
    pub unit: String,
    /// `em`: when it was reported, RFC 3339; absent where unknown.
    #[serde(rename = "em", default, skip_serializing_if = "Option::is_none")]
    pub reported_at: Option<String>,
    /// `velho`: older than 30 days or of unknown age.
    #[serde(rename = "velho", default, skip_serializing_if = "std::ops::Not::not")]
    pub stale: bool,
    /// `suspeito`: so far from the prices around it that it may be a mistake.
    #[serde(rename = "suspeito", default, skip_serializing_if = "std::ops::Not::not")]
    pub suspect: bool,
}

/// `S`: one station, all its fuels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StationDetail {
    /// What is known of it; its members stand beside the prices.
    #[serde(flatten)]
    pub station: StationFacts,
    /// `endereco`: its street address.
    #[serde(rename = "endereco", default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// When it is open, whom it serves and how; its members stand beside the prices.
    #[serde(flatten)]
    pub opening: OpeningFacts,
    /// `precos`: the latest of each fuel.
    #[serde(rename = "precos")]
    pub prices: Vec<PriceFacts>,
    /// `proximo`: given back, it asks for the fuels that this answer could not hold.
    #[serde(rename = "proximo", default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// `T`: date and time, and what the server holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServerTime {
    /// `agora`: RFC 3339.
    #[serde(rename = "agora")]
    pub now: String,
    /// `fuso_s`: seconds by which the server's own time of day is ahead of UTC; absent where it does not
    /// say.
    #[serde(rename = "fuso_s", default, skip_serializing_if = "Option::is_none")]
    pub ahead_of_utc_s: Option<i32>,
    /// `versao`: the server's version.
    #[serde(rename = "versao")]
    pub version: String,
    /// `no_ar_s`: seconds since it started.
    #[serde(rename = "no_ar_s")]
    pub uptime_s: u64,
    /// `postos`: stations known.
    #[serde(rename = "postos")]
    pub stations: u64,
    /// `precos`: current prices.
    #[serde(rename = "precos")]
    pub prices: u64,
    /// `book`: the random id of its journal.
    pub book: String,
    /// `posicao`: how far it has come (PROTOCOL §7.21); absent where it does not say.
    #[serde(rename = "posicao", default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    /// How it stands to the log that it follows; all absent where it follows none.
    #[serde(flatten)]
    pub group: GroupStanding,
}

/// How a server stands to the log that it follows with others: members of `T`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct GroupStanding {
    /// `grupo`: it follows a log with others of its book: each of them takes writes.
    #[serde(rename = "grupo", default, skip_serializing_if = "std::ops::Not::not")]
    pub member: bool,
    /// `em_dia`: it has caught up with the log at least once since it started; before, it puts off
    /// whoever reads.
    #[serde(rename = "em_dia", default, skip_serializing_if = "Option::is_none")]
    pub caught_up: Option<bool>,
    /// `atraso`: messages of the log that it is known to lack; absent where that is not known.
    #[serde(rename = "atraso", default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<u64>,
    /// `sem_contato_ms`: milliseconds since it last heard of the log.
    #[serde(rename = "sem_contato_ms", default, skip_serializing_if = "Option::is_none")]
    pub silent_ms: Option<u64>,
    /// `grava`: whether the log takes entries, as far as it knows.
    #[serde(rename = "grava", default, skip_serializing_if = "Option::is_none")]
    pub writable: Option<bool>,
}

/// `I`: what the record changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// `nova`: whether the station was new.
    #[serde(rename = "nova")]
    pub new_station: bool,
    /// `mudou`: whether what is known of the station changed.
    #[serde(rename = "mudou")]
    pub changed_station: bool,
    /// `precos_mudados`: prices that are new or replaced an older one.
    #[serde(rename = "precos_mudados")]
    pub prices_changed: u32,
    /// `precos_encerrados`: prices that hold no more since this record.
    #[serde(rename = "precos_encerrados", default)]
    pub prices_ended: u32,
    /// `oculto`: an operator hid the station, and nothing of the record counts.
    #[serde(rename = "oculto", default, skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
    /// `precos_iguais`: prices that were the same or older, and ends that ended nothing.
    #[serde(rename = "precos_iguais")]
    pub prices_unchanged: u32,
}

/// One of several stations that a report could mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// What is known of it; its members stand beside the distance.
    #[serde(flatten)]
    pub station: StationFacts,
    /// `distancia_m`: metres from the reported position.
    #[serde(rename = "distancia_m")]
    pub distance_m: f64,
}

impl Answer for Reported {}
impl Answer for Stations {}
impl Answer for StationDetail {}
impl Answer for ServerTime {}
impl Answer for Imported {}

/// `{"ok": …}`
#[must_use]
pub fn ok(answer: &impl Answer) -> Value {
    Object::new().with("ok", bridge::to_value(answer)).into()
}

/// `{"erro": …}`
#[must_use]
pub fn error(mistake: &Mistake) -> Value {
    Object::new().with("erro", bridge::to_value(mistake)).into()
}

/// Why an answer is not the one expected.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum AnswerError {
    /// The server refused the command.
    #[error("{0}")]
    Refused(Box<Mistake>),
    /// The answer is neither `ok` nor `erro`, or its content does not fit.
    #[error("unreadable answer: {0}")]
    Unreadable(String),
}

/// Reads an answer to a JSON command.
///
/// # Errors
/// [`AnswerError::Refused`] with the server's mistake, or [`AnswerError::Unreadable`].
pub fn read<T: Answer>(data: Value) -> Result<T, AnswerError> {
    let unreadable = |what: String| AnswerError::Unreadable(what);
    let Value::Object(mut object) = data else {
        return Err(unreadable("not an object".to_owned()));
    };
    if let Some(content) = object.remove("ok") {
        return bridge::from_value(content).map_err(|error| unreadable(error.to_string()));
    }
    let content = object.remove("erro").ok_or_else(|| unreadable("neither ok nor erro".to_owned()))?;
    let mistake = bridge::from_value::<Mistake>(content).map_err(|error| unreadable(error.to_string()))?;
    Err(AnswerError::Refused(Box::new(mistake)))
}

/// Distances and costs on the wire have two decimals: centimetres and cents say enough.
#[must_use]
pub fn two_decimals(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests;
