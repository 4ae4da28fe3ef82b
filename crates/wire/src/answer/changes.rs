//! What changed: the answer to `W` (PROTOCOL §7.18).

use serde::{Deserialize, Serialize};

use super::{Answer, OpeningFacts, StationFacts};

/// `W`: the changes after a place in the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Changes {
    /// `book`: the random id of the journal.
    pub book: String,
    /// `posicao`: up to where everything is told; the next `desde`.
    #[serde(rename = "posicao")]
    pub position: u64,
    /// `mudancas`: oldest first.
    #[serde(rename = "mudancas")]
    pub changes: Vec<PriceChange>,
    /// `desde`: from where on every change can be told; where no changes were asked for, or they are not
    /// to be had.
    #[serde(rename = "desde", default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
    /// `resync`: changes are missing between the place that was named and `posicao`, and are not to
    /// be had; what is known must be asked anew.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub resync: bool,
}

/// A price that is new, or that ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PriceChange {
    /// `posicao`: its place in the journal.
    #[serde(rename = "posicao")]
    pub position: u64,
    /// What is known of the station; its members stand beside the price's.
    #[serde(flatten)]
    pub station: StationFacts,
    /// `combustivel`: the fuel's code.
    #[serde(rename = "combustivel")]
    pub fuel: u8,
    /// `valor`: thousandths of the currency; absent where the price before holds no more.
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
    pub at: Option<String>,
    /// `velho`: older than 30 days or of unknown age.
    #[serde(rename = "velho", default, skip_serializing_if = "std::ops::Not::not")]
    pub stale: bool,
    /// `suspeito`: so far from the prices around it that it may be a mistake.
    #[serde(rename = "suspeito", default, skip_serializing_if = "std::ops::Not::not")]
    pub suspect: bool,
    /// When the station is open, whom it serves and how; its members stand beside the price's.
    #[serde(flatten)]
    pub opening: OpeningFacts,
}

impl Answer for Changes {}
/// One alone, to be measured.
impl Answer for PriceChange {}
