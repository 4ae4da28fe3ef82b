//! The members that several commands share, written; read in `read.rs`.

use posto_market::{Area, BoundingBox, Freshness};

use super::coordinates_of;
use crate::json::{Object, Value};
use crate::limits::DEFAULT_LIST;

/// `coordenadas` (as written, else as our clients write the centre) with `raio` or `caixa`.
pub(super) fn with_area(object: Object, area: &Area, coordinates: Option<&str>) -> Object {
    let centre = || area.centre().map(coordinates_of);
    let object = object.with_some("coordenadas", coordinates.map(str::to_owned).or_else(centre));
    match area {
        Area::Circle(circle) => object.with("raio", circle.radius_km()),
        Area::Box { bounds, .. } => with_box(object, *bounds),
    }
}

/// `caixa`
pub(super) fn with_box(object: Object, bounds: BoundingBox) -> Object {
    let (south_west, north_east) = (bounds.south_west(), bounds.north_east());
    let corners = [south_west.longitude(), south_west.latitude(), north_east.longitude(), north_east.latitude()];
    object.with("caixa", Value::List(corners.map(Value::from).into()))
}

/// `max_idade_s`
pub(super) fn with_freshness(object: Object, freshness: Freshness) -> Object {
    match freshness {
        Freshness::Preferred => object,
        Freshness::Any => object.with("max_idade_s", "tudo"),
        Freshness::AtMost(age) => {
            object.with("max_idade_s", Value::Integer(i64::try_from(age.as_secs()).unwrap_or(i64::MAX)))
        }
    }
}

/// `limite`
pub(super) fn with_limit(object: Object, limit: usize) -> Object {
    object.with_some("limite", u32::try_from(limit).ok().filter(|_| limit != DEFAULT_LIST))
}
