//! The members of a command's `dados`, read one by one with an error that names them.

use posto_market::{CoordinatesError, Fuel, Label, Position, StationId, Timestamp};

use crate::json::{Object, Value};
use crate::limits::MAX_INTEGER;
use crate::mistake::{ErrorCode, Mistake};
use crate::time;

/// A command's members; a null or an empty text counts as not given.
pub(super) struct Fields<'a>(pub(super) &'a Object);

impl<'a> Fields<'a> {
    pub(super) fn get(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !matches!(value, Value::Null) && value.as_text() != Some(""))
    }

    pub(super) fn required(&self, name: &str) -> Result<&'a Value, Mistake> {
        self.get(name).ok_or_else(|| Mistake::empty(name))
    }

    /// Fails on the first of these members that is not given: v1 looks for that before all else.
    pub(super) fn require_all(&self, names: &[&str]) -> Result<(), Mistake> {
        names.iter().try_for_each(|name| self.required(name).map(drop))
    }

    pub(super) fn text(&self, name: &str, allowed: &str) -> Result<Option<&'a str>, Mistake> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(_) => Err(Mistake::not_allowed(name, allowed)),
        }
    }

    /// A number of either kind.
    pub(super) fn number(
        &self,
        name: &str,
        range: std::ops::RangeInclusive<f64>,
        allowed: &str,
    ) -> Result<Option<f64>, Mistake> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let number = as_f64(value).filter(|number| range.contains(number));
        number.map(Some).ok_or_else(|| Mistake::not_allowed(name, allowed))
    }

    /// An integer; a float without a fraction is taken for one.
    pub(super) fn integer(&self, name: &str, allowed: &str) -> Result<Option<i64>, Mistake> {
        let Some(value) = self.get(name) else { return Ok(None) };
        as_integer(value).map(Some).ok_or_else(|| Mistake::not_allowed(name, allowed))
    }

    pub(super) fn flag(&self, name: &str) -> Result<bool, Mistake> {
        match self.get(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(Mistake::not_allowed(name, "true ou false")),
        }
    }

    pub(super) fn fuel(&self, name: &str) -> Result<Fuel, Mistake> {
        let code = match self.required(name)? {
            Value::Text(text) => text.parse::<u8>().ok().filter(|code| *text == code.to_string()),
            value => as_integer(value).and_then(|code| u8::try_from(code).ok()),
        };
        code.and_then(Fuel::from_code).ok_or_else(|| {
            let names = Fuel::ALL.map(|fuel| format!("{} ({})", fuel.code(), fuel.name_pt())).join(", ");
            Mistake::not_allowed(name, &names)
        })
    }

    pub(super) fn coordinates(&self) -> Result<(Position, &'a str), Mistake> {
        let text = self.required("coordenadas")?.as_text().unwrap_or_default();
        let position = Position::from_coordinates(text).map_err(|error| match error {
            CoordinatesError::NotAPair => Mistake {
                parameter: Some("coordenadas".to_owned()),
                allowed: Some("(latitude;longitude)".to_owned()),
                ..Mistake::new(ErrorCode::CoordenadasInvalidas, "Parâmetro de coordenadas inválido")
            },
            CoordinatesError::Latitude => Mistake::not_allowed("coordenadas", "latitude de -90 a 90"),
            CoordinatesError::Longitude => Mistake::not_allowed("coordenadas", "longitude de -180 a 180"),
        })?;
        Ok((position, text))
    }

    pub(super) fn station_id(&self, name: &str) -> Result<Option<StationId>, Mistake> {
        let allowed = "1 a 64 caracteres de A-Z a-z 0-9 . _ -";
        let Some(text) = self.text(name, allowed)? else { return Ok(None) };
        StationId::parse(text).map(Some).ok_or_else(|| Mistake::not_allowed(name, allowed))
    }

    /// A place in a count that goes up, 0..=2^53.
    pub(super) fn position(&self, name: &str) -> Result<Option<u64>, Mistake> {
        let allowed = "inteiro de 0 a 9007199254740992";
        let Some(position) = self.integer(name, allowed)? else { return Ok(None) };
        let within = u64::try_from(position).ok().filter(|_| position <= MAX_INTEGER);
        within.map(Some).ok_or_else(|| Mistake::not_allowed(name, allowed))
    }

    /// A moment, RFC 3339.
    pub(super) fn moment(&self, name: &str) -> Result<Option<Timestamp>, Mistake> {
        let allowed = "momento RFC 3339, como 2026-08-21T06:00:00Z";
        let Some(text) = self.text(name, allowed)? else { return Ok(None) };
        time::parse(text).map(Some).ok_or_else(|| Mistake::not_allowed(name, allowed))
    }

    pub(super) fn label(&self, name: &str) -> Result<Option<Label>, Mistake> {
        Ok(self.text(name, "texto de até 80 caracteres")?.and_then(Label::new))
    }

    /// An identifier that people and logs see: 1..=64 of `[A-Za-z0-9._-]`.
    pub(super) fn identifier(&self, name: &str) -> Result<Option<String>, Mistake> {
        Ok(self.station_id(name)?.map(|id| id.as_str().to_owned()))
    }
}

#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "integers read are within 2^53, exact in a double"
)]
pub(super) fn as_f64(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        _ => None,
    }
}

#[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "whole and below 2^53: exact")]
fn as_integer(value: &Value) -> Option<i64> {
    match value {
        Value::Integer(number) => Some(*number),
        Value::Float(number) if number.fract() == 0.0 && number.abs() < 9e15 => Some(*number as i64),
        _ => None,
    }
}
