//! `X`: what operators do to keep the data clean, and what they look at for it; for operators only.

use std::time::Duration;

use posto_market::{Fuel, StationId};
use posto_session::Trust;
use posto_store::{ActRefusal, Entry, FlagGroup, HistoryError, Moderated, Moderation, OriginCount, PastAct};
use posto_wire::answer::{self, ActCounts};
use posto_wire::command::{ActRequest, Oversight, act_word_of, flag_word};
use posto_wire::{ErrorCode, Mistake, Value, text, time};

use super::history::mistake;
use super::report::submit;
use crate::facts::longest_part;
use crate::service::{Asker, Service, Waiting};

/// How far back the origins are told where nobody says since when.
const LATELY: Duration = Duration::from_secs(24 * 3600);

/// An order to the journal.
pub(crate) fn execute(service: &Service, request: ActRequest, asker: Asker) {
    let Some(asker) = operator(service, asker) else { return };
    let ActRequest { act, reason, operator, dry_run } = request;
    let session = match asker.trust {
        Trust::Keyed => format!("key {}", asker.peer),
        Trust::V2 => format!("v2 {}", asker.peer),
        Trust::V1 => format!("v1 {}", asker.peer),
    };
    let order = Moderation { act, reason, operator, session, dry_run };
    tracing::info!(order = order.act.name(), dry_run, session = %order.session, "an operator's order");
    submit(service, Entry::Moderate(Box::new(order)), asker);
}

/// A look at what is kept for operators.
pub(crate) fn oversee(service: &Service, wish: Oversight, asker: Asker) {
    let Some(asker) = operator(service, asker) else { return };
    let waiting = Waiting::new(asker);
    let answered = waiting.clone();
    let journal = &service.journal;
    let asked = match wish {
        Oversight::Flags => journal.ask_flags(move |found| conclude(&answered, found, flags)),
        Oversight::Origins { since } => {
            let since = since.unwrap_or_else(|| service.now().before(LATELY));
            journal.ask_origins(since, move |found| conclude(&answered, found, origins))
        }
        // One more than wanted tells whether the list goes on.
        Oversight::Log { limit, before } => journal.ask_acts((before, limit.saturating_add(1)), move |found| {
            conclude(&answered, found, |acts, count| log(acts, count.min(limit)));
        }),
    };
    if let Some((error, asker)) = asked.err().and_then(|error| Some((error, waiting.take()?))) {
        asker.refuse(&mistake(&error));
    }
}

/// The asker, unless it is no operator, who is told so.
fn operator(service: &Service, asker: Asker) -> Option<Asker> {
    if service.access.may_operate(asker.trust, asker.loopback) {
        return Some(asker);
    }
    let message = "Só um operador modera: com a chave do servidor (--psk-file), ou em um endereço de loopback";
    asker.refuse(&Mistake::new(ErrorCode::NaoPermitido, message));
    None
}

pub(super) fn answer(done: &Moderated, asker: Asker) {
    let told =
        answer::Moderated { changed: done.changed, dry_run: done.dry_run, number: done.number, counts: counts(done) };
    // Only JSON requests are read as `X`, so the text is never asked for.
    asker.answer(|| text::TOO_LARGE.to_owned(), || answer::ok(&told));
}

pub(super) fn impossible(refusal: &ActRefusal) -> Mistake {
    let (parameter, message) = match refusal {
        ActRefusal::IntoItself => ("destino", "Um posto não se une a si mesmo".to_owned()),
        ActRefusal::OutOfSight(id) => ("destino", format!("O posto {id} está oculto ou unido a outro")),
        ActRefusal::TooMany { most } => {
            ("desde", format!("Mais de {most} preços: retire-os em partes, os mais novos primeiro (desde mais tarde)"))
        }
    };
    Mistake { parameter: Some(parameter.to_owned()), ..Mistake::new(ErrorCode::AtoImpossivel, message) }
}

/// As many of what was found as fit into one answer.
fn conclude<T>(waiting: &Waiting, found: Result<Vec<T>, HistoryError>, make: impl Fn(&[T], usize) -> Value) {
    let Some(asker) = waiting.take() else { return };
    match found {
        Ok(found) => {
            let room = asker.room;
            let part = || longest_part(room, found.len(), |count| make(&found, count));
            asker.answer(|| text::TOO_LARGE.to_owned(), part);
        }
        Err(error) => asker.refuse(&mistake(&error)),
    }
}

fn flags(found: &[FlagGroup], count: usize) -> Value {
    let flags = found.iter().take(count).map(|group| answer::FlagGroup {
        station: group.station.to_string(),
        name: group.name.clone(),
        reason: flag_word(group.reason).to_owned(),
        fuel: group.fuel.map(Fuel::code),
        count: group.count,
        first: time::format(group.first),
        last: time::format(group.last),
        note: group.note.clone(),
    });
    answer::ok(&answer::Flags { flags: flags.collect() })
}

fn origins(found: &[OriginCount], count: usize) -> Value {
    let origins = found.iter().take(count).map(|origin| answer::OriginCount {
        origin: origin.origin.clone(),
        reports: origin.reports,
        stations: origin.stations,
        withdrawn: origin.withdrawn,
        first: time::format(origin.first),
        last: time::format(origin.last),
    });
    answer::ok(&answer::Origins { origins: origins.collect() })
}

fn log(found: &[PastAct], count: usize) -> Value {
    let (shown, rest) = found.split_at(count.min(found.len()));
    let next = shown.last().filter(|_| !rest.is_empty()).map(|last| last.number.to_string());
    let acts = shown.iter().map(|act| answer::PastAct {
        number: act.number,
        at: time::format(act.at),
        operator: act.operator.clone(),
        act: act_word_of(&act.act).to_owned(),
        station: act.station.as_ref().map(StationId::to_string),
        fuel: act.fuel.map(Fuel::code),
        into: act.into.as_ref().map(StationId::to_string),
        origin: act.origin.clone(),
        since: act.since.map(time::format),
        reason: act.reason.clone(),
        counts: counts(&act.done),
    });
    answer::ok(&answer::Acts { acts: acts.collect(), next })
}

fn counts(done: &Moderated) -> ActCounts {
    ActCounts {
        withdrawn: done.withdrawn,
        ended: done.ended,
        restored: done.restored,
        moved: done.moved,
        flags: done.flags,
    }
}
