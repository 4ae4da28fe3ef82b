//! `S`: one station, all its fuels, as many as one answer holds.

use posto_market::{Fuel, Quote, StationId, StationQuotes, Timestamp};
use posto_wire::answer::StationDetail;
use posto_wire::{ErrorCode, Mistake, Value, answer, text};

use crate::facts;
use crate::service::{Asker, Service};

pub(crate) fn execute(service: &Service, id: &StationId, after: Option<Fuel>, asker: Asker) {
    let Some(mut known) = service.book.station(id) else {
        return asker.refuse(&unknown(id));
    };
    known.quotes.retain(|(fuel, _)| after.is_none_or(|after| *fuel > after));
    let now = service.now();
    asker.answer(|| text::TOO_LARGE.to_owned(), || facts::fitting(|characters| part(&known, now, characters)));
}

/// The mistake of naming a station that does not exist.
pub(super) fn unknown(id: &StationId) -> Mistake {
    let message = format!("Nenhum posto tem o id {id}");
    Mistake { parameter: Some("posto".to_owned()), ..Mistake::new(ErrorCode::PostoDesconhecido, message) }
}

fn part(known: &StationQuotes, now: Timestamp, characters: usize) -> Value {
    let mut count = known.quotes.len();
    loop {
        let answer = made(known, count, now, characters);
        if count <= 1 || facts::fits(&answer) {
            return answer;
        }
        count -= 1;
    }
}

fn made(known: &StationQuotes, count: usize, now: Timestamp, characters: usize) -> Value {
    let (shown, rest) = known.quotes.split_at(count.min(known.quotes.len()));
    let next = shown.last().filter(|_| !rest.is_empty()).map(|(fuel, _)| fuel.code().to_string());
    let price = |(fuel, quote): &(Fuel, Quote)| facts::price(*fuel, quote, now);
    answer::ok(&StationDetail {
        station: facts::station(&known.station, characters),
        address: facts::cut(known.station.address.as_ref(), characters),
        opening: facts::opening(&known.station, now),
        prices: shown.iter().map(price).collect(),
        next,
    })
}
