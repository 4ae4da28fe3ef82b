//! Rows of the tables in `schema.rs`, written and read.

use std::fmt;
use std::sync::Arc;

use posto_market::{
    Change, Currency, FlagReason, Fuel, Label, OpeningHours, Position, Price, Quote, Service, Station, StationId,
    Timestamp, Unit,
};
use rusqlite::types::{FromSql, Type, ValueRef};
use rusqlite::{Connection, Error, Result, Row, params};

/// One price as the history keeps it.
pub(crate) struct ReportRow<'a> {
    pub(crate) station: &'a StationId,
    pub(crate) fuel: Fuel,
    pub(crate) quote: &'a Quote,
    /// The row says that the quote holds no more since then.
    pub(crate) ended: Option<Timestamp>,
    /// When the journal wrote it; the price's own time is in the quote.
    pub(crate) recorded_at: Timestamp,
    pub(crate) origin: &'a str,
}

/// Writes a station, or what is now known about it.
pub(crate) fn put_station(connection: &Connection, station: &Station) -> Result<()> {
    let sql = "INSERT INTO stations (id, latitude, longitude, name, brand, address, source, hours, service,
                                     members_only)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
               ON CONFLICT (id) DO UPDATE SET latitude = ?2, longitude = ?3, name = ?4, brand = ?5,
                   address = ?6, source = ?7, hours = ?8, service = ?9, members_only = ?10";
    let text = |label: &Option<Label>| label.as_ref().map(|label| label.as_str().to_owned());
    connection.prepare_cached(sql)?.execute(params![
        station.id.as_str(),
        station.position.latitude_microdegrees(),
        station.position.longitude_microdegrees(),
        text(&station.name),
        text(&station.brand),
        text(&station.address),
        text(&station.source),
        station.hours.as_ref().map(OpeningHours::as_str),
        station.service.map(service_word),
        station.members_only,
    ])?;
    Ok(())
}

