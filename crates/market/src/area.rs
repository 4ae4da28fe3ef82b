//! The area a search looks in: a circle, or a box of the map.

use crate::limits::MAX_RADIUS_KM;
use crate::position::Position;

/// Where to look, and from where to measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Area {
    /// Everything within a radius of a point.
    Circle(Circle),
    /// Everything inside a box; distances from `centre` where one is given.
    Box {
        /// The box.
        bounds: BoundingBox,
        /// The point distances are measured from.
        centre: Option<Position>,
    },
}

impl Area {
    /// The point distances are measured from, if any.
    #[must_use]
    pub fn centre(&self) -> Option<Position> {
        match self {
            Self::Circle(circle) => Some(circle.centre),
            Self::Box { centre, .. } => *centre,
        }
    }
}

/// Everything within a radius of a point, the rim included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Circle {
    centre: Position,
    radius_km: f64,
}

impl Circle {
    /// A circle with a radius above 0 km; over 20,016 km it is clamped to that, since no station
    /// is farther (PROTOCOL §4). `None` where the radius is not a finite number above 0.
    #[must_use]
    pub fn new(centre: Position, radius_km: f64) -> Option<Self> {
        let usable = radius_km.is_finite() && radius_km > 0.0;
        usable.then(|| Self { centre, radius_km: radius_km.min(MAX_RADIUS_KM) })
    }

    /// Its centre.
    #[must_use]
    pub const fn centre(&self) -> Position {
        self.centre
    }

    /// Its radius in km, above 0 and at most 20,016.
    #[must_use]
    pub const fn radius_km(&self) -> f64 {
        self.radius_km
    }
}

/// A box of the map between two meridians and two parallels, all borders included.
/// `west > east` means that it crosses the 180° meridian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BoundingBox {
    south_west: Position,
    north_east: Position,
}

impl BoundingBox {
    /// The box between these corners; `None` where south is north of north.
    #[must_use]
    pub fn new(south_west: Position, north_east: Position) -> Option<Self> {
        let upright = south_west.latitude_microdegrees() <= north_east.latitude_microdegrees();
        upright.then_some(Self { south_west, north_east })
    }

    /// The corner of least latitude and of the western meridian.
    #[must_use]
    pub const fn south_west(&self) -> Position {
        self.south_west
    }

    /// The corner of greatest latitude and of the eastern meridian.
    #[must_use]
    pub const fn north_east(&self) -> Position {
        self.north_east
    }

    /// The point in the middle of the box, by degrees.
    #[must_use]
    pub fn middle(&self) -> Position {
        let latitude = f64::midpoint(self.south_west.latitude(), self.north_east.latitude());
        let (west, mut east) = (self.south_west.longitude(), self.north_east.longitude());
        if west > east {
            east += 360.0;
        }
        let longitude = f64::midpoint(west, east);
        let longitude = if longitude > 180.0 { longitude - 360.0 } else { longitude };
        Position::from_degrees(latitude, longitude).unwrap_or(self.south_west)
    }

    /// Whether the position lies in the box or on its border.
    #[must_use]
    pub fn contains(&self, position: Position) -> bool {
        let latitude = position.latitude_microdegrees();
        let longitude = position.longitude_microdegrees();
        let (west, east) = (self.south_west.longitude_microdegrees(), self.north_east.longitude_microdegrees());
        let between =
            if west <= east { (west..=east).contains(&longitude) } else { longitude >= west || longitude <= east };
        between
            && latitude >= self.south_west.latitude_microdegrees()
            && latitude <= self.north_east.latitude_microdegrees()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(latitude: f64, longitude: f64) -> Position {
        Position::from_degrees(latitude, longitude).unwrap()
    }

    #[test]
    fn a_box_with_west_beyond_east_crosses_the_antimeridian() {
        let fiji = BoundingBox::new(at(-20.0, 177.0), at(-15.0, -178.0)).unwrap();
        assert!(fiji.contains(at(-17.0, 179.9)) && fiji.contains(at(-17.0, -179.9)));
        assert!(fiji.contains(at(-20.0, 177.0)), "the border belongs to it");
        assert_eq!(fiji.middle(), at(-17.5, 179.5));
        assert!(!fiji.contains(at(-17.0, 0.0)) && !fiji.contains(at(-21.0, 179.0)));
        assert_eq!(BoundingBox::new(at(1.0, 0.0), at(0.0, 1.0)), None);
    }

    #[test]
    fn a_radius_is_above_zero_and_clamped() {
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(Circle::new(at(0.0, 0.0), bad), None);
        }
        let world = Circle::new(at(0.0, 0.0), 1e9).unwrap();
        assert!((world.radius_km() - MAX_RADIUS_KM).abs() < f64::EPSILON);
    }
}
