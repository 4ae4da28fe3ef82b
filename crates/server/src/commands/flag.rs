//! `F`: a user points out that something is wrong with a station; it is kept for the operator.

use std::net::IpAddr;

use posto_session::Trust;
use posto_store::{Entry, Flag, Origin};
use posto_wire::answer::Flagged;
use posto_wire::command::{FlagRequest, Reporter};
use posto_wire::{ErrorCode, Mistake, text};

use super::report::submit;
use crate::service::{Asker, Service};

pub(crate) fn execute(service: &Service, request: FlagRequest, asker: Asker) {
    if !service.access.may_write(asker.trust) {
        let message = "Este servidor só aceita avisos de quem tem a sua chave (--psk-file)";
        return asker.refuse(&Mistake::new(ErrorCode::NaoPermitido, message));
    }
    if service.access.is_cautious(asker.trust, asker.loopback) && !service.guests.may_report(asker.peer.ip()) {
        let message = "Avisos demais deste endereço: tente de novo em um minuto";
        return asker.refuse(&Mistake::new(ErrorCode::MuitosRelatos, message));
    }
    let FlagRequest { station, reason, fuel, note, reporter } = request;
    // Whose it is, an operator may say; for others it is who they are themselves.
    let reporter = reporter.filter(|_| service.access.may_operate(asker.trust, asker.loopback));
    let origin = reporter.map_or_else(|| address(&asker), |reporter| named(reporter).to_string());
    submit(service, Entry::Flag(Flag { station, reason, fuel, note, origin }), asker);
}

fn named(reporter: Reporter) -> Origin {
    match reporter {
        Reporter::Token(name) => Origin::Token(name),
        Reporter::Anonymous(digest) => Origin::Anonymous(digest),
    }
}

/// Who says so: an address whatever the port, of IPv6 its network of 64 bits, which one person has.
fn address(asker: &Asker) -> String {
    let level = match asker.trust {
        Trust::Keyed => "key",
        Trust::V2 => "v2",
        Trust::V1 => "v1",
    };
    match asker.peer.ip().to_canonical() {
        IpAddr::V4(address) => format!("{level} {address}"),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{level} [{a:x}:{b:x}:{c:x}:{d:x}::]")
        }
    }
}

pub(super) fn answer(counted: bool, asker: Asker) {
    // Only JSON requests are read as `F`; the text is what `D` would be answered.
    asker.answer(|| text::STORED.to_owned(), || posto_wire::answer::ok(&Flagged { counted }));
}
