//! Keeping the data clean: what operators do and users point out, and what comes of it.
//!
//! Nothing is ever deleted or changed in the history. A price that counts no more is noted as
//! withdrawn (`withdrawn`), and what the current price is without it is appended as a row that stands
//! in for an earlier one (`stand_ins`); so the last row of a fuel at a station is the current one
//! whatever an operator did, and whoever follows the journal's changes sees it. How: `acts.rs`. Who
//! did what: `audit.rs`. What users pointed out: `flags.rs`. Who reported how much: `origins.rs`.

pub(crate) mod acts;
pub(crate) mod audit;
pub(crate) mod flags;
pub(crate) mod origins;

use posto_market::{Act, FlagReason, Fuel, Label, StationId, Timestamp};

/// An operator's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moderation {
    /// What to do.
    pub act: Act,
    /// Why, for the audit.
    pub reason: Option<Label>,
    /// The operator's name, where one was given.
    pub operator: Option<String>,
    /// How the operator came to be believed: by which key or from where.
    pub session: String,
    /// Only tell what would be done.
    pub dry_run: bool,
}

/// What an operator's order did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Moderated {
    /// Whether it did anything: else nothing was written, not even in the audit.
    pub changed: bool,
    /// Whether it was only tried.
    pub dry_run: bool,
    /// Its number in the audit, where it is there.
    pub number: Option<i64>,
    /// Prices of the history that count no more.
    pub withdrawn: u64,
    /// Current prices that hold no more.
    pub ended: u64,
    /// Earlier prices that are current again.
    pub restored: u64,
    /// Prices that the station of a merge took over, being newer than its own.
    pub moved: u64,
    /// Flags of users that are settled by it.
    pub flags: u64,
}

/// Why an operator's order was not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActRefusal {
    /// A station was to be merged into itself.
    IntoItself,
    /// A station was to be merged into one that nobody sees.
    OutOfSight(StationId),
    /// More prices than one order may withdraw.
    TooMany {
        /// How many at most.
        most: usize,
    },
}

/// A user points out that something is wrong with a station.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// The station.
    pub station: StationId,
    /// What is wrong.
    pub reason: FlagReason,
    /// The fuel whose price it is about, where it is about one.
    pub fuel: Option<Fuel>,
    /// What the user says about it.
    pub note: Option<Label>,
    /// Who: a repeat by the same origin counts once.
    pub origin: String,
}

/// What users say of a station and its prices that nobody has looked at yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagGroup {
    /// The station.
    pub station: StationId,
    /// Its name.
    pub name: Option<String>,
    /// What is wrong.
    pub reason: FlagReason,
    /// With which fuel.
    pub fuel: Option<Fuel>,
    /// How many origins say so.
    pub count: u64,
    /// When the first one said so.
    pub first: Timestamp,
    /// When the last one did.
    pub last: Timestamp,
    /// The last note.
    pub note: Option<String>,
}

/// What came from one origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OriginCount {
    /// The origin; of an address without its port.
    pub origin: String,
    /// Its reports and imported prices.
    pub reports: u64,
    /// At how many stations.
    pub stations: u64,
    /// How many of them were withdrawn.
    pub withdrawn: u64,
    /// When the first was recorded.
    pub first: Timestamp,
    /// When the last was.
    pub last: Timestamp,
}

/// An act as the audit keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastAct {
    /// Its number, above 0: later ones are higher.
    pub number: i64,
    /// When it was done.
    pub at: Timestamp,
    /// Who did it.
    pub operator: String,
    /// What: the name of an [`Act`].
    pub act: String,
    /// The station it was about.
    pub station: Option<StationId>,
    /// The fuel.
    pub fuel: Option<Fuel>,
    /// The station it was merged into.
    pub into: Option<StationId>,
    /// Whose prices were withdrawn.
    pub origin: Option<String>,
    /// Since when.
    pub since: Option<Timestamp>,
    /// Why.
    pub reason: Option<String>,
    /// What it did.
    pub done: Moderated,
}

/// An origin without the port of its address: `v2 192.0.2.7:40000` is `v2 192.0.2.7`.
pub(crate) fn without_port(origin: &str) -> &str {
    match origin.rsplit_once(':') {
        Some((address, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => address,
        _ => origin,
    }
}
