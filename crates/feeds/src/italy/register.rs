//! One row of the register → a station. The prices are in `prices.rs`.

use posto_market::{Label, Position, Station, StationId};

use super::{COUNTRY, REGISTER_FILE, SOURCE, TITLE, station_number};
use crate::address::address;
use crate::report::{Reason, Refusal};
use crate::table::Headings;

/// What the register begins with.
pub(super) const HEADINGS: Headings = Headings {
    file: REGISTER_FILE,
    title: TITLE,
    columns: &[
        "idImpianto",
        "Gestore",
        "Bandiera",
        "Tipo Impianto",
        "Nome Impianto",
        "Indirizzo",
        "Comune",
        "Provincia",
        "Latitudine",
        "Longitudine",
    ],
};

/// The station of a row, with its number.
///
/// # Errors
/// Why the row is refused.
pub(super) fn station(row: &str, delimiter: char) -> Result<(u32, Station), Refusal> {
    let fields = fields(row, delimiter).ok_or_else(|| Refusal::of(Reason::Fields, "row", row))?;
    let number = station_number(fields.number)?;
    let id = StationId::parse(&format!("{SOURCE}-{number}"));
    let id = id.ok_or_else(|| Refusal::of(Reason::StationNumber, "idImpianto", fields.number))?;
    let station = Station {
        name: Label::new(fields.name),
        brand: Label::new(fields.brand),
        address: Label::new(&address(fields.street, &town(&fields))),
        source: Label::new(SOURCE),
        ..Station::at(id, position(fields.latitude, fields.longitude)?)
    };
    Ok((number, station))
}

/// The fields of a row that are used, without blanks around them.
struct Fields<'a> {
    number: &'a str,
    brand: &'a str,
    name: &'a str,
    street: &'a str,
    town: &'a str,
    province: &'a str,
    latitude: &'a str,
    longitude: &'a str,
}

/// Four fields from the left, five from the right, and whatever is between them is the name, which
/// may hold unescaped delimiters (112 rows of 2026-08-21 do). `None` with fewer than ten fields.
fn fields(row: &str, delimiter: char) -> Option<Fields<'_>> {
    let mut from_left = row.splitn(5, delimiter).map(str::trim);
    let (number, _manager, brand, _kind) = (from_left.next()?, from_left.next()?, from_left.next()?, from_left.next()?);
    let mut from_right = from_left.next()?.rsplitn(6, delimiter).map(str::trim);
    let (longitude, latitude, province) = (from_right.next()?, from_right.next()?, from_right.next()?);
    let (town, street, name) = (from_right.next()?, from_right.next()?, from_right.next()?);
    Some(Fields { number, brand, name, street, town, province, latitude, longitude })
}

/// `MILANO (MI)`, without what is blank.
fn town(fields: &Fields<'_>) -> String {
    let province = if fields.province.is_empty() { String::new() } else { format!(" ({})", fields.province) };
    format!("{}{province}", fields.town)
}

fn position(latitude: &str, longitude: &str) -> Result<Position, Refusal> {
    let degrees = latitude.parse::<f64>().ok().zip(longitude.parse::<f64>().ok());
    COUNTRY
        .position(degrees)
        .map_err(|reason| Refusal { reason, found: format!("Latitudine {latitude:?}, Longitudine {longitude:?}") })
}
