//! Points of the unit sphere and the boxes around them: no poles, no antimeridian.
//!
//! Coordinates are 32-bit, so a chord (straight line) between two of them is off by less than
//! [`SLACK`]; whatever is decided here leaves that margin, and the haversine decides in the end.

use crate::number::single;
use crate::position::{EARTH_RADIUS_KM, Position};

/// More than rounding to 32 bits can move a chord: five roundings of 6e-8. About 6 m.
pub(crate) const SLACK: f32 = 1e-6;

/// A point of the unit sphere.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point(pub(crate) [f32; 3]);

impl From<Position> for Point {
    fn from(position: Position) -> Self {
        let (latitude, longitude) = (position.latitude().to_radians(), position.longitude().to_radians());
        let [x, y] = [latitude.cos() * longitude.cos(), latitude.cos() * longitude.sin()];
        Self([single(x), single(y), single(latitude.sin())])
    }
}

impl Point {
    /// The square of the chord to another point.
    pub(crate) fn squared(self, other: Self) -> f32 {
        let [x, y, z] = [self.0[0] - other.0[0], self.0[1] - other.0[1], self.0[2] - other.0[2]];
        x * x + y * y + z * z
    }
}

/// The chord that spans a great-circle distance, at most the diameter.
pub(crate) fn chord(distance_km: f64) -> f32 {
    let half = (distance_km / EARTH_RADIUS_KM / 2.0).clamp(0.0, std::f64::consts::FRAC_PI_2);
    single(2.0 * half.sin())
}

/// At most the distance of anything whose chord squared is at least this: the arc is no shorter
/// than its chord.
pub(crate) fn least_km(squared: f32) -> f64 {
    f64::from((squared.sqrt() - SLACK).max(0.0)) * EARTH_RADIUS_KM
}

/// A cost in 32 bits, which no rounding lifts above the true one.
pub(crate) fn least_cost(cost: f64) -> f32 {
    single(cost) * (1.0 - 2.0 * f32::EPSILON)
}

/// A box with sides along the axes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cuboid {
    pub(crate) low: [f32; 3],
    pub(crate) high: [f32; 3],
}

impl Cuboid {
    /// Around nothing.
    pub(crate) const EMPTY: Self = Self { low: [f32::INFINITY; 3], high: [f32::NEG_INFINITY; 3] };

    pub(crate) fn with(mut self, point: Point) -> Self {
        for axis in 0..3 {
            self.low[axis] = self.low[axis].min(point.0[axis]);
            self.high[axis] = self.high[axis].max(point.0[axis]);
        }
        self
    }

    pub(crate) fn union(mut self, other: &Self) -> Self {
        for axis in 0..3 {
            self.low[axis] = self.low[axis].min(other.low[axis]);
            self.high[axis] = self.high[axis].max(other.high[axis]);
        }
        self
    }

    /// The square of the shortest chord from a point to the box; 0 inside.
    pub(crate) fn nearest(&self, point: Point) -> f32 {
        let beyond = |axis: usize| (self.low[axis] - point.0[axis]).max(point.0[axis] - self.high[axis]).max(0.0);
        let [x, y, z] = [beyond(0), beyond(1), beyond(2)];
        x * x + y * y + z * z
    }

    /// The square of the longest chord from a point to the box.
    pub(crate) fn farthest(&self, point: Point) -> f32 {
        let beyond = |axis: usize| (point.0[axis] - self.low[axis]).max(self.high[axis] - point.0[axis]);
        let [x, y, z] = [beyond(0), beyond(1), beyond(2)];
        x * x + y * y + z * z
    }

    /// The axis along which it is longest, and how long.
    pub(crate) fn longest(&self) -> (usize, f32) {
        let length = |axis: usize| (axis, self.high[axis] - self.low[axis]);
        [length(1), length(2)].into_iter().fold(length(0), |best, next| if next.1 > best.1 { next } else { best })
    }
}

/// The boxes of four nodes that a search looks at together, so that the processor can.
#[derive(Debug, Clone, Copy)]
#[repr(align(32))]
pub(crate) struct Boxes {
    low: [[f32; 4]; 3],
    high: [[f32; 4]; 3],
}

impl Boxes {
    /// Around nothing.
    pub(crate) const EMPTY: Self = Self { low: [[f32::INFINITY; 4]; 3], high: [[f32::NEG_INFINITY; 4]; 3] };

    pub(crate) fn set(&mut self, number: usize, bounds: &Cuboid) {
        for axis in 0..3 {
            self.low[axis][number] = bounds.low[axis];
            self.high[axis][number] = bounds.high[axis];
        }
    }

    pub(crate) fn get(&self, number: usize) -> Cuboid {
        Cuboid { low: self.low.map(|low| low[number]), high: self.high.map(|high| high[number]) }
    }

    /// What [`Cuboid::nearest`] says of each.
    #[inline]
    pub(crate) fn nearest(&self, point: Point) -> [f32; 4] {
        let mut squared = [0.0; 4];
        for axis in 0..3 {
            for (number, sum) in squared.iter_mut().enumerate() {
                let below = self.low[axis][number] - point.0[axis];
                let above = point.0[axis] - self.high[axis][number];
                // Not `f32::max`, whose care for NaN costs as much as all the rest.
                let beyond = if below > above { below } else { above };
                let beyond = if beyond > 0.0 { beyond } else { 0.0 };
                *sum += beyond * beyond;
            }
        }
        squared
    }
}

/// Four points side by side, by axis.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Points([[f32; 4]; 3]);

impl Points {
    /// Where a tree has fewer than four left.
    pub(crate) const NONE: Self = Self([[f32::INFINITY; 4]; 3]);

    pub(crate) fn set(&mut self, number: usize, point: Point) {
        for axis in 0..3 {
            self.0[axis][number] = point.0[axis];
        }
    }

    pub(crate) fn get(&self, number: usize) -> Point {
        Point(self.0.map(|axis| axis[number]))
    }

    /// What [`Point::squared`] says of each.
    #[inline]
    pub(crate) fn squared(&self, point: Point) -> [f32; 4] {
        let mut squared = [0.0; 4];
        for axis in 0..3 {
            for (number, sum) in squared.iter_mut().enumerate() {
                let apart = self.0[axis][number] - point.0[axis];
                *sum += apart * apart;
            }
        }
        squared
    }
}
