//! One change to the book, as the journal makes it durable and then applies it.

use crate::fuel::Fuel;
use crate::station::{Quote, Station, StationId};
use crate::time::Timestamp;

/// A change that is applied as it is: what it should be was decided before (see [`crate::View`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A station appears, or what is known about it is replaced.
    Station(Station),
    /// The latest price of a fuel at a station that the book already has.
    Quote {
        /// The station.
        station: StationId,
        /// The fuel.
        fuel: Fuel,
        /// The price and all that belongs to it.
        quote: Quote,
    },
    /// The latest price of a fuel at a station that the book already has holds no more.
    End {
        /// The station.
        station: StationId,
        /// The fuel.
        fuel: Fuel,
        /// Since when.
        at: Timestamp,
    },
    /// An operator takes a station that the book already has out of sight.
    Hide {
        /// The station.
        station: StationId,
        /// The one that stands for it from now on, if any.
        into: Option<StationId>,
    },
    /// A station that was out of sight is there again.
    Show {
        /// The station.
        station: StationId,
    },
}
