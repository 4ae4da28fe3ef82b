//! `posto report`: one price, for scripts.

use std::process::ExitCode;

use anyhow::{Context as _, anyhow};
use clap::Args;
use posto_client::{Call, ClientError, Pool};
use posto_market::{Fuel, Label, Position, Price, StationId, StationWish};
use posto_wire::command;
use serde_json::json;

use super::cheapest::{PATIENCE, decimal, fuel, pool};
use crate::arguments::ServerArguments;
use crate::explain::client_error;
use crate::language::Language;

/// How far the station may be from the position given, as our page and gateway have it too.
const RADIUS_M: f64 = 50.0;

#[derive(Debug, Args)]
pub struct ReportArguments {
    /// The fuel: gasoline, ethanol, diesel, … or its number
    #[arg(value_parser = fuel)]
    fuel: Fuel,
    /// Price of one unit, at most three decimals: 4.999
    #[arg(value_parser = price, allow_negative_numbers = true)]
    price: Price,
    /// Latitude in degrees
    #[arg(allow_negative_numbers = true, value_name = "LAT")]
    latitude: f64,
    /// Longitude in degrees
    #[arg(allow_negative_numbers = true, value_name = "LON")]
    longitude: f64,
    /// The station's id, where several are near
    #[arg(long, value_parser = station_id)]
    station: Option<StationId>,
    /// How far the station may be from the position, in metres, 0 to 1000
    #[arg(long, default_value_t = RADIUS_M, value_parser = radius_m)]
    radius_m: f64,
    /// A new station, whatever is near
    #[arg(long, conflicts_with = "station")]
    new: bool,
    /// The station's name, if it is not known yet
    #[arg(long)]
    name: Option<String>,
    /// The station's brand, if it is not known yet
    #[arg(long)]
    brand: Option<String>,
    /// An id of this report: sent again with the same id within 24 hours, it counts once
    #[arg(long)]
    id: Option<String>,
    #[command(flatten)]
    server: ServerArguments,
}

pub fn run(arguments: ReportArguments) -> anyhow::Result<ExitCode> {
    let language = arguments.server.lang.unwrap_or_else(|| Language::of_environment(Language::En));
    let position = position(arguments.latitude, arguments.longitude)?;
    let report = command::Report {
        wish: StationWish {
            fuel: arguments.fuel,
            position,
            station: arguments.station,
            radius_km: arguments.radius_m / 1000.0,
            new: arguments.new,
            name: arguments.name.as_deref().and_then(Label::new),
            brand: arguments.brand.as_deref().and_then(Label::new),
        },
        price: arguments.price,
        coordinates: command::coordinates_of(position),
        id: Some(arguments.id.map_or_else(random_id, Ok)?),
        reporter: None,
        cautious: false,
    };
    super::block_on(async move {
        let pool = pool(&arguments.server)?;
        let outcome = send(&pool, report, language).await;
        pool.close().await;
        let (stored, fuel) = (outcome?, arguments.fuel);
        if arguments.server.json {
            let (price, replaced) = (decimal(stored.price), stored.replaced.map(decimal));
            let answer = json!({"station": stored.station, "fuel": fuel.slug(), "price": price, "currency": stored.currency,
                "unit": stored.unit, "new_station": stored.new_station, "replaced": replaced, "reported_at": stored.at});
            say!("{answer}");
        } else {
            let words = language.pick(("gravado", "no posto"), ("stored", "at station"));
            say!(
                "{} {} {}/{}: {} {} {}",
                fuel.slug(),
                arguments.price,
                stored.currency,
                stored.unit,
                words.0,
                words.1,
                stored.station
            );
        }
        Ok(ExitCode::SUCCESS)
    })
}

async fn send(
    pool: &Pool,
    report: command::Report,
    language: Language,
) -> anyhow::Result<posto_wire::answer::Reported> {
    let call = Call::within(PATIENCE);
    pool.report(call, report).await.map_err(|error| {
        let candidates: String = match &error {
            ClientError::Refused(mistake) => mistake.candidates.iter().map(candidate).collect(),
            _ => String::new(),
        };
        anyhow!("{}{candidates}", client_error(error, language))
    })
}

fn candidate(candidate: &posto_wire::answer::Candidate) -> String {
    let name = candidate.station.name.as_deref().unwrap_or("-");
    format!("\n  --station {}  {name}, {:.0} m", candidate.station.id, candidate.distance_m)
}

/// The position with these coordinates.
pub fn position(latitude: f64, longitude: f64) -> anyhow::Result<Position> {
    Position::from_degrees(latitude, longitude).with_context(|| {
        format!("({latitude};{longitude}) is no position: latitude is -90 to 90 degrees, longitude -180 to 180")
    })
}

/// An id that no other report has.
pub fn random_id() -> anyhow::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| anyhow!("no random bytes from the system: {error}"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn price(text: &str) -> Result<Price, &'static str> {
    Price::from_decimal(text).ok_or("expected a price from 0.001 to 999.999 with at most three decimals, such as 4.999")
}

/// A station's id.
pub fn station_id(text: &str) -> Result<StationId, &'static str> {
    StationId::parse(text).ok_or("expected 1 to 64 of A-Z a-z 0-9 . _ -")
}

fn radius_m(text: &str) -> Result<f64, &'static str> {
    let metres = text.parse::<f64>().ok().filter(|metres| (0.0..=1000.0).contains(metres));
    metres.ok_or("expected metres from 0 to 1000")
}
