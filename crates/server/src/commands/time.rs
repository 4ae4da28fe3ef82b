//! `T`: date and time, version, what the server holds.

use posto_store::LogStanding;
use posto_wire::answer::{GroupStanding, ServerTime};
use posto_wire::{answer, text, time};

use crate::service::{Asker, Service};

pub(crate) fn execute(service: &Service, asker: Asker) {
    let counts = service.book.counts();
    let standing = service.journal.standing();
    let answer = ServerTime {
        now: time::format(service.now()),
        ahead_of_utc_s: Some(jiff::Zoned::now().offset().seconds()),
        version: service.version.to_owned(),
        uptime_s: service.started.elapsed().as_secs(),
        stations: u64::try_from(counts.stations).unwrap_or(u64::MAX),
        prices: u64::try_from(counts.prices).unwrap_or(u64::MAX),
        book: service.journal.book_id().to_owned(),
        position: Some(standing.position),
        group: standing.log.map(group).unwrap_or_default(),
    };
    // Only JSON requests are read as `T`, so the text is never asked for.
    asker.answer(|| text::TOO_LARGE.to_owned(), || answer::ok(&answer));
}

fn group(log: LogStanding) -> GroupStanding {
    GroupStanding {
        member: true,
        caught_up: Some(log.caught_up),
        behind: log.behind,
        silent_ms: Some(u64::try_from(log.silent_for.as_millis()).unwrap_or(u64::MAX)),
        writable: Some(log.writable),
    }
}
