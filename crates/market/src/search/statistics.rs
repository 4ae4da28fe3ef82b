//! The statistics of an area's prices.

use super::terms::Terms;
use super::{currency, gather, since};
use crate::money::Money;
use crate::price::Price;
use crate::shelf::Shelf;
use crate::survey::{Statistics, Survey};
use crate::time::Timestamp;
use crate::word::Word;

pub(crate) fn statistics(shelf: &Shelf, survey: &Survey) -> Option<Statistics> {
    let terms = Terms {
        fuel: survey.fuel,
        region: (&survey.area).into(),
        since: since(survey.freshness, survey.now),
        money: survey.currency.map_or(Money::ALL, Money::of),
        suspects: false,
        brand: None,
        open_at: None,
        generation: shelf.generation(),
    };
    let fresh = of(shelf, terms.clone());
    if fresh.is_none() && super::falls_back(shelf, &terms, survey.freshness) {
        return of(shelf, Terms { since: 0, ..terms });
    }
    fresh
}

fn of(shelf: &Shelf, mut terms: Terms) -> Option<Statistics> {
    terms.money = currency::settle(shelf, &terms)?;
    let (currency, unit) = terms.money.start().parts();
    let mut prices = Vec::new();
    let mut newest = 0;
    gather::prices(shelf, &terms, |word: Word| {
        prices.push(word.thousandths());
        newest = newest.max(word.moment());
    });
    let newest: Option<Timestamp> = Word::at(newest).reported_at();
    let min = prices.iter().min().copied()?;
    let max = prices.iter().max().copied()?;
    let count = prices.len();
    let mut quartile = |share: usize| {
        let place = (count * share).div_ceil(4).saturating_sub(1);
        Price::from_thousandths(*prices.select_nth_unstable(place).1)
    };
    Some(Statistics {
        count,
        min: Price::from_thousandths(min)?,
        first_quartile: quartile(1)?,
        median: quartile(2)?,
        third_quartile: quartile(3)?,
        max: Price::from_thousandths(max)?,
        newest,
        currency,
        unit,
    })
}
