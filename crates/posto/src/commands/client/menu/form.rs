//! What the menu asks, question by question: a mistake is explained and asked again, Enter keeps what
//! was said the last time, `voltar` goes back to the menu.

use posto_client::ServerKind;
use posto_market::limits::MAX_RADIUS_KM;
use posto_market::{Fuel, Position, Price};

use super::words::MenuWords;
use crate::commands::client::input::Input;
use crate::commands::client::words::fuels_of;

/// Where to look for what.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    pub fuel: Fuel,
    pub radius_km: f64,
    pub position: Position,
}

/// The questions, and what was answered the last time.
pub struct Form {
    input: Input,
    words: MenuWords,
    kind: ServerKind,
    fuel: Option<String>,
    radius: Option<String>,
    latitude: Option<String>,
    longitude: Option<String>,
    /// The input has ended.
    ended: bool,
}

impl Form {
    pub fn new(input: Input, words: MenuWords, kind: ServerKind) -> Self {
        let (fuel, radius) = (Some("2".to_owned()), Some("5".to_owned()));
        Self { input, words, kind, fuel, radius, latitude: None, longitude: None, ended: false }
    }

    /// The number of a menu's line; `None` where the input has ended.
    pub async fn option(&mut self) -> anyhow::Result<Option<String>> {
        if self.ended { Ok(None) } else { self.input.answer(self.words.option()).await }
    }

    /// Fuel, radius and position.
    pub async fn place(&mut self) -> anyhow::Result<Option<Place>> {
        let Some(fuel) = self.fuel().await? else { return Ok(None) };
        let question = self.words.radius();
        let Some((text, radius_km)) = self.ask(&question, self.radius.clone(), radius).await? else { return Ok(None) };
        self.radius = Some(text);
        let Some(position) = self.position().await? else { return Ok(None) };
        Ok(Some(Place { fuel, radius_km, position }))
    }

    pub async fn fuel(&mut self) -> anyhow::Result<Option<Fuel>> {
        let fuels = fuels_of(self.kind);
        let question = self.words.fuel(fuels);
        let read = |text: &str| {
            let of_number = fuels.iter().find(|fuel| fuel.code().to_string() == text);
            of_number.copied().or_else(|| Fuel::from_name(&text.to_lowercase()).filter(|fuel| fuels.contains(fuel)))
        };
        let Some((text, fuel)) = self.ask(&question, self.fuel.clone(), read).await? else { return Ok(None) };
        self.fuel = Some(text);
        Ok(Some(fuel))
    }

    pub async fn price(&mut self) -> anyhow::Result<Option<Price>> {
        let question = self.words.price();
        let answered = self.ask(&question, None, |text| Price::from_decimal(&text.replace(',', "."))).await?;
        Ok(answered.map(|(_, price)| price))
    }

    pub async fn position(&mut self) -> anyhow::Result<Option<Position>> {
        let question = self.words.latitude();
        let asked = self.ask(&question, self.latitude.clone(), |text| degrees(text, 90.0)).await?;
        let Some((text, latitude)) = asked else { return Ok(None) };
        self.latitude = Some(text);
        let question = self.words.longitude();
        let asked = self.ask(&question, self.longitude.clone(), |text| degrees(text, 180.0)).await?;
        let Some((text, longitude)) = asked else { return Ok(None) };
        self.longitude = Some(text);
        Ok(Position::from_degrees(latitude, longitude))
    }

    /// The answer to a question, and as it was typed; `None` where the person goes back, or the input
    /// has ended.
    async fn ask<T>(
        &mut self,
        (question, allowed): &(String, String),
        kept: Option<String>,
        read: impl Fn(&str) -> Option<T>,
    ) -> anyhow::Result<Option<(String, T)>> {
        let shown = kept.as_ref().map(|kept| format!(" [{kept}]")).unwrap_or_default();
        loop {
            let Some(line) = self.input.answer(&format!("{question}{shown}: ")).await? else {
                self.ended = true;
                return Ok(None);
            };
            let line = line.trim();
            if ["voltar", "back"].iter().any(|word| line.eq_ignore_ascii_case(word)) {
                return Ok(None);
            }
            let text = kept.clone().filter(|_| line.is_empty()).unwrap_or_else(|| line.to_owned());
            match read(&text) {
                Some(answer) => return Ok(Some((text, answer))),
                None => say!("{}", self.words.not_allowed(line, allowed)),
            }
        }
    }
}

fn radius(text: &str) -> Option<f64> {
    number(text).filter(|radius| (f64::MIN_POSITIVE..=MAX_RADIUS_KM).contains(radius))
}

fn degrees(text: &str, most: f64) -> Option<f64> {
    number(text).filter(|degrees| degrees.abs() <= most)
}

/// A decimal number, with a comma or a point.
fn number(text: &str) -> Option<f64> {
    text.replace(',', ".").parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_may_have_a_comma_as_people_write_them() {
        assert_eq!(
            (number("5,5"), number("-22.2175"), number("x"), number("nan")),
            (Some(5.5), Some(-22.2175), None, None)
        );
        assert_eq!((radius("0"), radius("-1"), radius("20016")), (None, None, Some(20_016.0)));
        assert_eq!((degrees("90", 90.0), degrees("90,1", 90.0)), (Some(90.0), None));
    }
}
