//! A search's area, as the tree asks about it: could a box of the sphere hold any of it, is it all
//! inside, and does a position really lie in it.

use crate::area::{Area, BoundingBox, Circle};
use crate::number::single;
use crate::position::{Origin, Position};
use crate::sphere::{Cuboid, Point, SLACK, chord};

/// An area and the point from which distances in it are measured.
#[derive(Debug, Clone)]
pub(crate) struct Region {
    /// The centre; of a box without one, its middle.
    from: Origin,
    pub(crate) point: Point,
    shape: Shape,
}

#[derive(Debug, Clone)]
enum Shape {
    /// The squares of the chord beyond which nothing and within which everything is inside.
    Circle {
        radius_km: f64,
        reach: f32,
        core: f32,
    },
    Box {
        bounds: BoundingBox,
        wedge: Wedge,
        south: f32,
        north: f32,
    },
}

/// What lies between two meridians, seen from above the pole.
#[derive(Debug, Clone)]
struct Wedge {
    west: [f32; 2],
    east: [f32; 2],
    /// More than half the way around: east of the one *or* west of the other.
    wide: bool,
}

impl From<&Area> for Region {
    fn from(area: &Area) -> Self {
        match *area {
            Area::Circle(circle) => Self::circle(circle),
            Area::Box { bounds, centre } => {
                let from = centre.unwrap_or_else(|| bounds.middle());
                let height = |corner: Position| single(corner.latitude().to_radians().sin());
                let (south, north) = (height(bounds.south_west()), height(bounds.north_east()));
                Self {
                    from: from.into(),
                    point: from.into(),
                    shape: Shape::Box { bounds, wedge: Wedge::of(&bounds), south, north },
                }
            }
        }
    }
}

impl Region {
    fn circle(circle: Circle) -> Self {
        Self::around(circle.centre(), circle.radius_km())
    }

    /// Everything within a radius, which may be 0.
    pub(crate) fn around(from: Position, radius_km: f64) -> Self {
        let chord = chord(radius_km);
        let core = (chord - SLACK).max(0.0);
        let shape = Shape::Circle { radius_km, reach: (chord + SLACK).powi(2), core: core * core };
        Self { from: from.into(), point: from.into(), shape }
    }

    /// The square of a chord beyond which nothing is inside.
    pub(crate) const fn reach(&self) -> f32 {
        match &self.shape {
            Shape::Circle { reach, .. } => *reach,
            Shape::Box { .. } => f32::INFINITY,
        }
    }

    /// Whether anything of the area may lie in the box of a node.
    pub(crate) fn may_reach(&self, bounds: &Cuboid) -> bool {
        bounds.nearest(self.point) <= self.reach() && self.may_reach_box(|| *bounds)
    }

    /// The same for one whose nearest point is within [`Region::reach`].
    pub(crate) fn may_reach_box(&self, bounds: impl FnOnce() -> Cuboid) -> bool {
        match &self.shape {
            Shape::Circle { .. } => true,
            Shape::Box { wedge, south, north, .. } => {
                let bounds = bounds();
                bounds.high[2] >= south - SLACK && bounds.low[2] <= north + SLACK && wedge.may_reach(&bounds)
            }
        }
    }

    /// Whether everything in the box of a node surely lies in the area.
    pub(crate) fn holds(&self, bounds: &Cuboid) -> bool {
        match &self.shape {
            Shape::Circle { core, .. } => bounds.farthest(self.point) < *core,
            Shape::Box { wedge, south, north, .. } => {
                bounds.low[2] > south + SLACK && bounds.high[2] < north - SLACK && wedge.holds(bounds)
            }
        }
    }

    /// The distance in km of a position that lies in the area.
    pub(crate) fn measure(&self, position: Position) -> Option<f64> {
        match &self.shape {
            Shape::Circle { radius_km, .. } => {
                let distance_km = self.from.distance_km(position);
                (distance_km <= *radius_km).then_some(distance_km)
            }
            Shape::Box { bounds, .. } => bounds.contains(position).then(|| self.from.distance_km(position)),
        }
    }

    /// Whether a position, of which the point is known already, lies in the area: only close to the
    /// rim of a circle the haversine is worked out.
    pub(crate) fn covers(&self, point: Point, position: impl FnOnce() -> Position) -> bool {
        if let Shape::Circle { reach, core, .. } = &self.shape {
            let squared = point.squared(self.point);
            if squared > *reach || squared < *core {
                return squared < *core;
            }
        }
        self.contains(position())
    }

    /// Whether a position lies in the area.
    pub(crate) fn contains(&self, position: Position) -> bool {
        match &self.shape {
            Shape::Circle { .. } => self.measure(position).is_some(),
            Shape::Box { bounds, .. } => bounds.contains(position),
        }
    }
}

impl Wedge {
    fn of(bounds: &BoundingBox) -> Self {
        let (west, east) = (bounds.south_west().longitude(), bounds.north_east().longitude());
        let width = if west <= east { east - west } else { east - west + 360.0 };
        let direction = |longitude: f64| {
            let radians = longitude.to_radians();
            [single(radians.cos()), single(radians.sin())]
        };
        Self { west: direction(west), east: direction(east), wide: width > 180.0 }
    }

    /// The least and greatest of how far the box lies east of the western meridian's plane, and
    /// west of the eastern one's.
    fn sides(&self, bounds: &Cuboid) -> [(f32, f32); 2] {
        [[-self.west[1], self.west[0]], [self.east[1], -self.east[0]]].map(|normal| {
            let range = |axis: usize| {
                let (one, two) = (normal[axis] * bounds.low[axis], normal[axis] * bounds.high[axis]);
                (one.min(two), one.max(two))
            };
            let (x, y) = (range(0), range(1));
            (x.0 + y.0, x.1 + y.1)
        })
    }

    fn may_reach(&self, bounds: &Cuboid) -> bool {
        let [east_of, west_of] = self.sides(bounds).map(|(_, most)| most >= -SLACK);
        if self.wide { east_of || west_of } else { east_of && west_of }
    }

    fn holds(&self, bounds: &Cuboid) -> bool {
        let [east_of, west_of] = self.sides(bounds).map(|(least, _)| least > SLACK);
        if self.wide { east_of || west_of } else { east_of && west_of }
    }
}