/// Appends to the history; the row's place in it.
pub(crate) fn put_report(connection: &Connection, row: &ReportRow<'_>) -> Result<i64> {
    let sql =
        "INSERT INTO reports (station, fuel, price, currency, unit, reported_at, coordinates, recorded_at, origin)
               VALUES ((SELECT number FROM stations WHERE id = ?1), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    connection.prepare_cached(sql)?.insert(params![
        row.station.as_str(),
        row.fuel.code(),
        row.ended.is_none().then(|| row.quote.price.thousandths()),
        row.quote.currency.code(),
        row.quote.unit.sign(),
        row.ended.or(row.quote.reported_at).map(Timestamp::millis),
        row.quote.coordinates.as_deref().filter(|_| row.ended.is_none()),
        row.recorded_at.millis(),
        row.origin,
    ])
}

/// The columns that [`station`] reads, in its order.
pub(crate) const STATION_COLUMNS: &str =
    "id, latitude, longitude, name, brand, address, source, hours, service, members_only";

/// A station, from [`STATION_COLUMNS`], the first of which is this column.
pub(crate) fn station(row: &Row<'_>, first: usize) -> Result<Station> {
    let id = station_id(row, first)?;
    let position = Position::from_microdegrees(row.get(first + 1)?, row.get(first + 2)?);
    let position = position.ok_or_else(|| unreadable(first + 1, "position"))?;
    let label =
        |column| -> Result<Option<Label>> { Ok(row.get_ref(first + column)?.as_str_or_null()?.and_then(Label::new)) };
    let hours = row.get_ref(first + 7)?.as_str_or_null()?.and_then(OpeningHours::new);
    let service = row.get_ref(first + 8)?.as_str_or_null()?;
    let service = service.and_then(|word| Service::ALL.into_iter().find(|service| service_word(*service) == word));
    Ok(Station {
        name: label(3)?,
        brand: label(4)?,
        address: label(5)?,
        source: label(6)?,
        hours,
        service,
        members_only: row.get(first + 9)?,
        ..Station::at(id, position)
    })
}

/// The columns of `reports` that [`quote`] reads, in its order.
pub(crate) const QUOTE_COLUMNS: &str =
    "reports.fuel, reports.price, reports.currency, reports.unit, reports.reported_at, reports.coordinates";

/// What comes after [`QUOTE_COLUMNS`] is this column.
pub(crate) const AFTER_QUOTE: usize = 6;

/// A price, from [`QUOTE_COLUMNS`] of a row that is known to have one.
pub(crate) fn quote(row: &Row<'_>) -> Result<(Fuel, Quote)> {
    let said = said(row)?;
    let price = said.price.ok_or_else(|| unreadable(1, "price"))?;
    Ok((said.fuel, said.quote(row, price)?))
}

/// What a row of `reports` says.
pub(crate) struct Said {
    pub(crate) fuel: Fuel,
    /// `None`: the price before it holds no more.
    pub(crate) price: Option<Price>,
    pub(crate) currency: Currency,
    pub(crate) unit: Unit,
    /// When it was reported, or ended.
    pub(crate) at: Option<Timestamp>,
}

impl Said {
    pub(crate) fn quote(self, row: &Row<'_>, price: Price) -> Result<Quote> {
        let coordinates = row.get_ref(5)?.as_str_or_null()?.map(Arc::from);
        Ok(Quote { price, currency: self.currency, unit: self.unit, reported_at: self.at, coordinates })
    }
}

/// A price or the end of one, from [`QUOTE_COLUMNS`].
pub(crate) fn said(row: &Row<'_>) -> Result<Said> {
    Ok(Said {
        fuel: fuel(row, 0)?,
        price: if row.get_ref(1)? == ValueRef::Null { None } else { Some(price(row, 1)?) },
        currency: read_text(row, 2, "currency", Currency::from_code)?,
        unit: read_text(row, 3, "unit", Unit::from_sign)?,
        at: row.get::<_, Option<i64>>(4)?.map(Timestamp::from_millis),
    })
}

/// What the row does to the book.
pub(crate) fn change(row: &Row<'_>, station: StationId) -> Result<Change> {
    let said = said(row)?;
    let fuel = said.fuel;
    if let Some(price) = said.price {
        return Ok(Change::Quote { station, fuel, quote: said.quote(row, price)? });
    }
    // An end always has its time.
    let at = said.at.ok_or_else(|| unreadable(4, "time of an end"))?;
    Ok(Change::End { station, fuel, at })
}

/// How the column `service` says who fills the tank.
const fn service_word(service: Service) -> &'static str {
    match service {
        Service::SelfService => "self",
        Service::Served => "served",
        Service::Both => "both",
    }
}

/// A price in thousandths.
pub(crate) fn price(row: &Row<'_>, column: usize) -> Result<Price> {
    read(row, column, "price", Price::from_thousandths)
}

/// A fuel, by its code.
pub(crate) fn fuel(row: &Row<'_>, column: usize) -> Result<Fuel> {
    read(row, column, "fuel", Fuel::from_code)
}

/// What a user finds wrong with a station.
pub(crate) fn flag_reason(row: &Row<'_>, column: usize) -> Result<FlagReason> {
    read_text(row, column, "reason of a flag", FlagReason::from_slug)
}

/// The number of a station that is known to be there.
pub(crate) fn station_number(connection: &Connection, id: &StationId) -> Result<i64> {
    let sql = "SELECT number FROM stations WHERE id = ?1";
    connection.prepare_cached(sql)?.query_row([id.as_str()], |row| row.get(0))
}

/// A station's id.
pub(crate) fn station_id(row: &Row<'_>, column: usize) -> Result<StationId> {
    read_text(row, column, "station id", StationId::parse)
}

fn read<R: FromSql, T>(row: &Row<'_>, column: usize, what: &'static str, of: fn(R) -> Option<T>) -> Result<T> {
    of(row.get(column)?).ok_or_else(|| unreadable(column, what))
}

fn read_text<T>(row: &Row<'_>, column: usize, what: &'static str, of: fn(&str) -> Option<T>) -> Result<T> {
    of(row.get_ref(column)?.as_str()?).ok_or_else(|| unreadable(column, what))
}

/// The file holds a value that was never written by Posto.
#[derive(Debug)]
struct Unreadable(&'static str);

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this is no {}", self.0)
    }
}

impl std::error::Error for Unreadable {}

fn unreadable(column: usize, what: &'static str) -> Error {
    Error::FromSqlConversionFailure(column, Type::Text, Box::new(Unreadable(what)))
}
