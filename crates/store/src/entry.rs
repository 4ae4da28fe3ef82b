//! What is submitted to the journal. What comes of it is in `outcome.rs`.

use posto_market::{Currency, ImportedStation, Price, StationWish};

use crate::id::ReportId;
use crate::moderation::{Flag, Moderation};
use crate::options::SeedRecord;
use crate::origin::Origin;

/// One entry; it becomes durable whole or not at all.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// Somebody reports a price (command `D`).
    Report(Report),
    /// A record of a feed (command `I`), and where it is from.
    Import(Box<ImportedStation>, Origin),
    /// A user points out that something is wrong with a station (command `F`).
    Flag(Flag),
    /// An operator's order (command `X`).
    Moderate(Box<Moderation>),
    /// What a replicated log starts with ([`crate::Seed`]).
    Seed(Vec<SeedRecord>),
}

impl Entry {
    /// Whether nothing else may be in its batch: what follows is decided by what it did to the book.
    pub(crate) const fn is_alone(&self) -> bool {
        matches!(self, Self::Moderate(_))
    }
}

/// A reported price.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Which station is meant, and the fuel.
    pub wish: StationWish,
    /// The price.
    pub price: Price,
    /// Its currency, where the reporter says it; else that of the price it replaces or of prices
    /// near by ([`posto_market::View::money`]).
    pub currency: Option<Currency>,
    /// The coordinates as the reporter wrote them, which a v1 answer repeats (PROTOCOL §4). Kept
    /// only where they mean the station's own position: a phone's position is not a station.
    pub coordinates: Option<String>,
    /// With an id the report runs once within 24 hours, whatever is repeated.
    pub id: Option<ReportId>,
    /// Who reports it.
    pub origin: Origin,
    /// Of a reporter for whom nobody vouches: what tells them from others. They may not displace a
    /// fresh price of somebody who is vouched for, unless a second one says the same (`claims.rs`).
    pub witness: Option<String>,
}
