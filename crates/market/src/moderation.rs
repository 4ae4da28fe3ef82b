//! Keeping the data clean: what an operator may do to prices and stations, what users may point out.

use crate::fuel::Fuel;
use crate::station::StationId;
use crate::time::Timestamp;

/// Something that an operator does (PROTOCOL §7.20, command `X`). Nothing is ever deleted by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// The price of a fuel at a station holds no more; the next report begins anew.
    End {
        /// The station.
        station: StationId,
        /// The fuel.
        fuel: Fuel,
    },
    /// Nobody sees the station any more, and nothing that is said of it counts.
    Hide {
        /// The station.
        station: StationId,
    },
    /// A station that was hidden or merged is there again, as it was.
    Show {
        /// The station.
        station: StationId,
    },
    /// The station is another one: what is said of it counts for the other from now on.
    Merge {
        /// The station that disappears.
        from: StationId,
        /// The one that it is.
        into: StationId,
    },
    /// All prices that came from an origin since then count no more: those before them hold again.
    Withdraw {
        /// The origin, as [`Act`]s and the operator's lists write it; of an address without its port:
        /// whatever the port.
        origin: String,
        /// Since when, by the time they were recorded.
        since: Timestamp,
    },
    /// What users pointed out about the station has been looked at, and nothing was wrong.
    Dismiss {
        /// The station.
        station: StationId,
    },
}

impl Act {
    /// What it is called in the journal.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::End { .. } => "end",
            Self::Hide { .. } => "hide",
            Self::Show { .. } => "show",
            Self::Merge { .. } => "merge",
            Self::Withdraw { .. } => "withdraw",
            Self::Dismiss { .. } => "dismiss",
        }
    }
}

/// What a user finds wrong with a station.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FlagReason {
    /// A price does not hold any more.
    PriceGone,
    /// The station is closed for good.
    StationClosed,
    /// The station is not there.
    WrongPlace,
}

impl FlagReason {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::PriceGone, Self::StationClosed, Self::WrongPlace];

    /// What it is called in HTTP and in the journal.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::PriceGone => "price-gone",
            Self::StationClosed => "station-closed",
            Self::WrongPlace => "wrong-place",
        }
    }

    /// The reason of this name.
    #[must_use]
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.slug() == slug)
    }
}
