//! One row of the register → a station.

use std::io::BufRead;

use posto_market::{Label, Station};

use super::{COUNTRY, REGISTER_FILE, SOURCE, station_id, station_number};
use crate::address::{address, joined};
use crate::csv::{Csv, Record};
use crate::error::FeedError;
use crate::report::{Reason, Refusal};

const COLUMNS: [&str; 11] = [
    "uuid",
    "name",
    "brand",
    "street",
    "house_number",
    "post_code",
    "city",
    "latitude",
    "longitude",
    "first_active",
    "openingtimes_json",
];

/// How many columns a register of any year has.
const REQUIRED: usize = 9;

/// The rows of the register.
pub(super) struct Register<R>(Csv<R>);

/// A station with its number, or why its row is refused.
type Numbered = Result<(u128, Station), Refusal>;

impl<R: BufRead> Register<R> {
    /// Reads the headings.
    ///
    /// # Errors
    /// [`FeedError::Heading`], and those of reading a row.
    pub(super) fn open(input: R) -> Result<Self, FeedError> {
        Ok(Self(Csv::open(input, REGISTER_FILE, b',', (&COLUMNS, REQUIRED))?))
    }

    /// The next row's line, and its station or why it is refused.
    ///
    /// # Errors
    /// Those of reading a row.
    pub(super) fn next_station(&mut self) -> Result<Option<(u32, Numbered)>, FeedError> {
        Ok(self.0.next_record()?.map(|record| (record.line, station(&record))))
    }
}

fn station(record: &Record<'_>) -> Numbered {
    if !(REQUIRED..=COLUMNS.len()).contains(&record.len()) {
        return Err(Refusal { reason: Reason::Fields, found: record.told(',') });
    }
    let [uuid, name, brand, street, house, post_code, city, latitude, longitude] = record.first();
    let number = station_number("uuid", uuid)?;
    let id = station_id(number).ok_or_else(|| Refusal::of(Reason::StationNumber, "uuid", uuid))?;
    let degrees = latitude.parse().ok().zip(longitude.parse().ok());
    let position = COUNTRY
        .position(degrees)
        .map_err(|reason| Refusal { reason, found: format!("latitude {latitude:?}, longitude {longitude:?}") })?;
    let station = Station {
        name: Label::new(name),
        brand: Label::new(brand),
        address: Label::new(&address(&joined([street, house]), &joined([post_code, city]))),
        source: Label::new(SOURCE),
        ..Station::at(id, position)
    };
    Ok((number, station))
}
