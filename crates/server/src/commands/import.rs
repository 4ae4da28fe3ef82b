//! `I`: an imported record, taken from operators only.

use posto_market::{ImportEffect, ImportedStation, Label};
use posto_store::{Entry, Origin};
use posto_wire::{ErrorCode, Mistake, text};

use super::report::submit;
use crate::service::{Asker, Service};

pub(crate) fn execute(service: &Service, record: Box<ImportedStation>, asker: Asker) {
    if !service.access.may_operate(asker.trust) {
        let message = "Só um operador importa: com a chave do servidor (--psk-file), ou em um endereço de loopback";
        return asker.refuse(&Mistake::new(ErrorCode::NaoPermitido, message));
    }
    let source = record.station.source.as_ref().map_or("dados", Label::as_str).to_owned();
    submit(service, Entry::Import(record, Origin::Feed(source)), asker);
}

pub(super) fn answer(effect: ImportEffect, asker: Asker) {
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let imported = posto_wire::answer::Imported {
        new_station: effect.new_station,
        changed_station: effect.changed_station,
        prices_changed: count(effect.prices_changed),
        prices_unchanged: count(effect.prices_unchanged),
    };
    // Only JSON requests are read as `I`; the text is what `D` would be answered.
    asker.answer(|| text::STORED.to_owned(), || posto_wire::answer::ok(&imported));
}
