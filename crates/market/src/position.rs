//! Where something is: a [`Position`] on the WGS 84 sphere, and the haversine distance between two.

use std::fmt;

/// The Earth's mean radius in kilometres, the one constant of every distance here (PROTOCOL §4).
pub const EARTH_RADIUS_KM: f64 = 6371.0;

const MICRODEGREES: f64 = 1e6;
const MAX_LATITUDE: i32 = 90_000_000;
const MAX_LONGITUDE: i32 = 180_000_000;

/// A point by latitude and longitude in integer millionths of a degree (about 0.11 m).
/// Latitude is -90..=90 degrees, longitude -180..=180.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    latitude: i32,
    longitude: i32,
}

impl Position {
    /// The point nearest to these degrees; `None` where one is not finite or out of range.
    #[must_use]
    pub fn from_degrees(latitude: f64, longitude: f64) -> Option<Self> {
        let in_range = (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude);
        in_range.then(|| Self { latitude: to_microdegrees(latitude), longitude: to_microdegrees(longitude) })
    }

    /// The point with these millionths of a degree; `None` out of range.
    #[must_use]
    pub fn from_microdegrees(latitude: i32, longitude: i32) -> Option<Self> {
        let in_range =
            (-MAX_LATITUDE..=MAX_LATITUDE).contains(&latitude) && (-MAX_LONGITUDE..=MAX_LONGITUDE).contains(&longitude);
        in_range.then_some(Self { latitude, longitude })
    }

    /// Latitude in millionths of a degree.
    #[must_use]
    pub const fn latitude_microdegrees(self) -> i32 {
        self.latitude
    }

    /// Longitude in millionths of a degree.
    #[must_use]
    pub const fn longitude_microdegrees(self) -> i32 {
        self.longitude
    }

    /// Latitude in degrees, north positive.
    #[must_use]
    pub fn latitude(self) -> f64 {
        f64::from(self.latitude) / MICRODEGREES
    }

    /// Longitude in degrees, east positive.
    #[must_use]
    pub fn longitude(self) -> f64 {
        f64::from(self.longitude) / MICRODEGREES
    }

    /// Great-circle distance in kilometres by the haversine formula, R = [`EARTH_RADIUS_KM`].
    #[must_use]
    pub fn distance_km(self, other: Self) -> f64 {
        Origin::from(self).distance_km(other)
    }

    /// `false`: the other one is farther away, since it is already from south to north; much sooner told
    /// than how far it is.
    pub(crate) fn may_be_within(self, other: Self, km: f64) -> bool {
        // A little more, so that no rounding leaves out one on the rim.
        const SLACK: f64 = 1e-6;
        let degrees = f64::from(self.latitude.abs_diff(other.latitude)) / MICRODEGREES;
        degrees.to_radians() * EARTH_RADIUS_KM <= km * (1.0 + SLACK) + SLACK
    }
}

/// A position from which many distances are measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin {
    position: Position,
    latitude: f64,
    cosine: f64,
}

impl From<Position> for Origin {
    fn from(position: Position) -> Self {
        let latitude = position.latitude().to_radians();
        Self { position, latitude, cosine: libm::cos(latitude) }
    }
}

impl Origin {
    /// [`Position::distance_km`] from here. Not by the system's sine, which differs in the last bit from
    /// one system or processor to the next: every server of a book must find the same station nearest.
    pub(crate) fn distance_km(&self, to: Position) -> f64 {
        let latitude = to.latitude().to_radians();
        let half_latitude = libm::sin((latitude - self.latitude) / 2.0);
        let half_longitude = libm::sin((to.longitude() - self.position.longitude()).to_radians() / 2.0);
        let cosines = self.cosine * libm::cos(latitude);
        let haversine = half_latitude * half_latitude + cosines * half_longitude * half_longitude;
        2.0 * EARTH_RADIUS_KM * libm::asin(haversine.clamp(0.0, 1.0).sqrt())
    }
}

/// `(lat;lon)` with six decimals, as v1 answers print an imported station's position.
impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({:.6};{:.6})", self.latitude(), self.longitude())
    }
}

/// Rounds to the nearest millionth; the caller has checked the range, so the value fits.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "|degrees| <= 180, so the product fits an i32"
)]
fn to_microdegrees(degrees: f64) -> i32 {
    (degrees * MICRODEGREES).round() as i32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn degrees_out_of_range_or_not_finite_are_no_position() {
        for (latitude, longitude) in [(90.1, 0.0), (0.0, -180.1), (f64::NAN, 0.0), (0.0, f64::INFINITY)] {
            assert_eq!(Position::from_degrees(latitude, longitude), None);
        }
        assert_eq!(Position::from_microdegrees(0, 180_000_001), None);
    }

    #[test]
    fn known_distances() {
        let at = |latitude, longitude| Position::from_degrees(latitude, longitude).unwrap();
        let quarter = std::f64::consts::FRAC_PI_2 * EARTH_RADIUS_KM;
        assert!((at(0.0, 0.0).distance_km(at(90.0, 0.0)) - quarter).abs() < 1e-9);
        assert!((at(0.0, 0.0).distance_km(at(0.0, 180.0)) - 2.0 * quarter).abs() < 1e-9);
        // Two of the sample stations in Dourados.
        let between = at(-22.217551, -54.765349).distance_km(at(-22.226945, -54.807717));
        assert!((between - 4.484).abs() < 0.01, "{between}");
    }

    fn any_position() -> impl Strategy<Value = Position> {
        (-MAX_LATITUDE..=MAX_LATITUDE, -MAX_LONGITUDE..=MAX_LONGITUDE)
            .prop_map(|(latitude, longitude)| Position { latitude, longitude })
    }

    proptest! {
        #[test]
        fn degrees_round_trip(position in any_position()) {
            prop_assert_eq!(Position::from_degrees(position.latitude(), position.longitude()), Some(position));
        }

        #[test]
        fn distance_is_symmetric_and_at_most_half_the_circumference(a in any_position(), b in any_position()) {
            prop_assert_eq!(a.distance_km(b).to_bits(), b.distance_km(a).to_bits());
            prop_assert!(a.distance_km(b) <= std::f64::consts::PI * EARTH_RADIUS_KM);
            prop_assert!(a.distance_km(a) == 0.0);
        }

        #[test]
        fn what_is_within_may_be_within(a in any_position(), b in any_position(), near in -9..=9_i32) {
            let (near, antipode) = (a.latitude.saturating_add(near).clamp(-MAX_LATITUDE, MAX_LATITUDE), -a.latitude);
            for latitude in [b.latitude, near, antipode] {
                let b = Position { latitude, ..b };
                prop_assert!(a.may_be_within(b, a.distance_km(b)));
                let same_meridian = Position { longitude: a.longitude, ..b };
                prop_assert!(a.may_be_within(same_meridian, a.distance_km(same_meridian)));
            }
        }

        #[test]
        fn the_seam_of_the_map_is_no_border(latitude in -MAX_LATITUDE..=MAX_LATITUDE, a in any_position()) {
            let east = Position { latitude, longitude: MAX_LONGITUDE };
            let west = Position { latitude, longitude: -MAX_LONGITUDE };
            prop_assert!((a.distance_km(east) - a.distance_km(west)).abs() < 1e-6);
        }
    }
}
