//! `W`: what changed after a place in the journal, waited for if need be; as much as one answer holds.

use std::sync::Arc;
use std::time::Instant;

use posto_market::{Book, Station, Timestamp};
use posto_store::{Clock, Journal, News, PriceChange};
use posto_wire::answer::Changes;
use posto_wire::command::ChangesRequest;
use posto_wire::{ErrorCode, Mistake, Value, answer, python, text};

use super::report::put_off;
use crate::facts;
use crate::limits::LEAST_CHANGE_BYTES;
use crate::service::{Asker, Service};

pub(crate) fn execute(service: &Service, request: ChangesRequest, asker: Asker) {
    let teller =
        Teller { journal: service.journal.clone(), book: Arc::clone(&service.book), clock: Arc::clone(&service.clock) };
    let Some(place) = request.after else {
        return teller.answer(&teller.only_newest(false), asker);
    };
    if place.book != service.journal.book_id() {
        return teller.answer(&teller.only_newest(true), asker);
    }
    let answer = teller.after(place.position, asker.room);
    if answer.says_something() || request.wait.is_zero() {
        // A long answer takes milliseconds to make; others are served meanwhile.
        tokio::spawn(async move { teller.answer(&answer, asker) });
        return;
    }
    let Some(mut waiting) = service.waitings.enter(asker.session, asker.peer.ip()) else {
        return put_off(asker, &busy());
    };
    let asker = asker.parked();
    let wanted = Instant::now() + request.wait;
    let until = asker.deadline.map_or(wanted, |deadline| deadline.min(wanted));
    tokio::spawn(async move {
        let mut newest = teller.journal.newest();
        tokio::select! {
            // The sender is dropped with the journal, which outlives the teller.
            _ = newest.wait_for(|newest| *newest > place.position) => {}
            () = waiting.until(until) => {}
        }
        drop(waiting);
        teller.answer(&teller.after(place.position, asker.room), asker);
    });
}

/// What is needed to tell what happened, now or later.
struct Teller {
    journal: Journal,
    book: Arc<Book>,
    clock: Clock,
}

/// What there is to tell.
struct Told {
    newest: u64,
    changes: Vec<PriceChange>,
    /// From where on it can be told, where that is not from where it was wanted.
    from: Option<u64>,
    resync: bool,
}

impl Told {
    fn says_something(&self) -> bool {
        self.resync || !self.changes.is_empty()
    }
}

impl Teller {
    fn only_newest(&self, resync: bool) -> Told {
        let News { from, newest, .. } = self.journal.changes_after(0, 0);
        Told { newest, changes: Vec::new(), from: Some(from), resync }
    }

    /// What one answer of so many bytes may hold of what came after a position.
    fn after(&self, position: u64, room: usize) -> Told {
        let News { from, newest, changes } = self.journal.changes_after(position, room / LEAST_CHANGE_BYTES + 1);
        // What others of the group have told already will come here, too.
        if changes.is_none() && position > newest && self.journal.standing().log.is_some() {
            return Told { newest: position, changes: Vec::new(), from: None, resync: false };
        }
        let resync = changes.is_none();
        Told { newest, from: resync.then_some(from), resync, changes: changes.unwrap_or_default() }
    }

    fn answer(&self, told: &Told, asker: Asker) {
        let (room, now) = (asker.room, (self.clock)());
        // Only JSON requests are read as `W`, so the text is never asked for.
        asker.answer(
            || text::TOO_LARGE.to_owned(),
            || facts::fitting(room, |characters| self.part(told, (room, characters), now)),
        );
    }

    /// The station of a change, if the change may be told.
    fn told_of(&self, change: &PriceChange) -> Option<Arc<Station>> {
        match change.price {
            Some(_) => self.book.station(&change.station).map(|known| known.station),
            None => self.book.in_sight_or_not(&change.station),
        }
    }

    /// The oldest changes, as many as fit; one at least, where there is one.
    fn part(&self, told: &Told, (room, characters): (usize, usize), now: Timestamp) -> Value {
        let mut answer = Changes {
            book: self.journal.book_id().to_owned(),
            position: told.newest,
            changes: Vec::new(),
            from: told.from,
            resync: told.resync,
        };
        let bytes = |value: &Value| python::dumps(value).len();
        let mut left = room.saturating_sub(bytes(&answer::ok(&answer)));
        for change in &told.changes {
            // Of a station out of sight only that its prices ended is told.
            let Some(known) = self.told_of(change) else {
                answer.position = change.position;
                continue;
            };
            let one = facts::change(change, &known, now, characters);
            // What stands around it here is as long as the comma and the rest there.
            let length = bytes(&answer::ok(&one));
            if length > left && !answer.changes.is_empty() {
                break;
            }
            left = left.saturating_sub(length);
            answer.position = change.position;
            answer.changes.push(one);
        }
        answer::ok(&answer)
    }
}

fn busy() -> Mistake {
    Mistake::new(ErrorCode::Ocupado, "Já esperam por mudanças tantos quantos podem: tente de novo em instantes")
}
