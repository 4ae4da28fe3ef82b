//! `H`: what a station's prices were, as many as one answer holds; read from the journal's file.

use posto_market::{Price, Standing};
use posto_store::{HistoryError, HistoryQuery, PastPrice};
use posto_wire::command::HistoryRequest;
use posto_wire::{ErrorCode, Mistake, Value, answer, text, time};

use super::report::stopped;
use super::station::unknown;
use crate::facts::longest_part;
use crate::limits::LEAST_PRICE_BYTES;
use crate::service::{Asker, Service, Waiting};

pub(crate) fn execute(service: &Service, request: HistoryRequest, asker: Asker) {
    let HistoryRequest { station, fuel, since, limit, before } = request;
    // What was said of a station before it was merged into another one can still be read.
    let known = match service.book.standing(&station) {
        Standing::Open | Standing::MergedInto(_) => service.book.in_sight_or_not(&station).is_some(),
        Standing::Hidden => false,
    };
    if !known {
        return asker.refuse(&unknown(&station));
    }
    // One more than wanted tells whether the history goes on.
    let query = HistoryQuery { station, fuel, since, before, limit: limit.min(asker.room / LEAST_PRICE_BYTES) + 1 };
    let waiting = Waiting::new(asker);
    let answered = waiting.clone();
    let asked = service.journal.ask_history(query, move |past| {
        if let Some(asker) = answered.take() {
            conclude(past, limit, asker);
        }
    });
    if let Some((error, asker)) = asked.err().and_then(|error| Some((error, waiting.take()?))) {
        asker.refuse(&mistake(&error));
    }
}

fn conclude(past: Result<Vec<PastPrice>, HistoryError>, limit: usize, asker: Asker) {
    match past {
        // Only JSON requests are read as `H`, so the text is never asked for.
        Ok(past) => {
            let room = asker.room;
            let most = past.len().min(limit).min(room / LEAST_PRICE_BYTES);
            asker.answer(|| text::TOO_LARGE.to_owned(), || longest_part(room, most, |count| made(&past, count)));
        }
        Err(error) => asker.refuse(&mistake(&error)),
    }
}

fn made(past: &[PastPrice], count: usize) -> Value {
    let (shown, rest) = past.split_at(count.min(past.len()));
    let next = shown.last().filter(|_| !rest.is_empty()).map(|last| last.sequence.to_string());
    answer::ok(&answer::History { prices: shown.iter().map(told).collect(), next })
}

fn told(past: &PastPrice) -> answer::PastPrice {
    answer::PastPrice {
        fuel: past.fuel.code(),
        price: past.price.map(Price::thousandths),
        currency: past.currency.code().to_owned(),
        unit: past.unit.sign().to_owned(),
        reported_at: past.reported_at.map(time::format),
        recorded_at: time::format(past.recorded_at),
    }
}

pub(super) fn mistake(error: &HistoryError) -> Mistake {
    match error {
        HistoryError::Busy => Mistake::new(ErrorCode::Ocupado, "Muitas perguntas esperam pelo disco: tente de novo"),
        HistoryError::Stopped => stopped(),
        HistoryError::Disk { cause } => {
            tracing::error!(%cause, "cannot read past prices");
            Mistake::new(ErrorCode::DiarioParado, "O servidor não consegue ler os preços passados: o disco falhou")
        }
    }
}
