//! In front of an original server of 2019 (PROTOCOL §4): only `D` and `P`, fuels 0 to 2, complete
//! and validated, because anything else makes it die holding its lock. Its answers are texts.

use posto_market::{Area, Currency, Freshness, Fuel, Rank, geohash};
use posto_wire::answer::{OpeningFacts, PriceFacts, Reported, StationFacts, StationPrice, two_decimals};
use posto_wire::command::Report;
use posto_wire::{Command, Request, Search, Value, text};

use crate::client::Client;
use crate::error::ClientError;

/// Where a text answer is expected.
async fn text_answer(client: &Client, command: Command) -> Result<String, ClientError> {
    let received = client.raw(Request::text(command).to_value()).await?;
    match received.data {
        Value::Text(text) => Ok(text),
        other => Err(ClientError::Unreadable(posto_wire::python::dumps(&other))),
    }
}

fn refuse_unknown(fuel: Fuel) -> Result<(), ClientError> {
    match fuel {
        Fuel::Diesel | Fuel::Ethanol | Fuel::Gasoline => Ok(()),
        _ => Err(ClientError::NotSupported),
    }
}

pub(crate) async fn report(client: &Client, report: Report) -> Result<Reported, ClientError> {
    refuse_unknown(report.wish.fuel)?;
    let (fuel, price, position) = (report.wish.fuel, report.price, report.wish.position);
    let answer = text_answer(client, Command::Report(report)).await?;
    if answer != text::STORED {
        return Err(ClientError::Unreadable(answer));
    }
    Ok(Reported {
        station: geohash(position),
        new_station: false,
        replaced: None,
        price: price.thousandths(),
        currency: Currency::BRL.code().to_owned(),
        unit: fuel.default_unit().sign().to_owned(),
        at: String::new(),
    })
}

pub(crate) async fn cheapest(client: &Client, search: Search) -> Result<Option<StationPrice>, ClientError> {
    refuse_unknown(search.fuel)?;
    let Area::Circle(circle) = search.area else { return Err(ClientError::NotSupported) };
    if is_beyond_an_original(&search) {
        return Err(ClientError::NotSupported);
    }
    let (fuel, centre) = (search.fuel, circle.centre());
    let answer = text_answer(client, Command::Cheapest(search)).await?;
    let found = text::read_cheapest(&answer).map_err(ClientError::Unreadable)?;
    Ok(found.map(|found| StationPrice {
        station: StationFacts {
            id: geohash(found.position),
            lat: found.position.latitude(),
            lon: found.position.longitude(),
            name: None,
            brand: None,
            source: None,
        },
        price: PriceFacts {
            fuel: fuel.code(),
            price: found.price.thousandths(),
            currency: Currency::BRL.code().to_owned(),
            unit: fuel.default_unit().sign().to_owned(),
            reported_at: None,
            stale: true,
            suspect: false,
        },
        opening: OpeningFacts::default(),
        distance_m: Some(two_decimals(centre.distance_km(found.position) * 1000.0)),
        trip_cost: None,
    }))
}

/// An original server has one order, one currency, no brands, no opening hours and no ages. The cheapest is on the
/// Pareto list in any case.
fn is_beyond_an_original(search: &Search) -> bool {
    search.rank != Rank::Price
        || matches!(search.freshness, Freshness::AtMost(_))
        || search.brand.is_some()
        || search.open
        || search.currency.is_some_and(|currency| currency != Currency::BRL)
}
