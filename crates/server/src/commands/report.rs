//! `D`: a reported price, answered once it is durable and in the book.

use std::sync::Arc;

use posto_market::Station;
use posto_session::Trust;
use posto_store::{Entry, JournalError, Origin, Outcome, ReportId, Reported, SubmitError};
use posto_wire::command::Reporter;
use posto_wire::{Command, ErrorCode, Format, Mistake, Request, answer, command, python, text, time};
use sha2::{Digest, Sha256};

use super::station::{hidden, unknown};
use crate::facts;
use crate::limits::{MAX_CANDIDATES, SHORTER_LABELS};
use crate::service::{Asker, Service, Waiting};

pub(crate) fn execute(service: &Service, report: command::Report, asker: Asker) {
    if !service.access.may_write(asker.trust) {
        let message = "Este servidor só aceita preços de quem tem a sua chave (--psk-file), ou não os aceita por v1";
        return asker.refuse(&Mistake::new(ErrorCode::NaoPermitido, message));
    }
    if service.access.is_cautious(asker.trust, asker.loopback) && !service.guests.may_report(asker.peer.ip()) {
        let message = "Relatos demais deste endereço: tente de novo em um minuto";
        return asker.refuse(&Mistake::new(ErrorCode::MuitosRelatos, message));
    }
    let id = report.id.clone().and_then(|key| ReportId::new(key, digest(&report)));
    // Whose report it is, an operator may say; for others it is who they are themselves.
    let reporter = report.reporter.filter(|_| service.access.may_operate(asker.trust, asker.loopback));
    let witness =
        witness(reporter.as_ref(), report.cautious || service.access.is_cautious(asker.trust, asker.loopback), &asker);
    let entry = Entry::Report(posto_store::Report {
        wish: report.wish,
        price: report.price,
        currency: None,
        coordinates: Some(report.coordinates),
        id,
        origin: origin(reporter, &asker),
        witness,
    });
    submit(service, entry, asker);
}

/// What tells this reporter from others, where nobody vouches for them.
fn witness(reporter: Option<&Reporter>, cautious: bool, asker: &Asker) -> Option<String> {
    let reporter = match reporter {
        Some(Reporter::Token(_)) => return None,
        Some(anonymous) => anonymous.to_string(),
        None => Reporter::at(asker.peer.ip()).to_string(),
    };
    cautious.then_some(reporter)
}

/// Whose report it is. Who holds the pre-shared key has no other name than where it speaks from.
fn origin(reporter: Option<Reporter>, asker: &Asker) -> Origin {
    match reporter {
        Some(Reporter::Token(name)) => return Origin::Token(name),
        Some(Reporter::Anonymous(digest)) => return Origin::Anonymous(digest),
        None => {}
    }
    let address = asker.peer.to_string();
    match asker.trust {
        Trust::Keyed => Origin::Key(address),
        Trust::V2 => Origin::V2(address),
        Trust::V1 => Origin::V1(address),
    }
}

/// Queues an entry; its asker is answered from the journal's thread.
pub(super) fn submit(service: &Service, entry: Entry, asker: Asker) {
    let deadline = asker.deadline;
    let waiting = Waiting::new(asker);
    let answered = waiting.clone();
    let submitted = service.journal.submit_by(entry, deadline, move |outcome| {
        if let Some(asker) = answered.take() {
            conclude(outcome, asker);
        }
    });
    let refused = submitted.err().and_then(|error| Some((error, waiting.take()?)));
    match refused {
        None => {}
        Some((SubmitError::Busy, asker)) => put_off(asker, &busy()),
        Some((SubmitError::Unreachable, asker)) => put_off(asker, &unreachable()),
        Some((SubmitError::Stopped, asker)) => asker.refuse(&stopped()),
    }
}

