//! `posto list`: the stations of an area, ranked, as a table.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use posto_client::{Call, Page};
use posto_market::{Area, Circle, Freshness, Fuel, Label, Price, TripCost};
use posto_wire::Search;
use posto_wire::answer::{OpeningFacts, PriceFacts, StationPrice};
use posto_wire::limits::{DEFAULT_LIST, MAX_LIST};
use serde_json::json;

use super::cheapest::{
    NOTHING_FOUND, PATIENCE, RankName, age_s, as_json, consumption, fuel, litres, max_age, nothing, open_word, pool,
};
use super::report::position;
use crate::arguments::ServerArguments;
use crate::explain::client_error;
use crate::language::Language;
use crate::output::write;

#[derive(Debug, Args)]
pub struct ListArguments {
    /// The fuel: gasoline, ethanol, diesel, … or its number
    #[arg(value_parser = fuel)]
    fuel: Fuel,
    /// Radius in km
    #[arg(allow_negative_numbers = true)]
    radius: f64,
    /// Latitude in degrees
    #[arg(allow_negative_numbers = true, value_name = "LAT")]
    latitude: f64,
    /// Longitude in degrees
    #[arg(allow_negative_numbers = true, value_name = "LON")]
    longitude: f64,
    /// The order
    #[arg(long, value_enum, default_value = "price")]
    rank: RankName,
    /// Litres to buy, for --rank trip
    #[arg(long, value_parser = litres, default_value_t = TripCost::DEFAULT.litres)]
    litres: f64,
    /// Litres per 100 km, for --rank trip
    #[arg(long, value_parser = consumption, default_value_t = TripCost::DEFAULT.consumption)]
    consumption: f64,
    /// Only stations that no other one beats in both price and distance
    #[arg(long)]
    pareto: bool,
    /// Only stations of this brand
    #[arg(long)]
    brand: Option<String>,
    /// Only stations known to be open now
    #[arg(long)]
    open_now: bool,
    /// Also prices so far from their neighbours' that they may be mistakes
    #[arg(long)]
    include_suspect: bool,
    /// Oldest price taken: `8d`, `12h`, `30m`, or `all`; by default prices of the last 30 days win
    #[arg(long, value_parser = max_age)]
    max_age: Option<Freshness>,
    /// Most stations, 1 to 200
    #[arg(long, value_parser = limit, default_value_t = DEFAULT_LIST)]
    limit: usize,
    #[command(flatten)]
    server: ServerArguments,
}

pub fn run(arguments: ListArguments) -> anyhow::Result<ExitCode> {
    let language = arguments.server.lang.unwrap_or_else(|| Language::of_environment(Language::En));
    let search = search(&arguments)?;
    let open = search.open;
    super::block_on(async move {
        let pool = pool(&arguments.server)?;
        let page = pool.list(Call::within(PATIENCE), search).await;
        pool.close().await;
        let Page { stations, next } = page.map_err(|error| client_error(error, language))?;
        if arguments.server.json {
            let list: Vec<_> = stations.iter().map(as_json).collect();
            say!("{}", json!({"stations": list, "cursor": next}));
        } else if !stations.is_empty() {
            write(format_args!("{}", table(&rows(&stations, language))));
        }
        if stations.is_empty() {
            eprintln!("posto: {}", nothing(open, language));
            return Ok(ExitCode::from(NOTHING_FOUND));
        }
        Ok(ExitCode::SUCCESS)
    })
}

fn search(arguments: &ListArguments) -> anyhow::Result<Search> {
    let centre = position(arguments.latitude, arguments.longitude)?;
    let circle = Circle::new(centre, arguments.radius).context("the radius must be a number of km above 0")?;
    let brand = arguments.brand.as_deref().map(|brand| Label::new(brand).context("the brand must not be blank"));
    Ok(Search {
        freshness: arguments.max_age.unwrap_or(Freshness::Preferred),
        rank: arguments.rank.rank(TripCost { litres: arguments.litres, consumption: arguments.consumption }),
        brand: brand.transpose()?,
        pareto: arguments.pareto,
        open: arguments.open_now,
        suspects: arguments.include_suspect,
        limit: arguments.limit,
        ..Search::new(arguments.fuel, Area::Circle(circle))
    })
}

