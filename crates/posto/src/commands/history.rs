//! `posto history`: what a station's prices were, with a small chart where a person is looking.

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::bail;
use clap::Args;
use posto_client::{Call, ClientError, Past};
use posto_market::{Freshness, Fuel, Price, StationId, Timestamp};
use posto_wire::answer::PastPrice;
use posto_wire::command::HistoryRequest;
use posto_wire::limits::MAX_LIST;
use posto_wire::{ErrorCode, time};
use serde_json::json;

use super::cheapest::{PATIENCE, fuel, max_age, pool};
use super::list::{limit, table};
use super::report::station_id;
use crate::arguments::ServerArguments;
use crate::explain::client_error;
use crate::language::Language;
use crate::output::write;

/// The chart's levels, lowest first.
const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Columns of a terminal that does not tell its width.
const USUAL_WIDTH: usize = 80;

/// Columns beyond which a chart says no more.
const WIDEST: usize = 200;

#[derive(Debug, Args)]
pub struct HistoryArguments {
    /// The station's id
    #[arg(value_parser = station_id)]
    station: StationId,
    /// Only this fuel: gasoline, ethanol, diesel, … or its number
    #[arg(value_parser = fuel)]
    fuel: Option<Fuel>,
    /// Only prices recorded since then: `30d`, `12h`, or a moment such as 2026-08-21T06:00:00Z
    #[arg(long, value_parser = since)]
    since: Option<Timestamp>,
    /// Most prices, 1 to 200, the newest
    #[arg(long, value_parser = limit, default_value_t = MAX_LIST)]
    limit: usize,
    #[command(flatten)]
    server: ServerArguments,
}

pub fn run(arguments: HistoryArguments) -> anyhow::Result<ExitCode> {
    let HistoryArguments { station, fuel, since, limit, server } = arguments;
    let language = server.lang.unwrap_or_else(|| Language::of_environment(Language::En));
    super::block_on(async move {
        let pool = pool(&server)?;
        let request = HistoryRequest { station: station.clone(), fuel, since, limit, before: None };
        let past = pool.history(Call::within(PATIENCE), request).await;
        pool.close().await;
        let Past { prices, next } = match past {
            Err(ClientError::Refused(mistake)) if mistake.code == ErrorCode::PostoDesconhecido => {
                bail!("{} {station}", language.pick("nenhum posto tem o id", "no station has the id"))
            }
            past => past.map_err(|error| client_error(error, language))?,
        };
        if server.json {
            let list: Vec<_> = prices.iter().map(as_json).collect();
            say!("{}", json!({"prices": list, "cursor": next}));
        } else {
            if std::io::stdout().is_terminal() {
                write(format_args!("{}", charts(&prices, width(), language)));
            }
            write(format_args!("{}", table(&rows(&prices, language))));
        }
        Ok(ExitCode::SUCCESS)
    })
}

fn as_json(past: &PastPrice) -> serde_json::Value {
    let at = past.reported_at.as_deref().and_then(time::parse);
    json!({"fuel": Fuel::from_code(past.fuel).map(Fuel::slug), "price": past.price.map(|_| amount(past)), "ended": past.price.is_none(), "currency": past.currency,
        "unit": past.unit, "reported_at": past.reported_at, "age_s": at.map(|at| now().since(at).as_secs()),
        "recorded_at": past.recorded_at})
}

/// A heading, and a row a price.
fn rows(prices: &[PastPrice], language: Language) -> Vec<Vec<String>> {
    let pt = ["combustível", "preço", "relatado", "gravado"];
    let heading = language.pick(pt, ["fuel", "price", "reported", "recorded"]);
    let row = |past: &PastPrice| {
        let reported = past.reported_at.as_deref().unwrap_or(language.pick("desconhecido", "unknown"));
        vec![
            name(past, language).to_owned(),
            past.price.map_or_else(
                || language.pick("encerrado", "ended").to_owned(),
                |_| format!("{} {}/{}", amount(past), past.currency, past.unit),
            ),
            reported.to_owned(),
            past.recorded_at.clone(),
        ]
    };
    std::iter::once(heading.map(str::to_owned).to_vec()).chain(prices.iter().map(row)).collect()
}

/// A chart a fuel that changed at least once.
fn charts(prices: &[PastPrice], width: usize, language: Language) -> String {
    let of_fuel = |fuel: Fuel| prices.iter().filter(move |past| past.fuel == fuel.code()).collect::<Vec<_>>();
    let charts = Fuel::ALL.into_iter().filter_map(|fuel| chart(&of_fuel(fuel), width, language));
    charts.collect()
}

