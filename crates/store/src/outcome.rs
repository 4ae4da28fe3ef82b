//! What came of an entry.

use std::sync::Arc;

use posto_market::{Currency, ImportEffect, Price, Station, StationId, Timestamp, Unit};

use crate::moderation::{ActRefusal, Moderated};

/// What came of an entry. Whatever it changed is durable and in the book.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The report was written, now or when it first came with this id.
    Reported(Reported),
    /// Refused: the reporter must choose among these stations. Nearest first, with distances in km.
    Ambiguous(Vec<(Arc<Station>, f64)>),
    /// Refused: no station has this id.
    UnknownStation(StationId),
    /// Not written: it would displace a fresh price of somebody who is vouched for. It is remembered
    /// for a while, and written when a second reporter agrees. The station meant, and how far it is
    /// from the position reported, in km.
    Unconfirmed(Arc<Station>, f64),
    /// Refused: an operator hid this station.
    HiddenStation(StationId),
    /// Refused: another report came with the same id within 24 hours.
    IdReused,
    /// The record was imported, as far as it is news.
    Imported(ImportEffect),
    /// What a user pointed out was taken; whether it says something new and there was room for it.
    Flagged {
        /// Whether it was kept.
        counted: bool,
    },
    /// The operator's order was carried out, or tried.
    Moderated(Moderated),
    /// The operator's order was not carried out.
    ActRefused(ActRefusal),
    /// What a replicated log starts with is in the book.
    Seeded,
    /// Not executed: nobody waited for it any more when its turn came.
    Expired,
}

/// A report that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reported {
    /// The station it was counted for.
    pub station: StationId,
    /// The report made this station known.
    pub new_station: bool,
    /// It is the first price of this fuel there: nothing was replaced.
    pub first_price: bool,
    /// The price it replaced.
    pub replaced: Option<Price>,
    /// The price, as reported.
    pub price: Price,
    /// The currency it was taken to be in.
    pub currency: Currency,
    /// What the price buys one of.
    pub unit: Unit,
    /// The report's time: later than that of every report before it.
    pub at: Timestamp,
    /// From this position on ([`crate::Journal::position`]) a server's book has it.
    pub position: u64,
}
