//! `I`: an imported record, taken from operators only.

use posto_market::{ImportEffect, ImportedStation, Label, Timestamp};
use posto_store::{Entry, Origin};
use posto_wire::{ErrorCode, Mistake, text, time};

use super::report::submit;
use crate::limits::MAX_AHEAD;
use crate::service::{Asker, Service};

pub(crate) fn execute(service: &Service, record: Box<ImportedStation>, asker: Asker) {
    if !service.access.may_operate(asker.trust, asker.loopback) {
        let message = "Só um operador importa: com a chave do servidor (--psk-file), ou em um endereço de loopback";
        return asker.refuse(&Mistake::new(ErrorCode::NaoPermitido, message));
    }
    if let Some(at) = from_the_future(&record, service.now()) {
        return asker.refuse(&Mistake::not_allowed("em", &ahead(at)));
    }
    let source = record.station.source.as_ref().map_or("dados", Label::as_str).to_owned();
    submit(service, Entry::Import(record, Origin::Feed(source)), asker);
}

/// The time of a price or an end that the server's clock has not reached: its own clock or its
/// feed's is wrong, and no later report would ever replace it.
fn from_the_future(record: &ImportedStation, now: Timestamp) -> Option<Timestamp> {
    let prices = record.prices.iter().filter_map(|price| price.quote.reported_at);
    let ends = record.ended.iter().map(|end| end.at);
    prices.chain(ends).find(|at| at.since(now) > MAX_AHEAD)
}

fn ahead(at: Timestamp) -> String {
    let minutes = MAX_AHEAD.as_secs() / 60;
    format!("momento até {minutes} minutos depois da hora do servidor, não {}", time::format(at))
}

pub(super) fn answer(effect: ImportEffect, asker: Asker) {
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let imported = posto_wire::answer::Imported {
        new_station: effect.new_station,
        hidden: effect.hidden,
        changed_station: effect.changed_station,
        prices_ended: count(effect.prices_ended),
        prices_changed: count(effect.prices_changed),
        prices_unchanged: count(effect.prices_unchanged),
    };
    // Only JSON requests are read as `I`; the text is what `D` would be answered.
    asker.answer(|| text::STORED.to_owned(), || posto_wire::answer::ok(&imported));
}
