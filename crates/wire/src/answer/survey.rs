//! What an area's and a station's prices are and were like: the answers to `M`, `H` and `E`
//! (PROTOCOL §7.14 to §7.16).

use serde::{Deserialize, Serialize};

use super::Answer;

/// `M`: the cells of a map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cells {
    /// `celulas`
    #[serde(rename = "celulas")]
    pub cells: Vec<Cell>,
    /// `proximo`: given back, it continues the map after the last of these.
    #[serde(rename = "proximo", default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Some stations that are drawn as one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// `lat`: degrees.
    pub lat: f64,
    /// `lon`: degrees.
    pub lon: f64,
    /// `n`: how many stations, at least 1.
    #[serde(rename = "n")]
    pub count: u32,
    /// `menor`: the lowest price, thousandths; absent where all are suspect.
    #[serde(rename = "menor", default, skip_serializing_if = "Option::is_none")]
    pub lowest: Option<u32>,
    /// `moeda`: its currency.
    #[serde(rename = "moeda", default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// `posto`: the station's id, where it is one alone.
    #[serde(rename = "posto", default, skip_serializing_if = "Option::is_none")]
    pub station: Option<String>,
}

/// `H`: what a station's prices were, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// `precos`
    #[serde(rename = "precos")]
    pub prices: Vec<PastPrice>,
    /// `proximo`: given back, it continues the history before the last of these.
    #[serde(rename = "proximo", default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// One price of the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastPrice {
    /// `combustivel`: the fuel's code.
    #[serde(rename = "combustivel")]
    pub fuel: u8,
    /// `valor`: thousandths of the currency; absent where the price before held no more.
    #[serde(rename = "valor", default, skip_serializing_if = "Option::is_none")]
    pub price: Option<u32>,
    /// `moeda`: ISO 4217.
    #[serde(rename = "moeda")]
    pub currency: String,
    /// `unidade`: `l`, `kg`, `m3`.
    #[serde(rename = "unidade")]
    pub unit: String,
    /// `em`: when it was reported, or ended, RFC 3339; absent where unknown.
    #[serde(rename = "em", default, skip_serializing_if = "Option::is_none")]
    pub reported_at: Option<String>,
    /// `gravado`: when the server recorded it, RFC 3339.
    #[serde(rename = "gravado")]
    pub recorded_at: String,
}

/// `E`: what an area's prices are like. Without any price there is `n` alone.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Statistics {
    /// `n`: how many prices.
    #[serde(rename = "n")]
    pub count: u64,
    /// `menor`: the lowest, thousandths.
    #[serde(rename = "menor", default, skip_serializing_if = "Option::is_none")]
    pub min: Option<u32>,
    /// `q1`: the first quartile, by nearest rank.
    #[serde(rename = "q1", default, skip_serializing_if = "Option::is_none")]
    pub first_quartile: Option<u32>,
    /// `mediana`
    #[serde(rename = "mediana", default, skip_serializing_if = "Option::is_none")]
    pub median: Option<u32>,
    /// `q3`: the third quartile.
    #[serde(rename = "q3", default, skip_serializing_if = "Option::is_none")]
    pub third_quartile: Option<u32>,
    /// `maior`: the highest.
    #[serde(rename = "maior", default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
    /// `mais_novo`: when the newest was reported, RFC 3339; absent where no time is known.
    #[serde(rename = "mais_novo", default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<String>,
    /// `moeda`: ISO 4217.
    #[serde(rename = "moeda", default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// `unidade`: `l`, `kg`, `m3`.
    #[serde(rename = "unidade", default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

impl Answer for Cells {}
impl Answer for History {}
impl Answer for Statistics {}
