//! `E`: what an area's prices are like.

use posto_market::{self as market, Price};
use posto_wire::answer::Statistics;
use posto_wire::command::Survey;
use posto_wire::{answer, text, time};

use crate::service::{Asker, Service};

pub(crate) fn execute(service: &Service, survey: &Survey, asker: Asker) {
    let Survey { fuel, area, freshness, currency } = *survey;
    let known = service.book.statistics(&market::Survey { fuel, area, freshness, now: service.now(), currency });
    let told = known.as_ref().map(told).unwrap_or_default();
    // Only JSON requests are read as `E`, so the text is never asked for.
    asker.answer(|| text::TOO_LARGE.to_owned(), || answer::ok(&told));
}

fn told(known: &market::Statistics) -> Statistics {
    let price = |price: Price| Some(price.thousandths());
    Statistics {
        count: u64::try_from(known.count).unwrap_or(u64::MAX),
        min: price(known.min),
        first_quartile: price(known.first_quartile),
        median: price(known.median),
        third_quartile: price(known.third_quartile),
        max: price(known.max),
        newest: known.newest.map(time::format),
        currency: Some(known.currency.code().to_owned()),
        unit: Some(known.unit.sign().to_owned()),
    }
}
