//! The geohash of a position: the id of a station that is known only from reports.

use crate::position::Position;

const ALPHABET: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";
const CHARACTERS: usize = 12;

/// The 12-character geohash (G. Niemeyer, 2008): 30 bits of longitude and 30 of latitude,
/// interleaved, five bits a character. Its cell is finer than 1e-6 degree, so two different
/// positions never share one.
#[must_use]
pub fn geohash(position: Position) -> String {
    let longitude = cell(i64::from(position.longitude_microdegrees()) + 180_000_000, 360_000_000);
    let latitude = cell(i64::from(position.latitude_microdegrees()) + 90_000_000, 180_000_000);
    (0..CHARACTERS)
        .map(|character| {
            let letter = (0..5).fold(0, |letter, bit| {
                let place = character * 5 + bit;
                let half = if place % 2 == 0 { longitude } else { latitude };
                letter << 1 | usize::from(half >> (29 - place / 2) & 1 == 1)
            });
            char::from(ALPHABET.get(letter).copied().unwrap_or(b'0'))
        })
        .collect()
}

/// The 30-bit number of the cell that holds `offset` of a range of `range` millionths.
fn cell(offset: i64, range: i64) -> i64 {
    ((offset << 30) / range).min((1 << 30) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_geohashes() {
        let at = |latitude, longitude| geohash(Position::from_degrees(latitude, longitude).unwrap());
        assert_eq!(at(57.64911, 10.40744), "u4pruydqqvj8");
        assert_eq!(&at(42.605, -5.603)[..5], "ezs42");
        assert_eq!(at(-90.0, -180.0), "000000000000");
        assert_eq!(at(90.0, 180.0), "zzzzzzzzzzzz");
    }

    proptest! {
        #[test]
        fn neighbouring_positions_never_share_a_geohash(
            latitude in -89_999_999_i32..89_999_999, longitude in -179_999_999_i32..179_999_999,
        ) {
            let here = geohash(Position::from_microdegrees(latitude, longitude).unwrap());
            for (north, east) in [(1, 0), (0, 1), (1, 1)] {
                let there = Position::from_microdegrees(latitude + north, longitude + east).unwrap();
                prop_assert_ne!(&here, &geohash(there));
            }
        }
    }
}
