//! `L`: a ranked list, as much of it as one answer holds.

use posto_market::{Found, Fuel, Timestamp};
use posto_wire::command::cursor_text;
use posto_wire::{Search, Value, answer, text};

use super::cheapest::query;
use crate::facts;
use crate::limits::LEAST_STATION_BYTES;
use crate::service::{Asker, Service};

pub(crate) fn execute(service: &Service, search: Search, asker: Asker) {
    let (fuel, now, limit, room) = (search.fuel, service.now(), search.limit, asker.room);
    // One more than wanted tells whether the list goes on.
    let found = service.book.search(&query(search, limit.min(room / LEAST_STATION_BYTES) + 1, now));
    // Only JSON requests are read as lists, so the text is never asked for.
    asker.answer(
        || text::TOO_LARGE.to_owned(),
        || {
            facts::fitting(room, |characters| {
                let most = found.len().min(limit);
                facts::longest_part(room, most, |count| made(&found, count, (fuel, now), characters))
            })
        },
    );
}

fn made(found: &[Found], count: usize, (fuel, now): (Fuel, Timestamp), characters: usize) -> Value {
    let (shown, rest) = found.split_at(count.min(found.len()));
    let next = shown.last().filter(|_| !rest.is_empty()).map(|last| cursor_text(&last.cursor));
    let stations = shown.iter().map(|found| facts::found(found, fuel, now, characters)).collect();
    answer::ok(&answer::Stations { stations, next })
}