fn conclude(outcome: Result<Outcome, JournalError>, asker: Asker) {
    match outcome {
        Ok(Outcome::Reported(reported)) => {
            let mut asker = asker;
            asker.beside.at(reported.position);
            asker.answer(|| text::STORED.to_owned(), || answer::ok(&stored(&reported)));
        }
        // Nobody asks for a seed.
        Ok(Outcome::Expired | Outcome::Seeded) => asker.expire(),
        Ok(Outcome::Imported(effect)) => super::import::answer(effect, asker),
        Ok(Outcome::Ambiguous(candidates)) => {
            let mistake = ambiguous(&candidates, asker.room);
            asker.refuse(&mistake);
        }
        Ok(Outcome::Unconfirmed(station, distance_km)) => {
            let mistake = unconfirmed(&(station, distance_km), asker.room);
            asker.refuse(&mistake);
        }
        Ok(Outcome::UnknownStation(id)) => asker.refuse(&unknown(&id)),
        Ok(Outcome::HiddenStation(id)) => asker.refuse(&hidden(&id)),
        Ok(Outcome::Flagged { counted }) => super::flag::answer(counted, asker),
        Ok(Outcome::Moderated(done)) => super::moderate::answer(&done, asker),
        Ok(Outcome::ActRefused(refusal)) => asker.refuse(&super::moderate::impossible(&refusal)),
        Ok(Outcome::IdReused) => asker.refuse(&Mistake {
            parameter: Some("id".to_owned()),
            ..Mistake::new(ErrorCode::IdReutilizado, "O id já foi usado com outro conteúdo nas últimas 24 horas")
        }),
        Err(JournalError::Unreachable) => put_off(asker, &unreachable()),
        Err(JournalError::Unsure) => asker.refuse(&unsure()),
        Err(error) if error.is_retryable() => put_off(asker, &busy()),
        Err(_) => asker.refuse(&stopped()),
    }
}

fn stored(reported: &Reported) -> answer::Reported {
    answer::Reported {
        station: reported.station.to_string(),
        new_station: reported.new_station,
        replaced: reported.replaced.map(posto_market::Price::thousandths),
        price: reported.price.thousandths(),
        currency: reported.currency.code().to_owned(),
        unit: reported.unit.sign().to_owned(),
        at: time::format(reported.at),
    }
}

/// The one candidate is the station meant.
fn unconfirmed(station: &(Arc<Station>, f64), room: usize) -> Mistake {
    let message =
        "Preço ainda não gravado: outro, recente e de fonte conhecida, vale até que uma segunda pessoa relate o mesmo";
    let mistake = |characters: Option<usize>| Mistake {
        candidates: characters.map(|characters| facts::candidate(station, characters)).into_iter().collect(),
        ..Mistake::new(ErrorCode::AguardaConfirmacao, message)
    };
    let mut fitting = SHORTER_LABELS.into_iter().map(|characters| mistake(Some(characters)));
    fitting.find(|mistake| facts::fits(&answer::error(mistake), room)).unwrap_or_else(|| mistake(None))
}

/// As many candidates as one answer holds, nearest first.
fn ambiguous(candidates: &[(Arc<Station>, f64)], room: usize) -> Mistake {
    let message = format!("{} postos ficam perto dessa posição: escolha um pelo id, ou peça um novo", candidates.len());
    let mistake = |count: usize, characters: usize| Mistake {
        parameter: Some("posto".to_owned()),
        allowed: Some("um dos candidatos, ou novo: true".to_owned()),
        candidates: candidates.iter().take(count).map(|candidate| facts::candidate(candidate, characters)).collect(),
        ..Mistake::new(ErrorCode::PostoAmbiguo, message.clone())
    };
    let counts = (1..=candidates.len().min(MAX_CANDIDATES)).rev();
    let fitting = counts.flat_map(|count| SHORTER_LABELS.map(|characters| mistake(count, characters)));
    let mut fitting = fitting.filter(|mistake| facts::fits(&answer::error(mistake), room));
    fitting.next().unwrap_or_else(|| mistake(0, 0))
}

/// Who asks in v2, or for a text, is told by the transport, and asks again; a JSON answer of v1 says
/// so itself.
pub(crate) fn put_off(asker: Asker, busy: &Mistake) {
    if asker.trust == Trust::V1 && asker.format == Format::Json {
        asker.refuse(busy);
    } else {
        asker.postpone();
    }
}

fn busy() -> Mistake {
    Mistake::new(ErrorCode::Ocupado, "Muitos relatos esperam pelo disco: tente de novo em instantes")
}

fn unreachable() -> Mistake {
    Mistake::new(ErrorCode::Ocupado, "O diário replicado não aceita relatos agora: tente de novo em instantes")
}

fn unsure() -> Mistake {
    let message = "Não se sabe se o relato foi gravado: o diário replicado não respondeu a tempo";
    Mistake::new(ErrorCode::Incerto, message)
}

pub(super) fn stopped() -> Mistake {
    Mistake::new(ErrorCode::DiarioParado, "O servidor não pode mais gravar preços: o disco falhou")
}

/// What makes two reports different: everything but their ids, and whose they are: one who asks again
/// from another address is the same.
fn digest(report: &command::Report) -> [u8; 32] {
    let content =
        Request::json(Command::Report(command::Report { id: None, reporter: None, cautious: false, ..report.clone() }));
    Sha256::digest(python::dumps(&content.to_value())).into()
}
