//! What the tags of a station mean.

use posto_market::{Fuel, Label, OpeningHours, Position, Service, Station, StationId};

use super::SOURCE;
use super::element::Element;
use crate::address::{address, joined};
use crate::report::{Reason, Refusal};

/// The tags that name a station as a feed read here does, and the feed: one number or several,
/// separated by `;`. Brazil's are in [`cnpj`].
const REFERENCES: [(&str, &str); 2] = [("ref:mise", "it"), ("ref:FR:prix-carburants", "fr")];

/// The station of an element, without prices.
///
/// # Errors
/// Why it is refused.
pub(super) fn station(element: &Element, position: Position) -> Result<Station, Refusal> {
    let id = StationId::parse(&format!("{SOURCE}-{element}"));
    let id = id.ok_or_else(|| Refusal::of(Reason::StationNumber, "id", &element.to_string()))?;
    let label = |keys: &[&str]| keys.iter().find_map(|key| Label::new(element.tag(key)?));
    let tag = |key| element.tag(key).unwrap_or_default();
    let street = element.tag("addr:street").unwrap_or(tag("addr:place"));
    Ok(Station {
        name: label(&["name", "official_name", "operator"]),
        brand: label(&["brand"]),
        address: Label::new(&address(&joined([street, tag("addr:housenumber")]), tag("addr:city"))),
        source: Label::new(SOURCE),
        hours: element.tag("opening_hours").filter(|hours| *hours != "unknown").and_then(OpeningHours::new),
        service: service(element),
        ..Station::at(id, position)
    })
}

/// The fuels that a station says it sells, in the order of their codes.
pub(super) fn fuels(element: &Element) -> Vec<Fuel> {
    let sold = element.keys_with(&["yes", "only"]).filter_map(|key| key.strip_prefix("fuel:"));
    let mut fuels: Vec<_> = sold.filter_map(fuel).collect();
    fuels.sort_unstable();
    fuels.dedup();
    fuels
}

/// The ids that other feeds know the station by.
pub(super) fn references(element: &Element) -> Vec<StationId> {
    let listed = REFERENCES.iter().flat_map(|(key, feed)| {
        let numbers = element.tag(key).unwrap_or_default().split(';').map(plain);
        numbers.filter(|number| !number.is_empty()).map(move |number| format!("{feed}-{number}"))
    });
    let taxed = cnpj(element).map(|digits| format!("br-{digits}"));
    let mut references: Vec<_> = listed.chain(taxed).filter_map(|id| StationId::parse(&id)).collect();
    references.sort_unstable();
    references.dedup();
    references
}

/// The fourteen digits or letters of Brazil's number of a business, from `ref:CNPJ` or `ref:vatin`.
pub(crate) fn cnpj(element: &Element) -> Option<String> {
    let vatin = || element.tag("ref:vatin").and_then(|text| text.strip_prefix("BR"));
    let digits = plain(element.tag("ref:CNPJ").or_else(vatin)?);
    (digits.len() == 14).then_some(digits)
}

/// The fuel of a key `fuel:…` (<https://wiki.openstreetmap.org/wiki/Key:fuel>).
fn fuel(key: &str) -> Option<Fuel> {
    match key {
        "diesel" | "diesel:class2" => Some(Fuel::Diesel),
        "GTL_diesel" => Some(Fuel::DieselPremium),
        "ethanol" | "alcohol" => Some(Fuel::Ethanol),
        "octane_91" | "octane_92" | "octane_95" | "gasoline" => Some(Fuel::Gasoline),
        "octane_97" | "octane_98" | "octane_100" => Some(Fuel::GasolinePremium),
        "lpg" => Some(Fuel::Lpg),
        "cng" => Some(Fuel::Cng),
        "e85" => Some(Fuel::E85),
        "e10" => Some(Fuel::GasolineE10),
        _ => None,
    }
}

fn service(element: &Element) -> Option<Service> {
    match (element.tag("self_service")?, element.tag("full_service")) {
        ("yes", Some("yes")) => Some(Service::Both),
        ("yes" | "only", _) => Some(Service::SelfService),
        ("no", _) => Some(Service::Served),
        _ => None,
    }
}

/// Digits and letters alone: `12.345.678/0001-95` is `12345678000195`.
fn plain(number: &str) -> String {
    number.chars().filter(char::is_ascii_alphanumeric).collect()
}
