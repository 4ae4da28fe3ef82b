//! A report in a message.

use posto_market::{Currency, Fuel, Label, Position, Price, StationId, StationWish};
use posto_store::{Origin, Report, ReportId};
use serde::{Deserialize, Serialize};

use super::optional;

/// [`Report`].
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReportForm {
    fuel: String,
    /// In thousandths of the currency.
    price: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
    /// Millionths of a degree: north, east.
    position: (i32, i32),
    #[serde(default, skip_serializing_if = "Option::is_none")]
    station: Option<String>,
    radius_km: f64,
    new: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    brand: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    coordinates: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<IdForm>,
    origin: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    witness: Option<String>,
}

/// [`ReportId`].
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct IdForm {
    key: String,
    /// 64 hexadecimal digits.
    digest: String,
}

impl From<&Report> for ReportForm {
    fn from(Report { wish, price, currency, coordinates, id, origin, witness }: &Report) -> Self {
        let label = |label: &Option<Label>| label.as_ref().map(|label| label.as_str().to_owned());
        Self {
            fuel: wish.fuel.slug().to_owned(),
            price: price.thousandths(),
            currency: currency.as_ref().map(|currency| currency.code().to_owned()),
            position: (wish.position.latitude_microdegrees(), wish.position.longitude_microdegrees()),
            station: wish.station.as_ref().map(|station| station.as_str().to_owned()),
            radius_km: wish.radius_km,
            new: wish.new,
            name: label(&wish.name),
            brand: label(&wish.brand),
            coordinates: coordinates.clone(),
            id: id.as_ref().map(|id| IdForm { key: id.key().to_owned(), digest: hexadecimal(id.digest()) }),
            origin: origin.to_string(),
            witness: witness.clone(),
        }
    }
}

impl ReportForm {
    pub(super) fn read(self) -> Result<Report, &'static str> {
        Ok(Report {
            wish: StationWish {
                fuel: fuel(&self.fuel)?,
                position: position(self.position)?,
                station: optional(self.station, |id| StationId::parse(&id), "station")?,
                radius_km: self.radius_km,
                new: self.new,
                name: optional(self.name, |name| Label::new(&name), "name")?,
                brand: optional(self.brand, |brand| Label::new(&brand), "brand")?,
            },
            price: Price::from_thousandths(self.price).ok_or("price")?,
            currency: optional(self.currency, |code| Currency::from_code(&code), "currency")?,
            coordinates: self.coordinates,
            id: optional(self.id, |id| ReportId::new(id.key, digest(&id.digest)?), "id")?,
            origin: origin(&self.origin)?,
            witness: self.witness,
        })
    }
}

pub(super) fn fuel(slug: &str) -> Result<Fuel, &'static str> {
    Fuel::ALL.into_iter().find(|fuel| fuel.slug() == slug).ok_or("fuel")
}

pub(super) fn position((latitude, longitude): (i32, i32)) -> Result<Position, &'static str> {
    Position::from_microdegrees(latitude, longitude).ok_or("position")
}

/// An origin from its text form.
pub(super) fn origin(text: &str) -> Result<Origin, &'static str> {
    if text == "seed" {
        return Ok(Origin::Seed);
    }
    let (kind, name) = text.split_once(' ').ok_or("origin")?;
    let name = name.to_owned();
    Ok(match kind {
        "v1" => Origin::V1(name),
        "v2" => Origin::V2(name),
        "key" => Origin::Key(name),
        "token" => Origin::Token(name),
        "anon" => Origin::Anonymous(name),
        "feed" => Origin::Feed(name),
        _ => return Err("origin"),
    })
}

fn hexadecimal(digest: &[u8; 32]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn digest(text: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    let bytes = text.as_bytes();
    if bytes.len() != 2 * digest.len() {
        return None;
    }
    for (byte, digits) in digest.iter_mut().zip(bytes.chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(digest)
}
