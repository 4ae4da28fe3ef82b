//! Command `I`: one imported record (PROTOCOL §7), written and read.

use posto_market::{Fuel, ImportedPrice, ImportedStation, Position, Price, Quote, Station, Unit};

use super::fields::Fields;
use super::read::currency;
use crate::json::{Object, Value};
use crate::mistake::Mistake;
use crate::time;

pub(super) fn write(object: Object, record: &ImportedStation) -> Object {
    let station = &record.station;
    let text = |label: &Option<posto_market::Label>| label.as_ref().map(|label| Value::from(label.as_str()));
    let prices = record.prices.iter().map(|price| {
        let quote = &price.quote;
        let object = Object::new()
            .with("combustivel", u32::from(price.fuel.code()))
            .with("valor", quote.price.thousandths())
            .with("moeda", quote.currency.code())
            .with("unidade", quote.unit.sign())
            .with_some("em", quote.reported_at.map(time::format))
            .with_some("coordenadas", quote.coordinates.as_ref().map(|text| Value::from(&**text)));
        Value::from(object)
    });
    object
        .with("id", station.id.as_str())
        .with("lat", station.position.latitude())
        .with("lon", station.position.longitude())
        .with_some("fonte", text(&station.source))
        .with_some("nome", text(&station.name))
        .with_some("marca", text(&station.brand))
        .with_some("endereco", text(&station.address))
        .with("precos", Value::List(prices.collect()))
}

pub(super) fn read(fields: &Fields<'_>) -> Result<ImportedStation, Mistake> {
    fields.require_all(&["id", "lat", "lon", "precos"])?;
    let degrees = |name, range, allowed| fields.number(name, range, allowed).map(Option::unwrap_or_default);
    let latitude = degrees("lat", -90.0..=90.0, "graus de -90 a 90")?;
    let longitude = degrees("lon", -180.0..=180.0, "graus de -180 a 180")?;
    let position = Position::from_degrees(latitude, longitude);
    let position = position.ok_or_else(|| Mistake::not_allowed("lat", "graus de -90 a 90"))?;
    let id = fields.station_id("id")?.ok_or_else(|| Mistake::empty("id"))?;
    let station = Station {
        name: fields.label("nome")?,
        brand: fields.label("marca")?,
        address: fields.label("endereco")?,
        source: fields.label("fonte")?,
        ..Station::at(id, position)
    };
    let allowed = "lista de 0 a 9 preços, um por combustível";
    let prices = match fields.get("precos") {
        Some(Value::List(list)) if list.len() <= Fuel::COUNT => list,
        _ => return Err(Mistake::not_allowed("precos", allowed)),
    };
    let prices = prices.iter().map(price).collect::<Result<Vec<_>, _>>()?;
    let twice =
        prices.iter().enumerate().any(|(i, price)| prices.iter().skip(i + 1).any(|other| other.fuel == price.fuel));
    if twice {
        Err(Mistake::not_allowed("precos", allowed))
    } else {
        Ok(ImportedStation { station, prices, ended: Vec::new() })
    }
}

fn price(value: &Value) -> Result<ImportedPrice, Mistake> {
    let object = value.as_object().ok_or_else(|| Mistake::not_allowed("precos", "lista de objetos"))?;
    let fields = Fields(object);
    fields.require_all(&["combustivel", "valor", "moeda", "unidade"])?;
    let range = "inteiro de 1 a 999999 (milésimos da moeda)";
    let thousandths = fields.integer("valor", range)?.and_then(|value| u32::try_from(value).ok());
    let units = "l, kg ou m3";
    let unit = fields.text("unidade", units)?.and_then(Unit::from_sign);
    let reported_at = fields.moment("em")?;
    let coordinates = fields.get("coordenadas").map(|_| fields.coordinates()).transpose()?;
    Ok(ImportedPrice {
        fuel: fields.fuel("combustivel")?,
        quote: Quote {
            price: thousandths.and_then(Price::from_thousandths).ok_or_else(|| Mistake::not_allowed("valor", range))?,
            currency: currency(&fields, "moeda")?.ok_or_else(|| Mistake::empty("moeda"))?,
            unit: unit.ok_or_else(|| Mistake::not_allowed("unidade", units))?,
            reported_at,
            coordinates: coordinates.map(|(_, text)| text.into()),
        },
    })
}
