//! The statistics of an area's prices.

use super::tally::Tally;
use super::terms::Terms;
use super::{currency, gather, since};
use crate::money::Money;
use crate::number::index;
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
    if fresh.is_none() && super::falls_back(shelf, &terms, (survey.freshness, survey.currency.is_none())) {
        return of(shelf, Terms { since: 0, ..terms });
    }
    fresh
}

fn of(shelf: &Shelf, mut terms: Terms) -> Option<Statistics> {
    terms.money = currency::settle(shelf, &terms)?;
    let (currency, unit) = terms.money.start().parts();
    let mut tally = Tally::default();
    gather::prices(shelf, &terms, &mut tally);
    let newest: Option<Timestamp> = Word::at(tally.newest).reported_at();
    let count = index(tally.count);
    let quartile = |share: usize| tally.place((count * share).div_ceil(4).max(1));
    Some(Statistics {
        count,
        min: tally.place(1)?,
        first_quartile: quartile(1)?,
        median: quartile(2)?,
        third_quartile: quartile(3)?,
        max: tally.place(count)?,
        newest,
        currency,
        unit,
    })
}
