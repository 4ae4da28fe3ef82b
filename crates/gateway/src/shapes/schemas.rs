//! Schemas of members that hold one of a few words.

use posto_market::{Fuel, Unit};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

pub(super) fn slug_schema() -> Schema {
    words("The fuel's slug.", Fuel::ALL.map(Fuel::slug))
}

pub(super) fn unit_schema() -> Schema {
    words("What the price buys one of.", Unit::ALL.map(Unit::sign))
}

pub(super) fn words(description: &str, words: impl IntoIterator<Item = &'static str>) -> Schema {
    ObjectBuilder::new().description(Some(description)).schema_type(Type::String).enum_values(Some(words)).into()
}