/// The fuel and its range, a bar a column of time, and the first and the last day; `None` where
/// there is nothing to see. The prices stand newest first.
fn chart(prices: &[&PastPrice], width: usize, language: Language) -> Option<String> {
    let mut points: Vec<_> = prices.iter().filter_map(|past| Some((moment(past)?, past.price?))).collect();
    points.sort_by_key(|(at, _)| *at);
    let ((first, _), (last, _)) = (*points.first()?, *points.last()?);
    let (low, high) = (points.iter().map(|point| point.1).min()?, points.iter().map(|point| point.1).max()?);
    if first == last {
        return None;
    }
    let columns = width.clamp(24, WIDEST);
    let bars: String = (0..columns).map(|column| level(at_column(&points, column, columns), low, high)).collect();
    let past = prices.first()?;
    let money = |thousandths| Price::from_thousandths(thousandths).map(|price| price.to_string()).unwrap_or_default();
    let title = format!("{}  {} – {} {}/{}", name(past, language), money(low), money(high), past.currency, past.unit);
    let (from, to) = (day(first), day(last));
    let gap = columns.saturating_sub(from.len() + to.len());
    Some(format!("{title}\n{bars}\n{from}{}{to}\n\n", " ".repeat(gap)))
}

/// The price that held in this column of time.
fn at_column(points: &[(Timestamp, u32)], column: usize, columns: usize) -> u32 {
    let millis = |point: Option<&(Timestamp, u32)>| point.map_or(0, |(at, _)| at.millis());
    let (first, last) = (millis(points.first()), millis(points.last()));
    let number = |count: usize| i128::try_from(count).unwrap_or(i128::MAX);
    let share = number(column).saturating_mul(i128::from(last) - i128::from(first)) / number(columns - 1).max(1);
    let held = points.iter().rev().find(|(at, _)| i128::from(at.millis()) <= i128::from(first) + share);
    held.or(points.first()).map_or(0, |(_, price)| *price)
}

fn level(price: u32, low: u32, high: u32) -> char {
    let steps = u32::try_from(LEVELS.len() - 1).unwrap_or(u32::MAX);
    let index = (price - low).saturating_mul(steps).checked_div(high - low).unwrap_or(steps / 2);
    usize::try_from(index).ok().and_then(|index| LEVELS.get(index)).copied().unwrap_or(' ')
}

/// When the price held from: when it was reported, else when it was recorded.
fn moment(past: &PastPrice) -> Option<Timestamp> {
    time::parse(past.reported_at.as_deref().unwrap_or(&past.recorded_at))
}

fn day(at: Timestamp) -> String {
    time::format(at).chars().take_while(|character| *character != 'T').collect()
}

fn amount(past: &PastPrice) -> String {
    past.price.and_then(Price::from_thousandths).map(|price| price.to_string()).unwrap_or_default()
}

fn name(past: &PastPrice, language: Language) -> &'static str {
    Fuel::from_code(past.fuel).map_or("?", |fuel| language.pick(fuel.name_pt(), fuel.name_en()))
}

fn width() -> usize {
    terminal_size::terminal_size().map_or(USUAL_WIDTH, |(width, _)| usize::from(width.0))
}

fn now() -> Timestamp {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(now.as_millis()).unwrap_or(i64::MAX))
}

/// `30d`, `12h`, … before now, or a moment.
pub fn since(text: &str) -> Result<Timestamp, &'static str> {
    let problem = "expected a number with s, m, h or d, such as 30d, or a moment such as 2026-08-21T06:00:00Z";
    match (time::parse(text), max_age(text)) {
        (Some(at), _) => Ok(at),
        (None, Ok(Freshness::AtMost(age))) => Ok(now().before(age)),
        _ => Err(problem),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(price: u32, day: u32) -> PastPrice {
        PastPrice {
            fuel: 2,
            price: Some(price),
            currency: "BRL".to_owned(),
            unit: "l".to_owned(),
            reported_at: None,
            recorded_at: format!("2026-08-{day:02}T00:00:00Z"),
        }
    }

    #[test]
    fn a_chart_is_as_wide_as_asked_and_holds_a_price_until_the_next() {
        let prices = [past(5000, 5), past(4000, 3), past(4500, 1)];
        let drawn = charts(&prices, 25, Language::En);
        let lines: Vec<_> = drawn.lines().collect();
        assert_eq!(lines[0], "gasoline  4.000 – 5.000 BRL/l");
        assert_eq!(lines[1], "▄▄▄▄▄▄▄▄▄▄▄▄▁▁▁▁▁▁▁▁▁▁▁▁█");
        assert_eq!(lines[2], "2026-08-01     2026-08-05");
        assert!(charts(&prices, 25, Language::Pt).starts_with("gasolina "));
    }

    #[test]
    fn one_price_is_no_chart_and_equal_prices_are_a_flat_one() {
        assert_eq!(charts(&[past(5000, 5)], 40, Language::En), "");
        assert_eq!(charts(&[], 40, Language::En), "");
        let flat = charts(&[past(5000, 5), past(5000, 1)], 24, Language::En);
        assert!(flat.contains(&"▄".repeat(24)), "{flat}");
    }

    #[test]
    fn since_is_an_age_or_a_moment() {
        assert_eq!(since("1970-01-01T00:00:01Z"), Ok(Timestamp::from_millis(1000)));
        let day_ago = since("1d").unwrap();
        assert!(now().since(day_ago).as_secs().abs_diff(86_400) < 60);
        for bad in ["all", "", "0d", "yesterday", "5"] {
            assert!(since(bad).is_err(), "{bad:?}");
        }
    }
}
