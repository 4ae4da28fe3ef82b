//! What Posto knows about fuel prices: the values ([`Fuel`], [`Price`], [`Position`], [`Station`])
//! and the [`Book`] that holds the latest price of every fuel at every station.
//!
//! Nothing here knows bytes, network, disk or clock; nothing here fails: the types make bad values
//! unrepresentable. Bytes become these values in `posto-wire`, durability is `posto-store`.

mod area;
mod book;
mod change;
mod coordinates;
mod fuel;
mod geohash;
mod hours;
mod identity;
mod import;
pub mod limits;
mod moderation;
mod money;
mod number;
mod part;
mod position;
mod price;
mod rank;
mod search;
mod shelf;
mod sphere;
mod station;
mod survey;
mod suspect;
pub mod synthetic;
mod time;
mod tree;
mod view;
mod word;
mod zone;

pub use area::{Area, BoundingBox, Circle};
pub use book::{Book, BookCounts, BookLoader, Standing, StationQuotes};
pub use change::Change;
pub use coordinates::CoordinatesError;
pub use fuel::Fuel;
pub use geohash::geohash;
pub use hours::OpeningHours;
pub use identity::{Identity, StationWish};
pub use import::{EndedPrice, ImportEffect, ImportedPrice, ImportedStation};
pub use moderation::{Act, FlagReason};
pub use position::{EARTH_RADIUS_KM, Position};
pub use price::{Currency, Price, Unit};
pub use rank::{Cursor, Rank, TripCost};
pub use search::{Found, Freshness, Query};
pub use station::{Label, Quote, Service, Station, StationId};
pub use survey::{Cell, MapView, Statistics, Survey};
pub use time::Timestamp;
pub use view::{Pending, View};
