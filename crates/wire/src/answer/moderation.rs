//! Answers to `F` and `X` (PROTOCOL §7.19, §7.20).

use serde::{Deserialize, Serialize};

use super::Answer;

/// `F`: what was pointed out was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flagged {
    /// `contado`: whether it says something new and there was room for it.
    #[serde(rename = "contado")]
    pub counted: bool,
}

/// `X`: what an act did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Moderated {
    /// `mudou`: whether it did anything.
    #[serde(rename = "mudou")]
    pub changed: bool,
    /// `ensaio`: it was only tried.
    #[serde(rename = "ensaio", default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
    /// `numero`: its number in the audit.
    #[serde(rename = "numero", default, skip_serializing_if = "Option::is_none")]
    pub number: Option<i64>,
    /// What it did in numbers; they stand beside the others.
    #[serde(flatten)]
    pub counts: ActCounts,
}

/// What an act did in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ActCounts {
    /// `retirados`: prices of the history that count no more.
    #[serde(rename = "retirados")]
    pub withdrawn: u64,
    /// `encerrados`: current prices that hold no more.
    #[serde(rename = "encerrados")]
    pub ended: u64,
    /// `restaurados`: earlier prices that are current again.
    #[serde(rename = "restaurados")]
    pub restored: u64,
    /// `passados`: prices that the station of a merge took over.
    #[serde(rename = "passados")]
    pub moved: u64,
    /// `avisos`: flags of users that are settled by it.
    #[serde(rename = "avisos")]
    pub flags: u64,
}

/// `X` `avisos`: what users pointed out and nobody has looked at, what most say first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flags {
    /// `avisos`
    #[serde(rename = "avisos")]
    pub flags: Vec<FlagGroup>,
}

/// What several say of one station.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlagGroup {
    /// `posto`: the station's id.
    #[serde(rename = "posto")]
    pub station: String,
    /// `nome`: its name.
    #[serde(rename = "nome", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `motivo`: what is wrong, as `F` says it.
    #[serde(rename = "motivo")]
    pub reason: String,
    /// `combustivel`: the fuel's code.
    #[serde(rename = "combustivel", default, skip_serializing_if = "Option::is_none")]
    pub fuel: Option<u8>,
    /// `vezes`: how many origins say so.
    #[serde(rename = "vezes")]
    pub count: u64,
    /// `primeiro`: when the first one said so, RFC 3339.
    #[serde(rename = "primeiro")]
    pub first: String,
    /// `ultimo`: when the last one did.
    #[serde(rename = "ultimo")]
    pub last: String,
    /// `nota`: the last note.
    #[serde(rename = "nota", default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// `X` `origens`: who reported how much, the most first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origins {
    /// `origens`
    #[serde(rename = "origens")]
    pub origins: Vec<OriginCount>,
}

/// What came from one origin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OriginCount {
    /// `origem`: of an address without its port.
    #[serde(rename = "origem")]
    pub origin: String,
    /// `precos`: its reports and imported prices.
    #[serde(rename = "precos")]
    pub reports: u64,
    /// `postos`: at how many stations.
    #[serde(rename = "postos")]
    pub stations: u64,
    /// `retirados`: how many of them were withdrawn.
    #[serde(rename = "retirados")]
    pub withdrawn: u64,
    /// `primeiro`: when the first was recorded, RFC 3339.
    #[serde(rename = "primeiro")]
    pub first: String,
    /// `ultimo`: when the last was.
    #[serde(rename = "ultimo")]
    pub last: String,
}

/// `X` `registro`: what operators did, the latest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acts {
    /// `atos`
    #[serde(rename = "atos")]
    pub acts: Vec<PastAct>,
    /// `proximo`: given back, it continues the list after the last of these.
    #[serde(rename = "proximo", default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// An act as the audit keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastAct {
    /// `numero`
    #[serde(rename = "numero")]
    pub number: i64,
    /// `em`: when, RFC 3339.
    #[serde(rename = "em")]
    pub at: String,
    /// `operador`: who, and how they came to be believed.
    #[serde(rename = "operador")]
    pub operator: String,
    /// `ato`: what, as `X` says it.
    #[serde(rename = "ato")]
    pub act: String,
    /// `posto`: the station's id.
    #[serde(rename = "posto", default, skip_serializing_if = "Option::is_none")]
    pub station: Option<String>,
    /// `combustivel`: the fuel's code.
    #[serde(rename = "combustivel", default, skip_serializing_if = "Option::is_none")]
    pub fuel: Option<u8>,
    /// `destino`: the station it was merged into.
    #[serde(rename = "destino", default, skip_serializing_if = "Option::is_none")]
    pub into: Option<String>,
    /// `origem`: whose prices were withdrawn.
    #[serde(rename = "origem", default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// `desde`: since when.
    #[serde(rename = "desde", default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// `motivo`: why.
    #[serde(rename = "motivo", default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What it did in numbers; they stand beside the others.
    #[serde(flatten)]
    pub counts: ActCounts,
}

impl Answer for Flagged {}
impl Answer for Moderated {}
impl Answer for Flags {}
impl Answer for Origins {}
impl Answer for Acts {}
