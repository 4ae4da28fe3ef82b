//! `T`: date and time, version, what the server holds.

use posto_wire::answer::ServerTime;
use posto_wire::{answer, text, time};

use crate::service::{Asker, Service};

pub(crate) fn execute(service: &Service, asker: Asker) {
    let counts = service.book.counts();
    let answer = ServerTime {
        now: time::format(service.now()),
        ahead_of_utc_s: Some(jiff::Zoned::now().offset().seconds()),
        version: service.version.to_owned(),
        uptime_s: service.started.elapsed().as_secs(),
        stations: u64::try_from(counts.stations).unwrap_or(u64::MAX),
        prices: u64::try_from(counts.prices).unwrap_or(u64::MAX),
        book: service.journal.book_id().to_owned(),
    };
    // Only JSON requests are read as `T`, so the text is never asked for.
    asker.answer(|| text::TOO_LARGE.to_owned(), || answer::ok(&answer));
}
