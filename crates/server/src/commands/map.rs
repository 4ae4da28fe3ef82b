//! `M`: the cells of a map, as many as one answer holds.

use posto_market::{self as market, MapView, Price};
use posto_wire::answer::{Cell, Cells};
use posto_wire::command::MapRequest;
use posto_wire::{Value, answer, text};

use crate::facts::longest_part;
use crate::service::{Asker, Service};

pub(crate) fn execute(service: &Service, map: &MapRequest, asker: Asker) {
    let view = MapView { fuel: map.fuel, bounds: map.bounds, zoom: map.zoom, now: service.now() };
    let cells = service.book.cells(&view);
    let rest = cells.get(map.skip.min(cells.len())..).unwrap_or_default();
    // Only JSON requests are read as `M`, so the text is never asked for.
    let room = asker.room;
    asker.answer(|| text::TOO_LARGE.to_owned(), || longest_part(room, rest.len(), |count| made(rest, count, map)));
}

fn made(rest: &[market::Cell], count: usize, map: &MapRequest) -> Value {
    let cells = rest.iter().take(count).map(cell).collect();
    let next = (count < rest.len()).then(|| map.cursor_text(map.skip + count));
    answer::ok(&Cells { cells, next })
}

fn cell(cell: &market::Cell) -> Cell {
    Cell {
        lat: cell.position.latitude(),
        lon: cell.position.longitude(),
        count: u32::try_from(cell.count).unwrap_or(u32::MAX),
        lowest: cell.lowest.map(Price::thousandths),
        currency: cell.currency.map(|currency| currency.code().to_owned()),
        station: cell.station.as_ref().map(ToString::to_string),
    }
}
