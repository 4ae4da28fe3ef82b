//! `L`: a ranked list, as much of it as one answer holds.

use posto_market::{Found, Fuel, Timestamp};
use posto_wire::command::cursor_text;
use posto_wire::{Search, Value, answer, text};

use super::cheapest::query;
use crate::facts;
use crate::limits::STATIONS_PER_PART;
use crate::service::{Asker, Service};

pub(crate) fn execute(service: &Service, search: Search, asker: Asker) {
    let (fuel, now, limit) = (search.fuel, service.now(), search.limit);
    // One more than wanted tells whether the list goes on.
    let found = service.book.search(&query(search, limit.min(STATIONS_PER_PART) + 1, now));
    // Only JSON requests are read as lists, so the text is never asked for.
    asker.answer(
        || text::TOO_LARGE.to_owned(),
        || facts::fitting(|characters| part(&found, limit, (fuel, now), characters)),
    );
}

/// The longest part of what was found that fits, at least one station.
fn part(found: &[Found], limit: usize, (fuel, now): (Fuel, Timestamp), characters: usize) -> Value {
    facts::longest_part(found.len().min(limit), |count| made(found, count, (fuel, now), characters))
}

fn made(found: &[Found], count: usize, (fuel, now): (Fuel, Timestamp), characters: usize) -> Value {
    let (shown, rest) = found.split_at(count.min(found.len()));
    let next = shown.last().filter(|_| !rest.is_empty()).map(|last| cursor_text(&last.cursor));
    let stations = shown.iter().map(|found| facts::found(found, fuel, now, characters)).collect();
    answer::ok(&answer::Stations { stations, next })
}
