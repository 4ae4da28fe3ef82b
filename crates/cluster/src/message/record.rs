//! A record of a feed in a message, and what a new book starts with.

use posto_market::{
    Currency, EndedPrice, ImportedPrice, ImportedStation, Label, OpeningHours, Price, Quote, Service, Station,
    StationId, Timestamp, Unit,
};
use posto_store::{Origin, SeedRecord};
use serde::{Deserialize, Serialize};

use super::optional;
use super::report::{fuel, origin, position};

/// [`ImportedStation`] and its origin. Times are milliseconds since 1970-01-01T00:00Z.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecordForm {
    origin: String,
    station: StationForm,
    prices: Vec<PriceForm>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ended: Vec<EndedForm>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StationForm {
    id: String,
    /// Millionths of a degree: north, east.
    position: (i32, i32),
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    brand: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hours: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    service: Option<ServiceForm>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    members_only: Option<bool>,
}

#[derive(Serialize, Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum ServiceForm {
    #[serde(rename = "self")]
    SelfService,
    Served,
    Both,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceForm {
    fuel: String,
    /// In thousandths of the currency.
    price: u32,
    currency: String,
    unit: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reported_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    coordinates: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EndedForm {
    fuel: String,
    at: i64,
}

/// [`SeedRecord`].
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeedForm {
    fuel: String,
    price: u32,
    position: (i32, i32),
    coordinates: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

impl From<(&ImportedStation, &Origin)> for RecordForm {
    fn from((ImportedStation { station, prices, ended }, origin): (&ImportedStation, &Origin)) -> Self {
        Self {
            origin: origin.to_string(),
            station: station.into(),
            prices: prices.iter().map(Into::into).collect(),
            ended: ended
                .iter()
                .map(|ended| EndedForm { fuel: ended.fuel.slug().to_owned(), at: ended.at.millis() })
                .collect(),
        }
    }
}

impl RecordForm {
    pub(super) fn read(self) -> Result<(ImportedStation, Origin), &'static str> {
        let ended = self
            .ended
            .into_iter()
            .map(|ended| Ok(EndedPrice { fuel: fuel(&ended.fuel)?, at: Timestamp::from_millis(ended.at) }));
        let record = ImportedStation {
            station: self.station.read()?,
            prices: self.prices.into_iter().map(PriceForm::read).collect::<Result<_, _>>()?,
            ended: ended.collect::<Result<_, &'static str>>()?,
        };
        Ok((record, origin(&self.origin)?))
    }
}

impl From<&Station> for StationForm {
    fn from(station: &Station) -> Self {
        let label = |label: &Option<Label>| label.as_ref().map(|label| label.as_str().to_owned());
        Self {
            id: station.id.as_str().to_owned(),
            position: (station.position.latitude_microdegrees(), station.position.longitude_microdegrees()),
            name: label(&station.name),
            brand: label(&station.brand),
            address: label(&station.address),
            source: label(&station.source),
            hours: station.hours.as_ref().map(|hours| hours.as_str().to_owned()),
            service: station.service.map(Into::into),
            members_only: station.members_only,
        }
    }
}

impl StationForm {
    fn read(self) -> Result<Station, &'static str> {
        let label = |text: String| Label::new(&text);
        let station = Station::at(StationId::parse(&self.id).ok_or("station's id")?, position(self.position)?);
        Ok(Station {
            name: optional(self.name, label, "name")?,
            brand: optional(self.brand, label, "brand")?,
            address: optional(self.address, label, "address")?,
            source: optional(self.source, label, "source")?,
            hours: optional(self.hours, |hours| OpeningHours::new(&hours), "hours")?,
            service: self.service.map(Into::into),
            members_only: self.members_only,
            ..station
        })
    }
}

impl From<Service> for ServiceForm {
    fn from(service: Service) -> Self {
        match service {
            Service::SelfService => Self::SelfService,
            Service::Served => Self::Served,
            Service::Both => Self::Both,
        }
    }
}

impl From<ServiceForm> for Service {
    fn from(form: ServiceForm) -> Self {
        match form {
            ServiceForm::SelfService => Self::SelfService,
            ServiceForm::Served => Self::Served,
            ServiceForm::Both => Self::Both,
        }
    }
}

impl From<&ImportedPrice> for PriceForm {
    fn from(ImportedPrice { fuel, quote }: &ImportedPrice) -> Self {
        Self {
            fuel: fuel.slug().to_owned(),
            price: quote.price.thousandths(),
            currency: quote.currency.code().to_owned(),
            unit: quote.unit.sign().to_owned(),
            reported_at: quote.reported_at.map(Timestamp::millis),
            coordinates: quote.coordinates.as_deref().map(str::to_owned),
        }
    }
}

impl PriceForm {
    fn read(self) -> Result<ImportedPrice, &'static str> {
        let quote = Quote {
            price: Price::from_thousandths(self.price).ok_or("price")?,
            currency: Currency::from_code(&self.currency).ok_or("currency")?,
            unit: Unit::from_sign(&self.unit).ok_or("unit")?,
            reported_at: self.reported_at.map(Timestamp::from_millis),
            coordinates: self.coordinates.map(Into::into),
        };
        Ok(ImportedPrice { fuel: fuel(&self.fuel)?, quote })
    }
}

impl From<&SeedRecord> for SeedForm {
    fn from(record: &SeedRecord) -> Self {
        Self {
            fuel: record.fuel.slug().to_owned(),
            price: record.price.thousandths(),
            position: (record.position.latitude_microdegrees(), record.position.longitude_microdegrees()),
            coordinates: record.coordinates.clone(),
            name: record.name.as_ref().map(|name| name.as_str().to_owned()),
        }
    }
}

impl SeedForm {
    pub(super) fn read(self) -> Result<SeedRecord, &'static str> {
        Ok(SeedRecord {
            fuel: fuel(&self.fuel)?,
            price: Price::from_thousandths(self.price).ok_or("price")?,
            position: position(self.position)?,
            coordinates: self.coordinates,
            name: optional(self.name, |name| Label::new(&name), "name")?,
        })
    }
}
