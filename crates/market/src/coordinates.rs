//! Coordinates as people and the wire write them: `"(lat;lon)"` in decimal degrees (PROTOCOL §4).

use thiserror::Error;

use crate::limits::MAX_COORDINATES_BYTES;
use crate::position::Position;

/// Why a text is no position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CoordinatesError {
    /// Not two numbers in parentheses with a semicolon between, or over 64 bytes.
    #[error("not of the form (latitude;longitude)")]
    NotAPair,
    /// The latitude is outside -90..=90.
    #[error("latitude outside -90..=90")]
    Latitude,
    /// The longitude is outside -180..=180.
    #[error("longitude outside -180..=180")]
    Longitude,
}

impl Position {
    /// Reads `"(lat;lon)"`; blanks are ignored, at most 64 bytes of `[0-9+-.eE ;()]`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn from_coordinates(text: &str) -> Result<Self, CoordinatesError> {
        parse(text)
    }
}

fn parse(text: &str) -> Result<Position, CoordinatesError> {
    let allowed = |byte: u8| byte.is_ascii_digit() || b"+-.eE ;()".contains(&byte);
    if text.len() > MAX_COORDINATES_BYTES || !text.bytes().all(allowed) {
        return Err(CoordinatesError::NotAPair);
    }
    let packed: String = text.chars().filter(|character| *character != ' ').collect();
    let inner = packed.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    let pair = inner.and_then(|inner| inner.split_once(';')).ok_or(CoordinatesError::NotAPair)?;
    let degrees = |part: &str| part.parse::<f64>().map_err(|_| CoordinatesError::NotAPair);
    let (latitude, longitude) = (degrees(pair.0)?, degrees(pair.1)?);
    if !(-90.0..=90.0).contains(&latitude) {
        return Err(CoordinatesError::Latitude);
    }
    Position::from_degrees(latitude, longitude).ok_or(CoordinatesError::Longitude)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_ignored_and_anything_else_refused() {
        let dourados = Position::from_degrees(-22.2175, -54.7653).unwrap();
        assert_eq!(parse("( -22.2175 ; -54.7653 )"), Ok(dourados));
        assert_eq!(parse("(-22.2175e0;-547.653e-1)"), Ok(dourados));
        for bad in ["", "(1)", "1;1", "(1;1", "(1;1;1)", "(a;1)", "(;)", "((1;1))", "(1;inf)", "(1\u{a0};1)"] {
            assert_eq!(parse(bad), Err(CoordinatesError::NotAPair), "{bad:?}");
        }
        assert_eq!(parse(&format!("({}1;1)", " ".repeat(64))), Err(CoordinatesError::NotAPair));
        assert_eq!(parse("(90.1;0)"), Err(CoordinatesError::Latitude));
        assert_eq!(parse("(0;1e400)"), Err(CoordinatesError::Longitude));
    }
}
