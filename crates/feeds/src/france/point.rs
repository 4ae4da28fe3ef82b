//! A point of sale as either form tells it, and what it means.

use std::collections::HashSet;

use posto_market::{
    Currency, EndedPrice, Fuel, ImportedPrice, Label, Price, Quote, Station, StationId, Timestamp, Unit,
};

use super::{COUNTRY, FUELS, SOURCE};
use crate::address::{address, joined};
use crate::report::{Reason, Refusal};
use crate::sanity::Checks;
use crate::summary::Summary;
use crate::week::{Week, minutes};

/// A point of sale, all of it as text.
#[derive(Debug, Clone, Default)]
pub(super) struct Point {
    /// The line it begins in, from 1.
    pub(super) line: u32,
    pub(super) id: String,
    pub(super) latitude: String,
    pub(super) longitude: String,
    /// Whether the coordinates are degrees already, not hundred thousand times as many.
    pub(super) in_degrees: bool,
    pub(super) post_code: String,
    pub(super) street: String,
    pub(super) town: String,
    /// Whether its pumps take cards around the clock.
    pub(super) always: bool,
    /// Its hours; `None` where they are not understood.
    pub(super) week: Option<Week>,
    pub(super) told: Vec<Told>,
}

/// What a point tells of one fuel.
#[derive(Debug, Clone)]
pub(super) struct Told {
    /// The fuel's name, or its number where it has none.
    pub(super) fuel: String,
    pub(super) time: String,
    /// `None`: out of stock since then.
    pub(super) price: Option<String>,
}

/// What the times of a form mean.
#[derive(Debug, Clone, Copy)]
pub(super) enum Times {
    /// The clock of Paris, unless they tell an offset.
    Local,
    /// The clock of Paris, whatever offset they tell.
    ShownAtUtc,
}

/// What is left of a point's fuels: prices and ended ones.
type Fuels = (Vec<ImportedPrice>, Vec<EndedPrice>);

impl Point {
    /// The station.
    ///
    /// # Errors
    /// Why it is refused.
    pub(super) fn station(&self, known: &mut HashSet<u32>) -> Result<Station, Refusal> {
        let digits = !self.id.is_empty() && self.id.bytes().all(|byte| byte.is_ascii_digit());
        let number = digits.then(|| self.id.parse::<u32>().ok()).flatten();
        let named = number.and_then(|number| Some((number, StationId::parse(&format!("{SOURCE}-{number}"))?)));
        let (number, id) = named.ok_or_else(|| Refusal::of(Reason::StationNumber, "id", &self.id))?;
        let scale = if self.in_degrees { 1.0 } else { 100_000.0 };
        let degrees = |text: &str| text.parse::<f64>().ok().map(|number| number / scale);
        let degrees = degrees(&self.latitude).zip(degrees(&self.longitude));
        let position = COUNTRY.position(degrees).map_err(|reason| Refusal {
            reason,
            found: format!("id {number}, latitude {:?}, longitude {:?}", self.latitude, self.longitude),
        })?;
        if !known.insert(number) {
            return Err(Refusal::of(Reason::RepeatedStation, "id", &self.id));
        }
        let mut week = self.week.clone();
        if self.always {
            let mut whole = Week::default();
            week = (0..7).try_for_each(|day| whole.add_whole(day)).map(|()| whole);
        }
        Ok(Station {
            address: Label::new(&address(&self.street, &joined([&self.post_code, &self.town]))),
            source: Label::new(SOURCE),
            hours: week.and_then(|week| week.hours()),
            ..Station::at(id, position)
        })
    }

    /// The newest word on each fuel, in the order of the fuels' codes; what is left out is counted.
    pub(super) fn fuels(&self, checks: &Checks, times: Times, file: &'static str, summary: &mut Summary) -> Fuels {
        let mut newest: Vec<(Fuel, Option<Price>, Timestamp)> = Vec::new();
        for told in &self.told {
            summary.price_rows += 1;
            let known =
                FUELS.iter().find(|(name, _, number, _)| name.eq_ignore_ascii_case(&told.fuel) || *number == told.fuel);
            let Some((.., fuel)) = known else {
                summary.count_other_fuel(&told.fuel);
                continue;
            };
            let (price, at) = match self.word(told, checks, times) {
                Ok(word) => word,
                Err(refusal) => {
                    summary.skipped.add(&refusal, file, self.line);
                    continue;
                }
            };
            match newest.iter_mut().find(|(known, ..)| known == fuel) {
                None => newest.push((*fuel, price, at)),
                Some(known) => {
                    summary.superseded += 1;
                    // Of equal times a price goes before a shortage, and the later one before the other.
                    if (at, price.is_some()) >= (known.2, known.1.is_some()) {
                        *known = (*fuel, price, at);
                    }
                }
            }
        }
        newest.sort_unstable_by_key(|(fuel, ..)| *fuel);
        let (mut prices, mut ended) = Fuels::default();
        for (fuel, price, at) in newest {
            let Some(price) = price else {
                ended.push(EndedPrice { fuel, at });
                continue;
            };
            let (currency, unit, reported_at) = (Currency::EUR, Unit::Litre, Some(at));
            prices.push(ImportedPrice { fuel, quote: Quote { price, currency, unit, reported_at, coordinates: None } });
        }
        (prices, ended)
    }

    fn word(&self, told: &Told, checks: &Checks, times: Times) -> Result<(Option<Price>, Timestamp), Refusal> {
        let member = |what: &str| format!("id {}, {} {what}", self.id, told.fuel);
        let time = match times {
            Times::Local => checks.clock.iso(&told.time),
            Times::ShownAtUtc => checks.clock.iso_shown_at_utc(&told.time),
        };
        let price = told.price.as_ref().map(|text| {
            let price = checks.country.price(&in_units(text));
            price.map_err(|reason| Refusal::of(reason, &member("valeur"), text))
        });
        let price = price.transpose()?;
        Ok((price, checks.past(time, &member(if price.is_some() { "maj" } else { "debut" }), &told.time)?))
    }
}

/// An integer of three or more digits is thousandths, as until 2021.
fn in_units(text: &str) -> String {
    let thousandths = (3..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some((units, rest)) = text.len().checked_sub(3).and_then(|at| text.split_at_checked(at)) else {
        return text.to_owned();
    };
    if thousandths { format!("{}.{rest}", if units.is_empty() { "0" } else { units }) } else { text.to_owned() }
}

/// Adds one range of a day (`07.00` to `18.30`, the day from 1, Monday) to a week that is still
/// understood.
pub(super) fn add_hours(week: &mut Option<Week>, day: &str, opens: &str, closes: &str) {
    let added = week.as_mut().and_then(|week| {
        let day = day.parse::<usize>().ok()?.checked_sub(1)?;
        week.add(day, (minutes(opens, '.')?, minutes(closes, '.')?))
    });
    if added.is_none() {
        *week = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_numbers_of_three_or_four_digits_are_thousandths() {
        for (text, expected) in [
            ("1959", "1.959"),
            ("859", "0.859"),
            ("1.959", "1.959"),
            ("19", "19"),
            ("", ""),
            ("19590", "19590"),
            ("é95", "é95"),
            ("-959", "-959"),
        ] {
            assert_eq!(in_units(text), expected);
        }
    }
}
