//! `posto cheapest`: the best station of an area, for scripts.

use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use posto_client::{Call, Pool, PoolOptions};
use posto_market::limits::MAX_RADIUS_KM;
use posto_market::{Area, Circle, Freshness, Fuel, Price, Rank, Service, Timestamp, TripCost};
use posto_wire::answer::{OpeningFacts, PriceFacts, StationPrice};
use posto_wire::command::service_word;
use posto_wire::{Search, command, time};
use serde_json::json;

use super::report::position;
use crate::arguments::ServerArguments;
use crate::explain::client_error;
use crate::language::Language;

/// How long a script waits for one answer.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// Exit code where no station was found.
pub const NOTHING_FOUND: u8 = 3;

#[derive(Debug, Args)]
pub struct CheapestArguments {
    /// The fuel: gasoline, ethanol, diesel, … or its number
    #[arg(value_parser = fuel)]
    fuel: Fuel,
    /// Radius in km
    #[arg(allow_negative_numbers = true, value_parser = radius)]
    radius: f64,
    /// Latitude in degrees
    #[arg(allow_negative_numbers = true, value_name = "LAT")]
    latitude: f64,
    /// Longitude in degrees
    #[arg(allow_negative_numbers = true, value_name = "LON")]
    longitude: f64,
    /// What is best
    #[arg(long, value_enum, default_value = "price")]
    rank: RankName,
    /// Litres to buy, for --rank trip
    #[arg(long, default_value_t = TripCost::DEFAULT.litres, allow_negative_numbers = true, value_parser = litres)]
    litres: f64,
    /// Litres per 100 km, for --rank trip
    #[arg(long, default_value_t = TripCost::DEFAULT.consumption, allow_negative_numbers = true, value_parser = consumption)]
    consumption: f64,
    /// Only stations known to be open now
    #[arg(long)]
    open_now: bool,
    /// Also prices so far from their neighbours' that they may be mistakes
    #[arg(long)]
    include_suspect: bool,
    /// Oldest price taken: `8d`, `12h`, `30m`, or `all`; by default prices of the last 30 days win
    #[arg(long, value_parser = max_age)]
    max_age: Option<Freshness>,
    #[command(flatten)]
    server: ServerArguments,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum RankName {
    /// The lowest price
    Price,
    /// The nearest
    Distance,
    /// The lowest cost of going there and filling up
    Trip,
}

impl RankName {
    pub fn rank(self, trip: TripCost) -> Rank {
        match self {
            Self::Price => Rank::Price,
            Self::Distance => Rank::Distance,
            Self::Trip => Rank::Trip(trip),
        }
    }
}

pub fn run(arguments: CheapestArguments) -> anyhow::Result<ExitCode> {
    let language = arguments.server.lang.unwrap_or_else(|| Language::of_environment(Language::En));
    let search = search(&arguments)?;
    let open = search.open;
    super::block_on(async move {
        let pool = pool(&arguments.server)?;
        let found = pool.cheapest(Call::within(PATIENCE), search).await;
        pool.close().await;
        let Some(found) = found.map_err(|error| client_error(error, language))? else {
            eprintln!("posto: {}", nothing(open, language));
            return Ok(ExitCode::from(NOTHING_FOUND));
        };
        print(&found, arguments.server.json, language);
        Ok(ExitCode::SUCCESS)
    })
}

fn search(arguments: &CheapestArguments) -> anyhow::Result<Search> {
    let centre = position(arguments.latitude, arguments.longitude)?;
    let circle = Circle::new(centre, arguments.radius).context("the radius must be a number of km above 0")?;
    let trip = TripCost { litres: arguments.litres, consumption: arguments.consumption };
    Ok(Search {
        coordinates: Some(command::coordinates_of(centre)),
        freshness: arguments.max_age.unwrap_or(Freshness::Preferred),
        rank: arguments.rank.rank(trip),
        open: arguments.open_now,
        suspects: arguments.include_suspect,
        limit: 1,
        ..Search::new(arguments.fuel, Area::Circle(circle))
    })
}

fn print(found: &StationPrice, json: bool, language: Language) {
    let StationPrice { station, price, opening, distance_m, trip_cost } = found;
    let amount = Price::from_thousandths(price.price).map(|price| price.to_string()).unwrap_or_default();
    if json {
        return say!("{}", as_json(found));
    }
    let name = station.name.as_deref().or(station.brand.as_deref()).unwrap_or(&station.id);
    let distance_km = distance_m.unwrap_or(0.0) / 1000.0;
    let age = price.reported_at.as_deref().unwrap_or(language.pick("data desconhecida", "date unknown"));
    let doubt = if price.suspect { " ?" } else { "" };
    say!("{amount} {}/{}{doubt}  {name}", price.currency, price.unit);
    say!("{distance_km:.2} km  {:.6},{:.6}  {}  {age}", station.lat, station.lon, station.id);
    if let Some(hours) = &opening.hours {
        say!("{hours}{}", open_word(opening.open, language).map(|word| format!("  {word}")).unwrap_or_default());
    }
    if let Some(cost) = trip_cost {
        say!("{}: {cost:.2} {}", language.pick("custo da viagem", "trip cost"), price.currency);
    }
}

/// A found station for programs.
pub fn as_json(found: &StationPrice) -> serde_json::Value {
    let StationPrice { station, price, opening, distance_m, trip_cost } = found;
    let fuel = Fuel::from_code(price.fuel).map(Fuel::slug);
    let distance_km = distance_m.map(|metres| metres.round() / 1000.0);
    json!({"id": station.id, "name": station.name, "brand": station.brand, "lat": station.lat, "lon": station.lon,
        "fuel": fuel, "price": decimal(price.price), "currency": price.currency, "unit": price.unit,
        "distance_km": distance_km, "reported_at": price.reported_at, "age_s": age_s(price), "stale": price.stale,
        "opening_hours": opening.hours, "open": opening.open, "service": service(opening),
        "members_only": opening.members_only, "suspect": price.suspect, "source": station.source, "trip_cost": trip_cost})
}

/// Who fills the tank, in the words of the HTTP API.
fn service(opening: &OpeningFacts) -> Option<&'static str> {
    let known = Service::ALL.into_iter().find(|known| opening.service.as_deref() == Some(service_word(*known)))?;
    Some(match known {
        Service::SelfService => "self",
        Service::Served => "served",
        Service::Both => "both",
    })
}

