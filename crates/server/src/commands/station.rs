//! `S`: one station, all its fuels, as many as one answer holds.

use posto_market::{Fuel, Quote, Standing, StationId, StationQuotes, Timestamp};
use posto_wire::answer::StationDetail;
use posto_wire::{ErrorCode, Mistake, Value, answer, text};

use crate::facts;
use crate::service::{Asker, Service};

pub(crate) fn execute(service: &Service, id: &StationId, after: Option<Fuel>, asker: Asker) {
    let asked = id;
    let id = &led_to(service, asked);
    let Some(mut known) = service.book.station(id) else {
        return asker.refuse(&unknown(asked));
    };
    known.quotes.retain(|(fuel, _)| after.is_none_or(|after| *fuel > after));
    let now = service.now();
    let suspects: Vec<_> =
        known.quotes.iter().map(|(fuel, _)| *fuel).filter(|fuel| service.book.is_suspect(id, *fuel)).collect();
    let told = Told { known, suspects, now };
    let room = asker.room;
    asker.answer(|| text::TOO_LARGE.to_owned(), || facts::fitting(room, |characters| part(&told, characters, room)));
}

/// The mistake of naming a station that does not exist.
pub(super) fn unknown(id: &StationId) -> Mistake {
    let message = format!("Nenhum posto tem o id {id}");
    Mistake { parameter: Some("posto".to_owned()), ..Mistake::new(ErrorCode::PostoDesconhecido, message) }
}

/// The mistake of reporting a price for a station that an operator hid.
pub(super) fn hidden(id: &StationId) -> Mistake {
    let message = format!("O posto {id} foi retirado pelo operador: não recebe preços");
    Mistake { parameter: Some("posto".to_owned()), ..Mistake::new(ErrorCode::PostoOculto, message) }
}

/// The id of the station that is told of: of one that was merged, the other.
fn led_to(service: &Service, id: &StationId) -> StationId {
    match service.book.standing(id) {
        Standing::MergedInto(other) => other,
        Standing::Open | Standing::Hidden => id.clone(),
    }
}

/// What there is to tell.
struct Told {
    known: StationQuotes,
    suspects: Vec<Fuel>,
    now: Timestamp,
}

fn part(told: &Told, characters: usize, room: usize) -> Value {
    let mut count = told.known.quotes.len();
    loop {
        let answer = made(told, count, characters);
        if count <= 1 || facts::fits(&answer, room) {
            return answer;
        }
        count -= 1;
    }
}

fn made(Told { known, suspects, now }: &Told, count: usize, characters: usize) -> Value {
    let (shown, rest) = known.quotes.split_at(count.min(known.quotes.len()));
    let next = shown.last().filter(|_| !rest.is_empty()).map(|(fuel, _)| fuel.code().to_string());
    let price = |(fuel, quote): &(Fuel, Quote)| facts::price(*fuel, quote, suspects.contains(fuel), *now);
    answer::ok(&StationDetail {
        station: facts::station(&known.station, characters),
        address: facts::cut(known.station.address.as_ref(), characters),
        opening: facts::opening(&known.station, *now),
        prices: shown.iter().map(price).collect(),
        next,
    })
}
