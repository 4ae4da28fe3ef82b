//! Command `I`: one imported record (PROTOCOL §7), written and read.

use posto_market::{
    EndedPrice, Fuel, ImportedPrice, ImportedStation, OpeningHours, Position, Price, Quote, Service, Station,
    Timestamp, Unit,
};

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
    let ended = record.ended.iter().map(|end| {
        Value::from(Object::new().with("combustivel", u32::from(end.fuel.code())).with("em", time::format(end.at)))
    });
    let ended = (!record.ended.is_empty()).then(|| Value::List(ended.collect()));
    object
        .with("id", station.id.as_str())
        .with("lat", station.position.latitude())
        .with("lon", station.position.longitude())
        .with_some("fonte", text(&station.source))
        .with_some("nome", text(&station.name))
        .with_some("marca", text(&station.brand))
        .with_some("endereco", text(&station.address))
        .with_some("horario", station.hours.as_ref().map(|hours| Value::from(hours.as_str())))
        .with_some("servico", station.service.map(service_word))
        .with_some("so_socios", station.members_only)
        .with("precos", Value::List(prices.collect()))
        .with_some("fim", ended)
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
        hours: hours(fields)?,
        service: service(fields)?,
        members_only: fields.get("so_socios").map(|_| fields.flag("so_socios")).transpose()?,
        ..Station::at(id, position)
    };
    let prices = each(fields, "precos", "lista de 0 a 9 preços, um por combustível", price)?;
    let ended = match fields.get("fim") {
        None => Vec::new(),
        Some(_) => each(fields, "fim", "lista de 0 a 9 fins, um por combustível", end)?,
    };
    Ok(ImportedStation {
        station,
        prices: prices.into_iter().map(|(fuel, quote)| ImportedPrice { fuel, quote }).collect(),
        ended: ended.into_iter().map(|(fuel, at)| EndedPrice { fuel, at }).collect(),
    })
}

fn hours(fields: &Fields<'_>) -> Result<Option<OpeningHours>, Mistake> {
    let allowed = "até 200 caracteres ASCII, na sintaxe opening_hours do OpenStreetMap";
    let Some(text) = fields.text("horario", allowed)? else { return Ok(None) };
    OpeningHours::new(text).map(Some).ok_or_else(|| Mistake::not_allowed("horario", allowed))
}

fn service(fields: &Fields<'_>) -> Result<Option<Service>, Mistake> {
    let allowed = "proprio, frentista ou ambos";
    let Some(text) = fields.text("servico", allowed)? else { return Ok(None) };
    let known = Service::ALL.into_iter().find(|service| service_word(*service) == text);
    known.map(Some).ok_or_else(|| Mistake::not_allowed("servico", allowed))
}

/// The word of the wire for who fills the tank.
#[must_use]
pub const fn service_word(service: Service) -> &'static str {
    match service {
        Service::SelfService => "proprio",
        Service::Served => "frentista",
        Service::Both => "ambos",
    }
}

/// The elements of a list, at most one a fuel.
fn each<T>(
    fields: &Fields<'_>,
    name: &str,
    allowed: &str,
    read: fn(&Fields<'_>) -> Result<(Fuel, T), Mistake>,
) -> Result<Vec<(Fuel, T)>, Mistake> {
    let list = match fields.get(name) {
        Some(Value::List(list)) if list.len() <= Fuel::COUNT => list,
        _ => return Err(Mistake::not_allowed(name, allowed)),
    };
    let element = |value: &Value| {
        let object = value.as_object().ok_or_else(|| Mistake::not_allowed(name, "lista de objetos"))?;
        read(&Fields(object))
    };
    let read = list.iter().map(element).collect::<Result<Vec<_>, _>>()?;
    let twice = read.iter().enumerate().any(|(i, one)| read.iter().skip(i + 1).any(|other| other.0 == one.0));
    if twice { Err(Mistake::not_allowed(name, allowed)) } else { Ok(read) }
}

fn end(fields: &Fields<'_>) -> Result<(Fuel, Timestamp), Mistake> {
    fields.require_all(&["combustivel", "em"])?;
    let at = fields.moment("em")?.ok_or_else(|| Mistake::empty("em"))?;
    Ok((fields.fuel("combustivel")?, at))
}

fn price(fields: &Fields<'_>) -> Result<(Fuel, Quote), Mistake> {
    fields.require_all(&["combustivel", "valor", "moeda", "unidade"])?;
    let range = "inteiro de 1 a 999999 (milésimos da moeda)";
    let thousandths = fields.integer("valor", range)?.and_then(|value| u32::try_from(value).ok());
    let units = "l, kg ou m3";
    let unit = fields.text("unidade", units)?.and_then(Unit::from_sign);
    let reported_at = fields.moment("em")?;
    let coordinates = fields.get("coordenadas").map(|_| fields.coordinates()).transpose()?;
    let quote = Quote {
        price: thousandths.and_then(Price::from_thousandths).ok_or_else(|| Mistake::not_allowed("valor", range))?,
        currency: currency(fields, "moeda")?.ok_or_else(|| Mistake::empty("moeda"))?,
        unit: unit.ok_or_else(|| Mistake::not_allowed("unidade", units))?,
        reported_at,
        coordinates: coordinates.map(|(_, text)| text.into()),
    };
    Ok((fields.fuel("combustivel")?, quote))
}