/// Whether a station is open now, where that is known.
pub fn open_word(open: Option<bool>, language: Language) -> Option<&'static str> {
    open.map(|open| if open { language.pick("aberto", "open") } else { language.pick("fechado", "closed") })
}

/// What is told where nothing was found.
pub fn nothing(open: bool, language: Language) -> &'static str {
    if open {
        let pt = "nenhum posto nesse raio que se saiba aberto agora (os de horário desconhecido ficam de fora)";
        language.pick(pt, "no station in this radius is known to be open now (those of unknown hours are left out)")
    } else {
        language.pick("nenhum posto nesse raio", "no station in this radius")
    }
}

/// A price as a JSON number; three decimals below a million print exactly.
pub fn decimal(thousandths: u32) -> f64 {
    f64::from(thousandths) / 1000.0
}

/// Seconds since the price was reported, by our clock; `None` where nobody knows when.
pub fn age_s(price: &PriceFacts) -> Option<u64> {
    let at = time::parse(price.reported_at.as_deref()?)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    Some(Timestamp::from_millis(i64::try_from(now.as_millis()).ok()?).since(at).as_secs())
}

/// A pool of one session: it re-opens what died, as a script would want.
pub fn pool(server: &ServerArguments) -> anyhow::Result<Pool> {
    let options = server.session.pool_options(&server.server)?;
    Ok(Pool::new(PoolOptions { sessions: 1, ..options }))
}

/// The fuel of this name, alias or number.
pub fn fuel(text: &str) -> Result<Fuel, String> {
    let by_code = || text.parse().ok().and_then(Fuel::from_code);
    Fuel::from_name(text).or_else(by_code).ok_or_else(|| {
        let known = Fuel::ALL.map(|fuel| format!("{} ({})", fuel.slug(), fuel.code())).join(", ");
        format!("unknown fuel; known are {known}")
    })
}

/// A radius in km.
pub fn radius(text: &str) -> Result<f64, &'static str> {
    number(text, f64::MIN_POSITIVE..=MAX_RADIUS_KM).ok_or("expected a number of km above 0, up to 20016, such as 2.5")
}

/// Litres to buy.
pub fn litres(text: &str) -> Result<f64, &'static str> {
    number(text, 0.1..=10_000.0).ok_or("expected litres from 0.1 to 10000")
}

/// Litres per 100 km.
pub fn consumption(text: &str) -> Result<f64, &'static str> {
    number(text, 0.0..=1_000.0).ok_or("expected litres per 100 km from 0 to 1000")
}

fn number(text: &str, range: std::ops::RangeInclusive<f64>) -> Option<f64> {
    text.parse().ok().filter(|number| range.contains(number))
}

/// The oldest price taken.
pub fn max_age(text: &str) -> Result<Freshness, &'static str> {
    let problem = "expected a number with s, m, h or d, such as 8d, or `all`";
    if text == "all" {
        return Ok(Freshness::Any);
    }
    let units = [("s", 1), ("m", 60), ("h", 3600), ("d", 86_400)];
    let seconds =
        units.iter().find_map(|(unit, seconds)| text.strip_suffix(unit)?.parse::<u64>().ok()?.checked_mul(*seconds));
    let seconds = seconds.filter(|seconds| (1..=10_000_000_000).contains(seconds)).ok_or(problem)?;
    Ok(Freshness::AtMost(Duration::from_secs(seconds)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_have_units() {
        assert_eq!(max_age("8d"), Ok(Freshness::AtMost(Duration::from_secs(8 * 86_400))));
        assert_eq!(max_age("all"), Ok(Freshness::Any));
        for bad in ["", "8", "d", "-1d", "0s", "1.5h", "999999999999d"] {
            assert!(max_age(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn fuels_go_by_name_alias_or_number() {
        for text in ["gasoline", "gasolina", "2"] {
            assert_eq!(fuel(text), Ok(Fuel::Gasoline));
        }
        assert_eq!(fuel("8"), Ok(Fuel::GasolineE10));
        assert!(fuel("9").unwrap_err().contains("e85"));
    }
}