/// A heading, and a row a station.
pub fn rows(stations: &[StationPrice], language: Language) -> Vec<Vec<String>> {
    let trip = stations.iter().any(|found| found.trip_cost.is_some());
    let mut heading = language.pick(["preço", "km", "idade"], ["price", "km", "age"]).map(str::to_owned).to_vec();
    if trip {
        heading.push(language.pick("viagem", "trip").to_owned());
    }
    heading.extend(language.pick(["posto", "nome", "marca"], ["station", "name", "brand"]).map(str::to_owned));
    let hours = stations.iter().any(|found| found.opening.hours.is_some());
    heading.extend(hours.then(|| language.pick("horário", "hours").to_owned()));
    let row = |found: &StationPrice| {
        let StationPrice { station, price, opening, distance_m, trip_cost } = found;
        let amount = Price::from_thousandths(price.price).map(|price| price.to_string()).unwrap_or_default();
        let doubt = if price.suspect { " ?" } else { "" };
        let mut row = vec![
            format!("{amount} {}/{}{doubt}", price.currency, price.unit),
            distance_m.map_or_else(|| "-".to_owned(), |metres| format!("{:.2}", metres / 1000.0)),
            age(price, language),
        ];
        if trip {
            row.push(trip_cost.map_or_else(|| "-".to_owned(), |cost| format!("{cost:.2}")));
        }
        let text = |label: &Option<String>| label.clone().unwrap_or_else(|| "-".to_owned());
        row.extend([station.id.clone(), text(&station.name), text(&station.brand)]);
        row.extend(hours.then(|| hours_of(opening, language)));
        row
    };
    std::iter::once(heading).chain(stations.iter().map(row)).collect()
}

/// `aberto (Mo-Sa 07:00-22:00)`
fn hours_of(opening: &OpeningFacts, language: Language) -> String {
    let Some(hours) = &opening.hours else { return "-".to_owned() };
    open_word(opening.open, language).map_or_else(|| hours.clone(), |word| format!("{word} ({hours})"))
}

/// `5 min`, `3 h`, `8 d`.
fn age(price: &PriceFacts, language: Language) -> String {
    match age_s(price) {
        None => language.pick("desconhecida", "unknown").to_owned(),
        Some(seconds @ 0..3_600) => format!("{} min", seconds / 60),
        Some(seconds @ 3_600..172_800) => format!("{} h", seconds / 3_600),
        Some(seconds) => format!("{} d", seconds / 86_400),
    }
}

/// Rows as lines, columns aligned on the left and two blanks apart.
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let length = |cell: &String| cell.chars().count();
    let widest = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(length).max().unwrap_or(0);
    let widths: Vec<_> = (0..columns).map(widest).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}"));
        let line = cells.collect::<Vec<_>>().join("  ");
        format!("{}\n", line.trim_end())
    };
    rows.iter().map(line).collect()
}

/// How many elements an answer may have.
pub fn limit(text: &str) -> Result<usize, String> {
    let limit = text.parse().ok().filter(|limit| (1..=MAX_LIST).contains(limit));
    limit.ok_or_else(|| format!("expected a whole number from 1 to {MAX_LIST}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_each_other() {
        let rows = [["preço", "km"], ["4.999 BRL/l", "0.93"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(table(&rows), "preço        km\n4.999 BRL/l  0.93\n");
        assert_eq!(table(&[]), "");
    }

    #[test]
    fn a_limit_has_its_range() {
        assert_eq!((limit("1"), limit("200")), (Ok(1), Ok(200)));
        for bad in ["0", "201", "-1", "x", ""] {
            assert!(limit(bad).is_err_and(|error| error.contains("1 to 200")), "{bad:?}");
        }
    }

    #[test]
    fn ages_are_told_in_the_largest_unit_that_says_something() {
        let price = |reported_at: Option<&str>| PriceFacts {
            fuel: 2,
            price: 4999,
            currency: "BRL".to_owned(),
            unit: "l".to_owned(),
            reported_at: reported_at.map(str::to_owned),
            stale: false,
            suspect: false,
        };
        assert_eq!(age(&price(None), Language::Pt), "desconhecida");
        assert_eq!(age(&price(None), Language::En), "unknown");
        assert!(age(&price(Some("2020-01-01T00:00:00Z")), Language::En).ends_with(" d"));
        assert_eq!(age(&price(Some("9999-01-01T00:00:00Z")), Language::En), "0 min");
    }
}
